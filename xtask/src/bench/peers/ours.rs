//! `pyoxidizer build`, as the other tools are called.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use end_to_end::target_folder;
use fs_err as fs;
use pyrepackager::cache::Cache;

use super::place::{Place, empty, run_logged};
use super::programs::Program;
use crate::tools;

/// What of the cache is there before a cold build: the Python distribution and the runtime, which are to a build what
/// an installed Python is to one of the other tools.
const KEPT: [&str; 3] = ["archives", "distributions", "runtimes"];

/// Builds the command `pyoxidizer` and has it make its runtime, unless that is there; returns the command.
///
/// # Errors
/// When one of them cannot be built.
pub fn install(place: &Place) -> Result<PathBuf> {
    tools::run(&mut tools::cargo(["build", "--release", "--package", "pyoxidizer"]))?;
    let command = target_folder().join("release/pyoxidizer");
    let folder = place.at("runtime");
    empty(&folder)?;
    let script = folder.join("hello.py");
    fs::copy(Program::Hello.script(), &script)?;
    let mut trial = build(&command, &script, &folder.join("hello"), false);
    if run_logged(&mut trial, &folder.join("log.txt")).is_err() {
        tools::run(Command::new(&command).args(["dist", "build"]))?;
    }
    Ok(command)
}

/// The command that makes one executable of a script.
pub fn build(command: &Path, script: &Path, output: &Path, compress: bool) -> Command {
    let mut build = Command::new(command);
    build.arg("build").arg(script).arg("--output").arg(output);
    build.args(compress.then_some("--compress"));
    build
}

/// Empties a cache, apart from the distribution and the runtime.
///
/// # Errors
/// When files cannot be removed or linked.
pub fn empty_cache(folder: &Path) -> Result<()> {
    empty(folder)?;
    let usual = Cache::from_env()?;
    for name in KEPT {
        std::os::unix::fs::symlink(usual.folder(name)?, folder.join(name))?;
    }
    Ok(())
}
