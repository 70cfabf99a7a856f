//! Runs a program on a terminal.

use std::path::Path;
use std::process::Command;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Finished, distribution, sanitizer};

/// Ends the input of a program.
pub const CTRL_D: &str = "\x04";

/// Interrupts a program.
pub const CTRL_C: &str = "\x03";

/// Runs `program` on a terminal, types one of `inputs` at each prompt, and waits for its end; the
/// standard output is what the screen shows.
pub fn type_into(program: &Path, inputs: &[&str]) -> Finished {
    let mut command = Command::new(distribution::python().unwrap());
    command.args(["-I", "-S", "-c", include_str!("python/terminal.py")]);
    // A terminal without abilities, so that the screen shows text only.
    command.env_clear().env("TERM", "dumb").arg(program).args(inputs);
    if sanitizer::is_on() {
        sanitizer::watch(&mut command);
    }
    run_in_empty_folder(&mut command, "").unwrap()
}
