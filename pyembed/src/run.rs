//! Running a whole application, with the exit codes of `python`.

#![allow(unsafe_code)]

use std::process::ExitCode;

use pyo3::exceptions::{PyKeyboardInterrupt, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyresources::setting;

use crate::calls::{self, Call};
use crate::start::Role;
use crate::{Error, Interpreter, PythonConfig, ffi, importer, spawns};

/// `python`'s exit code when buffered output could not be written at the end.
pub(crate) const EXIT_FLUSH_FAILED: i32 = 120;
/// Exit code when the interpreter does not start.
const EXIT_NO_INTERPRETER: i32 = 1;

/// Runs the application that is packed into this executable, as its TOML file says, and returns
/// what `main` should return.
///
/// The exit codes are those of `python`: see [`Interpreter::run`]. When the interpreter
/// does not start, the reason goes to standard error and the code is 1.
#[must_use]
pub fn run() -> ExitCode {
    code(report(PythonConfig::packed().and_then(start)))
}

/// As [`run`], with a configuration of the caller's.
#[must_use]
pub fn run_with(config: PythonConfig) -> ExitCode {
    code(report(start(config)))
}

/// As [`run`], for [`main!`](crate::main!): the exit code as C's `main` returns it.
#[doc(hidden)]
#[must_use]
pub fn run_packed() -> i32 {
    // There is no Rust code that could use Python on a thread of its own.
    let start = |config| start_as(config, Interpreter::start);
    report(PythonConfig::packed().and_then(start))
}

/// The whole of an executable that is nothing but a Python application: defines C's `main`.
///
/// Use it with `#![no_main]`. Rust's own start of a program reads `/proc/self/maps`, to tell a
/// stack overflow from other faults, and sets up signals that Python sets up again; a program that
/// is Python need not wait for either.
///
/// ```no_run
/// #![no_main]
/// pyembed::main!();
/// ```
#[macro_export]
macro_rules! main {
    () => {
        /// What the C library calls.
        #[allow(unsafe_code)]
        #[unsafe(no_mangle)]
        pub extern "C" fn main() -> ::std::ffi::c_int {
            $crate::run_packed()
        }
    };
}

pub(crate) fn start(config: PythonConfig) -> Result<i32, Error> {
    start_as(config, |config, role| match role {
        Role::Application => Interpreter::embedded(config),
        Role::Python => Interpreter::start(config, role),
    })
}

/// Starts the interpreter in the role that the process has, and runs it to its end.
fn start_as(
    config: PythonConfig,
    start: impl FnOnce(PythonConfig, Role) -> Result<Interpreter, Error>,
) -> Result<i32, Error> {
    let (config, role) = match calls::dispatch(config)? {
        Call::Application(config) => (config, Role::Application),
        Call::Python(config) => (config, Role::Python),
    };
    run_started(config, role, start)
}

/// Runs this process as Python.
pub(crate) fn run_python(config: PythonConfig) -> Result<i32, Error> {
    run_started(config, Role::Python, Interpreter::start)
}

fn run_started(
    config: PythonConfig,
    role: Role,
    start: impl FnOnce(PythonConfig, Role) -> Result<Interpreter, Error>,
) -> Result<i32, Error> {
    spawns::append_to_path();
    Ok(start(config, role)?.run())
}

/// The exit code; an error is printed, unless CPython asks for an exit.
pub(crate) fn report(code: Result<i32, Error>) -> i32 {
    match code {
        Ok(code) | Err(Error::Exit { code, .. }) => code,
        Err(error) => {
            eprintln!("error: {error}");
            EXIT_NO_INTERPRETER
        }
    }
}

/// An exit code as Rust has it. The operating system keeps the low eight bits, as it does for python.
pub(crate) fn code(code: i32) -> ExitCode {
    ExitCode::from(code as u8)
}

/// How an application ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With an exit code.
    Code(i32),
    /// By a `KeyboardInterrupt` that nobody caught.
    Interrupted,
}

impl Outcome {
    pub(crate) const SUCCESS: Self = Self::Code(0);
    pub(crate) const FAILURE: Self = Self::Code(1);
}

/// Runs a module as `__main__`, as `python -m` does, and prints what goes wrong.
pub(crate) fn run_module(py: Python<'_>, name: &str) -> Outcome {
    let result = execute_main(py, name);
    match result {
        Ok(()) => Outcome::SUCCESS,
        Err(error) => handle_code(py, error),
    }
}

/// Runs the packed script at a virtual path, as `python FILE` does, and prints what goes wrong.
pub(crate) fn run_script(py: Python<'_>, path: &str) -> Outcome {
    let execute = || {
        let bootstrap = py.import(setting::BOOTSTRAP_MODULE)?;
        set_running_main(py, true)?;
        let code = bootstrap.call_method1("_prepare_script", (path,));
        let result = code.and_then(|code| evaluate(&code, &py.import("__main__")?.dict()));
        set_running_main(py, false)?;
        result
    };
    match execute() {
        Ok(()) => Outcome::SUCCESS,
        Err(error) => handle_code(py, error),
    }
}

fn execute_main(py: Python<'_>, name: &str) -> PyResult<()> {
    let bootstrap = py.import(setting::BOOTSTRAP_MODULE)?;
    set_running_main(py, true)?;
    let result = bootstrap.call_method1("_prepare_main", (name,)).and_then(|code| {
        if code.is_none() {
            let leave_arguments_alone = false;
            let arguments = (name, leave_arguments_alone);
            return py.import("runpy")?.call_method1("_run_module_as_main", arguments).map(drop);
        }
        evaluate(&code, &py.import("__main__")?.dict())
    });
    set_running_main(py, false)?;
    result
}

/// Calls the function of a console script, `MODULE:OBJECT`, as the script would, and prints what goes
/// wrong. What the function returns is the exit code, or a message.
pub(crate) fn run_entry_point(py: Python<'_>, target: &str) -> Outcome {
    let (module, object) = target.split_once(':').unwrap_or((target, ""));
    let call = || -> PyResult<PyErr> {
        let mut function = py.import(module)?.into_any();
        for name in object.split('.').filter(|name| !name.is_empty()) {
            function = function.getattr(name)?;
        }
        Ok(PySystemExit::new_err(function.call0()?.unbind()))
    };
    handle_code(py, call().unwrap_or_else(|error| error))
}

/// Runs the file that `python FILE` was asked for, if it is a packed one, and prints what goes wrong.
pub(crate) fn run_packed_script(py: Python<'_>) -> Option<Outcome> {
    let execute = || {
        let code = importer::part(py, "paths")?.call_method0("prepare_script")?;
        if code.is_none() {
            return Ok(None);
        }
        set_running_main(py, true)?;
        let result = evaluate(&code, &py.import("__main__")?.dict());
        set_running_main(py, false)?;
        result.map(Some)
    };
    match execute() {
        Ok(ran) => ran.map(|()| Outcome::SUCCESS),
        Err(error) => Some(handle_code(py, error)),
    }
}

/// Executes a code object. The only frame that a traceback shows of it is its own.
fn evaluate(code: &Bound<'_, PyAny>, globals: &Bound<'_, PyDict>) -> PyResult<()> {
    // SAFETY: all three are live objects of this interpreter, to which `code` proves that the
    // thread is attached; the result is a new reference or NULL with an exception set.
    unsafe {
        let result = pyo3::ffi::PyEval_EvalCode(code.as_ptr(), globals.as_ptr(), globals.as_ptr());
        Bound::from_owned_ptr_or_err(code.py(), result).map(drop)
    }
}

fn set_running_main(py: Python<'_>, running: bool) -> PyResult<()> {
    // SAFETY: the token proves that the thread is attached.
    if unsafe { ffi::pyembed_set_running_main(i32::from(running)) } != 0 {
        return Err(PyErr::fetch(py));
    }
    Ok(())
}

/// Does with an exception that the application's code has not caught what `python` does, which may be asked to go on with a
/// prompt.
fn handle_code(py: Python<'_>, error: PyErr) -> Outcome {
    // SAFETY: the token proves that the thread is attached.
    let inspects = unsafe { ffi::pyembed_inspects() != 0 };
    if inspects && error.is_instance_of::<PySystemExit>(py) {
        // With its traceback, as any other.
        error.print_and_set_sys_last_vars(py);
        return Outcome::FAILURE;
    }
    handle(py, error)
}

/// Does with an uncaught exception what `python` does.
pub(crate) fn handle(py: Python<'_>, error: PyErr) -> Outcome {
    if error.is_instance_of::<PySystemExit>(py) {
        return Outcome::Code(exit_code(py, &error));
    }
    let interrupted = error.is_instance_of::<PyKeyboardInterrupt>(py);
    // `sys.excepthook` may be the application's, and may itself ask for an exit.
    error.print_and_set_sys_last_vars(py);
    if interrupted { Outcome::Interrupted } else { Outcome::FAILURE }
}

/// The exit code that a `SystemExit` asks for; a message is written to `sys.stderr`.
///
/// See `_Py_HandleSystemExitAndKeyboardInterrupt` in CPython's `Python/pythonrun.c`.
fn exit_code(py: Python<'_>, error: &PyErr) -> i32 {
    let value = error.value(py);
    let Ok(code) = value.getattr("code") else { return 1 };
    if code.is_none() {
        return 0;
    }
    if code.is_instance_of::<pyo3::types::PyInt>() {
        // A number beyond 64 bits gives -1, as in CPython.
        return code.extract::<i64>().map_or(-1, |code| code as i32);
    }
    if let Ok(stderr) = py.import("sys").and_then(|sys| sys.getattr("stderr")) {
        let message = code.str().map(|text| format!("{text}\n")).unwrap_or_default();
        let _ = stderr.call_method1("write", (message,));
        let _ = stderr.call_method0("flush");
    }
    1
}

/// Does what `python` does before it takes the interpreter down: waits for threads, calls what was registered with
/// `atexit`, writes out what is buffered. What goes wrong is printed.
pub(crate) fn end_program(py: Python<'_>) {
    // SAFETY: the thread is attached, and the end was guarded when the interpreter was started.
    if unsafe { ffi::pyembed_unguard_end() } != 0 {
        PyErr::fetch(py).print(py);
    }
    let end = || -> PyResult<()> {
        let loaded = py.import("sys")?.getattr("modules")?;
        if loaded.contains("threading")? {
            // Another thread may be importing it: this waits.
            py.import("threading")?.call_method0("_shutdown")?;
        }
        py.import("atexit")?.call_method0("_run_exitfuncs")?;
        for name in ["stdout", "stderr"] {
            let stream = py.import("sys")?.getattr(name)?;
            if !stream.is_none() {
                stream.call_method0("flush")?;
            }
        }
        Ok(())
    };
    if let Err(error) = end() {
        error.print(py);
    }
}

/// Makes an interactive prompt what `site` makes it: `exit`, `quit`, line editing, completion.
pub(crate) fn prepare_prompt(py: Python<'_>) {
    /// Each part is a convenience that a reduced application may lack the modules for.
    const PROMPT: &str = include_str!("prompt.py");
    let run = || -> PyResult<()> {
        let source = std::ffi::CString::new(PROMPT)?;
        py.run(&source, Some(&PyDict::new(py)), None)
    };
    if let Err(error) = run() {
        error.print(py);
    }
}
