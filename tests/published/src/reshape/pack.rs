//! Tar files as published: `PYTHON.json` first, no entries for folders, relative links.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context, Result};
use fs_err as fs;
use fs_err::File;
use walkdir::WalkDir;

/// Seconds since 1970 of each entry.
const TIME: u64 = 1_700_000_000;

/// Unpacks an archive; its top folder is `python`.
pub(super) fn unpack(archive: &Path, folder: &Path) -> Result<()> {
    let decoder = zstd::Decoder::new(File::open(archive)?)?;
    let unreadable = || format!("`{}` cannot be unpacked", archive.display());
    tar::Archive::new(decoder).unpack(folder).with_context(unreadable)
}

/// Packs the folder `python`.
pub(super) fn pack(python: &Path, archive: &Path) -> Result<()> {
    let mut encoder = zstd::Encoder::new(File::create(archive)?, 3)?;
    encoder.multithread(2)?;
    let mut tar = tar::Builder::new(encoder);
    let first = Path::new("PYTHON.json");
    append(&mut tar, python, first)?;
    for entry in WalkDir::new(python).sort_by_file_name() {
        let entry = entry?;
        let path = entry.path().strip_prefix(python)?;
        if !entry.file_type().is_dir() && path != first {
            append(&mut tar, python, path)?;
        }
    }
    tar.into_inner()?.finish()?;
    Ok(())
}

fn append(tar: &mut tar::Builder<impl std::io::Write>, python: &Path, path: &Path) -> Result<()> {
    let file = python.join(path);
    let name = Path::new("python").join(path);
    let metadata = fs::symlink_metadata(&file)?;
    let mut header = tar::Header::new_gnu();
    header.set_mtime(TIME);
    if metadata.is_symlink() {
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        tar.append_link(&mut header, &name, fs::read_link(&file)?)?;
    } else {
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(metadata.len());
        header.set_mode(metadata.permissions().mode() & 0o777);
        tar.append_data(&mut header, &name, File::open(&file)?)?;
    }
    Ok(())
}
