//! Why an executable cannot be looked at.

use std::path::PathBuf;

use pyresources::FormatError;

/// Why an executable cannot be looked at, or cannot be taken apart.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InspectError {
    /// A file cannot be read or written; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It is not an executable of a kind that this packager makes.
    #[error("`{path}` is no executable made by this packager: {reason}")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// How that shows.
        reason: &'static str,
    },
    /// It can run an application, and has none.
    #[error("`{path}` is a runtime without an application")]
    Runtime {
        /// The file.
        path: PathBuf,
    },
    /// It ends before something that it says to have.
    #[error("`{path}` was cut short: it has {found} bytes, and at least {expected} belong to it")]
    CutShort {
        /// The file.
        path: PathBuf,
        /// Its bytes.
        found: u64,
        /// The end of the last part that it says to have, in bytes.
        expected: u64,
    },
    /// Its packed resources contradict their checksums.
    #[error("`{path}` is damaged: {problem}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: Problem,
    },
    /// Files are there where others should be written.
    #[error("the folder `{path}` is not empty")]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A name would lead out of the folder, or is none that a file can have.
    #[error("`{path}` holds {name:?}, which cannot be the name of a file below a folder")]
    Name {
        /// The executable.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// Two things would be the same file.
    #[error("`{path}` holds two things that would both be the file {name:?}")]
    Twice {
        /// The executable.
        path: PathBuf,
        /// The file.
        name: String,
    },
    /// No `.pyc` file can be written, as nothing says of which Python its bytecode is.
    #[error("`{path}` does not say of which Python its bytecode is")]
    NoRecord {
        /// The executable.
        path: PathBuf,
    },
}

/// What is wrong with packed resources.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The structure.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A compressed byte string.
    #[error("{name:?} cannot be decompressed")]
    Compressed {
        /// Name of the entry.
        name: String,
    },
    /// A compressed byte string, or a compressed executable, stands for more than is plausible.
    #[error("{name:?} has {stored} bytes and would unpack to {length}, which is not plausible")]
    TooLarge {
        /// Name of the entry; `the executable`.
        name: String,
        /// Bytes that there are.
        stored: u64,
        /// Bytes that it says that it stands for.
        length: u64,
    },
    /// The executable that a compressed one unpacks.
    #[error(transparent)]
    Unpack(#[from] pyunpack::Damaged),
    /// The record of the build.
    #[error("what the build says of itself cannot be read: {0}")]
    Record(#[from] serde_json::Error),
}

impl InspectError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(_) | Self::Name { .. } | Self::Twice { .. } => return None,
            Self::Foreign { .. } => {
                "name a file that `pyoxidizer build`, or `cargo build` with pyembed, has made for Linux"
            }
            Self::Runtime { .. } => "name an executable that `pyoxidizer build` has made with it",
            Self::CutShort { .. } | Self::Damaged { .. } => "copy it again, or build it again",
            Self::NotEmpty { .. } => "empty it, or name another one with `-o`",
            Self::NoRecord { .. } => "build it again with this version",
        };
        Some(hint.to_owned())
    }
}
