//! The one interpreter of the process.

use std::ffi::c_int;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use pyembed::pyo3::prelude::*;
use pyembed::{Interpreter, PythonConfig};

use crate::error::{Code, Error};
use crate::options::Options;

unsafe extern "C" {
    /// CPython, `cpython/pystate.h`: 1 when this thread is attached to the interpreter.
    fn PyGILState_Check() -> c_int;
}

enum State {
    New,
    Running(Interpreter, ThreadId),
    Ended,
}

static STATE: Mutex<State> = Mutex::new(State::New);

/// The state. Nobody holds it while Python code runs.
fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn not_started() -> Error {
    Error::new(Code::NotStarted, "Python has not been started: call pyembed_start()")
}

fn ended() -> Error {
    Error::new(Code::Ended, "Python has ended, and cannot be started again in this process")
}

pub(crate) fn start(options: Option<&Options>) -> Result<(), Error> {
    let mut state = state();
    match *state {
        State::New => {}
        State::Running(..) => {
            return Err(Error::new(Code::SecondStart, "Python has been started before"));
        }
        State::Ended => return Err(ended()),
    }
    let start = || {
        let mut config = PythonConfig::packed()?;
        if let Some(options) = options {
            options.apply(&mut config);
        }
        Interpreter::new(config)
    };
    let interpreter = start().map_err(|error| match error {
        pyembed::Error::SecondInterpreter => Error::new(Code::SecondStart, error.to_string()),
        error => Error::new(Code::CannotStart, error.to_string()),
    })?;
    *state = State::Running(interpreter, thread::current().id());
    Ok(())
}

pub(crate) fn is_running() -> bool {
    matches!(*state(), State::Running(..))
}

/// The interpreter, to be ended.
pub(crate) fn take() -> Result<Interpreter, Error> {
    let mut state = state();
    let thread = match &*state {
        State::New => return Err(not_started()),
        State::Ended => return Err(ended()),
        State::Running(_, thread) => *thread,
    };
    // SAFETY: the interpreter has started.
    let is_attached = unsafe { PyGILState_Check() != 0 };
    if thread != thread::current().id() || is_attached {
        return Err(Error::new(
            Code::WrongThread,
            "Python ends on the thread that has started it, when that is not attached to it",
        ));
    }
    match std::mem::replace(&mut *state, State::Ended) {
        State::Running(interpreter, _) => Ok(interpreter),
        State::New | State::Ended => Err(ended()),
    }
}

/// Runs Python code on this thread.
fn attach<R>(use_python: impl FnOnce(Python<'_>) -> PyResult<R>) -> Result<R, Error> {
    match &*state() {
        State::New => return Err(not_started()),
        State::Ended => return Err(ended()),
        State::Running(..) => {}
    }
    let result =
        Python::try_attach(|py| use_python(py).map_err(|error| Error::of_exception(py, &error)));
    result.unwrap_or_else(|| Err(ended()))
}

pub(crate) fn execute(code: &str, name: &str) -> Result<(), Error> {
    attach(|py| {
        let globals = py.import("__main__")?.dict();
        let builtins = py.import("builtins")?;
        let code = builtins.call_method1("compile", (code, name, "exec"))?;
        builtins.call_method1("exec", (code, globals)).map(drop)
    })
}

/// Calls a function; `None` where it returns that.
pub(crate) fn call(function: &str, arguments: &[&str]) -> Result<Option<String>, Error> {
    let Some((module, name)) = function.split_once(':') else {
        return Err(Error::new(
            Code::WrongArgument,
            format!("`{function}` is no function: write `module:function`"),
        ));
    };
    attach(|py| {
        let mut function = py.import(module)?.into_any();
        for name in name.split('.') {
            function = function.getattr(name)?;
        }
        let arguments = pyembed::pyo3::types::PyTuple::new(py, arguments)?;
        let result = function.call1(arguments)?;
        if result.is_none() { Ok(None) } else { result.str()?.extract().map(Some) }
    })
}
