//! Errors of reading a configuration.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::problem::Problem;
use super::span::{Place, Source, Span};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No such file.
    #[error("the configuration file {} does not exist", path.display())]
    NotFound {
        /// Where it should be.
        path: PathBuf,
        /// The value of the environment variable that names it.
        variable: Option<PathBuf>,
    },
    /// A folder, a socket or the like.
    #[error("{} is not a file", path.display())]
    NotAFile {
        /// What was to be read.
        path: PathBuf,
    },
    /// The operating system refuses.
    #[error("the configuration file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// Not text.
    #[error("{}: byte 0x{byte:02x} at line {line}, column {column} is not UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first byte that is not.
        byte: u8,
        /// Its line, from 1.
        line: usize,
        /// The character in the line, from 1.
        column: usize,
    },
    /// Something in the text is wrong.
    #[error(transparent)]
    Invalid(Box<Diagnostic>),
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotFound { path, .. } if path.is_symlink() => {
                Some("it is a link that leads nowhere: repair or remove it".into())
            }
            Self::NotFound { variable: Some(value), .. } => Some(format!(
                "PYOXIDIZER_CONFIG is `{}`; a relative value starts at the folder where the build \
                 was started",
                value.display()
            )),
            Self::NotFound { .. } => Some("name a TOML file that exists".into()),
            Self::NotAFile { .. } => Some("name the TOML file itself".into()),
            Self::Read { .. } => Some("check the path, and who may read it".into()),
            Self::NotUtf8 { .. } => Some("save the file as UTF-8".into()),
            Self::Invalid(diagnostic) => diagnostic.problem.hint(),
        }
    }

    pub(super) fn at(source: &Source<'_>, span: &Span, problem: Problem) -> Self {
        Self::Invalid(Box::new(Diagnostic { place: source.place(span), problem }))
    }
}

/// A problem and its place. Shown with the line in question, underlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Where.
    pub place: Place,
    /// What.
    pub problem: Problem,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n{}", self.place, self.problem, self.place.excerpt())
    }
}

impl std::error::Error for Diagnostic {}
