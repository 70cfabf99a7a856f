//! Virtual environments of the distribution's, with the versions that a lock file names.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::distribution;

/// The distributions of a lock file that an index has, as requirements.
///
/// # Errors
/// When the file cannot be read, or an entry of it has no name or version.
pub fn locked_requirements(lock: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(lock)?;
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let packages = text.split("[[set.package]]").skip(1);
    packages
        .filter(|package| value(package, "sha256").is_some())
        .map(|package| {
            let name = value(package, "name").context("a package without a name")?;
            let version = value(package, "version").context("a package without a version")?;
            Ok(format!("{name}=={version}"))
        })
        .collect()
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
    succeed(Command::new(base).args(["-m", "venv", "--clear"]).arg(folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    succeed(Command::new(&python).args(install).args(pip).args(requirements))?;
    fs::write(marker, wanted)?;
    Ok(python)
}

fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("{command:?} does not start"))?;
    let stderr = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed:\n{stderr}");
    Ok(())
}
