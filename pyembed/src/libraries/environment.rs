//! What the environment says of where libraries are loaded from.

use std::ffi::OsString;
use std::path::PathBuf;

use super::cache::CacheError;
use crate::config::NativeLoading;
use crate::sys;

/// The environment variable that moves the cache.
const CACHE_VARIABLE: &str = "PYOXIDIZER_NATIVE_CACHE";
/// The environment variable that has libraries copied into memory, instead of mapped from the executable.
const COPY_VARIABLE: &str = "PYOXIDIZER_NATIVE_COPY";
/// The environment variable that has said when the cache cannot be used.
const LOG_VARIABLE: &str = "PYOXIDIZER_LOG";

/// The folder of the cache: where the environment says, or the configuration, or the user's own.
pub(super) fn cache_folder(loading: &NativeLoading) -> Result<PathBuf, CacheError> {
    if sys::is_privileged() {
        return Err(CacheError::Privileged);
    }
    if let Some(folder) = variable(CACHE_VARIABLE) {
        return Ok(folder.into());
    }
    let home = || variable("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    if let NativeLoading::Cache { folder: Some(folder) } = loading {
        return match folder.strip_prefix("~/") {
            Some(below) => home().map(|home| home.join(below)).ok_or(CacheError::Nowhere),
            None => Ok(folder.into()),
        };
    }
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let caches = caches.or_else(|| home().map(|home| home.join(".cache")));
    caches.map(|caches| caches.join("pyoxidizer/native")).ok_or(CacheError::Nowhere)
}

/// Whether libraries are to be copied into memory where they could be mapped.
pub(super) fn copies() -> bool {
    variable(COPY_VARIABLE).is_some()
}

/// An environment variable with something in it; none of a user's whose rights are fewer than the
/// program's.
fn variable(name: &str) -> Option<OsString> {
    if sys::is_privileged() {
        return None;
    }
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Says, where somebody wants to know, that a library is loaded from memory instead.
pub(super) fn log(library: &str, reason: &dyn std::fmt::Display) {
    if variable(LOG_VARIABLE).is_some() {
        eprintln!("pyembed: {library} is loaded from memory: {reason}");
    }
}
