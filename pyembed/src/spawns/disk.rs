//! Packed files on disk, in the user's cache, for other programs.
//!
//! A set of files and folders is written once, into a folder that has them at the same relative paths as the
//! executable has:
//!
//! ```text
//! ~/.cache/pyoxidizer/programs/cmake.0123456789abcdef0123456789abcdef/
//!     .files                                          what was written: size, time, mode and path of each
//!     lib/python3.13/site-packages/cmake/data/bin/cmake
//!     lib/python3.13/site-packages/cmake/data/share/…
//! ```
//!
//! The digits stand for what is packed. Each use verifies that every file is there as it was written. The folder is
//! the user's alone; against the user's own programs it does not protect.

use std::fmt::Write as _;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use fs_err::os::unix::fs::{OpenOptionsExt as _, symlink};
use pyresources::{FormatError, Resources, install};
use xxhash_rust::xxh3::Xxh3;

use super::programs::START;
use crate::tree;
use crate::user_cache::{self, CacheError, TEMPORARY};
use crate::{files, resources, sys};

/// Name of the file that lists what was written.
const LIST: &str = ".files";
/// The link to this executable by whose name it is Python; see [`crate::sys::python_link`].
const PYTHON: &str = "bin/python";

/// Whether a packed program is the Python in this executable. On disk it is a link.
pub(super) fn is_own_python(path: &str) -> bool {
    let name = path.strip_prefix(install::PROGRAMS).and_then(|rest| rest.strip_prefix('/'));
    name.is_some_and(|name| !name.contains('/') && sys::is_python_name(name.as_bytes()))
}

/// Why files are not on disk.
#[derive(Debug, thiserror::Error)]
pub(super) enum DiskError {
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    Damaged(#[from] FormatError),
}

/// A packed file.
struct File {
    path: String,
    is_program: bool,
}

/// Puts the packed files at `paths`, and those in folders there, on disk; returns the folder that takes the place of
/// the executable in their paths.
///
/// # Errors
///
/// When they cannot be written, or the executable is damaged.
pub(super) fn folder(
    resources: &'static Resources<'static>,
    paths: &[String],
) -> Result<PathBuf, DiskError> {
    let mut found = Vec::new();
    for path in paths {
        collect(resources, path, &mut found)?;
    }
    let name = name(resources, paths, &found)?;
    let (cache, opened) = user_cache::open_for_programs()?;
    let folder = cache.join(&name);
    if is_whole(&folder) {
        return Ok(folder);
    }
    let lock = user_cache::lock(&opened);
    if !is_whole(&folder) {
        write(resources, &found, &cache, &folder)?;
        // What cannot be removed stays.
        user_cache::tidy(&opened, &name, |name| drop(fs_err::remove_dir_all(cache.join(name))));
    }
    drop(lock);
    Ok(folder)
}

/// The path of a link to this executable by whose name it is Python.
///
/// # Errors
///
/// When it cannot be made.
pub(super) fn python() -> Result<PathBuf, DiskError> {
    let executable = files::executable().map(std::ffi::CStr::to_bytes).unwrap_or_default();
    let name = format!("python.{:032x}", xxhash_rust::xxh3::xxh3_128(executable));
    let (cache, _) = user_cache::open_for_programs()?;
    let link = cache.join(&name).join(PYTHON);
    let target = std::ffi::OsStr::from_bytes(executable);
    if fs_err::read_link(&link).is_ok_and(|found| found == target) {
        return Ok(link);
    }
    fs_err::create_dir_all(link.parent().unwrap_or(&cache))?;
    // Another process may make it at the same time.
    let temporary = link.with_extension(std::process::id().to_string());
    link_to_executable(&temporary)?;
    fs_err::rename(&temporary, &link)?;
    Ok(link)
}

/// Lists the files at a path.
fn collect(
    resources: &Resources<'static>,
    path: &str,
    found: &mut Vec<File>,
) -> Result<(), FormatError> {
    if tree::is_file(resources, path)? {
        let is_program = tree::is_program(resources, path)?;
        found.push(File { path: path.to_owned(), is_program });
        return Ok(());
    }
    for (name, _) in tree::children(resources, path)? {
        collect(resources, &tree::join(path, &name), found)?;
    }
    Ok(())
}

/// What the folder for these files is called.
fn name(
    resources: &Resources<'static>,
    paths: &[String],
    found: &[File],
) -> Result<String, FormatError> {
    let mut hasher = Xxh3::new();
    // A script names the executable, by way of a link.
    hasher.update(files::executable().map(std::ffi::CStr::to_bytes).unwrap_or_default());
    for file in found {
        hasher.update(file.path.as_bytes());
        hasher.update(&[0, u8::from(file.is_program)]);
        let stamp = tree::stamp(resources, &file.path)?.unwrap_or_default();
        hasher.update(&stamp.to_le_bytes());
    }
    let first = paths.first().map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    Ok(format!("{first}.{:032x}", hasher.digest128()))
}

/// Whether every file is there as it was written.
fn is_whole(folder: &Path) -> bool {
    let Ok(list) = fs_err::read_to_string(folder.join(LIST)) else { return false };
    list.lines().all(|line| {
        let path = line.splitn(4, ' ').nth(3).unwrap_or_default();
        described(folder, path).is_ok_and(|description| description == line)
    })
}

/// A line of the list: what tells whether a file was changed.
fn described(folder: &Path, path: &str) -> io::Result<String> {
    let status = fs_err::symlink_metadata(folder.join(path))?;
    let (size, mode) = (status.size(), status.mode());
    Ok(format!("{size} {}.{} {mode:o} {path}", status.mtime(), status.mtime_nsec()))
}

/// Writes the files into a folder beside `folder` that then gets its name.
fn write(
    resources: &Resources<'static>,
    found: &[File],
    cache: &Path,
    folder: &Path,
) -> Result<(), DiskError> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let temporary = cache.join(format!("{TEMPORARY}{}-{name}", std::process::id()));
    let remove = |path: &Path| match fs_err::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    // One that was left by a killed process with the same number.
    remove(&temporary)?;
    let written = write_files(resources, found, &temporary, folder).and_then(|()| {
        remove(folder)?;
        Ok(fs_err::rename(&temporary, folder)?)
    });
    if written.is_err() {
        // It may not even be there.
        let _ = remove(&temporary);
    }
    written
}

fn write_files(
    resources: &Resources<'static>,
    found: &[File],
    temporary: &Path,
    folder: &Path,
) -> Result<(), DiskError> {
    let mut list = String::new();
    let mut has_python = false;
    for file in found {
        let Some((entry, role)) = tree::file_entry(resources, &file.path)? else { continue };
        let Some(content) = resources::for_copy(&entry, role)? else { continue };
        let path = temporary.join(&file.path);
        fs_err::create_dir_all(path.parent().unwrap_or(temporary))?;
        let mut start = Vec::new();
        if file.is_program && super::is_python_script(&resources::start(&content, START)?) {
            if is_own_python(&file.path) {
                link_to_executable(&path)?;
                let _ = writeln!(list, "{}", described(temporary, &file.path)?);
                continue;
            }
            start = start_line(&folder.join(PYTHON));
            has_python = true;
        }
        let mode = if file.is_program { 0o700 } else { 0o600 };
        let mut options = fs_err::OpenOptions::new();
        let mut target = options.write(true).create_new(true).mode(mode).open(&path)?;
        io::Write::write_all(&mut target, &start)?;
        resources::copy(&content, &mut target)?;
        // Writing to a text cannot fail.
        let _ = writeln!(list, "{}", described(temporary, &file.path)?);
    }
    let link = temporary.join(PYTHON);
    if has_python && !link.is_symlink() {
        fs_err::create_dir_all(link.parent().unwrap_or(temporary))?;
        link_to_executable(&link)?;
    }
    Ok(fs_err::write(temporary.join(LIST), list)?)
}

fn link_to_executable(link: &Path) -> io::Result<()> {
    let executable = files::executable().map(std::ffi::CStr::to_bytes).unwrap_or_default();
    symlink(std::ffi::OsStr::from_bytes(executable), link)
}

/// What a Python script begins with so that `python` runs it: lines for `sh`, which Python takes for a string, as the
/// kernel allows neither blanks nor long paths behind `#!`.
fn start_line(python: &Path) -> Vec<u8> {
    let path = python.as_os_str().as_bytes();
    let quoted: Vec<u8> = path
        .iter()
        .flat_map(|byte| match byte {
            b'\'' => b"'\\''".to_vec(),
            byte => vec![*byte],
        })
        .collect();
    [b"#!/bin/sh\n'''exec' '", quoted.as_slice(), b"' \"$0\" \"$@\"\n' '''\n"].concat()
}
