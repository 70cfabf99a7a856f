//! Errors of packing.

use crate::bytecode::BytecodeError;

/// Why there is no blob.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// A Python module cannot be compiled.
    #[error(transparent)]
    Bytecode(#[from] BytecodeError),
    /// A file that was found a moment ago cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// The compressor gave up, which takes a lack of memory.
    #[error("cannot compress {name:?}")]
    Compress {
        /// Name of the module or file.
        name: String,
        /// What the compressor says.
        #[source]
        source: std::io::Error,
    },
    /// Packages were wanted without an interpreter, and there are none.
    #[error("nothing is left to pack beside the standard library")]
    NoPackages,
    /// The resources are larger than their format allows.
    #[error(transparent)]
    Resources(#[from] pyresources::WriteError),
}

impl PackError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Bytecode(error) => error.hint(),
            Self::Compress { .. } => {
                Some("`compression = \"none\"` in [python_resources] needs less memory".into())
            }
            Self::Resources(_) => Some("leave modules out with `excludes`".into()),
            Self::NoPackages => Some("add packages with [[python_packages]]".into()),
            Self::File(_) => None,
        }
    }
}
