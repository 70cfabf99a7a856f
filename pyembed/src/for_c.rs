//! What the crate `pyembed-c` needs beside the public interface: exit codes as C has them.

use crate::calls::{self, Call};
use crate::run::{self, Outcome};
use crate::{Interpreter, PythonConfig};

/// As [`run_if_python`](crate::run_if_python).
#[must_use]
pub fn run_if_python() -> Option<i32> {
    let ended = match PythonConfig::packed().and_then(calls::dispatch) {
        Ok(Call::Application(_)) => return None,
        Ok(Call::Python(config)) => run::run_python(config),
        Err(error) => Err(error),
    };
    Some(run::report(ended))
}

/// As [`run`](crate::run()).
#[must_use]
pub fn run() -> i32 {
    run::report(PythonConfig::packed().and_then(run::start))
}

/// Ends an interpreter whose program is done, and gives the exit code.
///
/// # Panics
///
/// As [`Interpreter::run`].
#[must_use]
pub fn finish(interpreter: Interpreter) -> i32 {
    interpreter.end(Outcome::SUCCESS)
}
