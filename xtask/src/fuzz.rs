//! `cargo xtask fuzz`: feeds the reader of packed resources what nobody would write.
//!
//! The targets are in `pyresources/fuzz`. `cargo-fuzz` and what it builds and finds out stay under
//! Cargo's target folder; an input that a target fails on is kept in `pyresources/fuzz/artifacts`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use end_to_end::{target_folder, workspace};
use fs_err as fs;

use crate::console::step;
use crate::tools::{cargo, run as run_program};

/// The crate of the targets, below the workspace.
const CRATE: &str = "pyresources/fuzz";

/// Version of `cargo-fuzz`.
const CARGO_FUZZ: &str = "0.13.2";

/// The targets; `pyresources/fuzz/src/lib.rs` says what they do.
const TARGETS: [&str; 2] = ["wild", "damaged"];

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let folder = target_folder().join("xtask/fuzz");
    let cargo_fuzz = step("cargo-fuzz", || cargo_fuzz(&folder))?;
    let build = folder.join("target");
    step("seeds", || seeds(&folder.join("wild"), &build))?;
    for target in TARGETS {
        let runs = step(target, || {
            let corpus = folder.join(target);
            fs::create_dir_all(&corpus)?;
            let mut command = Command::new(&cargo_fuzz);
            // No sanitizer: the format's crate has no unsafe code, and it works with stable Rust.
            command.args(["run", "--sanitizer", "none", "--fuzz-dir", CRATE, "--target-dir"]);
            command.arg(&build).arg(target).arg(&corpus).arg("--");
            command.arg(format!("-max_total_time={}", args.seconds)).current_dir(workspace());
            fuzz(&mut command)
        })?;
        println!("{target}: {runs} runs without a finding");
    }
    Ok(())
}

/// The program `cargo-fuzz`, installed below `folder`.
fn cargo_fuzz(folder: &Path) -> Result<PathBuf> {
    let root = folder.join(format!("cargo-fuzz-{CARGO_FUZZ}"));
    let program = root.join("bin/cargo-fuzz");
    if !program.exists() {
        let mut install = cargo(["install", "cargo-fuzz", "--locked", "--version", CARGO_FUZZ]);
        run_program(install.arg("--root").arg(root))?;
    }
    Ok(program)
}

/// Writes blobs to start from into `corpus`.
fn seeds(corpus: &Path, build: &Path) -> Result<()> {
    let manifest = format!("{CRATE}/Cargo.toml");
    let mut command = cargo(["run", "--quiet", "--manifest-path", &manifest, "--bin", "seeds"]);
    run_program(command.arg("--target-dir").arg(build).arg("--").arg(corpus))
}

/// Runs a target with its output in sight; returns how often it ran.
fn fuzz(command: &mut Command) -> Result<u64> {
    let mut child = command.stderr(Stdio::piped()).spawn().context("cargo-fuzz does not start")?;
    let output = child.stderr.take().context("cargo-fuzz has no standard error")?;
    let mut runs = None;
    // What libFuzzer prints of an input need not be UTF-8.
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        runs = done(&line).or(runs);
        eprintln!("{line}");
    }
    let status = child.wait()?;
    ensure!(status.success(), "the target failed on the input that it names above ({status})");
    runs.context("libFuzzer did not say how often it ran the target")
}

/// The number of runs, in the line that libFuzzer ends with.
fn done(line: &str) -> Option<u64> {
    line.strip_prefix("Done ")?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_runs_is_in_the_last_line() {
        assert_eq!(done("Done 353213 runs in 11 second(s)"), Some(353_213));
        assert_eq!(done("#8192 pulse  cov: 711 ft: 2540"), None);
    }
}
