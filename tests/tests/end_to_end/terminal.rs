//! Runs a program on a terminal.

use std::path::Path;
use std::process::Command;

use end_to_end::application::run_in_empty_folder;

/// Runs `program` on a terminal of its own, types `input` and returns what the screen shows.
///
/// The terminal is that of `script`, a program of every Linux system. At the end of `input` it
/// types Ctrl-D.
pub fn type_into(program: &Path, input: &str) -> String {
    let mut command = Command::new("/usr/bin/script");
    command.env_clear().env("TERM", "dumb").env("SHELL", "/bin/sh");
    command.args(["--quiet", "--return", "--echo", "never", "--command"]);
    command.arg(program).arg("/dev/null");
    let finished = run_in_empty_folder(&mut command, input).unwrap();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    finished.stdout.replace('\r', "")
}
