//! Copies folders.

use std::io;
use std::path::Path;

use fs_err as fs;
use walkdir::WalkDir;

/// Copies the files below `from` to the same places below `to`, links as what they point to. What else is there stays.
///
/// # Errors
///
/// A file or folder cannot be read or written.
pub fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    for entry in WalkDir::new(from).follow_links(true) {
        let entry = entry?;
        let Ok(relative) = entry.path().strip_prefix(from) else { continue };
        if entry.file_type().is_dir() {
            fs::create_dir_all(to.join(relative))?;
        } else {
            fs::copy(entry.path(), to.join(relative))?;
        }
    }
    Ok(())
}
