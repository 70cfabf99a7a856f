//! Errors about traces and profiles.

use std::path::PathBuf;

use crate::config::resolved::PythonVersion;

/// Why there is no profile, or no trace.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// A file cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The file is not what `pyoxidizer trace` writes.
    #[error("`{path}` is not a trace: {reason}", path = path.display())]
    NotATrace {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The format is another one.
    #[error(
        "`{path}` has version {found} of the format of traces, and this program knows version {known}",
        path = path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// The version that is known.
        known: u32,
    },
    /// Nothing packed was used.
    #[error("the trace `{path}` is empty: it names no module", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The application was traced with another Python.
    #[error(
        "the trace `{path}` is of Python {traced}, and the executable is built with Python {built}",
        path = path.display()
    )]
    Python {
        /// The file.
        path: PathBuf,
        /// Feature release that was traced.
        traced: PythonVersion,
        /// Feature release of the distribution.
        built: PythonVersion,
    },
    /// Nothing that was traced is in the application.
    #[error("nothing that the trace `{path}` names is in the application", path = path.display())]
    Foreign {
        /// The first file.
        path: PathBuf,
    },
    /// The application has written nothing.
    #[error("the application has recorded nothing")]
    NoRecord,
}

impl ProfileError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(_) => None,
            Self::NoRecord => Some(
                "was it built by a version that knows `trace`, and does it run Python at all?"
                    .into(),
            ),
            Self::NotATrace { .. } => {
                Some("`pyoxidizer trace EXE` writes one as `trace.json`".into())
            }
            Self::Version { .. } | Self::Python { .. } => Some("trace the application anew".into()),
            Self::Empty { .. } | Self::Foreign { .. } => {
                Some("trace a run of this application".into())
            }
        }
    }
}
