//! Configuration in three stages: text, typed, resolved.
//!
//! * `span`, [`error`], [`problem`], `hints`: a place in the text, what is wrong there, and what to do.
//! * [`schema`], [`table`]: every section and key, with kind and default, in one table.
//! * [`json_schema`]: the table as a JSON schema, for editors.
//! * `typed`, `value`: the text's sections, checked against the table.
//! * `options`: options of the interpreter.
//! * `resolve`, `check`: defaults filled in, paths absolute, strings read.
//! * [`resolved`], `sources`, `allocator`: what the rest of the crate sees: no `Option` that only means "not said".
//!
//! A section may stand once for each target; which of them count is decided when it is resolved.
//!
//! The first mistake of a stage is reported, at its place. Which files an application's modules
//! come from is not looked at here beyond that the folders exist.

mod allocator;
mod check;
pub mod error;
mod hints;
pub mod json_schema;
mod near;
mod options;
pub mod problem;
mod resolve;
pub mod resolved;
pub mod schema;
mod sources;
mod span;
pub mod table;
#[cfg(test)]
mod tests;
mod typed;
mod value;

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

pub use error::{ConfigError, Diagnostic};
pub use problem::{PathFault, Problem};
pub use resolved::Config;
pub use span::{Origin, Place};

use resolved::PythonVersion;
use span::Source;
use typed::Document;

/// The file that is looked for when none is named.
pub const FILE_NAME: &str = "pyoxidizer.toml";

/// The environment variable that names the file.
pub const VARIABLE: &str = "PYOXIDIZER_CONFIG";

/// The configuration that stands in for a file.
const DEFAULT: &str = include_str!("default.toml");

/// The Python of a configuration that names none: [`table::DEFAULT_VERSION`].
pub const DEFAULT_PYTHON: PythonVersion = PythonVersion { major: 3, minor: 13 };

/// The feature releases of CPython that are supported, the oldest first.
pub fn python_versions() -> impl DoubleEndedIterator<Item = PythonVersion> {
    (table::OLDEST_MINOR..=table::NEWEST_MINOR).map(|minor| PythonVersion { major: 3, minor })
}

/// Finds and reads the configuration of a build.
///
/// `env_value` is the value of [`VARIABLE`]; an empty one counts as none. A relative one starts at
/// `start`. Without one, [`find`] looks for a file from `start` upwards, and without a file the
/// built-in default serves: the standard library and an interactive prompt. `target` is the triple
/// of the target that is built for.
///
/// # Errors
///
/// As [`load`].
pub fn locate(
    env_value: Option<&OsStr>,
    start: &Path,
    target: &str,
) -> Result<Config, ConfigError> {
    match env_value.filter(|value| !value.is_empty()) {
        Some(value) => load(&start.join(value), target).map_err(|error| match error {
            ConfigError::NotFound { path, .. } => {
                ConfigError::NotFound { path, variable: Some(value.into()) }
            }
            other => other,
        }),
        None => match find(start) {
            Some(path) => load(&path, target),
            None => builtin(),
        },
    }
}

/// The nearest [`FILE_NAME`] in `start` or a folder above it.
///
/// Anything of that name counts, so that a link that leads nowhere is an error of [`load`] and
/// not passed over.
pub fn find(start: &Path) -> Option<PathBuf> {
    let start = std::path::absolute(start).ok()?;
    let candidates = start.ancestors().map(|folder| folder.join(FILE_NAME));
    candidates.into_iter().find(|path| fs_err::symlink_metadata(path).is_ok())
}

/// Reads what a file says of `target`.
///
/// # Errors
///
/// When the file cannot be read, or anything in it is wrong; the first mistake is named.
pub fn load(path: &Path, target: &str) -> Result<Config, ConfigError> {
    load_changed(path, &[], target)
}

/// Reads what a file says of `target`, with what `settings` say instead, as for [`changed`].
///
/// # Errors
///
/// As [`load`].
pub fn load_changed(path: &Path, settings: &[String], target: &str) -> Result<Config, ConfigError> {
    let path = absolute(path)?;
    let bytes = match fs_err::read(&path) {
        Ok(bytes) => bytes,
        Err(_) if path.is_dir() => return Err(ConfigError::NotAFile { path }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ConfigError::NotFound { path, variable: None });
        }
        Err(source) => return Err(ConfigError::Read { path, source }),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse_changed(text, settings, &path, target),
        Err(error) => Err(not_utf8(path, &bytes, error.valid_up_to())),
    }
}

/// Reads what a text says of `target` that stands in the file `path`; relative paths start at that file's folder.
///
/// # Errors
///
/// When anything in the text is wrong; the first mistake is named.
pub fn parse(text: &str, path: &Path, target: &str) -> Result<Config, ConfigError> {
    parse_changed(text, &[], path, target)
}

fn parse_changed(
    text: &str,
    settings: &[String],
    path: &Path,
    target: &str,
) -> Result<Config, ConfigError> {
    let file = absolute(path)?;
    let whole = format!("{text}\n{}", settings.join("\n"));
    let source = Source { path: Some(&file), text: &whole, command_line: Some(text.len() + 1) };
    let mut document = Document::parse_in(&source, 0..text.len(), &[])?;
    document.change(Document::parse_in(&source, text.len() + 1..whole.len(), &[])?);
    let base = file.parent().unwrap_or(&file);
    resolve::resolve(&source, document, base, target)
}

/// The configuration that stands in for a file: the standard library and an interactive prompt.
///
/// # Errors
///
/// None in practice; a test reads it.
pub fn builtin() -> Result<Config, ConfigError> {
    let source = Source { path: None, text: DEFAULT, command_line: None };
    resolve::resolve(&source, Document::parse(&source)?, Path::new(""), "")
}

/// What a file says that is not one of ours: a `pyproject.toml`, or the metadata of a script.
#[derive(Clone, Debug)]
pub struct Embedded {
    /// The file, which relative paths start at.
    pub path: PathBuf,
    /// TOML, with every line and column where the file has it.
    pub text: String,
}

/// The tables of [`Embedded`] text that are ours: `[tool.pyoxidizer]`.
const EMBEDDED: [&str; 2] = ["tool", "pyoxidizer"];

/// The configuration that stands in for a file, changed.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The configuration. Its sources begin with the standard library.
    pub config: Config,
    /// Whether somebody said where CPython comes from.
    pub names_distribution: bool,
    /// Whether somebody said what the executable does.
    pub names_run: bool,
    /// Whether somebody said what licences may go in.
    pub names_licenses: bool,
}

/// The configuration that stands in for a file, with what `embedded` says of `target`, and what `settings` say, each a
/// key as it is written in a TOML file and its value: `python_config.optimize_level=2`. Relative paths in these start
/// at `folder`, where there is no file.
///
/// # Errors
///
/// As [`load`].
pub fn changed(
    embedded: Option<&Embedded>,
    settings: &[String],
    folder: &Path,
    target: &str,
) -> Result<Changed, ConfigError> {
    let own = embedded.map_or("", |embedded| &embedded.text);
    let text = format!("{own}\n{}", settings.join("\n"));
    let path = embedded.map(|embedded| embedded.path.as_path());
    let source = Source { path, text: &text, command_line: Some(own.len() + 1) };
    let mut document = Document::parse_in(&source, 0..own.len(), &EMBEDDED)?;
    document.change(Document::parse_in(&source, own.len() + 1..text.len(), &[])?);
    let names_distribution = document.has(&table::PYTHON_DISTRIBUTION);
    let names_run = document.has(&table::PYTHON_RUN);
    let names_licenses = document.has(&table::LICENSES);
    document.implies_stdlib = true;
    let base = path.and_then(Path::parent).unwrap_or(folder);
    let config = resolve::resolve(&source, document, base, target)?;
    Ok(Changed { config, names_distribution, names_run, names_licenses })
}

/// A line of the file at `path`, from 1, with its place; `None` when it is not there any more.
pub fn excerpt(path: &Path, line: usize) -> Option<String> {
    let text = fs_err::read_to_string(path).ok()?;
    let start = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum::<usize>();
    let length = text.get(start..)?.lines().next()?.trim_end().len();
    let source = Source { path: Some(path), text: &text, command_line: None };
    let place = source.place(&(start..start + length));
    Some(format!("{place}\n{}", place.excerpt()))
}

fn absolute(path: &Path) -> Result<PathBuf, ConfigError> {
    std::path::absolute(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

fn not_utf8(path: PathBuf, bytes: &[u8], valid: usize) -> ConfigError {
    let before = String::from_utf8_lossy(&bytes[..valid]);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    ConfigError::NotUtf8 {
        path,
        byte: bytes.get(valid).copied().unwrap_or_default(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
