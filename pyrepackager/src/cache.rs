//! The folder that keeps what is costly to make: archives, unpacked distributions, bytecode.

use std::path::PathBuf;

use crate::reporter::Reporter;

/// The cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// The cache cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("not written yet")]
pub struct CacheError;

/// An exclusive lock on a part of the cache, held until dropped.
#[derive(Debug)]
pub struct CacheLock;

impl Cache {
    /// The folder that `PYOXIDIZER_CACHE` names, else `pyoxidizer` in the user's cache folder.
    pub fn from_env() -> Result<Self, CacheError> {
        Err(CacheError)
    }

    /// A cache in a folder of the caller's choice.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The sub-folder `name`, made when it is missing.
    pub fn folder(&self, name: &str) -> Result<PathBuf, CacheError> {
        Ok(self.root.join(name))
    }

    /// Waits for the exclusive lock `name`, which other processes honour too.
    pub fn lock(&self, _name: &str, _reporter: &dyn Reporter) -> Result<CacheLock, CacheError> {
        Err(CacheError)
    }
}
