//! How a packed program is started.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use pyresources::{Content, Entry, FormatError, Resources, Role};
use rustix::io::Errno;

use super::disk::{self, DiskError};
use crate::{files, resources, tree, user_cache};

/// First bytes of a program of machine code.
const ELF: &[u8] = b"\x7fELF";

/// How many bytes of a program tell what runs it: more than Linux reads of a line with `#!`.
pub(super) const START: usize = 512;

/// A packed program that can be started.
#[derive(Debug)]
pub(super) enum Program {
    /// A Python script, for this executable to run.
    Script,
    /// In a file in memory.
    Memory(OwnedFd),
    /// In a folder on disk, which takes the place of the executable in its path.
    Disk(PathBuf),
}

/// Makes the packed program at `path` ready to be started.
///
/// # Errors
///
/// What the kernel says of such a path on disk: nothing is there, or what cannot be run.
pub(super) fn ready(resources: &'static Resources<'static>, path: &str) -> Result<Program, Errno> {
    let damaged = |_: FormatError| Errno::IO;
    let Some((entry, role)) = tree::file_entry(resources, path).map_err(damaged)? else {
        let is_folder = tree::is_folder(resources, path).map_err(damaged)?;
        let mut above = path.match_indices('/').map(|(end, _)| &path[..end]);
        let is_below_file = above.any(|path| tree::is_file(resources, path).unwrap_or_default());
        return Err(match () {
            () if is_folder => Errno::ACCESS,
            () if is_below_file => Errno::NOTDIR,
            () => Errno::NOENT,
        });
    };
    let Some(needed) = entry.get(Role::Program).map_err(damaged)? else {
        return Err(Errno::ACCESS);
    };
    let needed = lines(&needed)?;
    let start = start(&entry, role)?;
    if super::is_python_script(&start) {
        return Ok(Program::Script);
    }
    if !needed.is_empty() {
        if let Some(program) = on_disk(resources, &needed) {
            return Ok(program);
        }
        // It may do without the other files.
        if !start.starts_with(ELF) {
            return Err(Errno::ACCESS);
        }
    }
    let content = resources::for_copy(&entry, role).map_err(damaged)?.ok_or(Errno::IO)?;
    let in_memory = files::program_in_memory(path, &content).map(Program::Memory);
    // The kernel may be set up to run nothing from memory.
    in_memory.or_else(|errno| on_disk(resources, &[path.to_owned()]).ok_or(errno))
}

/// The first bytes of a packed program.
fn start(entry: &Entry<'static>, role: Role) -> Result<Vec<u8>, Errno> {
    let stored = entry.unverified(role).map_err(|_| Errno::IO)?.ok_or(Errno::IO)?.0;
    resources::start(&stored, START).map_err(|_| Errno::IO)
}

/// Whether the packed program at `path` is a Python script.
///
/// # Errors
///
/// When nothing is there, or the executable is damaged.
pub(super) fn is_script(resources: &'static Resources<'static>, path: &str) -> Result<bool, Errno> {
    let found = tree::file_entry(resources, path).map_err(|_| Errno::IO)?;
    let (entry, role) = found.ok_or(Errno::NOENT)?;
    Ok(super::is_python_script(&start(&entry, role)?))
}

fn on_disk(resources: &'static Resources<'static>, paths: &[String]) -> Option<Program> {
    match disk::folder(resources, paths) {
        Ok(folder) => Some(Program::Disk(folder)),
        Err(error) => {
            log(&error);
            None
        }
    }
}

/// Says, where somebody wants to know, why a file is not on disk.
pub(super) fn log(error: &DiskError) {
    user_cache::log(
        format_args!("packed files for another program are not written to disk"),
        error,
    );
}

/// The paths that a program needs on disk.
pub(super) fn lines(needed: &Content<'_>) -> Result<Vec<String>, Errno> {
    let text = resources::unpack(needed).map_err(|_| Errno::IO)?;
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}
