//! Errors of reading wheels.

use std::path::PathBuf;

use super::record::Mismatch;
use crate::cache::CacheError;

/// A wheel cannot be used. Members are named as they stand in the archive.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WheelError {
    /// Neither a wheel nor a folder of wheels.
    #[error("{} is neither a wheel nor a folder that holds wheels", path.display())]
    NoWheel {
        /// What was named.
        path: PathBuf,
    },
    /// The file's name says nothing.
    #[error("{} is not named as a wheel is", path.display())]
    Name {
        /// The wheel.
        path: PathBuf,
    },
    /// A wheel for another Python, ABI, platform or C library.
    #[error("the wheel {} is for {tags}; the distribution is {supported}", path.display())]
    Tags {
        /// The wheel.
        path: PathBuf,
        /// Its tags.
        tags: String,
        /// What fits.
        supported: String,
    },
    /// Not a zip archive, or a damaged one.
    #[error("the wheel {} cannot be unpacked{}", path.display(), at(.member))]
    Archive {
        /// The wheel.
        path: PathBuf,
        /// The member that cannot be read.
        member: Option<String>,
        /// What is wrong.
        #[source]
        source: zip::result::ZipError,
    },
    /// A member would be written outside of the folder.
    #[error("the wheel {} holds `{member}`, which leads out of the wheel", path.display())]
    Escape {
        /// The wheel.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// Two members for one place.
    #[error("the wheel {} holds `{member}`, for whose place it holds another file too", path.display())]
    Twice {
        /// The wheel.
        path: PathBuf,
        /// The second one.
        member: String,
    },
    /// A member in a place that the specification does not know.
    #[error("the wheel {} holds `{member}`, for which there is no place", path.display())]
    Scheme {
        /// The wheel.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// A member that every wheel has is missing.
    #[error("the wheel {} lacks `{member}`", path.display())]
    Missing {
        /// The wheel.
        path: PathBuf,
        /// The member.
        member: String,
    },
    /// A member that every wheel has cannot be read.
    #[error("the wheel {}: `{member}` {reason}", path.display())]
    Metadata {
        /// The wheel.
        path: PathBuf,
        /// The member.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A member is not the one that was packed.
    #[error("the wheel {}: `{member}` {}", path.display(), words(.mismatch))]
    Record {
        /// The wheel.
        path: PathBuf,
        /// The member.
        member: String,
        /// What differs.
        mismatch: Mismatch,
    },
    /// The file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

fn at(member: &Option<String>) -> String {
    member.as_ref().map(|member| format!(", at `{member}`")).unwrap_or_default()
}

fn words(mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::Unlisted => "has no hash in RECORD".to_owned(),
        Mismatch::Hash(expected, found) => {
            format!("has the hash {found}, but RECORD says {expected}")
        }
        Mismatch::Size(expected, found) => {
            format!("has {found} bytes, but RECORD says {expected}")
        }
        Mismatch::Algorithm(name) => {
            format!("has a hash by `{name}` in RECORD; wheels take sha256 or better")
        }
    }
}

impl WheelError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoWheel { .. } => "name a `.whl` file, or the folder that holds them".into(),
            Self::Name { .. } => {
                "a wheel's name has the form NAME-VERSION-PYTHON-ABI-PLATFORM.whl: restore it"
                    .into()
            }
            Self::Tags { .. } => {
                "take a wheel for this Python and platform; `pip download` with the \
                                  distribution's own interpreter finds it"
                    .into()
            }
            Self::Twice { .. } => "build the wheel anew with only one of them".into(),
            Self::Archive { .. } | Self::Missing { .. } | Self::Metadata { .. } => {
                "the file is damaged or was cut short: fetch it anew".into()
            }
            Self::Record { .. } => {
                "the wheel was altered after it was made: fetch it anew, or build it anew with \
                 `python -m wheel pack`"
                    .into()
            }
            Self::Escape { .. } => "no honest tool makes such a wheel: do not use it".into(),
            Self::Scheme { .. } => {
                "the schemes are purelib, platlib, scripts, headers and data".into()
            }
            Self::Unreadable { .. } => return None,
            Self::Cache(error) => return error.hint(),
        })
    }
}
