//! Why there is no runtime.

use std::path::PathBuf;

use crate::cache::CacheError;

/// Why there is no runtime.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The cache folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The record beside a runtime cannot be read.
    #[error("cannot read `{path}`")]
    Record {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file cannot be read or written; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl RuntimeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Cache(error) => error.hint(),
            Self::Record { path, .. } => {
                let folder = path.parent().unwrap_or(path);
                Some(format!("remove `{}`, and it is made again", folder.display()))
            }
            Self::File(_) => None,
        }
    }
}
