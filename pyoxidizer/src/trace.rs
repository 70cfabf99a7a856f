//! `pyoxidizer trace`: runs an executable that writes down what it does, and makes something to look at of it.
//!
//! * `list`: the imports in the order in which they began, as text, and the slowest of them.
//! * `flame`: the same as a flame graph.

mod flame;
mod list;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use pyrepackager::inspect::Executable;
use pyrepackager::profile::{self, Trace};
use pyresources::trace::VARIABLE;
use serde_json::json;

use crate::cli::TraceArgs;
use crate::failure::Failure;
use crate::interrupt;
use crate::printer::Printer;

/// Names of the files that are written.
const JSON: &str = "trace.json";
const SVG: &str = "trace.svg";
const TEXT: &str = "trace.txt";

/// Runs the executable. What goes wrong with it is an error, but the files are written.
pub fn run(args: &TraceArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    Executable::read(&args.executable)?.verify()?;
    let output = std::path::absolute(&args.output)?;
    fs_err::create_dir_all(&output)?;
    let executable = std::path::absolute(&args.executable)?;
    let records = tempfile::tempdir()?;
    let status = run_executable(&executable, args, records.path())?;
    let trace = profile::gather(records.path(), command(&executable, args), status.code())?;
    write(&trace, &output)?;
    let written = [JSON, SVG, TEXT].map(|name| args.output.join(name).display().to_string());
    printer.tell(list::summary(&trace).trim_end());
    printer.tell(&format!("written: {}", written.join(", ")));
    printer.event("trace", json!({ "files": written }));
    if status.success() { Ok(ExitCode::SUCCESS) } else { Err(Failure::other(ended(status))) }
}

/// Runs it with our own standard streams.
fn run_executable(
    executable: &Path,
    args: &TraceArgs,
    records: &Path,
) -> Result<ExitStatus, Failure> {
    // What the application has done until then is worth writing.
    interrupt::leave_to_child();
    let status = Command::new(executable).args(&args.arguments).env(VARIABLE, records).status();
    Ok(status.map_err(|error| {
        let message = format!("cannot run `{}`: {error}", args.executable.display());
        std::io::Error::new(error.kind(), message)
    })?)
}

/// The executable's name and its arguments.
fn command(executable: &Path, args: &TraceArgs) -> Vec<String> {
    let name = executable.file_name().unwrap_or_default();
    let arguments = args.arguments.iter().map(|argument| argument.as_os_str());
    let words = std::iter::once(name).chain(arguments);
    words.map(|word| word.to_string_lossy().into_owned()).collect()
}

fn write(trace: &Trace, output: &Path) -> Result<(), Failure> {
    let path = |name: &str| -> PathBuf { output.join(name) };
    let json = serde_json::to_vec_pretty(trace).map_err(std::io::Error::other)?;
    fs_err::write(path(JSON), json)?;
    fs_err::write(path(SVG), flame::graph(trace)?)?;
    fs_err::write(path(TEXT), list::text(trace))?;
    Ok(())
}

/// How the application ended.
fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("the application has ended with the exit code {code}"),
        None => {
            // What the standard library says is `signal: 9 (SIGKILL)`.
            format!("the application was ended by a {status}")
        }
    }
}
