//! Starting and ending the one interpreter of a process.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::ffi::CStr;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi::{
    Py_FinalizeEx, Py_IsInitialized, PyEval_RestoreThread, PyEval_SaveThread, PyGILState_Ensure,
    PyGILState_Release, PyThreadState,
};
use pyo3::prelude::*;

use crate::calls::{self, Call};
use crate::config::{PythonConfig, PythonRunMode};
use crate::run::Outcome;
use crate::start::{self, Role};
use crate::{Error, ffi, files, libraries, probe, processor, run, sources, spawns, sys, trace};

/// The Python interpreter of this process.
///
/// There is one in the lifetime of a process: extension modules keep state that cannot be set up twice. The thread that
/// starts it is Python's main thread, the one that signals are handled on. Between calls no thread is attached to the
/// interpreter; each attaches with [`Interpreter::attach`] or [`Python::attach`].
///
/// Dropping it waits for Python's non-daemon threads, runs what was registered with `atexit` and writes out what is
/// buffered. It does not take the interpreter down, so Python objects, exceptions among them, and other threads can go on
/// to use it. That happens at the end of [`main()`](crate::main()) and [`Interpreter::run`] alone, after which nothing can: see
/// there.
#[derive(Debug)]
pub struct Interpreter {
    role: Role,
    run: PythonRunMode,
}

/// The [`Interpreter`], by the name that it has in PyOxidizer.
pub type MainPythonInterpreter = Interpreter;

/// Whether this process has or had an interpreter.
static STARTED: AtomicBool = AtomicBool::new(false);

/// That of [`Interpreter::get_or_start`].
static SHARED: OnceLock<Result<Interpreter, Error>> = OnceLock::new();

thread_local! {
    /// In the thread that started the interpreter, its state while it is not attached.
    static MAIN_THREAD: Cell<*mut PyThreadState> = const { Cell::new(ptr::null_mut()) };
}

impl Interpreter {
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
            Call::Application(config) => Self::embedded(config),
            Call::Python(_) => Err(Error::InterpreterCall),
        }
    }

    /// The interpreter that all parts of the program share, started by the first call: in tests, which run on many
    /// threads, and in libraries.
    ///
    /// It lives as long as the process. Called on the main thread of the process, it is started there; otherwise on a thread
    /// of its own, which waits from then on: the calling one may end.
    ///
    /// ```no_run
    /// # use pyembed::Interpreter;
    /// #[test]
    /// fn python_counts() {
    ///     let interpreter = Interpreter::get_or_start().unwrap();
    ///     let sum: u32 = interpreter.attach(|py| py.eval(c"sum(range(4))", None, None).unwrap().extract().unwrap());
    ///     assert_eq!(sum, 6);
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Interpreter::new`]; the first answer is kept.
    pub fn get_or_start() -> Result<&'static Self, &'static Error> {
        Self::get_or_start_with(PythonConfig::packed)
    }

    /// As [`Interpreter::get_or_start`], with a configuration of the caller's, who is asked for it by the first call.
    ///
    /// # Errors
    ///
    /// As [`Interpreter::new`], and those of `config`; the first answer is kept.
    pub fn get_or_start_with(
        config: impl FnOnce() -> Result<PythonConfig, Error>,
    ) -> Result<&'static Self, &'static Error> {
        SHARED
            .get_or_init(|| {
                let config = config()?;
                if sys::is_main_thread() {
                    return Self::new(config);
                }
                let (sender, receiver) = std::sync::mpsc::channel();
                let start = move || {
                    // Somebody waits for it.
                    let _ = sender.send(Self::new(config));
                    loop {
                        std::thread::park();
                    }
                };
                let thread = std::thread::Builder::new().name("python".to_owned()).spawn(start);
                thread.map_err(|source| Error::Thread { source })?;
                receiver.recv().unwrap_or(Err(Error::SecondInterpreter))
            })
            .as_ref()
    }

    /// Starts the interpreter for Rust code, which can use it on any thread.
    pub(crate) fn embedded(config: PythonConfig) -> Result<Self, Error> {
        let interpreter = Self::start(config, Role::Application)?;
        attach_new(|py| {
            // SAFETY: the thread is attached, and no code has run yet that could register anything.
            if unsafe { ffi::pyembed_guard_end() } == 0 {
                return Ok(());
            }
            let message = PyErr::fetch(py).value(py).to_string();
            Err(Error::Python { stage: "preparing its end".to_owned(), message })
        })?;
        Ok(interpreter)
    }

    /// Starts the interpreter in one of its roles.
    pub(crate) fn start(mut config: PythonConfig, role: Role) -> Result<Self, Error> {
        processor::check()?;
        config.ignore_environment |= sys::is_privileged();
        let further = sources::open(&config.resources)?;
        let texts = start::Texts::new(&config, &further, role)?;
        // SAFETY: `Py_IsInitialized` may be called at any time.
        let foreign = unsafe { Py_IsInitialized() != 0 };
        if foreign || STARTED.swap(true, Ordering::SeqCst) {
            return Err(Error::SecondInterpreter);
        }
        claim_process()?;
        sources::add(further);
        trace::begin(role);
        files::serve(texts.executable());
        libraries::serve(&config.native_loading);
        start::install_importer(&config, role, &texts)?;
        start::initialize(&config, role, &texts)?;
        spawns::watch(texts.into_executable(), role, &config.run);
        // SAFETY: this thread has just started the interpreter and is attached to it.
        MAIN_THREAD.set(unsafe { PyEval_SaveThread() });
        let interpreter = Self { role, run: config.run };
        if let Some(folder) = probe::folder(config.write_modules_directory_env.as_deref()) {
            attach_new(|py| probe::start(py, &folder));
        }
        Ok(interpreter)
    }

    /// Runs `use_python` attached to the interpreter.
    pub fn attach<R>(&self, use_python: impl FnOnce(Python<'_>) -> R) -> R {
        Python::attach(use_python)
    }

    /// [`Interpreter::attach`], by the name that it has in PyOxidizer.
    pub fn with_gil<R>(&self, use_python: impl FnOnce(Python<'_>) -> R) -> R {
        self.attach(use_python)
    }

    /// Runs what [`PythonConfig::run`] says, ends the interpreter, and returns the exit code that
    /// `python` would end with.
    ///
    /// As with `python`, an uncaught exception is printed to `sys.stderr` and gives 1, `SystemExit`
    /// gives its own code (for [`PythonRunMode::Repl`], [`PythonRunMode::Eval`] and
    /// [`PythonRunMode::File`] it ends the process on the spot), output that cannot be written at
    /// the end gives 120, and an uncaught `KeyboardInterrupt` ends the process by `SIGINT`.
    ///
    /// After the end, nothing can run Python code. Another thread that comes to it waits until the process ends; on this
    /// thread it ends the process with a message and the exit code 1. Exceptions are printed by Python code: none may be left to
    /// print.
    ///
    /// # Panics
    ///
    /// Inside of [`Interpreter::attach`], whose Python objects would outlive the interpreter, and on another thread than the
    /// one that started it.
    #[must_use]
    pub fn run(mut self) -> i32 {
        let mode = std::mem::replace(&mut self.run, PythonRunMode::Noop);
        self.attach_for_good();
        if self.role == Role::Python {
            return match self.attach(run::run_packed_script) {
                Some(outcome) => self.finish_code(outcome),
                None => self.run_main(),
            };
        }
        match mode {
            PythonRunMode::Noop => self.finish(Outcome::SUCCESS),
            PythonRunMode::Module(name) => {
                let outcome = self.attach(|py| run::run_module(py, &name));
                self.finish_code(outcome)
            }
            PythonRunMode::Script(path) => {
                let outcome = self.attach(|py| run::run_script(py, &path));
                self.finish_code(outcome)
            }
            PythonRunMode::EntryPoint(target) => {
                let outcome = self.attach(|py| run::run_entry_point(py, &target));
                self.finish_code(outcome)
            }
            PythonRunMode::Repl | PythonRunMode::Eval(_) | PythonRunMode::File(_) => {
                if mode == PythonRunMode::Repl {
                    self.attach(run::prepare_prompt);
                }
                self.run_main()
            }
        }
    }

    /// Ends the interpreter of a program that ended so, and gives its exit code.
    pub(crate) fn end(self, outcome: Outcome) -> i32 {
        self.attach_for_good();
        self.finish(outcome)
    }

    /// Runs what CPython's own configuration says, and ends the interpreter.
    fn run_main(self) -> i32 {
        std::mem::forget(self);
        // SAFETY: this thread started the interpreter and is attached to it.
        unsafe { ffi::Py_RunMain() }
    }

    /// Attaches this thread until the interpreter ends.
    fn attach_for_good(&self) {
        assert!(!is_attached(), "the interpreter cannot end inside of attach()");
        let thread = MAIN_THREAD.replace(ptr::null_mut());
        assert!(!thread.is_null(), "the interpreter can end only on the thread that started it");
        // SAFETY: `start` saved this state on this thread, which is not attached. The state is used once.
        unsafe { PyEval_RestoreThread(thread) };
        // Python objects that were dropped while no thread was attached are freed now, and not never.
        self.attach(|_| ());
    }

    /// Ends the interpreter after code of the application, or has a prompt follow it.
    fn finish_code(self, outcome: Outcome) -> i32 {
        // SAFETY: this thread started the interpreter and is attached to it.
        if unsafe { ffi::pyembed_begin_inspection() } == 0 {
            return self.finish(outcome);
        }
        self.attach(run::prepare_prompt);
        self.run_main()
    }

    fn finish(self, outcome: Outcome) -> i32 {
        std::mem::forget(self);
        // SAFETY: this thread started the interpreter, and `attach_for_good` has attached it; nothing on its stack uses
        // Python.
        let flushed = unsafe { Py_FinalizeEx() == 0 };
        match outcome {
            Outcome::Interrupted => sys::die_of_interrupt(),
            Outcome::Code(code) if flushed => code,
            Outcome::Code(_) => run::EXIT_FLUSH_FAILED,
        }
    }
}

/// Has this be the one Python of the process.
///
/// # Errors
///
/// [`Error::OtherPython`] when there is another one.
fn claim_process() -> Result<(), Error> {
    /// Room for a path, as `limits.h` has it on Linux.
    const LENGTH: usize = 4096;
    let mut path = [0_u8; LENGTH];
    // SAFETY: the function writes at most so many bytes.
    if unsafe { ffi::pyembed_claim_process(path.as_mut_ptr().cast(), LENGTH) } != 0 {
        let path = CStr::from_bytes_until_nul(&path).unwrap_or_default().to_string_lossy();
        let place = if path.is_empty() { "the executable".to_owned() } else { format!("`{path}`") };
        return Err(Error::OtherPython { place });
    }
    // SAFETY: the function asks the loader for nothing but to keep what it has.
    unsafe { ffi::pyembed_stay_loaded() };
    Ok(())
}

impl Drop for Interpreter {
    fn drop(&mut self) {
        if !is_attached() {
            // Inside of attach(), other threads could not go on.
            self.attach(run::end_program);
        }
    }
}

/// As [`Python::attach`], while the interpreter is being started. `pyo3` waits there for the end of a start that it has asked
/// for itself.
fn attach_new<R>(use_python: impl FnOnce(Python<'_>) -> R) -> R {
    // SAFETY: the interpreter has been initialized, and what is begun is ended on this thread. In between it is attached.
    unsafe {
        let state = PyGILState_Ensure();
        let result = use_python(Python::assume_attached());
        PyGILState_Release(state);
        result
    }
}

/// What the linker puts in the place of `Py_InitializeEx` (`pyrepackager/src/link/plan.rs`), by which `pyo3` starts the
/// interpreter in `Python::initialize()` and, with the feature `auto-initialize`, in the first [`Python::attach`]. It is
/// that of [`Interpreter::get_or_start`]. This thread is attached to it then; where it cannot be started, the process ends with the
/// reason, as CPython has it.
#[cfg(target_os = "linux")]
extern "C" fn initialize_for_pyo3(_signals: std::ffi::c_int) {
    match Interpreter::get_or_start() {
        Ok(_) => {
            // SAFETY: the interpreter has started. The caller lets go of it, as of one that it had started itself.
            let _ = unsafe { PyGILState_Ensure() };
        }
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
    }
}

/// The instruction that goes to `function`.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
macro_rules! jump {
    () => {
        "jmp {function}"
    };
}
#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
macro_rules! jump {
    () => {
        "b {function}"
    };
}

// A function that Rust lets the linker see by its name would be exported by shared libraries.
#[cfg(target_os = "linux")]
std::arch::global_asm!(
    ".pushsection .text.__wrap_Py_InitializeEx, \"ax\"",
    ".globl __wrap_Py_InitializeEx",
    ".hidden __wrap_Py_InitializeEx",
    ".type __wrap_Py_InitializeEx, @function",
    "__wrap_Py_InitializeEx:",
    jump!(),
    ".size __wrap_Py_InitializeEx, . - __wrap_Py_InitializeEx",
    ".popsection",
    function = sym initialize_for_pyo3,
);

/// Whether this thread is attached to the interpreter.
fn is_attached() -> bool {
    // SAFETY: may be called at any time after the interpreter has started.
    unsafe { ffi::PyGILState_Check() != 0 }
}
