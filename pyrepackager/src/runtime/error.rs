//! Why there is no runtime.

use std::path::PathBuf;

use crate::cache::CacheError;
use crate::config::resolved::BundledAllocator;

/// Why there is no runtime.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RuntimeError {
    /// The cache folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The cache has none that fits.
    #[error("there is no runtime for {target}{} in the cache", with(*allocator))]
    None {
        /// The target.
        target: String,
        /// The allocator that it has to have.
        allocator: Option<BundledAllocator>,
    },
    /// The target is another kind of machine, whose Python does not run here.
    #[error("executables for {target} are made on such a machine, and this is {host}")]
    Foreign {
        /// The target.
        target: String,
        /// What this machine is.
        host: String,
    },
    /// The runtime has not all that the application is to have.
    #[error("the runtime has no extension modules {}", extensions.join(", "))]
    Lacking {
        /// Their names.
        extensions: Vec<String>,
    },
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

/// An allocator in an error's words.
fn with(allocator: Option<BundledAllocator>) -> String {
    allocator.map(|allocator| format!(" with {}", allocator.name())).unwrap_or_default()
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
            Self::None { allocator, .. } => {
                let option =
                    allocator.map(|allocator| format!(" --allocator {}", allocator.name()));
                Some(format!("`pyoxidizer dist build{}` makes it", option.unwrap_or_default()))
            }
            Self::Foreign { .. } => Some("run `pyoxidizer` there".to_owned()),
            Self::Lacking { .. } => {
                Some("build with Cargo, or with the policy `all` in [python_extensions]".to_owned())
            }
            Self::File(_) => None,
        }
    }
}
