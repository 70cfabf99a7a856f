//! The source of a project: what it is known by, the hash of its files, and where it is built.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::digest::Hasher;
use super::error::RequirementsError;
use crate::config::resolved::Sha256Digest;

/// Names of folders at the top that hold what tools made of the source.
const MADE: [&str; 5] = ["build", "dist", "node_modules", "target", "venv"];

/// The hash of all files of the project at `folder`, and the files.
///
/// What tools leave behind does not count: hidden folders, environments, results of builds. Neither
/// do the TOML files of this program and what is written beside them.
///
/// # Errors
///
/// When a file cannot be read.
pub fn digest(
    line: usize,
    folder: &Path,
) -> Result<(Sha256Digest, Vec<PathBuf>), RequirementsError> {
    let mut hash = Hasher::default();
    let files = files(line, folder)?;
    for path in &files {
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
        let contents = fs_err::read(path).map_err(|e| unreadable(line, path, e))?;
        hash.add(name.as_bytes());
        hash.add(contents);
    }
    Ok((hash.finish(), files))
}

/// A folder in which the project at `folder` can be built: a copy in `scratch`, as build backends leave
/// files beside the source. A project whose version is found by its backend is built where it is,
/// as the version may be that of a repository around it.
///
/// # Errors
///
/// When a file cannot be copied.
pub fn stage(line: usize, folder: &Path, scratch: &Path) -> Result<PathBuf, RequirementsError> {
    if !states_version(folder) {
        return Ok(folder.to_owned());
    }
    let copy = scratch.join("source").join(folder.file_name().unwrap_or_default());
    for path in files(line, folder)? {
        let target = copy.join(path.strip_prefix(folder).unwrap_or(&path));
        let parent = target.parent().unwrap_or(&copy);
        fs_err::create_dir_all(parent)
            .and_then(|()| fs_err::copy(&path, &target))
            .map_err(|source| RequirementsError::Scratch { path: target.clone(), source })?;
    }
    Ok(copy)
}

/// Whether `pyproject.toml` itself states the version.
fn states_version(folder: &Path) -> bool {
    let text = fs_err::read_to_string(folder.join("pyproject.toml")).unwrap_or_default();
    let project: toml::Table = text.parse().unwrap_or_default();
    let section = project.get("project").and_then(toml::Value::as_table);
    section.is_some_and(|section| section.contains_key("version"))
}

/// The files of the source, in a fixed order.
fn files(line: usize, folder: &Path) -> Result<Vec<PathBuf>, RequirementsError> {
    let mut files = Vec::new();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || counts(entry)) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            unreadable(line, &path, error.into())
        })?;
        if entry.path().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn unreadable(line: usize, path: &Path, source: std::io::Error) -> RequirementsError {
    RequirementsError::Unreadable { line, path: path.to_owned(), source }
}

fn counts(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    if !entry.file_type().is_dir() {
        return !name.ends_with(".lock") && !name.ends_with(".pyc");
    }
    !name.starts_with('.')
        && !name.ends_with(".egg-info")
        && name != "__pycache__"
        && (entry.depth() > 1 || !MADE.contains(&&*name))
        && !entry.path().join("pyvenv.cfg").is_file()
}
