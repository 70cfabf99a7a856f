//! Starting and ending the one interpreter of a process.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsString, c_char, c_int};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::Python;
use pyo3::ffi::{
    Py_FinalizeEx, Py_IsInitialized, PyEval_RestoreThread, PyEval_SaveThread,
    PyImport_AppendInittab, PyThreadState,
};
use pyresources::{Role, setting};

use crate::config::{PythonConfig, PythonRunMode};
use crate::{Error, ffi, importer, resources, run, sys};

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
    /// [`Error::SecondInterpreter`] when there is or was one; anything else when CPython or what
    /// is packed into the executable cannot be used. After any error but `SecondInterpreter` and
    /// those that [`PythonConfig`] is to blame for, starting again in this process fails too.
    pub fn new(config: PythonConfig) -> Result<Self, Error> {
        let texts = Texts::new(&config)?;
        // SAFETY: `Py_IsInitialized` may be called at any time.
        let foreign = unsafe { Py_IsInitialized() != 0 };
        if foreign || STARTED.swap(true, Ordering::SeqCst) {
            return Err(Error::SecondInterpreter);
        }
        install_importer()?;
        for module in &config.modules {
            append_inittab(&module.name, module.initialize)?;
        }
        initialize(&config, &texts)?;
        // SAFETY: this thread has just started the interpreter and is attached to it.
        let thread = unsafe { PyEval_SaveThread() };
        Ok(Self { run: config.run, thread })
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
        match mode {
            PythonRunMode::Noop => self.finish(run::Outcome::SUCCESS),
            PythonRunMode::Module(name) => {
                let outcome = self.with_gil(|py| run::run_module(py, &name));
                self.finish(outcome)
            }
            PythonRunMode::Repl | PythonRunMode::Eval(_) | PythonRunMode::File(_) => {
                match mode {
                    PythonRunMode::Repl => self.with_gil(run::prepare_prompt),
                    PythonRunMode::File(_) => self.with_gil(run::prepare_file),
                    _ => {}
                }
                // `Py_RunMain` ends the interpreter itself.
                std::mem::forget(self);
                // SAFETY: this thread started the interpreter and is attached to it.
                unsafe { ffi::Py_RunMain() }
            }
        }
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

/// Puts the packed importer in the place of CPython's path-based one.
fn install_importer() -> Result<(), Error> {
    let packed = resources::packed()?;
    let name = setting::BOOTSTRAP_MODULE;
    let missing = Error::MissingResource { name };
    let Some(entry) = packed.module(name)? else { return Err(missing) };
    let Some(code) = entry.get(Role::Bytecode)? else { return Err(missing) };
    let c_name = CString::new(name).map_err(|source| Error::Nul { what: name, source })?;
    let length = c_int::try_from(code.len()).map_err(|_| Error::MissingResource { name })?;
    // SAFETY: no interpreter runs yet, and `code` lives as long as the process.
    let replaced =
        unsafe { ffi::pyembed_replace_bootstrap(c_name.as_ptr(), code.as_ptr(), length) };
    if replaced != 0 {
        return Err(missing);
    }
    append_inittab(importer::NAME, importer::initialize)
}

fn append_inittab(
    name: &CStr,
    initialize: unsafe extern "C" fn() -> *mut pyo3::ffi::PyObject,
) -> Result<(), Error> {
    // CPython keeps the pointer to the name for good.
    let kept = name.to_owned().into_raw();
    // SAFETY: no interpreter runs yet; the name was leaked above and the function is static.
    if unsafe { PyImport_AppendInittab(kept, Some(initialize)) } != 0 {
        return Err(Error::Inittab { name: name.to_string_lossy().into_owned() });
    }
    Ok(())
}

/// The configuration's texts as C wants them.
struct Texts {
    program_name: Option<CString>,
    executable: CString,
    prefix: CString,
    stdio: Option<(CString, CString)>,
    argument: Option<CString>,
    arguments: Vec<CString>,
}

impl Texts {
    fn new(config: &PythonConfig) -> Result<Self, Error> {
        fn text(what: &'static str, bytes: impl Into<Vec<u8>>) -> Result<CString, Error> {
            CString::new(bytes).map_err(|source| Error::Nul { what, source })
        }
        let os_text = |what, value: OsString| text(what, sys::os_bytes(value));

        let executable = sys::executable_path().map_err(|source| Error::Executable { source })?;
        let prefix = executable.parent().unwrap_or(&executable).to_owned();
        let argument = match &config.run {
            PythonRunMode::Module(argument)
            | PythonRunMode::Eval(argument)
            | PythonRunMode::File(argument) => {
                Some(text("what the application runs", &**argument)?)
            }
            PythonRunMode::Repl | PythonRunMode::Noop => None,
        };
        let mut arguments = config.arguments.clone();
        if let PythonRunMode::File(path) = &config.run {
            // As with `python FILE`, the file is the program.
            arguments.splice(..arguments.len().min(1), [path.into()]);
        }
        Ok(Self {
            program_name: config
                .program_name
                .as_ref()
                .map(|name| text("program_name", &**name))
                .transpose()?,
            executable: os_text("the executable's path", executable.into())?,
            prefix: os_text("the executable's path", prefix.into())?,
            stdio: match &config.stdio_encoding {
                Some(stdio) => Some((
                    text("stdio_encoding", &*stdio.encoding)?,
                    text("stdio_encoding", &*stdio.errors)?,
                )),
                None if config.ignore_environment && has_locale() => {
                    Some((c"utf-8".into(), c"strict".into()))
                }
                None => None,
            },
            argument,
            arguments: arguments
                .into_iter()
                .map(|argument| os_text("an argument", argument))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Whether the environment names a locale under which `python` refuses what is no UTF-8.
///
/// CPython's UTF-8 mode lets such bytes pass through the standard streams (`surrogateescape`). So
/// does `python` where the locale is `C` or unset, and in the locales that it then puts in its
/// place (PEP 538); elsewhere it is strict.
fn has_locale() -> bool {
    const LENIENT: [&str; 5] = ["C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"];
    let named = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    named.is_some_and(|locale| LENIENT.iter().all(|lenient| locale != *lenient))
}

fn initialize(config: &PythonConfig, texts: &Texts) -> Result<(), Error> {
    let optional = |text: Option<&CString>| text.map_or(ptr::null(), |text| text.as_ptr());
    let argv: Vec<*const c_char> = texts.arguments.iter().map(|text| text.as_ptr()).collect();
    let request = ffi::Config {
        program_name: optional(texts.program_name.as_ref()),
        executable: texts.executable.as_ptr(),
        prefix: texts.prefix.as_ptr(),
        stdio_encoding: optional(texts.stdio.as_ref().map(|(encoding, _)| encoding)),
        stdio_errors: optional(texts.stdio.as_ref().map(|(_, errors)| errors)),
        run_argument: optional(texts.argument.as_ref()),
        argv: argv.as_ptr(),
        argc: argv.len() as isize,
        optimization_level: c_int::from(config.optimize_level),
        write_bytecode: c_int::from(!config.dont_write_bytecode),
        use_environment: c_int::from(!config.ignore_environment),
        site_import: c_int::from(!config.no_site),
        user_site_directory: c_int::from(!config.no_user_site_directory),
        buffered_stdio: c_int::from(!config.unbuffered_stdio),
        run: match &config.run {
            PythonRunMode::Repl => ffi::Run::Repl,
            PythonRunMode::Eval(_) => ffi::Run::Command,
            PythonRunMode::File(_) => ffi::Run::File,
            PythonRunMode::Module(_) | PythonRunMode::Noop => ffi::Run::Nothing,
        },
    };
    // SAFETY: no interpreter runs yet; every pointer is NULL or a string that ends in NUL and
    // outlives the call, and `argv` has `argc` of them.
    let status = unsafe { ffi::pyembed_initialize(&raw const request) };
    let words = |text: *const c_char| {
        if text.is_null() {
            return String::from("no reason given");
        }
        // SAFETY: CPython's and our C file's messages are static strings.
        unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
    };
    match status.kind {
        0 => Ok(()),
        1 => Err(Error::Python { stage: words(status.stage), message: words(status.message) }),
        _ => Err(Error::Exit { stage: words(status.stage), code: status.exit_code }),
    }
}
