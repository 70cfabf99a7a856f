//! `cargo xtask bench windll`: calls into Windows DLLs, beside ctypes on a library of Linux.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use end_to_end::{target_folder, workspace};
use fs_err as fs;

use super::{Rounds, publish};
use crate::tools::run as run_program;
use crate::windll;

/// Where the figures go, which `docs/windll.rst` includes.
const FILE: &str = "docs/measured/windll.txt";

/// Runs the measurement.
pub fn run(rounds: &Rounds) -> Result<()> {
    let stage = windll::stage(windll::Profile::Release)?;
    let dll = windll::dlls()?.join("win64-cdecl.dll");
    let library = target_folder().join("pywindll/native.so");
    let source = target_folder().join("pywindll/native.c");
    fs::write(&source, "int add(int a, int b) { return a + b; }\n")?;
    run_program(
        Command::new("cc").args(["-O2", "-shared", "-fPIC", "-o"]).arg(&library).arg(&source),
    )?;
    let cache = tempfile::tempdir()?;
    let mut program = Command::new(windll::python()?);
    program.arg(workspace().join("pywindll/bench/calls.py")).arg(dll).arg(library);
    program
        .env("PYTHONPATH", stage)
        .env("XDG_CACHE_HOME", cache.path())
        .env("PYWINDLL_ALLOW_ROOT", "1");
    let output = program.env_remove("DISPLAY").output().context("calls.py")?;
    ensure!(output.status.success(), "calls.py: {}", String::from_utf8_lossy(&output.stderr));
    publish(&String::from_utf8(output.stdout)?, FILE, rounds)
}
