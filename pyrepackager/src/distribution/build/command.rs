//! Runs programs: what they print goes to a log, and their failure becomes an error that shows
//! the end of it.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fs_err as fs;

use super::error::BuildError;

/// How many lines of a failed program's output an error shows.
const TAIL_LINES: usize = 20;

/// Finds `program` in the folders of `PATH`.
pub(super) fn find_program(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Fails unless `program` is on `PATH`.
pub(super) fn require_program(
    program: &str,
    purpose: &'static str,
    remedy: &'static str,
) -> Result<(), BuildError> {
    match find_program(program) {
        Some(_) => Ok(()),
        None => Err(BuildError::MissingProgram { program: program.to_owned(), purpose, remedy }),
    }
}

/// Runs `command`, appends its output to `log` and hands each line to `on_line`.
///
/// # Errors
/// When it cannot be started, or ends with another status than 0.
pub(super) fn run_logged(
    step: &'static str,
    mut command: Command,
    log: &Path,
    on_line: &dyn Fn(&str),
) -> Result<(), BuildError> {
    let program = name_of(&command);
    let mut log_file = fs::OpenOptions::new().create(true).append(true).open(log)?;
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn().map_err(|source| not_started(&program, source))?;
    // The command holds ends of the pipe, and reading goes on until all of them are closed.
    drop(command);

    let mut line = Vec::new();
    let mut lines = BufReader::new(reader);
    while lines.read_until(b'\n', &mut line)? > 0 {
        log_file.write_all(&line)?;
        on_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    let status = child.wait()?;
    if status.success() {
        return Ok(());
    }
    let tail = tail_of(&fs::read(log)?);
    Err(BuildError::Command { step, program, status, tail, log: Some(log.to_owned()) })
}

/// Runs `command` and returns what it wrote to standard output.
///
/// # Errors
/// When it cannot be started, or ends with another status than 0.
pub(super) fn capture(step: &'static str, mut command: Command) -> Result<Vec<u8>, BuildError> {
    let program = name_of(&command);
    let output =
        command.stdin(Stdio::null()).output().map_err(|source| not_started(&program, source))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let tail = tail_of(&[output.stdout, output.stderr].concat());
    Err(BuildError::Command { step, program, status: output.status, tail, log: None })
}

fn name_of(command: &Command) -> String {
    Path::new(command.get_program())
        .file_name()
        .unwrap_or(OsStr::new("?"))
        .to_string_lossy()
        .into_owned()
}

fn not_started(program: &str, source: io::Error) -> BuildError {
    io::Error::new(source.kind(), format!("`{program}` cannot be started: {source}")).into()
}

fn tail_of(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_shows_the_end_of_the_output_and_names_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut command = Command::new("sh");
        command.args(["-c", "seq 1 100; echo broken >&2; exit 3"]);
        let counted = std::cell::Cell::new(0);
        let error =
            run_logged("counting", command, &log, &|_| counted.set(counted.get() + 1)).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("counting failed") && text.contains("status: 3"), "{text}");
        assert!(text.contains("82\n") && text.ends_with("broken"), "{text}");
        assert!(!text.contains("80\n"), "{text}");
        assert!(error.hint().unwrap().contains(log.to_str().unwrap()));
        assert_eq!(counted.get(), 101);
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = require_program("no-such-compiler", "compile", "install one").unwrap_err();
        assert_eq!(error.to_string(), "`no-such-compiler` was not found; it is needed to compile");
    }
}
