//! The whole `main` of a Rust program that uses Python.

use std::error::Error as StdError;
use std::process::ExitCode;

use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;

use crate::calls::{self, Call};
use crate::run::{self, Outcome, code};
use crate::{Interpreter, PythonConfig, spawns};

/// Runs a Rust program that uses Python: starts the interpreter as the TOML file says, calls `program`, and ends both as
/// `python` ends.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use pyembed::pyo3::prelude::*;
///
/// fn main() -> ExitCode {
///     pyembed::main(|python| {
///         python.attach(|py| py.import("report")?.call_method0("show").map(drop))
///     })
/// }
/// ```
///
/// * Where Python code has started this process to run Python code, as `multiprocessing` does, it does that, and
///   `program` is not called. Arguments are the program's own after that.
/// * `program` returns `()`, an [`ExitCode`] or a [`Result`] with an error of any kind: a [`PyErr`], a `Box<dyn Error>`,
///   `anyhow::Error`, one of its own. A Python exception is printed with its traceback; `SystemExit` gives its exit code, and
///   an uncaught `KeyboardInterrupt` ends the process by `SIGINT`. It may also be the cause of another error, which is
///   printed behind it. Without one, errors and their causes go to standard error; the code is 1.
/// * At the end Python's threads are waited for, `atexit` functions are called, and the interpreter is ended, once. After that, nothing
///   runs Python code: see [`Interpreter::run`]. The result holds no Python objects, so nothing of Python is left on this thread.
/// * If `program` panics, the interpreter is not ended, as Python objects may still be in use.
#[must_use]
pub fn main<R: ProgramResult<Kind>, Kind>(program: impl FnOnce(&Interpreter) -> R) -> ExitCode {
    main_with(|_| {}, program)
}

/// As [`main`], with changes to the configuration: Rust modules, arguments, and what else [`PythonConfig`] has.
///
/// ```no_run
/// # use std::process::ExitCode;
/// # use pyembed::PythonConfig;
/// fn main() -> ExitCode {
///     let configure = |config: &mut PythonConfig| config.optimize_level = 1;
///     pyembed::main_with(configure, |python| {
///         // …
///     })
/// }
/// ```
///
/// `configure` is called in processes that Python code has started to run Python code, too, which so have the same modules.
#[must_use]
pub fn main_with<R: ProgramResult<Kind>, Kind>(
    configure: impl FnOnce(&mut PythonConfig),
    program: impl FnOnce(&Interpreter) -> R,
) -> ExitCode {
    let run = || {
        let mut config = PythonConfig::packed()?;
        configure(&mut config);
        let config = match calls::dispatch(config)? {
            Call::Application(config) => config,
            Call::Python(config) => return run::run_python(config).map(code),
        };
        spawns::append_to_path();
        let interpreter = Interpreter::embedded(config)?;
        Ok(match program(&interpreter).end(&interpreter).0 {
            Ok(own) => match interpreter.end(Outcome::SUCCESS) {
                0 => own,
                other => code(other),
            },
            Err(outcome) => code(interpreter.end(outcome)),
        })
    };
    run().unwrap_or_else(|error| code(run::report(Err(error))))
}

/// Prints an error as [`main`] does, and gives the exit code.
fn failure(error: &(dyn StdError + 'static), interpreter: &Interpreter) -> Outcome {
    let mut causes = std::iter::successors(Some(error), |error| (*error).source());
    let python = causes.clone().find_map(|error| error.downcast_ref::<PyErr>());
    let is_exit = |py: Python<'_>, error: &PyErr| {
        error.is_instance_of::<PySystemExit>(py) || error.is_instance_of::<PyKeyboardInterrupt>(py)
    };
    interpreter.attach(|py| {
        if !python.is_some_and(|error| is_exit(py, error)) {
            let others = causes.by_ref().take_while(|error| !error.is::<PyErr>());
            for (index, error) in others.enumerate() {
                eprintln!("{}: {error}", if index == 0 { "error" } else { "  caused by" });
            }
        }
        python.map_or(Outcome::FAILURE, |error| run::handle(py, error.clone_ref(py)))
    })
}

/// What `python` does with an exception that nobody catches: prints it, and gives the exit code that the program shall
/// end with. `SystemExit` has its own, and prints nothing but its message.
///
/// For programs that end themselves; [`main`] does it with what its function returns.
#[must_use]
pub fn exit_code(error: &PyErr) -> ExitCode {
    Python::attach(|py| match run::handle(py, error.clone_ref(py)) {
        Outcome::Code(own) => code(own),
        // What a shell shows of a program that SIGINT ended.
        Outcome::Interrupted => code(128 + 2),
    })
}

/// What the function that is given to [`main`] may return: `()`, an [`ExitCode`], or a [`Result`] of one of these and any
/// error, boxed or not.
///
/// The compiler finds `Kind`: boxed errors are of two types, of which only one can be had from all other errors.
pub trait ProgramResult<Kind>: private::Sealed<Kind> {
    /// How the program ended. An error is printed.
    #[doc(hidden)]
    fn end(self, interpreter: &Interpreter) -> private::End;
}

mod private {
    use super::{ExitCode, Outcome};

    pub trait Sealed<Kind> {}

    /// The program's own code, or how it failed.
    #[derive(Debug)]
    pub struct End(pub(super) Result<ExitCode, Outcome>);

    /// The kind of `()` and of an exit code.
    #[derive(Debug)]
    pub struct Plain;
    /// The kind of a result with an error that can be boxed.
    #[derive(Debug)]
    pub struct Fallible<T>(T);
    /// The kind of a result with an error that is boxed, and can be sent to other threads.
    #[derive(Debug)]
    pub struct Boxed<T>(T);
}

impl private::Sealed<private::Plain> for () {}

impl ProgramResult<private::Plain> for () {
    fn end(self, _: &Interpreter) -> private::End {
        private::End(Ok(ExitCode::SUCCESS))
    }
}

impl private::Sealed<private::Plain> for ExitCode {}

impl ProgramResult<private::Plain> for ExitCode {
    fn end(self, _: &Interpreter) -> private::End {
        private::End(Ok(self))
    }
}

impl<T, Kind, E> private::Sealed<private::Fallible<Kind>> for Result<T, E>
where
    T: ProgramResult<Kind>,
    E: Into<Box<dyn StdError>> + 'static,
{
}

impl<T, Kind, E> ProgramResult<private::Fallible<Kind>> for Result<T, E>
where
    T: ProgramResult<Kind>,
    E: Into<Box<dyn StdError>> + 'static,
{
    fn end(self, interpreter: &Interpreter) -> private::End {
        let error = match self {
            Ok(value) => return value.end(interpreter),
            Err(error) => error,
        };
        // In the box that `anyhow` makes of its errors, nobody finds an exception.
        #[cfg(feature = "anyhow")]
        if let Some(error) = (&error as &dyn std::any::Any).downcast_ref::<anyhow::Error>() {
            return private::End(Err(failure(error.as_ref(), interpreter)));
        }
        private::End(Err(failure(&*error.into(), interpreter)))
    }
}

impl<T, Kind> private::Sealed<private::Boxed<Kind>> for Result<T, Box<dyn StdError + Send + Sync>> where
    T: ProgramResult<Kind>
{
}

impl<T, Kind> ProgramResult<private::Boxed<Kind>> for Result<T, Box<dyn StdError + Send + Sync>>
where
    T: ProgramResult<Kind>,
{
    fn end(self, interpreter: &Interpreter) -> private::End {
        match self {
            Ok(value) => value.end(interpreter),
            Err(error) => private::End(Err(failure(&*error, interpreter))),
        }
    }
}
