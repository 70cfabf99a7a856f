//! Errors of choosing extensions.

use super::startup::Need;

/// `[python_extensions]` asks for what cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The distribution has no such extension.
    #[error("[python_extensions] {key}: the distribution has no extension module {name:?}")]
    Unknown {
        /// `includes` or `excludes`.
        key: &'static str,
        /// The name that the configuration says.
        name: String,
        /// Extensions with names like it, the nearest first.
        nearest: Vec<String>,
    },
    /// An extension that the interpreter needs is excluded.
    #[error("[python_extensions] excludes: {name:?} cannot be left out: {need}")]
    Needed {
        /// The extension.
        name: String,
        /// Why it is needed.
        need: Need,
    },
    /// An included extension cannot be linked.
    #[error(
        "[python_extensions] includes: {name:?} cannot be linked: the distribution holds no object files of it{}",
        .shared_library.as_ref().map(|path| format!(", only {}", path.display())).unwrap_or_default()
    )]
    NotLinkable {
        /// The extension.
        name: String,
        /// The shared library that there is instead.
        shared_library: Option<std::path::PathBuf>,
    },
}

impl PolicyError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { nearest, .. } if nearest.is_empty() => None,
            Self::Unknown { nearest, .. } => {
                Some(format!("did you mean {}?", crate::collect::quoted(nearest)))
            }
            Self::Needed { name, .. } => Some(format!("take {name:?} out of `excludes`")),
            Self::NotLinkable { name, .. } => Some(format!(
                "take {name:?} out of `includes`, or use a distribution that has it built in"
            )),
        }
    }
}
