//! What to do about a problem.

use std::path::Path;

use super::problem::{PathFault, Problem};
use super::table::{NEWEST_MINOR, OLDEST_MINOR};

impl Problem {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { message } => syntax_hint(message).to_owned(),
            Self::UnknownSection { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownSection { valid, .. } => format!("sections are {}", list(valid)),
            Self::NoSection { home: Some(home), .. } => format!("put it below `{home}`"),
            Self::NoSection { .. } => "begin a section above it, such as `[python_config]`".into(),
            Self::NotASection { header, .. } => {
                format!("write `{header}` on a line of its own, with its keys below")
            }
            Self::UnknownKey { home: Some(home), .. } => format!("the key belongs below `{home}`"),
            Self::UnknownKey { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::UnknownKey { section, valid, .. } => {
                format!("keys of {section} are {}", list(valid))
            }
            Self::MissingKey { example, .. } => format!("add a line such as `{example}`"),
            Self::WrongType { rewrite, .. } => format!("write `{rewrite}`"),
            Self::NotAChoice { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::NotAChoice { valid, .. } => format!("write {}", any_of(valid)),
            Self::OutOfRange { valid, .. } | Self::XOption { valid, .. } => format!("write {valid}"),
            Self::Conflict { first, .. } => format!("remove `{first}`, or change the other"),
            Self::WarnOption { .. } => {
                "write `ACTION:MESSAGE:CATEGORY:MODULE:LINE`, of which the ends can be left out, such as \
                 `error::DeprecationWarning`"
                    .into()
            }
            Self::LineBreak { .. } => "write it on one line".into(),
            Self::OtherVariant { belongs, .. } => {
                format!("it goes with {}; remove it or change that", any_of(belongs))
            }
            Self::Together { .. } => "keep one of them".into(),
            Self::Alone { needs, .. } => format!("add {needs}, or remove it"),
            Self::WithoutEffect { remedy, .. } => (*remedy).into(),
            Self::Digest { .. } => "`sha256sum FILE` prints it".into(),
            Self::Version { feature: Some(feature), .. } => {
                format!("write the feature release alone: `{feature}`")
            }
            Self::Version { .. } => {
                format!("write a version from \"3.{OLDEST_MINOR}\" to \"3.{NEWEST_MINOR}\"")
            }
            Self::Url { .. } => "for a file on this machine write `local_path`".into(),
            Self::Path { value, fault, .. } => return Some(path_hint(value, *fault)),
            Self::StdioEncoding { .. } => "write `utf-8:strict`, for example".into(),
            Self::SysPath { value, .. } if value.contains('\n') => {
                "write each entry as a string of its own".into()
            }
            Self::SysPath { .. } => {
                "only `$ORIGIN`, at the start, is replaced: by the folder of the executable".into()
            }
            Self::Variable { .. } => "write a name such as `MYAPP_MODULES_DIRECTORY`".into(),
            Self::Soname { .. } => {
                "write the name that `readelf -d` shows as NEEDED, such as `libfoo.so.1`".into()
            }
            Self::LibraryName { .. } => {
                "write the name that linkers take after `-l`, such as `stdc++`; a static library's file belongs in `objects`"
                    .into()
            }
            Self::Target { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Target { known, .. } => format!("known are {}", list(known)),
            Self::Twice { .. } => "remove one, or give each a `target` of its own".into(),
            Self::Requirement { value, .. } if value.starts_with('-') => {
                "name one package here, and put options into `extra_args`".into()
            }
            Self::Requirement { .. } => "write each package as an entry of its own".into(),
            Self::Glob { .. } => "`*` stands for a part of a name, `**` for folders".into(),
            Self::License { .. } => {
                "write SPDX identifiers, such as `MIT` or `Apache-2.0 WITH LLVM-exception`".into()
            }
            Self::Clarification { .. } => "write `\"certifi = MPL-2.0\"`, for example".into(),
            Self::NothingBefore { .. } => {
                "it filters what the entries before it bring: put it behind them".into()
            }
            Self::Empty { .. } => "give it a value, or remove the line".into(),
            Self::Nul { .. } => "remove `\\u0000`".into(),
            Self::Name { near: Some(near), .. } => format!("did you mean `{near}`?"),
            Self::Name { .. } => "write it as in an `import` statement".into(),
            Self::NoStdlib => "Python cannot start without its standard library: add an entry \
                               `[[python_packages]]` with `type = \"stdlib\"` before the others"
                .into(),
        })
    }
}

/// Advice on the mistakes in TOML that are easily made.
fn syntax_hint(message: &str) -> &'static str {
    if message.contains("quoted") || message.contains("boolean") {
        "strings take quotes; booleans are `true` and `false`"
    } else if message.contains("escape") || message.contains("unicode") {
        "in double quotes a backslash begins an escape; single quotes take paths as they are"
    } else if message.contains("duplicate") {
        "a key may stand only once, and so may a section but for those in double brackets"
    } else {
        "https://toml.io describes the syntax"
    }
}

fn path_hint(value: &str, fault: PathFault) -> String {
    if value.starts_with('~') {
        return "`~` is not expanded: write the path in full".into();
    }
    match fault {
        PathFault::Missing if Path::new(value).is_absolute() => "check the path's spelling".into(),
        PathFault::Missing => "relative paths start at the configuration file's folder".into(),
        PathFault::NotAFile => "name the file itself".into(),
        PathFault::NotAFolder => "name the folder that holds the packages".into(),
        PathFault::NotAProject => "name the folder that holds `pyproject.toml`".into(),
        PathFault::NotAScript => "name a file whose name ends in `.py`".into(),
        PathFault::NotAVirtualenv => {
            "name the folder that `python3 -m venv` made, not one inside of it".into()
        }
    }
}

/// `a`, `b`, `c`.
fn list(items: &[impl AsRef<str>]) -> String {
    let quoted: Vec<_> = items.iter().map(|item| format!("`{}`", item.as_ref())).collect();
    quoted.join(", ")
}

/// `a`, `b` or `c`.
fn any_of(items: &[String]) -> String {
    match items.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or `{last}`", list(rest)),
        _ => list(items),
    }
}
