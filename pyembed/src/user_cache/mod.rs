//! Folders in the user's cache: for libraries that are loaded from files, and for packed programs with the files that
//! they need.
//!
//! Such a folder belongs to the user alone, as is verified on the open folder, so that nobody else can put a file in
//! the place of another.

mod tidy;

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, Mode, OFlags, Stat, fchmod, flock, fstat, open, openat};
use rustix::io::Errno;
use rustix::process::geteuid;

pub(crate) use tidy::tidy;

use crate::config::NativeLoading;
use crate::sys;

/// The environment variable that moves the cache of libraries; programs are kept in a folder in it.
const CACHE_VARIABLE: &str = "PYOXIDIZER_NATIVE_CACHE";
/// The environment variable that has problems written to standard error after which the program goes on.
const LOG_VARIABLE: &str = "PYOXIDIZER_LOG";
/// How names begin of what is being written.
pub(crate) const TEMPORARY: &str = ".writing-";
/// How often, and after which pause, a process asks whether another one has written what it needs
/// before it writes that itself.
const PATIENCE: (u32, Duration) = (400, Duration::from_millis(25));

/// Why a folder or a file in it cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CacheError {
    /// No variable says where the user's cache is.
    #[error("neither XDG_CACHE_HOME nor HOME names a folder for the cache of libraries")]
    Nowhere,
    /// The executable has more rights than its user (setuid, capabilities).
    #[error("an executable with rights of its own does not use its user's folders")]
    Privileged,
    /// The operating system refuses.
    #[error("cannot use {path}: {source}", path = path.display())]
    Refused { path: PathBuf, source: io::Error },
    /// Others could write to it.
    #[error("{path} is not a folder of this user alone (mode 0700)", path = path.display())]
    Shared { path: PathBuf },
}

/// The folder of libraries: where the environment says, or the configuration, or the user's own.
pub(crate) fn for_libraries(loading: &NativeLoading) -> Result<PathBuf, CacheError> {
    if sys::is_privileged() {
        return Err(CacheError::Privileged);
    }
    if let Some(folder) = variable(CACHE_VARIABLE) {
        return Ok(folder.into());
    }
    if let NativeLoading::Cache { folder: Some(folder) } = loading {
        return match folder.strip_prefix("~/") {
            Some(below) => home().map(|home| home.join(below)).ok_or(CacheError::Nowhere),
            None => Ok(folder.into()),
        };
    }
    Ok(own()?.join("native"))
}

/// Folders for programs, the best first: where the environment says, or the user's own and one for temporary files.
fn for_programs() -> Result<Vec<PathBuf>, CacheError> {
    if sys::is_privileged() {
        return Err(CacheError::Privileged);
    }
    if let Some(folder) = variable(CACHE_VARIABLE) {
        return Ok(vec![Path::new(&folder).join("programs")]);
    }
    // Directly in the folder for temporary files, where nobody else can move it.
    let temporary = PathBuf::from(variable("TMPDIR").unwrap_or_else(|| "/tmp".into()));
    let temporary = temporary.join(format!("pyoxidizer-{}", geteuid().as_raw()));
    Ok(own().ok().map(|own| own.join("programs")).into_iter().chain([temporary]).collect())
}

/// The folder for programs and its path: the first of [`for_programs`] that can be used.
///
/// # Errors
///
/// Why the last of them cannot be used, when none can.
pub(crate) fn open_for_programs() -> Result<(PathBuf, OwnedFd), CacheError> {
    let mut error = CacheError::Nowhere;
    for path in for_programs()? {
        match open_private(&path) {
            Ok(folder) => return Ok((path, folder)),
            Err(refused) => error = refused,
        }
    }
    Err(error)
}

fn home() -> Option<PathBuf> {
    variable("HOME").map(PathBuf::from).filter(|path| path.is_absolute())
}

fn own() -> Result<PathBuf, CacheError> {
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = caches.or_else(|| home().map(|home| home.join(".cache")));
    caches.map(|caches| caches.join("pyoxidizer")).ok_or(CacheError::Nowhere)
}

/// An environment variable with something in it; none of a user's whose rights are fewer than the
/// program's.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    if sys::is_privileged() {
        return None;
    }
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Says what was done in another way than usual, and why, where somebody wants to know.
pub(crate) fn log(what: std::fmt::Arguments<'_>, why: &dyn std::fmt::Display) {
    if variable(LOG_VARIABLE).is_some() {
        eprintln!("pyembed: {what}: {why}");
    }
}

/// Opens a folder, which is made when it is not there.
pub(crate) fn open_private(path: &Path) -> Result<OwnedFd, CacheError> {
    let refused = |source| CacheError::Refused { path: path.to_owned(), source };
    make_private(path).map_err(refused)?;
    // A symbolic link is refused: it may be somebody else's.
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = open(path, flags, Mode::empty()).map_err(|errno| refused(errno.into()))?;
    let status = fstat(&folder).map_err(|errno| refused(errno.into()))?;
    if !is_private(&status) {
        return Err(CacheError::Shared { path: path.to_owned() });
    }
    Ok(folder)
}

/// Makes a folder and those above it, for the user alone.
fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if path.symlink_metadata().is_ok() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    // A umask may have taken permissions away from the user.
    let folder = open(path, OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    Ok(fchmod(&folder, Mode::from_raw_mode(0o700))?)
}

/// Whether nobody else can write to it, or could when it was made.
pub(crate) fn is_private(status: &Stat) -> bool {
    status.st_uid == geteuid().as_raw() && status.st_mode & 0o077 == 0
}

/// The right to write in a folder, so that many processes do not write the same. It ends with the process,
/// however that ends, and is not waited for for ever: without it, something is written once more
/// than needed.
pub(crate) fn lock(folder: &OwnedFd) -> Option<OwnedFd> {
    // A description of its own: a process that was forked shares those that were open.
    let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
    let own = openat(folder, ".", flags, Mode::empty()).ok()?;
    for _ in 0..PATIENCE.0 {
        match flock(&own, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Some(own),
            Err(Errno::WOULDBLOCK | Errno::INTR) => std::thread::sleep(PATIENCE.1),
            Err(_) => return None,
        }
    }
    None
}
