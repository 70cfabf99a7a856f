//! `cargo xtask compatibility programs`: popular programs, each built and used beside a virtual environment.
//!
//! The programs and how they run are those of `end_to_end::programs`; `--kinds` does the small ones of
//! `kinds.toml`, of which there is no table. What came of each is a row of a table, which is
//! replaced when the program is run again, so that a long run can be made in parts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use end_to_end::command::command;
use end_to_end::programs::{Comparison, Program, kinds, programs};
use end_to_end::{scratch_folder, workspace};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::console::{megabytes, step};

/// One row for each program.
const TABLE: &str = "docs/measured/programs.csv";

/// What `docs/compatibility.rst` includes.
const PAGE: &str = "docs/measured/programs.inc";

/// Arguments.
#[derive(Default, clap::Args)]
pub struct Args {
    /// Programs to build and use; all of them when none is named
    programs: Vec<String>,
    /// Build and use the small programs of kinds.toml instead
    #[arg(long)]
    kinds: bool,
    /// Look for newer versions, and write the lock files anew
    #[arg(long)]
    upgrade: bool,
    /// Keep executables and environments below Cargo's target folder, to be looked at
    #[arg(long)]
    keep: bool,
    /// Print what the builds say
    #[arg(long)]
    messages: bool,
}

/// What came of a program; the names are the headings of the table.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Row {
    program: String,
    package: String,
    #[serde(rename = "what is done")]
    does: String,
    result: String,
    #[serde(rename = "MB")]
    size: String,
    #[serde(rename = "seconds")]
    time: String,
    #[serde(rename = "as python")]
    python_time: String,
    #[serde(rename = "peak MB")]
    memory: String,
    #[serde(rename = "of python")]
    python_memory: String,
}

/// The result of a program that does in the executable what it does in an environment.
const PASSES: &str = "passes";

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let all = if args.kinds { kinds()? } else { programs()? };
    for name in &args.programs {
        ensure!(all.iter().any(|program| program.name == *name), "there is no program {name:?}");
    }
    let pyoxidizer = step("the command pyoxidizer", command)?;
    let mut rows = if args.kinds { BTreeMap::new() } else { read()? };
    rows.retain(|name, _| all.iter().any(|program| program.name == *name));
    let is_wanted =
        |program: &Program| args.programs.is_empty() || args.programs.contains(&program.name);
    let mut failing = Vec::new();
    for program in all.iter().filter(|program| is_wanted(program)) {
        eprintln!("\n{}: {}", program.name, program.does);
        let row = match program.compare(&pyoxidizer, args.upgrade) {
            Ok(comparison) => row(program, &comparison, args.messages),
            Err(error) => {
                eprintln!("{error:#}");
                Row::without_figures(program, reason(program, &format!("{error:#}")))
            }
        };
        eprintln!("{}: {}", program.name, row.result);
        if row.result != PASSES {
            failing.push(program.name.clone());
        }
        rows.insert(program.name.clone(), row);
        if !args.kinds {
            write(&rows)?;
        }
        if !args.keep {
            program.remove()?;
        }
    }
    ensure!(failing.is_empty(), "{} of the programs fail: {}", failing.len(), failing.join(", "));
    Ok(())
}

fn row(program: &Program, comparison: &Comparison, messages: bool) -> Row {
    let (executable, python) = (&comparison.executable, &comparison.python);
    eprintln!(
        "{}, built in {:.1} s; {:.1} s, python {:.1} s; {:.0} MB of memory, python {:.0} MB",
        megabytes(comparison.size),
        comparison.build.as_secs_f64(),
        executable.seconds,
        python.seconds,
        executable.memory as f64 / 1e3,
        python.memory as f64 / 1e3,
    );
    if messages {
        eprint!("{}", comparison.messages);
    }
    let result = match comparison.verdict() {
        Ok(()) => PASSES.to_owned(),
        Err(error) => {
            eprintln!("{error}");
            reason(program, &error.to_string())
        }
    };
    Row {
        package: format!("{} {}", comparison.package, comparison.version).trim_end().to_owned(),
        size: format!("{:.0}", comparison.size as f64 / 1e6),
        time: format!("{:.1}", executable.seconds),
        python_time: format!("{:.1}", python.seconds),
        memory: format!("{:.0}", executable.memory as f64 / 1e3),
        python_memory: format!("{:.0}", python.memory as f64 / 1e3),
        ..Row::without_figures(program, result)
    }
}

/// Why a program fails, in a line: what is known, or the first or last words of the error.
fn reason(program: &Program, error: &str) -> String {
    let mut lines = error.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    let why = match (first.starts_with("prints"), lines.next_back()) {
        (false, Some(last)) => last,
        _ => first.trim_end_matches(':'),
    };
    // The table names no folder of the machine that it was made on.
    let why = why.trim().replace(&*scratch_folder().to_string_lossy(), "TARGET");
    format!("**fails**: {}", program.known.as_deref().unwrap_or(&why))
}

impl Row {
    fn without_figures(program: &Program, result: String) -> Self {
        Self {
            program: program.name.clone(),
            package: String::new(),
            does: program.does.clone(),
            result,
            size: String::new(),
            time: String::new(),
            python_time: String::new(),
            memory: String::new(),
            python_memory: String::new(),
        }
    }
}

fn read() -> Result<BTreeMap<String, Row>> {
    let path = workspace().join(TABLE);
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let mut reader = csv::Reader::from_path(path)?;
    let rows = reader.deserialize::<Row>();
    rows.map(|row| row.map(|row| (row.program.clone(), row)).map_err(Into::into)).collect()
}

fn write(rows: &BTreeMap<String, Row>) -> Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.values().try_for_each(|row| writer.serialize(row))?;
    fs::write(workspace().join(TABLE), writer.into_inner()?)?;
    Ok(fs::write(workspace().join(PAGE), page(rows))?)
}

fn page(rows: &BTreeMap<String, Row>) -> String {
    let passing = rows.values().filter(|row| row.result == PASSES).count();
    let mut text = String::from(".. Written by `cargo xtask compatibility programs`.\n\n");
    let _ = writeln!(text, "Of {} programs and packages, {passing} pass.", rows.len());
    text += "\n.. csv-table::\n   :file: programs.csv\n   :header-rows: 1\n   :class: longtable\n";
    text
}
