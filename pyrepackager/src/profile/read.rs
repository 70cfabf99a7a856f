//! From the files of traces to a profile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pyresources::Kind;

use super::ProfileError;
use super::Use;
use super::model::{FORMAT, Trace, Used, VERSION};
use crate::config::resolved::PythonVersion;

/// What runs of an application have used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// Whether a build leaves out what is not used.
    pub prune: bool,
    /// Everything that was used, each once, in the order of its first use; one run after another.
    pub uses: Vec<Used>,
    /// Names of the modules that were imported, whatever they are.
    pub imported: BTreeSet<String>,
    /// The files, and the feature release of Python of each.
    pub traces: Vec<(PathBuf, PythonVersion)>,
}

impl Profile {
    /// Reads traces, the first one's order going first.
    ///
    /// # Errors
    ///
    /// A file cannot be read, is not a trace, or names nothing.
    pub fn read(paths: &[PathBuf], prune: bool) -> Result<Self, ProfileError> {
        let mut profile = Self { prune, ..Self::default() };
        let mut seen = BTreeSet::new();
        for path in paths {
            let trace = read(path)?;
            profile.traces.push((path.clone(), version(path, &trace.python)?));
            let mut is_empty = true;
            for process in trace.processes {
                for used in process.uses {
                    is_empty = false;
                    if seen.insert(used.clone()) {
                        profile.uses.push(used);
                    }
                }
                let loaded = process.imports.into_iter().filter(|import| import.kind.is_loaded());
                profile.imported.extend(loaded.map(|import| import.module));
            }
            if is_empty {
                return Err(ProfileError::Empty { path: path.clone() });
            }
        }
        Ok(profile)
    }

    /// Requires that the traces are of that Python.
    ///
    /// # Errors
    ///
    /// One is of another.
    pub fn check(&self, built: PythonVersion) -> Result<(), ProfileError> {
        match self.traces.iter().find(|(_, traced)| *traced != built) {
            None => Ok(()),
            Some((path, traced)) => {
                Err(ProfileError::Python { path: path.clone(), traced: *traced, built })
            }
        }
    }

    /// The entries of packed resources in the order in which they were used.
    pub fn order(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.uses.iter().filter_map(|used| {
            let kind = match used.what {
                Use::Module | Use::Found => Kind::Module,
                Use::File => Kind::File,
                Use::Library => Kind::SharedLibrary,
                Use::Source | Use::Folder | Use::Package => return None,
            };
            Some((kind, used.name.as_str()))
        })
    }

    /// Names of what was used in a way.
    pub(super) fn names(&self, what: Use) -> BTreeSet<&str> {
        let uses = self.uses.iter().filter(|used| used.what == what);
        uses.map(|used| used.name.as_str()).collect()
    }
}

fn read(path: &Path) -> Result<Trace, ProfileError> {
    let bytes = fs_err::read(path)?;
    let not_a_trace = |reason: String| ProfileError::NotATrace { path: path.to_owned(), reason };
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(not_a_trace("the file is empty".into()));
    }
    let value: serde_json::Value = serde_json::from_slice(&bytes)
        .map_err(|error| not_a_trace(format!("it is no JSON: {error}")))?;
    if value.get("format").and_then(|format| format.as_str()) != Some(FORMAT) {
        return Err(not_a_trace(format!("it does not say `\"format\": \"{FORMAT}\"`")));
    }
    let found = value.get("version").and_then(serde_json::Value::as_u64);
    let found = found.ok_or_else(|| not_a_trace("it has no version".into()))?;
    if found != u64::from(VERSION) {
        return Err(ProfileError::Version { path: path.to_owned(), found, known: VERSION });
    }
    serde_path_to_error::deserialize(value).map_err(|error| not_a_trace(error.to_string()))
}

/// The feature release of `3.13.5`.
fn version(path: &Path, text: &str) -> Result<PythonVersion, ProfileError> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    match (parts.next().flatten(), parts.next().flatten()) {
        (Some(major), Some(minor)) => Ok(PythonVersion { major, minor }),
        _ => {
            let reason = format!("{text:?} is no version of Python");
            Err(ProfileError::NotATrace { path: path.to_owned(), reason })
        }
    }
}
