//! Errors of providing what requirements ask for.

use std::path::PathBuf;

use crate::cache::CacheError;
use crate::config::resolved::{Sha256Digest, of_entry};
use crate::wheel::WheelError;

/// What an entry of `[[python_packages]]` requires cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequirementsError {
    /// A wheel cannot be used.
    #[error("{}{error}", of_entry(*line))]
    Wheel {
        /// The entry.
        line: usize,
        /// Why.
        error: WheelError,
    },
    /// A file or folder that says what is required cannot be read.
    #[error("{}cannot read {}", of_entry(*line), path.display())]
    Unreadable {
        /// The entry.
        line: usize,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// A `pyproject.toml` is not what its specification says.
    #[error("{}{}: {reason}", of_entry(*line), path.display())]
    Project {
        /// The entry.
        line: usize,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A project has no such extra or group.
    #[error("{}{} has no {what} `{name}`", of_entry(*line), path.display())]
    NoSuch {
        /// The entry.
        line: usize,
        /// The `pyproject.toml`.
        path: PathBuf,
        /// An extra or a dependency group.
        what: &'static str,
        /// Its name.
        name: String,
        /// Those that it has.
        known: Vec<String>,
    },
    /// A script's inline metadata is not what PEP 723 says.
    #[error("{}the inline metadata of {}: {reason}", of_entry(*line), path.display())]
    Script {
        /// The entry.
        line: usize,
        /// The script.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A requirement is none.
    #[error("{}{text:?} is not a requirement: {reason}", of_entry(*line))]
    Requirement {
        /// The entry.
        line: usize,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A script does not run with the distribution's Python.
    #[error(
        "{}{} requires Python {required}, the distribution is Python \
         {found}", of_entry(*line),
        path.display()
    )]
    ScriptPython {
        /// The entry.
        line: usize,
        /// The script.
        path: PathBuf,
        /// What it says.
        required: String,
        /// The distribution's version.
        found: String,
    },
    /// Nothing satisfies the requirements.
    #[error("{}`{label}` cannot be resolved: {words}", of_entry(*line))]
    Unresolvable {
        /// The entry.
        line: usize,
        /// What was asked for.
        label: String,
        /// pip's words.
        words: String,
    },
    /// No index answers.
    #[error("{}the package index does not answer for `{label}`", of_entry(*line))]
    Unreachable {
        /// The entry.
        line: usize,
        /// What was asked for.
        label: String,
        /// What pip said.
        log: PathBuf,
    },
    /// Source cannot be built.
    #[error("{}building `{label}` from source failed:\n{end}", of_entry(*line))]
    Build {
        /// The entry.
        line: usize,
        /// What was asked for.
        label: String,
        /// The end of what was said.
        end: String,
        /// All of it.
        log: PathBuf,
    },
    /// The installer failed in another way.
    #[error("{}pip failed for `{label}`:\n{end}", of_entry(*line))]
    Installer {
        /// The entry.
        line: usize,
        /// What was asked for.
        label: String,
        /// The end of what was said.
        end: String,
        /// All of it.
        log: PathBuf,
    },
    /// Something is required that is not there, and no index may be asked.
    #[error("{}`{label}` needs what this machine does not have, and the build is offline", of_entry(*line))]
    Offline {
        /// The entry.
        line: usize,
        /// The entry in a few words.
        label: String,
        /// What the installer said.
        log: PathBuf,
    },
    /// A file is not the one that was locked.
    #[error(
        "{}{file} has the SHA-256 {found}, but {expected} is locked", of_entry(*line)
    )]
    Hash {
        /// The entry.
        line: usize,
        /// The file.
        file: String,
        /// What the lock file says.
        expected: Sha256Digest,
        /// What the file has.
        found: Sha256Digest,
    },
    /// The lock file cannot be used.
    #[error("the lock file {}: {reason}", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The lock file is out of date, and must not be changed.
    #[error(
        "{}{} does not hold what `{label}` requires now", of_entry(*line),
        path.display()
    )]
    LockDiffers {
        /// The entry.
        line: usize,
        /// What was asked for.
        label: String,
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file holds more than what is required, or in another order, and must not be changed.
    #[error("{} holds what nothing requires any more", path.display())]
    LockStale {
        /// The lock file.
        path: PathBuf,
    },
    /// The pip that a distribution brings along cannot be used.
    #[error("the distribution's own pip cannot be used: {error}")]
    Pip {
        /// Why.
        error: WheelError,
    },
    /// A file has another hash than the one that was locked.
    #[error(
        "{}a file for `{label}` is not the one that was locked:\n{words}", of_entry(*line)
    )]
    Replaced {
        /// The entry.
        line: usize,
        /// What was asked for.
        label: String,
        /// pip's words.
        words: String,
    },
    /// The distribution has no pip.
    #[error("{} has neither pip nor ensurepip", python.display())]
    NoPip {
        /// The interpreter.
        python: PathBuf,
    },
    /// A program does not start.
    #[error("cannot run {}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// A file for an installer cannot be written.
    #[error("cannot write {}", path.display())]
    Scratch {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl RequirementsError {
    /// Line of the section at fault in the TOML file, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Wheel { line, .. }
            | Self::Unreadable { line, .. }
            | Self::Project { line, .. }
            | Self::NoSuch { line, .. }
            | Self::Script { line, .. }
            | Self::Requirement { line, .. }
            | Self::ScriptPython { line, .. }
            | Self::Unresolvable { line, .. }
            | Self::Unreachable { line, .. }
            | Self::Build { line, .. }
            | Self::Installer { line, .. }
            | Self::Hash { line, .. }
            | Self::LockDiffers { line, .. }
            | Self::Offline { line, .. }
            | Self::Replaced { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Wheel { error, .. } => return error.hint(),
            Self::Cache(error) => return error.hint(),
            Self::Unreadable { .. } => "check the path, and who may read it".into(),
            Self::Project { .. } => "pip would refuse the file too: mend it".into(),
            Self::NoSuch { what, known, .. } if known.is_empty() => {
                format!("it declares no {what}s at all")
            }
            Self::NoSuch { known, .. } => format!("it has {}", known.join(", ")),
            Self::Script { .. } => "PEP 723 describes the block `# /// script`".into(),
            Self::Requirement { .. } => {
                "name a project of the package index, such as `black==25.1.0`, a URL or a folder; \
                 `extra_args` takes options"
                    .into()
            }
            Self::ScriptPython { .. } => {
                "choose another Python, or mend `requires-python`".into()
            }
            Self::Unresolvable { .. } => {
                "check names and versions; `extra_args` takes options such as `--index-url`".into()
            }
            Self::Offline { log, .. } => format!(
                "build once without --offline, or have pip's `find-links` name a folder of wheels; what pip \
                 said is in {}",
                log.display()
            ),
            Self::Unreachable { log, .. } => format!(
                "without a network, packages come from the cache only where the lock file names them; \
                 what pip said is in {}",
                log.display()
            ),
            Self::Build { log, label, .. } if label.starts_with("project ") => {
                format!("all of the output is in {}", log.display())
            }
            Self::Build { log, .. } => format!(
                "it has no wheel for this Python and platform, so a compiler or a library may be \
                 missing; all of the output is in {}",
                log.display()
            ),
            Self::Installer { log, .. } => format!("all of the output is in {}", log.display()),
            Self::Hash { .. } | Self::Replaced { .. } => {
                "the index has another file than when it was locked: find out why before you delete \
                 the lock file"
                    .into()
            }
            Self::Lock { .. } => "delete it, and the next build writes it anew".into(),
            Self::Pip { error } => return error.hint(),
            Self::LockDiffers { .. } | Self::LockStale { .. } => {
                "build once without --locked or PYOXIDIZER_LOCKED, and keep the lock file that it writes".into()
            }
            Self::NoPip { .. } => "take a distribution with pip, or name wheels yourself with \
                                   `type = \"wheel\"`"
                .into(),
            Self::Start { .. } | Self::Scratch { .. } => return None,
        })
    }
}
