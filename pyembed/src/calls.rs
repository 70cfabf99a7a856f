//! Processes that the application's own Python code starts to be Python.
//!
//! Programs and parts of the standard library run Python code in a new process by
//! `[sys.executable, "-c", …]`. In an executable `sys.executable` is the application, whose arguments
//! are its own matter: none of them may turn it into Python. So the mark is an environment variable
//! that only such a process gets, and it is put there by the functions with which CPython starts
//! programs (`c/spawn.c`). [`take`] removes it again, so that it reaches no further.

#![allow(unsafe_code)]

use std::ffi::{CString, OsString, c_char};
use std::process::ExitCode;
use std::ptr;

use crate::config::{InterpreterMode, PythonConfig};
use crate::start::Role;
use crate::{Error, ffi, run, sys};

/// Variables by which CPython's `getpath.py` replaces `sys.executable`, even in isolated mode. The
/// packed modules lie below that path, so nothing but this file may be there.
const REPLACES_EXECUTABLE: [&str; 2] = ["PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"];

/// Name of the mark: `PYEMBED_CALL_VARIABLE` of `c/spawn.h`.
const VARIABLE: &str = "PYEMBED_INTERPRETER";

/// Value of the mark of a process that is to be the application, with an argument too many:
/// `PYEMBED_CALL_ANEW`.
const ANEW: &str = "0";

/// How the code begins that `multiprocessing` starts in workers and helpers.
const HELPER_CODE: &str = "from multiprocessing.";

/// Runs Python, if the application's own Python code started this process for that, and gives the
/// exit code.
///
/// Python code starts processes from `sys.executable`, which is this executable: `multiprocessing`
/// does, and many programs do. A Rust application with a `main` of its own calls this first, before
/// it looks at its arguments; [`run`](crate::run), [`run_with`](crate::run_with) and
/// [`main!`](crate::main) do it themselves.
///
/// ```no_run
/// # use std::process::ExitCode;
/// use pyembed::PythonConfig;
///
/// fn main() -> ExitCode {
///     let config = match PythonConfig::packed() {
///         Ok(config) => config,
///         Err(error) => panic!("{error}"),
///     };
///     if let Some(code) = pyembed::interpreter_call(&config) {
///         return code;
///     }
///     // … the application
/// #   ExitCode::SUCCESS
/// }
/// ```
#[must_use]
pub fn interpreter_call(config: &PythonConfig) -> Option<ExitCode> {
    let code = match take(config.clone()) {
        Ok(Call::Application(_)) => return None,
        Ok(Call::Python(config)) => run::report(run::start_as(config, Role::Python)),
        Err(error) => run::report(Err(error)),
    };
    // The operating system keeps the low eight bits, as it does for python.
    Some(ExitCode::from(code as u8))
}

/// What a process was started for.
pub(crate) enum Call {
    /// To be the application.
    Application(PythonConfig),
    /// To be Python.
    Python(PythonConfig),
}

/// Finds out what this process was started for.
///
/// # Errors
///
/// [`Error::NoInterpreterMode`] when it was started to be what the configuration does not allow, and
/// could not be anything else.
pub(crate) fn take(mut config: PythonConfig) -> Result<Call, Error> {
    let unpacked_from = take_variable(pyunpack::VARIABLE);
    if let Some(path) = unpacked_from.filter(|_| sys::is_unpacked()) {
        sys::take_over(path.into());
    }
    for name in REPLACES_EXECUTABLE {
        take_variable(name);
    }
    let Some(mark) = take_variable(VARIABLE) else { return Ok(Call::Application(config)) };
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if sys::is_privileged() {
        // Whoever starts the program sets its environment, and must not get its rights.
        return application(config, &arguments);
    }
    if mark == ANEW {
        // `[sys.executable, *sys.argv]`: the application starts itself.
        if config.arguments == arguments {
            config.arguments.remove(0);
        }
        return Ok(Call::Application(config));
    }
    match config.interpreter_mode {
        InterpreterMode::Never => application(config, &arguments),
        InterpreterMode::Auto => {
            config.arguments = arguments;
            Ok(Call::Python(config))
        }
    }
}

/// The application in the place of Python, where it may not be Python.
fn application(config: PythonConfig, arguments: &[OsString]) -> Result<Call, Error> {
    if is_multiprocessing(arguments) {
        // It would soon start the next such process, and so on.
        return Err(Error::NoInterpreterMode);
    }
    Ok(Call::Application(config))
}

/// Removes a variable from the environment and returns its value.
fn take_variable(name: &str) -> Option<OsString> {
    let value = std::env::var_os(name);
    if value.is_some() {
        // SAFETY: the interpreter is not started yet. Whoever started threads before, and has them
        // read the environment through C, was told to ask for calls first.
        unsafe { std::env::remove_var(name) };
    }
    value
}

/// Whether these are arguments that `multiprocessing` starts a process with.
pub(crate) fn is_multiprocessing(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument.to_string_lossy().starts_with(HELPER_CODE))
}

/// Has processes marked that Python code starts from `executable`, the value of `sys.executable`.
///
/// There is one interpreter in a process, so this is called once; what it keeps is never freed.
pub(crate) fn watch(executable: CString, role: Role) {
    let arguments =
        std::env::args_os().filter_map(|argument| CString::new(sys::os_bytes(argument)).ok());
    let pointers: Vec<*const c_char> =
        arguments.map(|argument| argument.into_raw().cast_const()).chain([ptr::null()]).collect();
    let is_interpreter = role == Role::Python;
    // SAFETY: all pointers were leaked, end in NUL, and the list of them ends in NULL.
    unsafe {
        ffi::pyembed_watch_spawns(
            executable.into_raw(),
            pointers.leak().as_ptr(),
            i32::from(is_interpreter),
        );
    }
}
