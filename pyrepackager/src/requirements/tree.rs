//! What the source of a project is known by: the hash of its files.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use walkdir::{DirEntry, WalkDir};

use super::error::RequirementsError;
use crate::config::resolved::Sha256Digest;

/// Names of folders that hold what tools made of the source.
const MADE: [&str; 6] = ["__pycache__", "build", "dist", "node_modules", "target", "venv"];

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
    let unreadable =
        |path: &Path, source| RequirementsError::Unreadable { line, path: path.to_owned(), source };
    let mut hash = Sha256::new();
    let mut files = Vec::new();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || counts(entry)) {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(folder).to_owned();
            unreadable(&path, error.into())
        })?;
        let path = entry.path();
        if !path.is_file() {
            continue;
        }
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
        let contents = fs_err::read(path).map_err(|source| unreadable(path, source))?;
        for part in [name.as_bytes(), &contents] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        files.push(path.to_owned());
    }
    Ok((Sha256Digest(hash.finalize().into()), files))
}

fn counts(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    if !entry.file_type().is_dir() {
        return !name.ends_with(".lock") && !name.ends_with(".pyc");
    }
    !name.starts_with('.')
        && !name.ends_with(".egg-info")
        && !MADE.contains(&&*name)
        && !entry.path().join("pyvenv.cfg").is_file()
}
