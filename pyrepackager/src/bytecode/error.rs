//! Errors of compiling.

use std::path::PathBuf;

use super::model::SyntaxError;
use crate::workers::WorkersError;

/// Modules cannot be compiled.
#[derive(Debug, thiserror::Error)]
pub enum BytecodeError {
    /// A module has a syntax error.
    #[error("the module {module:?} cannot be compiled: {}:{}: {}", path.display(), error.line, error.message)]
    Syntax {
        /// The module.
        module: String,
        /// Its file.
        path: PathBuf,
        /// What the compiler said.
        error: SyntaxError,
    },
    /// The interpreter does not do its work, or bytecode cannot be kept.
    #[error(transparent)]
    Workers(#[from] WorkersError),
}

impl BytecodeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { module, .. } => Some(format!(
                "correct the file, or list {module:?} under `excludes` of its [[python_packages]] \
                 entry"
            )),
            Self::Workers(error) => error.hint(),
        }
    }
}
