//! AddressSanitizer in the programs that tests build of Rust packages.
//!
//! Their Rust code and the C files of their dependencies, `pyembed` among them, are compiled for it. CPython is not, but the memory
//! that it asks the C library for is watched, which is all of it where `PYTHONMALLOC` counts.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::scratch_folder;

/// The variable that turns it on, whatever its value is.
pub const VARIABLE: &str = "END_TO_END_SANITIZER";

/// What its reports begin with.
pub const REPORT: &str = "ERROR: AddressSanitizer";

/// The variable of its settings.
pub const SETTINGS_VARIABLE: &str = "ASAN_OPTIONS";

/// Its settings. Python keeps what it has until the process ends, which is no leak.
pub const SETTINGS: &str = "detect_leaks=0:abort_on_error=1";

/// Whether programs are compiled for it.
#[must_use]
pub fn is_on() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// Has a call of Cargo compile for it, into the folder that is returned.
///
/// # Errors
/// When rustc does not tell its host.
pub fn compile(command: &mut Command) -> Result<PathBuf> {
    let host = host()?;
    // The flag is not stable yet. Only what is compiled for a named target gets it: build scripts and macros do not.
    command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
    command.env("CFLAGS", "-fsanitize=address -fno-omit-frame-pointer");
    let target = scratch_folder().join("sanitized");
    command.arg("--target").arg(&host).arg("--target-dir").arg(&target);
    Ok(target.join(host))
}

/// Has a program that was compiled for it report what it finds, in each block of memory.
pub fn watch(command: &mut Command) {
    command.env(SETTINGS_VARIABLE, SETTINGS).env("PYTHONMALLOC", "malloc");
}

/// The triple of this machine.
fn host() -> Result<String> {
    let output = Command::new("rustc").args(["--print", "host-tuple"]).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "rustc does not know its host: {said}");
    let host = String::from_utf8(output.stdout).context("the triple of the host is no text")?;
    Ok(host.trim().to_owned())
}
