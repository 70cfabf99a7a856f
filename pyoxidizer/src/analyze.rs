//! `pyoxidizer analyze`: what is in an executable.
//!
//! `pyrepackager::inspect` finds it out. This says it: in a table (`table`), as JSON, or on a page (`page`).

mod page;
mod table;
#[cfg(test)]
mod testing;
mod words;

use std::process::ExitCode;

use console::Term;
use pyrepackager::inspect::{Analysis, Executable};

use crate::cli::AnalyzeArgs;
use crate::failure::Failure;
use crate::printer::Printer;

/// Columns of a table that is not for a terminal.
const COLUMNS: usize = 80;

/// Looks at an executable, and says what it is told to.
pub fn run(args: &AnalyzeArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let executable = Executable::read(&args.executable)?;
    let analysis = Analysis::of(&executable)?;
    if let Some(path) = &args.html {
        fs_err::write(path, page::page(&analysis)?)?;
    }
    let columns = Term::stdout().size_checked().map_or(COLUMNS, |(_, columns)| columns.into());
    let value = serde_json::to_value(&analysis).map_err(std::io::Error::from)?;
    printer.answer("analysis", table::table(&analysis, columns).trim_end(), value);
    Ok(ExitCode::SUCCESS)
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
