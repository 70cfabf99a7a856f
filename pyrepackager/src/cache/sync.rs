//! Brings a folder with all in it to the disk.

use std::io;
use std::path::Path;

use fs_err as fs;
use walkdir::WalkDir;

/// Returns when everything below `folder` would survive a power failure.
///
/// # Errors
/// When something cannot be opened or written.
pub(super) fn folder(folder: &Path) -> io::Result<()> {
    if sync_file_system(folder)? { Ok(()) } else { each_file(folder) }
}

/// Writes out the file system that `folder` is on: for thousands of files this takes far less time
/// than one after the other. `false` where the system does not do it.
#[cfg(target_os = "linux")]
fn sync_file_system(folder: &Path) -> io::Result<bool> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?).is_ok())
}

#[cfg(not(target_os = "linux"))]
fn sync_file_system(_folder: &Path) -> io::Result<bool> {
    Ok(false)
}

fn each_file(folder: &Path) -> io::Result<()> {
    for entry in WalkDir::new(folder) {
        let entry = entry?;
        // Windows needs the right to write for this, and knows it only of files.
        let wanted = entry.file_type().is_file() || (cfg!(unix) && entry.file_type().is_dir());
        if wanted {
            let mut options = fs::OpenOptions::new();
            options.read(true).write(cfg!(windows)).open(entry.path())?.sync_all()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_folder_holds_is_synced() {
        let scratch = tempfile::tempdir().unwrap();
        let sub_folder = scratch.path().join("folder");
        fs::create_dir(&sub_folder).unwrap();
        fs::write(sub_folder.join("file"), "content").unwrap();
        #[cfg(unix)]
        fs_err::os::unix::fs::symlink("nowhere", scratch.path().join("dangling")).unwrap();
        folder(scratch.path()).unwrap();
        each_file(scratch.path()).unwrap();
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let scratch = tempfile::tempdir().unwrap();
        let missing = scratch.path().join("missing");
        assert_eq!(folder(&missing).unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(each_file(&missing).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_syncs_the_whole_file_system() {
        assert!(sync_file_system(tempfile::tempdir().unwrap().path()).unwrap());
    }
}
