//! From a name to what it names.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Subject, SubjectError, project};
use crate::config;
use crate::wheel::WheelName;

/// Endings that name a file, whether it is there or not.
const FILES: [&str; 4] = ["toml", "py", "pyw", "whl"];

/// What a person has named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A TOML file of ours.
    Toml(PathBuf),
    /// Something else.
    Subject(Subject),
}

/// What `name` stands for; without one, the nearest TOML file or project in `start` or above. A path counts before a
/// package, unless it is a folder that nothing in it makes an application.
///
/// # Errors
///
/// When there is no such thing, or it is nothing that can be made an executable.
pub fn find(name: Option<&OsStr>, start: &Path) -> Result<Named, SubjectError> {
    let Some(name) = name else { return nearest(start) };
    let path = std::path::absolute(start.join(name))?;
    if path.is_dir() {
        return match in_folder(&path) {
            Some(named) => Ok(named),
            None if is_plain(name) => package(name),
            None => Err(SubjectError::Folder { path }),
        };
    }
    if path.is_file() {
        return match file(path) {
            // Most likely the executable that was made of the package before.
            Err(SubjectError::NotPython { .. }) if is_plain(name) => package(name),
            found => found,
        };
    }
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_path = FILES.contains(&ending) || name.to_string_lossy().starts_with(['.', '/', '~']);
    if is_path { Err(SubjectError::NotFound { path }) } else { package(name) }
}

fn nearest(start: &Path) -> Result<Named, SubjectError> {
    let start = std::path::absolute(start)?;
    let is_application = |folder: &Path| {
        let has = |name: &str| fs_err::symlink_metadata(folder.join(name)).is_ok();
        has(config::FILE_NAME) || has(project::FILE_NAME) || has("setup.py") || has("setup.cfg")
    };
    let found = start.ancestors().find(|folder| is_application(folder));
    found.and_then(in_folder).ok_or(SubjectError::Nothing { folder: start })
}

/// What a folder holds.
fn in_folder(folder: &Path) -> Option<Named> {
    let has = |name: &str| folder.join(name).exists();
    if has(config::FILE_NAME) {
        return Some(Named::Toml(folder.join(config::FILE_NAME)));
    }
    let is_project = has(project::FILE_NAME) || has("setup.py") || has("setup.cfg");
    Some(Named::Subject(if let Some(script) = project::script(folder) {
        Subject::Script(script)
    } else if is_project {
        Subject::Project(folder.to_owned())
    } else if has("__main__.py") && has("__init__.py") {
        Subject::Package(folder.to_owned())
    } else if has("__main__.py") {
        Subject::Script(folder.join("__main__.py"))
    } else {
        return None;
    }))
}

fn file(path: PathBuf) -> Result<Named, SubjectError> {
    let is_named = |name: &str| path.file_name().is_some_and(|file| file == name);
    if is_named(project::FILE_NAME) || is_named("setup.py") || is_named("setup.cfg") {
        let folder = path.parent().unwrap_or(&path).to_owned();
        return Ok(Named::Subject(Subject::Project(folder)));
    }
    match path.extension().and_then(OsStr::to_str) {
        Some("toml") => Ok(Named::Toml(path)),
        Some("cfg" | "in" | "ini" | "lock" | "txt") => Err(SubjectError::NotAScript { path }),
        Some("whl") => Ok(Named::Subject(Subject::Wheel(path))),
        _ => match fs_err::read(&path)? {
            bytes if bytes.contains(&0) => Err(SubjectError::NotPython { path }),
            // As with `python`, what lies beside the script lies beside the file that a link leads to.
            _ => Ok(Named::Subject(Subject::Script(fs_err::canonicalize(path)?))),
        },
    }
}

/// Whether a name can be one of a package.
fn is_plain(name: &OsStr) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let text = name.to_string_lossy();
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(is_part)
}

fn package(name: &OsStr) -> Result<Named, SubjectError> {
    Ok(Named::Subject(Subject::Requirement(requirement(&name.to_string_lossy())?)))
}

/// A requirement, where `text` is one as `pip install` takes it.
///
/// # Errors
///
/// When it is none.
pub fn requirement(text: &str) -> Result<String, SubjectError> {
    let text = text.trim();
    if text.contains("://") || distribution_of(text).is_some() {
        Ok(text.to_owned())
    } else {
        Err(SubjectError::Requirement { text: text.to_owned() })
    }
}

/// The distribution that a requirement names (PEP 508): what stands before extras, versions and an address.
pub fn distribution_of(requirement: &str) -> Option<String> {
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
    let (name, rest) = requirement.split_at(end.unwrap_or(requirement.len()));
    let follows = rest.trim_start().starts_with(['[', '=', '<', '>', '!', '~', ';', '(', '@']);
    let is_name = is_plain(OsStr::new(name)) && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    (is_name && (rest.trim().is_empty() || follows)).then(|| name.to_owned())
}

/// The distribution that a wheel's file name names.
pub fn distribution_of_wheel(path: &Path) -> String {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    match WheelName::parse(&file) {
        Some(wheel) => wheel.name,
        None => file.split('-').next().unwrap_or(&file).to_owned(),
    }
}
