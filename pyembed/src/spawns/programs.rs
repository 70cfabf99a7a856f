//! How a packed program is started.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use pyresources::{Content, FormatError, Resources};
use rustix::io::Errno;

use super::disk::{self, DiskError};
use crate::user_cache::variable;
use crate::{files, resources, tree};

/// The environment variable that has said why a file is not on disk.
const LOG_VARIABLE: &str = "PYOXIDIZER_LOG";

/// First bytes of a program of machine code.
const ELF: &[u8] = b"\x7fELF";

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
    let Some(content) = tree::file(resources, path).map_err(damaged)? else {
        let is_folder = tree::is_folder(resources, path).map_err(damaged)?;
        let mut above = path.match_indices('/').map(|(end, _)| &path[..end]);
        let is_below_file = above.any(|path| tree::is_file(resources, path).unwrap_or_default());
        return Err(match () {
            () if is_folder => Errno::ACCESS,
            () if is_below_file => Errno::NOTDIR,
            () => Errno::NOENT,
        });
    };
    let Some(needed) = tree::program(resources, path).map_err(damaged)? else {
        return Err(Errno::ACCESS);
    };
    let contents = resources::unpack(&content).map_err(|_| Errno::IO)?;
    if super::is_python_script(&contents) {
        return Ok(Program::Script);
    }
    let needed = lines(&needed)?;
    let in_memory = || files::program_in_memory(path, &contents).map(Program::Memory);
    let alone = [path.to_owned()];
    if needed.is_empty() {
        // The kernel may be set up to run nothing from memory.
        return in_memory().or_else(|errno| on_disk(resources, &alone).ok_or(errno));
    }
    match on_disk(resources, &needed) {
        Some(program) => Ok(program),
        // It may do without the other files.
        None if contents.starts_with(ELF) => in_memory(),
        None => Err(Errno::ACCESS),
    }
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
    if variable(LOG_VARIABLE).is_some() {
        eprintln!("pyembed: packed files for another program are not written to disk: {error}");
    }
}

/// The paths that a program needs on disk.
pub(super) fn lines(needed: &Content<'_>) -> Result<Vec<String>, Errno> {
    let text = resources::unpack(needed).map_err(|_| Errno::IO)?;
    Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
}
