//! The command `pyoxidizer`, built for the tests.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::workspace;

/// The path of the command, which is the one that build scripts have compiled, with a runtime in the cache.
///
/// # Errors
/// When it does not compile, or no runtime can be made.
pub fn command() -> Result<PathBuf> {
    let command = packer()?;
    succeed(Command::new(&command).args(["-q", "dist", "build"]))?;
    Ok(command)
}

/// The path of the command, which is the one that build scripts have compiled; for builds that would find another, such as those
/// with a cache of their own.
///
/// # Errors
/// When it does not compile.
pub fn packer() -> Result<PathBuf> {
    Ok(pyembed_build::packer(workspace())?)
}

/// The path of the command with all of its features, which the one that build scripts have compiled does not have.
///
/// # Errors
/// When it does not compile.
pub fn complete() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = crate::target_folder();
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--package", "pyoxidizer", "--target-dir"]).arg(&target);
    succeed(build.current_dir(workspace()))?;
    Ok(target.join("debug/pyoxidizer"))
}

/// Runs a program; an error holds what it wrote to standard error.
///
/// # Errors
/// When it does not start or fails.
pub fn succeed(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("{command:?} does not start"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed:\n{words}");
    Ok(())
}
