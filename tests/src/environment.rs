//! Virtual environments of the distribution's, with the versions that a lock file names.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use fs_err as fs;
use pyrepackager::wheel::name::normalise;

use crate::command::succeed;
use crate::distribution;

/// A distribution that a lock file takes from an index.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Locked {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Of its wheel; local ones have none.
    #[serde(default)]
    sha256: Option<String>,
}

impl Locked {
    /// Whether `name` names it, however it is spelled.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        normalise(&self.name) == normalise(name)
    }
}

impl std::fmt::Display for Locked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=={}", self.name, self.version)
    }
}

/// The distributions of a lock file that an index has.
///
/// # Errors
/// When the file cannot be read, or an entry of it has no name or version.
pub fn locked(lock: &Path) -> Result<Vec<Locked>> {
    #[derive(serde::Deserialize)]
    struct File {
        #[serde(default)]
        set: Vec<Set>,
    }
    #[derive(serde::Deserialize)]
    struct Set {
        #[serde(default)]
        package: Vec<Locked>,
    }
    let file: File = toml::from_str(&fs::read_to_string(lock)?)
        .with_context(|| format!("{} is no lock file", lock.display()))?;
    let packages = file.set.into_iter().flat_map(|set| set.package);
    Ok(packages.filter(|package| package.sha256.is_some()).collect())
}

/// The distributions of a lock file that an index has, as requirements.
///
/// # Errors
/// When the file cannot be read, or an entry of it has no name or version.
pub fn locked_requirements(lock: &Path) -> Result<Vec<String>> {
    Ok(locked(lock)?.iter().map(ToString::to_string).collect())
}

/// The interpreter of an environment with `requirements`, which is made anew when something else is asked
/// for than last time; `pip` are further arguments of pip's.
///
/// # Errors
/// When the environment cannot be made.
pub fn environment(folder: &Path, requirements: &[String], pip: &[&str]) -> Result<PathBuf> {
    let python = folder.join("bin/python");
    let base = distribution::python()?;
    let wanted = format!("{} {requirements:?} {pip:?}", base.display());
    let marker = folder.join("holds.txt");
    if fs::read_to_string(&marker).is_ok_and(|holds| holds == wanted) {
        return Ok(python);
    }
    let mut venv = Command::new(base);
    venv.args(["-m", "venv", "--clear"]).arg(folder);
    if requirements.is_empty() {
        // pip takes seconds to install.
        succeed(venv.arg("--without-pip"))?;
    } else {
        succeed(&mut venv)?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        succeed(Command::new(&python).args(install).args(pip).args(requirements))?;
    }
    fs::write(marker, wanted)?;
    Ok(python)
}
