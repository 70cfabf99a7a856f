//! `pyoxidizer analyze`: what is in an executable.
//!
//! `pyrepackager::inspect` finds it out. This says it: in a table (`table`), as JSON, or on a page (`page`).

mod page;
mod table;
#[cfg(test)]
mod testing;
mod words;

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use clap::Args;
use console::Term;
use pyrepackager::inspect::{Analysis, Executable};

use crate::failure::Failure;

/// The arguments.
#[derive(Args)]
pub struct AnalyzeArgs {
    /// The executable
    #[arg(value_name = "EXE")]
    pub executable: PathBuf,
    /// Write a page for browsers, which is one file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print everything as JSON instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Columns of a table that is not for a terminal.
const COLUMNS: usize = 80;

/// Looks at an executable, and says what it is told to.
pub fn run(args: &AnalyzeArgs) -> Result<(), Failure> {
    let executable = Executable::read(&args.executable)?;
    let analysis = Analysis::of(&executable)?;
    if let Some(path) = &args.html {
        fs_err::write(path, page::page(&analysis)?)?;
    }
    if args.json {
        let json = serde_json::to_string_pretty(&analysis).map_err(std::io::Error::from)?;
        say(&(json + "\n"))
    } else {
        let columns = Term::stdout().size_checked().map_or(COLUMNS, |(_, columns)| columns.into());
        say(&table::table(&analysis, columns))
    }
}

/// Prints to standard output. Whoever closes it early has seen enough.
pub fn say(text: &str) -> Result<(), Failure> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// A number of bytes, to be read.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..100_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        100_000..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// A part of a whole in percent.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}
