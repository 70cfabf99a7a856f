//! `cargo xtask releases`: executables of each release of CPython behave as its own `python`.
//!
//! The work is done by the end-to-end tests in `versions`, which `cargo xtask test` passes over: they
//! download packages, or build CPython for minutes.

use std::path::{Path, PathBuf};

use anyhow::Result;
use end_to_end::distribution::ARCHIVES;
use pyrepackager::config::resolved::PythonVersion;

use crate::dist::parse_version;
use crate::tools::{cargo, run as run_program};

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// Feature releases, such as 3.14; all that the tests know when none is named
    #[arg(value_name = "X.Y", value_parser = parse_version)]
    releases: Vec<PythonVersion>,
    /// Folder of archives that `dist` wrote, for releases whose source package is not to be had here
    #[arg(long, value_name = "DIR")]
    archives: Option<PathBuf>,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let mut command = cargo(["test", "--package", "end-to-end", "--test", "end_to_end", "--"]);
    if let Some(folder) = &args.archives {
        command.env(ARCHIVES, std::path::absolute::<&Path>(folder)?);
    }
    // One after the other: each build of an application takes all processors.
    command.args(["--ignored", "--test-threads=1"]);
    if args.releases.is_empty() {
        command.arg("versions::");
    }
    let tests = args.releases.iter().map(|v| format!("versions::cpython_{}_{}_", v.major, v.minor));
    run_program(command.args(tests))
}
