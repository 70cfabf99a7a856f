//! Errors of making an executable: those of all parts.

use crate::allocator::AllocatorError;
use crate::application::OutputError;
use crate::beside::BesideError;
use crate::cache::CacheError;
use crate::collect::CollectError;
use crate::config::resolved::{Config, OptionError};
use crate::config::{self, ConfigError};
use crate::distribution::DistributionError;
use crate::imports::ImportsError;
use crate::inject::InjectError;
use crate::inspect::InspectError;
use crate::licenses::{self, LicenseError};
use crate::link::LinkError;
use crate::native::NativeError;
use crate::pack::PackError;
use crate::policy::PolicyError;
use crate::profile::ProfileError;
use crate::requirements::RequirementsError;
use crate::runtime::RuntimeError;
use crate::subject::SubjectError;

/// Why there is no executable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What was named cannot be made an executable.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The cache folder cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// The distribution's CPython does not have an option that the configuration gives.
    #[error(transparent)]
    Option(#[from] OptionError),
    /// There is no Python distribution.
    #[error(transparent)]
    Distribution(#[from] DistributionError),
    /// The extension modules cannot be chosen.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// What is required cannot be had.
    #[error(transparent)]
    Requirements(#[from] Box<RequirementsError>),
    /// The Python modules cannot be collected.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// A shared object cannot go in, or could not be loaded.
    #[error(transparent)]
    Native(#[from] NativeError),
    /// Imports cannot be looked for, or nothing provides them.
    #[error(transparent)]
    Imports(#[from] ImportsError),
    /// A licence is not permitted, or the licences cannot be listed.
    #[error(transparent)]
    License(#[from] LicenseError),
    /// The Rust crates cannot be listed.
    #[error(transparent)]
    Crates(#[from] licenses::crates::CratesError),
    /// A folder beside the executable cannot be written.
    #[error(transparent)]
    Beside(#[from] BesideError),
    /// A trace cannot be used.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The resources cannot be packed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The executable cannot have the allocator that it is to have.
    #[error(transparent)]
    Allocator(#[from] AllocatorError),
    /// There is no runtime.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The executable cannot be written.
    #[error(transparent)]
    Output(#[from] OutputError),
    /// A file cannot be read or written; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// Nothing can be added to a runtime.
    #[error(transparent)]
    Inject(#[from] InjectError),
    /// Nothing can be linked.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// An executable cannot be looked at.
    #[error(transparent)]
    Inspect(#[from] InspectError),
}

impl Error {
    /// The section of the configuration's file that is at fault, with its place, as a person is shown
    /// it. Errors of reading the file show theirs themselves.
    #[must_use]
    pub fn excerpt(&self, config: &Config) -> Option<String> {
        let line = match self {
            Self::Option(error) => Some(error.line),
            Self::Policy(error) => error.line(),
            Self::Requirements(error) => error.line(),
            Self::Collect(error) => error.line(),
            Self::Imports(error) => error.line(),
            Self::License(error) => error.line(),
            Self::Allocator(error) => error.line(),
            _ => None,
        };
        config::excerpt(config.path.as_deref()?, line?)
    }

    /// What led to it, the nearest first, without what the message before quotes.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        causes(self)
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Subject(error) => error.hint(),
            Self::Cache(error) => error.hint(),
            Self::Distribution(error) => error.hint(),
            Self::Option(error) => Some(error.hint()),
            Self::Policy(error) => error.hint(),
            Self::Requirements(error) => error.hint(),
            Self::Collect(error) => error.hint(),
            Self::Native(error) => error.hint(),
            Self::Imports(error) => error.hint(),
            Self::License(error) => error.hint(),
            Self::Crates(error) => error.hint(),
            Self::Beside(error) => error.hint(),
            Self::Profile(error) => error.hint(),
            Self::Pack(error) => error.hint(),
            Self::Allocator(error) => Some(error.hint()),
            Self::Runtime(error) => error.hint(),
            Self::Output(error) => error.hint(),
            Self::File(_) => None,
            Self::Inject(error) => error.hint(),
            Self::Link(error) => error.hint(),
            Self::Inspect(error) => error.hint(),
        }
    }
}

/// What led to an error, the nearest first, without what the message before quotes.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            causes.push(text.clone());
            said = text;
        }
        cause = error.source();
    }
    causes
}
