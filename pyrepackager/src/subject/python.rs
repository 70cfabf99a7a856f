//! Which Python a subject runs with.

use std::path::PathBuf;
use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};

use super::SubjectError;
use crate::config::resolved::PythonVersion;
use crate::config::{DEFAULT_PYTHON, python_versions};

/// `requires-python`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Required {
    /// The file that says so.
    pub file: PathBuf,
    /// Specifiers of versions (PEP 440).
    pub specifiers: String,
}

/// What was asked for; else, of what does, the default version, one of those `at_hand`, the newest.
///
/// # Errors
///
/// When the specifiers are none, or none of the versions that can be had does.
pub fn choose(
    required: Option<&Required>,
    asked: Option<PythonVersion>,
    at_hand: &[PythonVersion],
) -> Result<PythonVersion, SubjectError> {
    let Some(Required { file, specifiers: text }) = required else {
        return Ok(asked.unwrap_or(DEFAULT_PYTHON));
    };
    let specifiers =
        VersionSpecifiers::from_str(text).map_err(|error| SubjectError::Specifiers {
            file: file.clone(),
            text: text.clone(),
            reason: error.to_string(),
        })?;
    let mut candidates = vec![DEFAULT_PYTHON];
    candidates.extend(at_hand.iter().rev());
    candidates.extend(python_versions().rev());
    if let Some(asked) = asked {
        candidates = vec![asked];
    }
    match candidates.iter().find(|version| does(&specifiers, **version)) {
        Some(version) => Ok(*version),
        None => Err(SubjectError::Python {
            file: file.clone(),
            required: text.clone(),
            asked,
            known: python_versions().collect(),
        }),
    }
}

/// Whether any release of a feature release does. Which one it is shows later.
fn does(specifiers: &VersionSpecifiers, PythonVersion { major, minor }: PythonVersion) -> bool {
    /// CPython had never so many.
    const RELEASES: u64 = 40;

    (0..RELEASES)
        .any(|micro| specifiers.contains(&Version::new([major.into(), minor.into(), micro])))
}
