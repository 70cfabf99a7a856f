//! What can be wrong at a place in a configuration file, and what to do about it.

use std::path::{Path, PathBuf};

use super::resolved::NotADigest;
use super::table::{NEWEST_MINOR, OLDEST_MINOR};

/// What is wrong, without the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text is not TOML.
    #[error("not valid TOML: {message}")]
    Syntax {
        /// The parser's words.
        message: String,
    },
    /// The file has no such section.
    #[error("unknown section `{name}`")]
    UnknownSection {
        /// What stands in the file.
        name: String,
        /// Headers of all sections, with brackets.
        valid: Vec<String>,
        /// The header that was probably meant.
        near: Option<String>,
    },
    /// A key stands before the first section.
    #[error("key `{key}` stands outside of any section")]
    NoSection {
        /// The key.
        key: String,
        /// The header of the section that has such a key.
        home: Option<String>,
    },
    /// A section with the wrong number of brackets, or a plain value of that name.
    #[error("`{name}` is not written as the section `{header}`")]
    NotASection {
        /// The section's name.
        name: &'static str,
        /// The section's header, with brackets.
        header: String,
    },
    /// The section has no such key.
    #[error("unknown key `{key}` in {section}")]
    UnknownKey {
        /// The section's header.
        section: String,
        /// What stands in the file.
        key: String,
        /// The section's keys.
        valid: Vec<&'static str>,
        /// The key that was probably meant.
        near: Option<&'static str>,
        /// The header of another section that has this key.
        home: Option<String>,
    },
    /// A required key is missing.
    #[error("{section} lacks the key `{key}`{}", with(.reason))]
    MissingKey {
        /// The section's header.
        section: String,
        /// The key.
        key: &'static str,
        /// The tag and value that ask for it, such as `mode = "eval"`.
        reason: Option<String>,
        /// The line that would do, as an example.
        example: String,
    },
    /// The value is of another type.
    #[error("`{key}` takes {expected}, not {found}")]
    WrongType {
        /// The key.
        key: &'static str,
        /// The type that it takes, with its article.
        expected: String,
        /// The type that stands there, with its article.
        found: String,
        /// How it would be written.
        rewrite: String,
    },
    /// The value is none of those allowed.
    #[error("`{value}` is not a value of `{key}`")]
    NotAChoice {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// All values, as they would be written.
        valid: Vec<String>,
        /// The value that was probably meant.
        near: Option<String>,
    },
    /// The key has no meaning with the value of the section's tag.
    #[error("`{key}` has no meaning with {current}")]
    OtherVariant {
        /// The key.
        key: &'static str,
        /// The tag and its value, such as `type = "stdlib"`.
        current: String,
        /// Tags and values with which it would have one.
        belongs: Vec<String>,
    },
    /// Two keys exclude one another.
    #[error("`{first}` and `{second}` exclude one another")]
    Together {
        /// One key.
        first: &'static str,
        /// The other, at the place reported.
        second: &'static str,
    },
    /// A key needs another.
    #[error("`{key}` says nothing without {needs}")]
    Alone {
        /// The key.
        key: &'static str,
        /// The keys of which it needs one.
        needs: &'static str,
    },
    /// A value that is not a digest.
    #[error("`{key}`: {source}; this has {}", count(*.length))]
    Digest {
        /// The key.
        key: &'static str,
        /// The number of characters that stand there.
        length: usize,
        /// What a digest is.
        source: NotADigest,
    },
    /// A value that is not a supported version of CPython.
    #[error("`{key}`: CPython {value} is not supported")]
    Version {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// The feature release of a version with more parts.
        feature: Option<String>,
    },
    /// A URL that cannot be fetched.
    #[error("`{key}`: {value} is not an http or https URL")]
    Url {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// A path that leads nowhere, or to the wrong kind of thing.
    #[error("`{key}`: {} {fault}", resolved.display())]
    Path {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// Where that leads.
        resolved: PathBuf,
        /// What is wrong there.
        fault: PathFault,
    },
    /// A value that is not an encoding and an error handler.
    #[error("`{key}`: `{value}` is not of the form `ENCODING:ERRORS`")]
    StdioEncoding {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// An entry of `sys.path` with something in it that would not be replaced, or of several lines.
    #[error("`{key}`: `{}` cannot be an entry of sys.path", value.replace('\n', "\\n"))]
    SysPath {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// A value that cannot name an environment variable.
    #[error("`{key}`: `{value}` cannot be the name of an environment variable")]
    Variable {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// A value with nothing in it.
    #[error("`{key}` is empty")]
    Empty {
        /// The key.
        key: &'static str,
    },
    /// A string with a NUL character, which neither paths nor C strings can hold.
    #[error("`{key}` holds a NUL character")]
    Nul {
        /// The key.
        key: &'static str,
    },
    /// A string that cannot name a module.
    #[error("`{key}`: `{value}` is not the name of a {what}")]
    Name {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// What should be named.
        what: &'static str,
        /// The name that was probably meant.
        near: Option<String>,
    },
    /// A section that is for no known target would never count.
    #[error("`{key}`: `{value}` is not a known target")]
    Target {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// The target that was probably meant.
        near: Option<String>,
        /// All that are known.
        known: Vec<String>,
    },
    /// A section stands twice for one target.
    #[error("{section} stands twice {}", for_target(.target.as_deref()))]
    Twice {
        /// The section's header.
        section: String,
        /// The target; `None` for all others.
        target: Option<String>,
    },
    /// A string that is not one requirement.
    #[error("`{key}`: `{}` is not a requirement", value.replace('\n', "\\n"))]
    Requirement {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// A string that is not a pattern of paths.
    #[error("`{key}` is not a pattern of paths: {message}")]
    Glob {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// A string that is not an SPDX licence expression.
    #[error("`{key}`: `{value}` is not an SPDX licence expression: {reason}")]
    License {
        /// The key.
        key: &'static str,
        /// The expression.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A string that does not say which component has which licence.
    #[error("`{key}`: `{value}` is not of the form `NAME = LICENSE`")]
    Clarification {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// An entry that works on what others brought stands first.
    #[error("an entry of type = \"{entry}\" has no entries before it")]
    NothingBefore {
        /// The entry's type.
        entry: &'static str,
    },
    /// No entry brings the standard library.
    #[error("no [[python_packages]] entry has type = \"stdlib\"")]
    NoStdlib,
}

/// What is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathFault {
    /// There is nothing.
    #[error("does not exist")]
    Missing,
    /// Something else than a file.
    #[error("is not a file")]
    NotAFile,
    /// Something else than a folder.
    #[error("is not a folder")]
    NotAFolder,
    /// A folder without `pyvenv.cfg`.
    #[error("is not a virtual environment: it holds no `pyvenv.cfg`")]
    NotAVirtualenv,
    /// Neither a folder with `pyproject.toml`, nor such a file.
    #[error("is not a project: it holds no `pyproject.toml`")]
    NotAProject,
    /// Not a file whose name is that of a module.
    #[error("is not a Python script")]
    NotAScript,
}

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
            Self::OtherVariant { belongs, .. } => {
                format!("it goes with {}; remove it or change that", any_of(belongs))
            }
            Self::Together { .. } => "keep one of them".into(),
            Self::Alone { needs, .. } => format!("add {needs}, or remove it"),
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

fn with(reason: &Option<String>) -> String {
    reason.as_ref().map_or_else(String::new, |reason| format!(", which {reason} needs"))
}

fn for_target(target: Option<&str>) -> String {
    target.map_or_else(|| "without a `target`".into(), |target| format!("for {target}"))
}

fn count(length: usize) -> String {
    if length == 64 { "others among its 64".into() } else { format!("{length} characters") }
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
