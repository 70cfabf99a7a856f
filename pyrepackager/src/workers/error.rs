//! Errors of worker processes and of what is kept of their work.

use std::path::PathBuf;

use crate::cache::CacheError;

/// The distribution's interpreter does not do its work, or the result cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum WorkersError {
    /// The interpreter does not start.
    #[error("cannot run the distribution's interpreter {}", python.display())]
    Start {
        /// The interpreter.
        python: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The interpreter broke off.
    #[error(
        "the distribution's interpreter {} broke off while it {verb} {} ({status}){}",
        python.display(),
        if modules.is_empty() { "modules".to_owned() } else { modules.join(", ") },
        if stderr.is_empty() { String::new() } else { format!(":\n{stderr}") }
    )]
    Broken {
        /// The interpreter.
        python: PathBuf,
        /// What it did: `compiled`.
        verb: &'static str,
        /// How it ended.
        status: Box<str>,
        /// Modules that it had been given last.
        modules: Vec<String>,
        /// The end of what it wrote to standard error.
        stderr: Box<str>,
        /// What the pipe to it says.
        #[source]
        source: std::io::Error,
    },
    /// The cache folder cannot be used.
    #[error("cannot use the cache for modules")]
    Cache(#[from] CacheError),
    /// A result cannot be kept.
    #[error("cannot write {} to the cache for modules", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

impl WorkersError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Start { .. } => Some(
                "the distribution must be one for this machine's operating system and processor"
                    .to_owned(),
            ),
            Self::Broken { .. } => None,
            Self::Cache(_) | Self::Store { .. } => {
                Some("PYOXIDIZER_CACHE names the folder of the cache".to_owned())
            }
        }
    }
}
