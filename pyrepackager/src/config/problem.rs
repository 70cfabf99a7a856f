//! What can be wrong at a place in a configuration file, and what to do about it.

use std::path::PathBuf;

use super::resolved::NotADigest;

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
    /// The number is not one that the key takes.
    #[error("`{key}` cannot be {value}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// What it takes, in words.
        valid: String,
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
    /// What two keys say excludes one another.
    #[error("`{first}` and `{second}` exclude one another")]
    Conflict {
        /// One key and its value, at the place reported.
        first: String,
        /// The other, and its value or default.
        second: String,
    },
    /// A text for `python -X` that CPython would refuse.
    #[error("`{key}`: `{value}` is not an option of `python -X`")]
    XOption {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// What it can be, in words.
        valid: String,
    },
    /// A text for `python -W` that CPython would ignore.
    #[error("`{key}`: `{value}` is not a warning filter: {reason}")]
    WarnOption {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A text of several lines where there can be one.
    #[error("`{key}` holds a line break")]
    LineBreak {
        /// The key.
        key: &'static str,
    },
    /// A key needs another.
    #[error("`{key}` says nothing without {needs}")]
    Alone {
        /// The key.
        key: &'static str,
        /// The keys of which it needs one.
        needs: &'static str,
    },
    /// A key that changes nothing beside the others of its section.
    #[error("`{key}` has no effect {reason}")]
    WithoutEffect {
        /// The key.
        key: &'static str,
        /// Why, after these words.
        reason: &'static str,
        /// What to do.
        remedy: &'static str,
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
    /// A value that is no SONAME.
    #[error("`{key}`: `{value}` is not the SONAME of a library")]
    Soname {
        /// The key.
        key: &'static str,
        /// What stands in the file.
        value: String,
    },
    /// A value that linkers do not take as the name of a library.
    #[error("`{key}`: `{value}` is not the name of a library of the operating system")]
    LibraryName {
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

fn with(reason: &Option<String>) -> String {
    reason.as_ref().map_or_else(String::new, |reason| format!(", which {reason} needs"))
}

fn count(length: usize) -> String {
    if length == 64 { "others among its 64".into() } else { format!("{length} characters") }
}

fn for_target(target: Option<&str>) -> String {
    target.map_or_else(|| "without a `target`".into(), |target| format!("for {target}"))
}
