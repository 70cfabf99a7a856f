//! The programs that tasks call.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use end_to_end::workspace;
use fs_err as fs;

/// `cargo` at the root of the workspace, with the configuration that stands there.
pub fn cargo<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    command.current_dir(workspace()).env_remove("PYOXIDIZER_CONFIG").args(arguments);
    command
}

/// Runs a program with its output in sight.
///
/// # Errors
/// When it does not start or fails.
pub fn run(command: &mut Command) -> Result<()> {
    let line = || {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    };
    let line = line();
    let status = command.status().with_context(|| format!("`{line}` does not start"))?;
    ensure!(status.success(), "`{line}` ended with {status}");
    Ok(())
}

/// Makes a virtual environment with exactly what `requirements` lists, one requirement in each
/// line, unless it is there already; returns its folder of programs.
///
/// # Errors
/// When the packages cannot be installed.
pub fn virtualenv(folder: &Path, requirements: &str) -> Result<PathBuf> {
    let programs = folder.join("bin");
    let python = programs.join("python");
    // Written last: without it, or with another content, the environment is not what is wanted.
    let stamp = folder.join("requirements.txt");
    let base = end_to_end::distribution::python()?;
    let wanted = format!("# {}\n{requirements}", base.display());
    let works = Command::new(&python).arg("-c").arg("").status().is_ok_and(|s| s.success());
    if works && fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(programs);
    }
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    run(Command::new(base).args(["-m", "venv"]).arg(folder))?;
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--only-binary=:all:"]);
    // Packages come without surprises from a folder or configuration of the user's.
    let lines = requirements.lines().map(str::trim);
    run(pip.args(lines.filter(|line| !line.is_empty() && !line.starts_with('#'))))?;
    fs::write(&stamp, wanted)?;
    Ok(programs)
}
