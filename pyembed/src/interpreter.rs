//! Starting and ending the one interpreter of a process.

#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::Python;
use pyo3::ffi::{
    Py_FinalizeEx, Py_IsInitialized, PyEval_RestoreThread, PyEval_SaveThread, PyThreadState,
};

use crate::calls::{self, Call};
use crate::config::{PythonConfig, PythonRunMode};
use crate::start::{self, Role};
use crate::{Error, ffi, files, libraries, probe, processor, run, spawns, sys, trace};

/// The Python interpreter of this process.
///
/// There is one in the lifetime of a process: extension modules keep state that cannot be set up
/// twice. It belongs to the thread that started it, which is Python's main thread (the one that
/// signals are handled on), so the type is neither [`Send`] nor [`Sync`]. Between calls no thread is
/// attached to the interpreter; this thread attaches with [`MainPythonInterpreter::with_gil`], any
/// other with [`Python::attach`].
///
/// Dropping it ends the interpreter: that waits for Python's non-daemon threads and runs what was
/// registered with `atexit`. Dropped inside of `with_gil`, where Python objects are still in use,
/// it leaves the interpreter as it is.
#[derive(Debug)]
pub struct MainPythonInterpreter {
    role: Role,
    run: PythonRunMode,
    /// The main thread's state while that thread is not attached. A pointer, which also keeps the
    /// type on its thread.
    thread: *mut PyThreadState,
}

/// Whether this process has or had an interpreter.
static STARTED: AtomicBool = AtomicBool::new(false);

impl MainPythonInterpreter {
    /// Starts the interpreter on this thread.
    ///
    /// # Errors
    ///
    /// [`Error::SecondInterpreter`] when there is or was one; [`Error::InterpreterCall`] in a
    /// process that the application's Python code started to be Python (see
    /// [`interpreter_call`](crate::interpreter_call)); anything else when CPython or what is packed
    /// into the executable cannot be used. After any error but `SecondInterpreter` and those that
    /// [`PythonConfig`] is to blame for, starting again in this process fails too.
    pub fn new(config: PythonConfig) -> Result<Self, Error> {
        match calls::take(config)? {
            Call::Application(config) => Self::start(config, Role::Application),
            Call::Python(_) => Err(Error::InterpreterCall),
        }
    }

    /// Starts the interpreter in one of its roles.
    pub(crate) fn start(mut config: PythonConfig, role: Role) -> Result<Self, Error> {
        processor::check()?;
        config.ignore_environment |= sys::is_privileged();
        let texts = start::Texts::new(&config, role)?;
        // SAFETY: `Py_IsInitialized` may be called at any time.
        let foreign = unsafe { Py_IsInitialized() != 0 };
        if foreign || STARTED.swap(true, Ordering::SeqCst) {
            return Err(Error::SecondInterpreter);
        }
        trace::begin(role);
        files::serve(texts.executable());
        libraries::serve(&config.native_loading);
        start::install_importer(&config, role, &texts)?;
        start::initialize(&config, role, &texts)?;
        spawns::watch(texts.into_executable(), role, &config.run);
        // SAFETY: this thread has just started the interpreter and is attached to it.
        let thread = unsafe { PyEval_SaveThread() };
        let interpreter = Self { role, run: config.run, thread };
        if let Some(folder) = probe::folder(config.write_modules_directory_env.as_deref()) {
            interpreter.with_gil(|py| probe::start(py, &folder));
        }
        Ok(interpreter)
    }

    /// Runs `use_python` attached to the interpreter.
    pub fn with_gil<R>(&self, use_python: impl FnOnce(Python<'_>) -> R) -> R {
        Python::attach(use_python)
    }

    /// Runs `use_python` attached to the interpreter: [`MainPythonInterpreter::with_gil`] by the
    /// name that `pyo3` uses.
    pub fn attach<R>(&self, use_python: impl FnOnce(Python<'_>) -> R) -> R {
        Python::attach(use_python)
    }

    /// Runs what [`PythonConfig::run`] says, ends the interpreter, and returns the exit code that
    /// `python` would end with.
    ///
    /// As with `python`, an uncaught exception is printed to `sys.stderr` and gives 1, `SystemExit`
    /// gives its own code (for [`PythonRunMode::Repl`], [`PythonRunMode::Eval`] and
    /// [`PythonRunMode::File`] it ends the process on the spot), output that cannot be written at
    /// the end gives 120, and an uncaught `KeyboardInterrupt` ends the process by `SIGINT`.
    ///
    /// # Panics
    ///
    /// Inside of [`MainPythonInterpreter::with_gil`], whose Python objects would outlive the
    /// interpreter.
    #[must_use]
    pub fn run(mut self) -> i32 {
        assert!(!is_attached(), "the interpreter cannot run and end inside of with_gil");
        let mode = std::mem::replace(&mut self.run, PythonRunMode::Noop);
        self.attach_for_good();
        if self.role == Role::Python {
            return match self.with_gil(run::run_packed_script) {
                Some(outcome) => self.finish(outcome),
                None => self.run_main(),
            };
        }
        match mode {
            PythonRunMode::Noop => self.finish(run::Outcome::SUCCESS),
            PythonRunMode::Module(name) => {
                let outcome = self.with_gil(|py| run::run_module(py, &name));
                self.finish(outcome)
            }
            PythonRunMode::Script(path) => {
                let outcome = self.with_gil(|py| run::run_script(py, &path));
                self.finish(outcome)
            }
            PythonRunMode::EntryPoint(target) => {
                let outcome = self.with_gil(|py| run::run_entry_point(py, &target));
                self.finish(outcome)
            }
            PythonRunMode::Repl | PythonRunMode::Eval(_) | PythonRunMode::File(_) => {
                if mode == PythonRunMode::Repl {
                    self.with_gil(run::prepare_prompt);
                }
                self.run_main()
            }
        }
    }

    /// Runs what CPython's own configuration says, and ends the interpreter.
    fn run_main(self) -> i32 {
        std::mem::forget(self);
        // SAFETY: this thread started the interpreter and is attached to it.
        unsafe { ffi::Py_RunMain() }
    }

    /// Attaches this thread until the interpreter ends.
    fn attach_for_good(&self) {
        // SAFETY: `new` saved this state on this thread, which the type never leaves, and both
        // callers have made sure that the thread is not attached. Neither comes here twice.
        unsafe { PyEval_RestoreThread(self.thread) };
    }

    fn finish(self, outcome: run::Outcome) -> i32 {
        std::mem::forget(self);
        let flushed = finalize();
        match outcome {
            run::Outcome::Interrupted => sys::die_of_interrupt(),
            run::Outcome::Code(code) if flushed => code,
            run::Outcome::Code(_) => run::EXIT_FLUSH_FAILED,
        }
    }
}

impl Drop for MainPythonInterpreter {
    fn drop(&mut self) {
        if !is_attached() {
            self.attach_for_good();
            finalize();
        }
    }
}

/// Whether this thread is attached to the interpreter.
fn is_attached() -> bool {
    // SAFETY: may be called at any time after the interpreter has started.
    unsafe { ffi::PyGILState_Check() != 0 }
}

/// Ends the interpreter; false when output that was buffered could not be written.
fn finalize() -> bool {
    // SAFETY: only the owner of the one `MainPythonInterpreter` calls this, once, on the thread
    // that started it, after `attach_for_good`; nothing on this thread's stack uses Python.
    unsafe { Py_FinalizeEx() == 0 }
}
