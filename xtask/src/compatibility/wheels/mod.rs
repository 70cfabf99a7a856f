//! `cargo xtask compatibility wheels`: binary wheels inside one executable.
//!
//! The executable, the checks and how they run are those of the end-to-end tests
//! (`end_to_end::compatibility`); this says what came out.
//!
//! * `facts`: what is known of the packages, from their metadata and their ELF files.
//! * `page`: the part of the page.

mod facts;
mod page;

use std::time::Instant;

use anyhow::{Result, ensure};
use end_to_end::compatibility::{Comparison, Matrix};
use end_to_end::distribution::distribution;
use end_to_end::workspace;
use fs_err as fs;

use crate::console::{duration, megabytes, step};
use facts::Facts;

/// What `docs/compatibility.rst` includes.
const PAGE: &str = "docs/measured/wheels.inc";

/// Arguments.
#[derive(Default, clap::Args)]
pub struct Args {
    /// Checks to do, without writing the table; all of them when none is named
    checks: Vec<String>,
}

/// What the page tells besides packages and checks.
pub struct Summary {
    /// Version of CPython.
    pub python: String,
    /// Of this machine, as `ldd` says it.
    pub c_library: String,
    /// Bytes of the executable.
    pub size: u64,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let python = step("a Python distribution", || Ok(distribution()?.full_version))?;
    let matrix = step("an executable and an environment with the same wheels", Matrix::build)?;
    let start = Instant::now();
    let comparisons = step("checks", || do_checks(&matrix, args))?;
    eprintln!("checked in {}", duration(start.elapsed()));
    let left = matrix.left()?;
    ensure!(left.is_empty(), "the executable has left files in its root: {left:?}");
    if args.checks.is_empty() {
        let facts = step("facts about the packages", || Facts::gather(&matrix))?;
        let size = matrix.application.size()?;
        let summary = Summary { python, c_library: facts::c_library()?, size };
        fs::write(workspace().join(PAGE), page::page(&summary, &facts, &comparisons)?)?;
        eprintln!(
            "{} of {}, written to {PAGE}",
            matrix.application.path.display(),
            megabytes(size)
        );
    }
    let failing = comparisons.iter().filter(|comparison| comparison.verdict().is_err()).count();
    ensure!(failing == 0, "{failing} of {} checks fail", comparisons.len());
    Ok(())
}

fn do_checks(matrix: &Matrix, args: &Args) -> Result<Vec<Comparison>> {
    let checks = matrix.checks()?;
    for name in &args.checks {
        ensure!(checks.iter().any(|check| check.name == *name), "there is no check {name:?}");
    }
    let wanted =
        checks.iter().filter(|check| args.checks.is_empty() || args.checks.contains(&check.name));
    let mut comparisons = Vec::new();
    for check in wanted {
        let comparison = matrix.compare(check)?;
        let verdict = match comparison.verdict() {
            Ok(_) => "passes".to_owned(),
            Err(error) => format!("fails: {error}"),
        };
        let (packed, python) = (comparison.executable.time, comparison.python.time);
        eprintln!(
            "{}: {} in the executable, {} in python: {verdict}",
            check.name,
            duration(packed),
            duration(python)
        );
        comparisons.push(comparison);
    }
    Ok(comparisons)
}
