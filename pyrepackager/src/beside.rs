//! Folders that are passed on beside an executable.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fs_err as fs;

/// The file that says what else there is in such a folder.
pub const README: &str = "README.txt";

/// Why a folder was not written.
#[derive(Debug, thiserror::Error)]
pub enum BesideError {
    /// One of that name is somebody else's.
    #[error("`{path}` exists, and is no folder that was written here before")]
    Foreign {
        /// The folder.
        path: PathBuf,
    },
    /// Something cannot be read or written; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl BesideError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Foreign { .. } => Some("move it away, or remove it".to_owned()),
            Self::File(_) => None,
        }
    }
}

/// Makes `folder` hold `files`, paths with `/` and contents, and nothing else. One of them is
/// [`README`], whose text begins with `heading`: by that a folder is known to be ours.
///
/// The folder is there whole or not at all, except for the moment between two renames. One that
/// holds the same already is left alone.
///
/// # Errors
///
/// A folder is there that this did not write; something cannot be written.
pub fn write(folder: &Path, heading: &str, files: &[(String, Vec<u8>)]) -> Result<(), BesideError> {
    let exists = match fs::read_to_string(folder.join(README)) {
        Ok(text) if text.starts_with(heading) => true,
        Err(error) if error.kind() == ErrorKind::NotFound && !folder.exists() => false,
        _ => return Err(BesideError::Foreign { path: folder.to_owned() }),
    };
    if exists && holds(folder, files) {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new("."));
    // Both go away by themselves, whatever happens.
    let fresh = tempfile::Builder::new().prefix(".beside-").tempdir_in(parent)?;
    let new = fresh.path().join("new");
    for (path, content) in files {
        let path = new.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)?;
    }
    if exists {
        fs::rename(folder, fresh.path().join("old"))?;
    }
    Ok(fs::rename(new, folder)?)
}

/// Whether a folder holds just `files`.
fn holds(folder: &Path, files: &[(String, Vec<u8>)]) -> bool {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries.filter(|entry| !entry.file_type().is_dir()).count() == files.len()
        && files
            .iter()
            .all(|(path, content)| fs::read(folder.join(path)).is_ok_and(|found| found == *content))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "What is here\n";

    fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), BesideError> {
        super::write(folder, HEADING, files)
    }

    fn files(others: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        let others = others.iter().map(|(path, text)| ((*path).to_owned(), (*text).into()));
        others.chain([(README.to_owned(), HEADING.into())]).collect()
    }

    #[test]
    fn what_is_stale_goes() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        write(&folder, &files(&[("a/x", "1"), ("b/y", "2")])).unwrap();
        write(&folder, &files(&[("a/x", "3")])).unwrap();
        assert_eq!(fs::read(folder.join("a/x")).unwrap(), b"3");
        assert!(!folder.join("b").exists());
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1, "nothing temporary stays");
    }

    #[test]
    fn the_same_is_not_written_again() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        let modified = || fs::metadata(folder.join("a")).unwrap().modified().unwrap();
        write(&folder, &files(&[("a", "1")])).unwrap();
        let before = modified();
        write(&folder, &files(&[("a", "1")])).unwrap();
        assert_eq!(modified(), before);
    }

    #[test]
    fn a_folder_of_somebody_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("folder");
        fs::create_dir(&folder).unwrap();
        let error = write(&folder, &files(&[])).unwrap_err();
        assert!(matches!(&error, BesideError::Foreign { path } if *path == folder), "{error}");
        assert!(error.hint().is_some());
        fs::write(folder.join(README), "mine").unwrap();
        write(&folder, &files(&[])).unwrap_err();
        assert_eq!(fs::read(folder.join(README)).unwrap(), b"mine");
    }
}
