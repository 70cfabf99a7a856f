//! `pyoxidizer build --check`: whether an executable can import what it imports at its start.

use std::process::{Command, Stdio};

use pyrepackager::application::Application;

use crate::failure::Failure;
use crate::printer::Printer;

/// Lines of Python's traceback that are shown.
const LINES: usize = 12;

/// Has the executable be Python, in an empty folder and an empty environment, and import the modules.
///
/// # Errors
///
/// What Python says of the first one that cannot be imported.
pub fn check(made: &Application, printer: &Printer) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    for module in &made.first_imports {
        let path = fs_err::canonicalize(&made.path)?;
        let mut python = Command::new(path);
        python.env_clear().env("PYEMBED_INTERPRETER", "1").env("HOME", folder.path());
        python.args(["-c", &format!("import {module}")]).current_dir(&folder);
        let output = python.stdin(Stdio::null()).output()?;
        if !output.status.success() {
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let lines: Vec<&str> = text.trim_end().lines().collect();
            let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
            return Err(Failure::other(format!(
                "{} was made, but cannot import {module}:\n{last}",
                made.path.display()
            )));
        }
    }
    printer.tell(&format!("imports work: {}", made.first_imports.join(", ")));
    Ok(())
}
