//! The Pythons that the tools run with, and virtual environments of them.
//!
//! Each tool gets an environment of its own for each program, with what that requires and nothing else: tools pack
//! what they find, and packages import what happens to be there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use end_to_end::distribution;
use end_to_end::workspace;
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::place::{empty, run_logged};

/// The machine's own Python.
const SYSTEM: &str = "/usr/bin/python3";

/// The pinned versions of the tools.
const PINS: &str = "tests/peers/tools.txt";

/// Which Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// The distribution's, which our executables are made of; it has no shared library.
    Distribution,
    /// The machine's, which has one.
    System,
}

/// An interpreter.
#[derive(Clone, Debug)]
pub struct Python {
    /// The executable.
    pub exe: PathBuf,
    /// Its version, such as `3.13.5`.
    pub version: String,
}

/// Both interpreters.
#[derive(Clone, Debug)]
pub struct Pythons {
    distribution: Python,
    system: Python,
}

impl Pythons {
    /// Finds them.
    ///
    /// # Errors
    /// When there is no distribution, or the machine's Python has no shared library.
    pub fn find() -> Result<Self> {
        let ours = distribution::distribution()?;
        let facts = "import sys, sysconfig, platform; \
             print(sysconfig.get_config_var('Py_ENABLE_SHARED'), platform.python_version())";
        let output = Command::new(SYSTEM).args(["-I", "-c", facts]).output();
        let output = output.with_context(|| format!("`{SYSTEM}` does not start"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (shared, version) =
            text.trim().split_once(' ').with_context(|| format!("`{SYSTEM}` says nothing"))?;
        ensure!(
            shared == "1",
            "PyInstaller and Nuitka need a `{SYSTEM}` with a shared library; install the package libpython3-dev"
        );
        Ok(Self {
            distribution: Python { exe: ours.python_exe, version: ours.full_version },
            system: Python { exe: SYSTEM.into(), version: version.to_owned() },
        })
    }

    /// One of them.
    pub fn get(&self, kind: Kind) -> &Python {
        match kind {
            Kind::Distribution => &self.distribution,
            Kind::System => &self.system,
        }
    }

    /// Makes an environment with `requirements`, unless it is there; returns its folder of programs.
    ///
    /// # Errors
    /// When packages cannot be installed.
    pub fn environment(
        &self,
        kind: Kind,
        folder: &Path,
        requirements: &[String],
    ) -> Result<PathBuf> {
        let base = self.get(kind);
        let programs = folder.join("bin");
        let wanted = format!("{} {} {requirements:?}", base.exe.display(), base.version);
        // Written last: without it, or with another content, the environment is not what is wanted.
        let stamp = folder.join("holds.txt");
        let python = programs.join("python");
        let works = Command::new(&python).args(["-c", ""]).status().is_ok_and(|s| s.success());
        if works && fs::read_to_string(&stamp).is_ok_and(|holds| holds == wanted) {
            return Ok(programs);
        }
        empty(folder)?;
        let log = folder.join("log.txt");
        let mut venv = Command::new(&base.exe);
        venv.args(["-m", "venv"]);
        if kind == Kind::System {
            // Debian has pip for environments in a package of its own; the distribution's serves both.
            venv.arg("--without-pip");
        }
        run_logged(venv.arg(folder), &log)?;
        if !requirements.is_empty() {
            let mut pip = Command::new(&self.distribution.exe);
            pip.args(["-m", "pip", "--disable-pip-version-check", "--python"]).arg(&python);
            run_logged(pip.arg("install").args(requirements), &log)?;
        }
        fs::write(&stamp, wanted)?;
        Ok(programs)
    }
}

/// The pinned requirement of a tool, such as `pex==2.105.2`.
///
/// # Errors
/// When the list has none.
pub fn pin(name: &str) -> Result<String> {
    let text = fs::read_to_string(workspace().join(PINS))?;
    let line = text.lines().find(|line| line.starts_with(&format!("{name}==")));
    Ok(line.with_context(|| format!("{PINS} has no version of {name}"))?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_list() {
        assert!(pin("pex").unwrap().starts_with("pex=="));
        assert_eq!(
            pin("px").unwrap_err().to_string(),
            "tests/peers/tools.txt has no version of px"
        );
    }
}
