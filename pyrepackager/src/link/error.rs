//! Why nothing could be linked.

use std::io;
use std::path::PathBuf;

/// Why nothing could be linked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// A file could not be read or written; the error names it.
    #[error(transparent)]
    File(#[from] io::Error),
    /// The C compiler is missing or refused the table of built-in modules.
    #[error("cannot compile the table of built-in modules {path}: {message}")]
    Compiler {
        /// The C source.
        path: PathBuf,
        /// What the compiler, or the search for one, said.
        message: String,
    },
    /// The executable could not be linked for trial.
    #[error("cannot link for trial: {path}: {message}")]
    Trial {
        /// The C source, or the executable.
        path: PathBuf,
        /// What the linker said, or is wrong with the executable.
        message: String,
    },
    /// No object file format is known for the target.
    #[error("cannot write object files for the target {target}")]
    Target {
        /// The target's name.
        target: String,
    },
    /// The object file that holds the resources could not be made.
    #[error("cannot write the packed resources as an object file: {source}")]
    Object {
        /// What the writer said.
        source: object::write::Error,
    },
    /// The archive of object files could not be written.
    #[error("cannot write the archive of object files {path}: {source}")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What the writer said.
        source: io::Error,
    },
}

impl LinkError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Compiler { .. } => Some(
                "a C compiler is needed (on Debian, the package gcc); the variable CC can name one"
                    .into(),
            ),
            Self::Target { .. } => {
                Some("targets are x86_64 and aarch64 Linux and macOS, and x86_64 Windows".into())
            }
            Self::File(_) | Self::Trial { .. } | Self::Object { .. } | Self::Archive { .. } => None,
        }
    }
}
