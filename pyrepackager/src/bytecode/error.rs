//! Errors of compiling.

use std::path::PathBuf;

use super::model::SyntaxError;
use crate::cache::CacheError;

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
        "the distribution's interpreter {} broke off while it compiled {} ({status}){}",
        python.display(),
        if modules.is_empty() { "modules".to_owned() } else { modules.join(", ") },
        if stderr.is_empty() { String::new() } else { format!(":\n{stderr}") }
    )]
    Worker {
        /// The interpreter.
        python: PathBuf,
        /// How it ended.
        status: String,
        /// Modules that it had been given last.
        modules: Vec<String>,
        /// The end of what it wrote to standard error.
        stderr: String,
        /// What the pipe to it says.
        #[source]
        source: std::io::Error,
    },
    /// The cache folder cannot be used.
    #[error("cannot use the cache for bytecode")]
    Cache(#[from] CacheError),
    /// Bytecode cannot be kept.
    #[error("cannot write {} to the cache for bytecode", path.display())]
    Store {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

impl BytecodeError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Syntax { module, .. } => Some(format!(
                "correct the file, or list {module:?} under `excludes` of its [[python_packages]] \
                 entry"
            )),
            Self::Start { .. } => Some(
                "the distribution must be one for this machine's operating system and processor"
                    .to_owned(),
            ),
            Self::Worker { .. } => None,
            Self::Cache(_) | Self::Store { .. } => {
                Some("PYOXIDIZER_CACHE names the folder of the cache".to_owned())
            }
        }
    }
}
