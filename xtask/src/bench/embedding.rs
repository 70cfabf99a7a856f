//! How long Cargo works on a Rust application with Python in it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use end_to_end::workspace;
use fs_err as fs;

use super::publish_text;
use crate::console::step;
use crate::tools::cargo;

/// The figures, which `docs/embedding.rst` includes.
const FIGURES: &str = "docs/measured/embedding.inc";

/// The application.
const EXAMPLE: &str = "docs/examples/rust-app";

/// Arguments.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How often each step is taken that does not begin with an empty target folder
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// A checkout of an earlier version, to compare with
    #[arg(long, value_name = "FOLDER")]
    before: Option<PathBuf>,
    /// Print the figures only, instead of writing them into the documentation
    #[arg(long)]
    print: bool,
}

/// What is done, and how long it takes.
struct Times {
    rows: Vec<(&'static str, Duration)>,
}

/// Measures.
pub(super) fn run(args: &Args) -> Result<()> {
    let now = step("this version", || measure(workspace(), args.rounds))?;
    let before = args.before.as_deref();
    let before = before.map(|folder| step("the earlier version", || measure(folder, args.rounds)));
    publish_text(&figures(&now, before.transpose()?.as_ref(), args.rounds), FIGURES, args.print)
}

/// Measures the example of a checkout, with everything in the cache that a first build puts there.
fn measure(checkout: &Path, rounds: usize) -> Result<Times> {
    let scratch = tempfile::tempdir()?;
    let example = checkout.join(EXAMPLE);
    let target = scratch.path().join("target");
    let run = |subcommand: &str| -> Result<Duration> {
        let start = Instant::now();
        let mut command = cargo([subcommand, "--quiet", "--target-dir"]);
        // Cargo's settings are those of the folder.
        let output = command.arg(&target).current_dir(&example).output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "cargo {subcommand} failed:\n{words}");
        Ok(start.elapsed())
    };
    run("build")?;
    fs::remove_dir_all(&target)?;
    let check = run("check")?;
    fs::remove_dir_all(&target)?;
    let build = run("build")?;
    let repeated = |file: Option<&str>| -> Result<Duration> {
        let mut times = Vec::new();
        for round in 0..rounds {
            if let Some(file) = file {
                edit(&example.join(file), round)?;
            }
            times.push(run("build")?);
        }
        times.sort();
        Ok(times.get(rounds / 2).copied().unwrap_or_default())
    };
    let rust = "src/main.rs";
    let python = "python/report.py";
    let kept = [rust, python].map(|file| fs::read(example.join(file)));
    let edited = (|| Ok::<_, anyhow::Error>((repeated(Some(rust))?, repeated(Some(python))?)))();
    for (file, text) in [rust, python].into_iter().zip(kept) {
        fs::write(example.join(file), text?)?;
    }
    let (rust, python) = edited?;
    run("build")?;
    let rows = vec![
        ("``cargo check``, empty target folder", check),
        ("``cargo build``, empty target folder", build),
        ("``cargo build``, nothing to do", repeated(None)?),
        ("``cargo build`` after a change in a Rust file", rust),
        ("``cargo build`` after a change in a Python file", python),
    ];
    Ok(Times { rows })
}

/// Adds a comment to a file.
fn edit(path: &Path, round: usize) -> Result<()> {
    let comment = if path.extension().is_some_and(|end| end == "py") { "#" } else { "//" };
    let text = fs::read_to_string(path)?;
    Ok(fs::write(path, format!("{text}{comment} {round}\n"))?)
}

/// The table, in reStructuredText.
fn figures(now: &Times, before: Option<&Times>, rounds: usize) -> String {
    let mut text = format!(
        ".. Written by `cargo xtask bench embedding`.\n\n\
         ``docs/examples/rust-app``, debug; one run each with an empty target folder and a full cache, else the median of {rounds}:\n\n\
         .. list-table::\n   :header-rows: 1\n\n   * - step\n     - time\n"
    );
    if before.is_some() {
        text += "     - when the packer was compiled in each target folder\n";
    }
    for (index, (name, time)) in now.rows.iter().enumerate() {
        text += &format!("   * - {name}\n     - {:.1} s\n", time.as_secs_f64());
        if let Some((_, time)) = before.and_then(|before| before.rows.get(index)) {
            text += &format!("     - {:.1} s\n", time.as_secs_f64());
        }
    }
    text
}
