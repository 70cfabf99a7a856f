//! Folders of the cache that must be what was put there: unpacked wheels and distributions, runtimes.
//!
//! What lies in them goes into executables, so a changed file must not. A folder is *sealed* when it
//! is finished: a file in it holds two digests of all others,
//!
//! ```text
//! .sealed     contents SHA-256     of paths, kinds and bytes, but for folders `__pycache__`
//!             status SHA-256       of paths, kinds, sizes, modes, inode numbers and times of change
//! ```
//!
//! A change of a file moves its time of change (`ctime`), which no system call sets. So the status, a
//! `stat` for each file, tells that nothing was changed. Where it differs, as it does in a copy of a
//! cache, the contents tell. The seal itself is no secret: who may write to the cache can write
//! another one, which is why [`super::Cache`] looks at who may.

use std::io;
use std::path::Path;

use fs_err as fs;
use walkdir::{DirEntry, WalkDir};

use crate::config::resolved::Sha256Digest;
use crate::digest::Hasher;

/// Name of the seal.
const NAME: &str = ".sealed";

/// Seals a folder whose files are all there.
///
/// # Errors
/// When a file cannot be read, or the seal not be written.
pub(super) fn seal(folder: &Path) -> io::Result<()> {
    let contents = digest(folder, None, contents_of)?;
    write(folder, contents, digest(folder, None, status_of)?)
}

/// Whether a folder is there and holds what it held when it was sealed. `growing` is the name of a
/// folder in it that may have come later.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn is_intact(folder: &Path, growing: Option<&str>) -> io::Result<bool> {
    let seal = match fs::read_to_string(folder.join(NAME)) {
        Ok(seal) => seal,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        // What somebody else has made of it is no seal.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(false),
        Err(error) => return Err(error),
    };
    let value = |name: &str| {
        let mut lines = seal.lines().filter_map(|line| line.split_once(' '));
        lines.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse().ok())
    };
    let status = digest(folder, growing, status_of)?;
    if value("status") == Some(status) {
        return Ok(true);
    }
    let contents = digest(folder, growing, contents_of)?;
    if value("contents") != Some(contents) {
        return Ok(false);
    }
    // Without this the contents are read the next time, too.
    let _ = write(folder, contents, status);
    Ok(true)
}

fn write(folder: &Path, contents: Sha256Digest, status: Sha256Digest) -> io::Result<()> {
    let temporary = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(temporary.path(), format!("contents {contents}\nstatus {status}\n"))?;
    temporary.persist(folder.join(NAME)).map_err(|failed| failed.error)?;
    Ok(())
}

/// The digest of what `of` adds for each file, link and folder in `folder`.
fn digest(
    folder: &Path,
    growing: Option<&str>,
    of: fn(&DirEntry, &mut Hasher) -> io::Result<()>,
) -> io::Result<Sha256Digest> {
    let mut hasher = Hasher::default();
    let counts = |entry: &DirEntry| {
        let name = entry.file_name();
        // Whoever runs an unpacked interpreter leaves some. None goes into an executable.
        if name == "__pycache__" && entry.file_type().is_dir() {
            return false;
        }
        // Temporary files of `write` are of other processes that found the same.
        let own =
            entry.depth() == 1 && (name == NAME || name.to_string_lossy().starts_with(".tmp"));
        let grows = entry.depth() == 1 && growing.is_some_and(|growing| name == growing);
        !own && !grows
    };
    let walk = WalkDir::new(folder).min_depth(1).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| counts(entry)) {
        let entry = entry?;
        let path = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        hasher.add_block(path.as_os_str().as_encoded_bytes());
        let kind = entry.file_type();
        hasher.add(&[u8::from(kind.is_dir()) | u8::from(kind.is_symlink()) << 1]);
        if !kind.is_dir() {
            of(&entry, &mut hasher)?;
        }
    }
    Ok(hasher.finish())
}

/// Adds the bytes of a file, or where a link leads.
fn contents_of(entry: &DirEntry, hasher: &mut Hasher) -> io::Result<()> {
    if entry.path_is_symlink() {
        hasher.add_block(fs::read_link(entry.path())?.as_os_str().as_encoded_bytes());
    } else {
        hasher.add_block(fs::read(entry.path())?);
    }
    Ok(())
}

/// Adds what the file system says of a file.
#[cfg(unix)]
fn status_of(entry: &DirEntry, hasher: &mut Hasher) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let status = entry.metadata()?;
    for number in [status.size(), status.ino(), u64::from(status.mode())] {
        hasher.add(&number.to_le_bytes());
    }
    for number in [status.ctime(), status.ctime_nsec()] {
        hasher.add(&number.to_le_bytes());
    }
    Ok(())
}

/// Adds the contents: no time here is out of the reach of those who may write.
#[cfg(not(unix))]
fn status_of(entry: &DirEntry, hasher: &mut Hasher) -> io::Result<()> {
    contents_of(entry, hasher)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn sealed() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("lib/a.py"), "x = 1\n").unwrap();
        fs_err::os::unix::fs::symlink("a.py", folder.path().join("lib/b.py")).unwrap();
        seal(folder.path()).unwrap();
        folder
    }

    fn is_intact(folder: &Path) -> bool {
        super::is_intact(folder, Some("seed")).unwrap()
    }

    #[test]
    fn what_was_sealed_is_intact() {
        let folder = sealed();
        assert!(is_intact(folder.path()));
        fs::create_dir(folder.path().join("seed")).unwrap();
        fs::write(folder.path().join("seed/result"), "").unwrap();
        assert!(is_intact(folder.path()), "what may grow has grown");
        fs::create_dir(folder.path().join("lib/__pycache__")).unwrap();
        fs::write(folder.path().join("lib/__pycache__/a.pyc"), "").unwrap();
        assert!(is_intact(folder.path()), "bytecode does not count");
        assert!(!super::is_intact(folder.path(), None).unwrap());
    }

    #[test]
    fn a_change_of_the_same_length_and_time_is_found() {
        let folder = sealed();
        let path = folder.path().join("lib/a.py");
        let times = fs::metadata(&path).unwrap().modified().unwrap();
        fs::write(&path, "x = 2\n").unwrap();
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.file().set_modified(times).unwrap();
        assert!(!is_intact(folder.path()));
    }

    #[test]
    fn files_and_links_that_come_go_or_change_are_found() {
        let changes: [fn(&Path); 4] = [
            |folder| fs::write(folder.join("lib/new.py"), "").unwrap(),
            |folder| fs::remove_file(folder.join("lib/a.py")).unwrap(),
            |folder| {
                fs::remove_file(folder.join("lib/b.py")).unwrap();
                fs_err::os::unix::fs::symlink("/etc/passwd", folder.join("lib/b.py")).unwrap();
            },
            |folder| fs::remove_file(folder.join(NAME)).unwrap(),
        ];
        for change in changes {
            let folder = sealed();
            change(folder.path());
            assert!(!is_intact(folder.path()));
        }
    }

    #[test]
    fn a_copy_is_intact_and_sealed_anew() {
        let folder = sealed();
        let copy = tempfile::tempdir().unwrap();
        let copied = std::process::Command::new("cp")
            .args(["-r", "--preserve=links"])
            .arg(folder.path().join("."))
            .arg(copy.path())
            .status();
        assert!(copied.unwrap().success());
        let seal = |folder: &Path| fs::read_to_string(folder.join(NAME)).unwrap();
        assert_eq!(seal(folder.path()), seal(copy.path()));
        assert!(is_intact(copy.path()));
        assert_ne!(seal(folder.path()), seal(copy.path()));
    }
}
