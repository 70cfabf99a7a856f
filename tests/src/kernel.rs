//! Kernels and sandboxes that refuse system calls: `tests/c/refuse.c`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Result, ensure};
use fs_err as fs;

use crate::{scratch_folder, workspace};

/// What Linux 3.10 lacks, the kernel of RHEL 7: of the system calls that programs of today make, those that are newer.
pub const NEWER_THAN_3_10: [&str; 17] = [
    "clone3",
    "close_range",
    "copy_file_range",
    "dispatch",
    "execveat",
    "faccessat2",
    "getrandom",
    "membarrier",
    "memfd_create",
    "openat2",
    "pidfd_open",
    "pidfd_send_signal",
    "preadv2",
    "pwritev2",
    "renameat2",
    "rseq",
    "statx",
];

/// A command that runs `program` where these calls fail with this error, such as `ENOSYS`.
///
/// # Errors
/// When the C program that arranges it cannot be compiled.
pub fn refusing(calls: &[&str], error: &str, program: &Command) -> Result<Command> {
    let mut command = Command::new(refuse()?);
    command.args(calls.iter().map(|call| format!("{call}={error}"))).arg("--");
    command.arg(program.get_program()).args(program.get_args()).env_clear();
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    Ok(command)
}

/// The C program, which is compiled once in a process.
fn refuse() -> Result<PathBuf> {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    if let Some(program) = PROGRAM.get() {
        return Ok(program.clone());
    }
    fs::create_dir_all(scratch_folder())?;
    let folder = tempfile::tempdir_in(scratch_folder())?.keep();
    let program = folder.join("refuse");
    let mut cc = Command::new("cc");
    cc.args(["-O1", "-Wall", "-Wextra", "-Werror", "-o"]).arg(&program);
    let output = cc.arg(workspace().join("tests/c/refuse.c")).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(PROGRAM.get_or_init(|| program).clone())
}
