//! What a process is started for: to be the application, or Python.
//!
//! Programs and parts of the standard library run Python code in a new process by
//! `[sys.executable, "-c", …]`. In an executable `sys.executable` is the application, whose arguments
//! are its own matter: none of them may turn it into Python. So the mark is an environment variable
//! that only such a process gets, and it is put there where this one starts it (`spawns`).
//! [`take`] removes it again, so that it reaches no further.

#![allow(unsafe_code)]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::{InterpreterMode, PythonConfig, PythonRunMode};
use crate::start;
use crate::{Error, run, spawns, sys};

/// Variables by which CPython's `getpath.py` replaces `sys.executable`, even in isolated mode. The
/// packed modules lie below that path, so nothing but this file may be there.
const REPLACES_EXECUTABLE: [&str; 2] = ["PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__"];

/// Name of the variable with the mark. Its value is that of a [`Mark`].
const VARIABLE: &str = "PYEMBED_INTERPRETER";

/// The environment variable by which programs that know PyInstaller say, with the value 1, that they want the
/// application from its beginning. PyInstaller's own executables remove it, too.
pub(crate) const RESET: &str = "PYINSTALLER_RESET_ENVIRONMENT";

/// What a process of this executable is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// To be Python.
    Python,
    /// To be Python if standard input is a pipe or a file that has code for it, and another one than that of the
    /// process that started it, given as the numbers of device and file.
    PythonWithInput { unless: Option<(u64, u64)> },
    /// To be the application, and forget the first arguments.
    Application { superfluous: usize },
}

impl Mark {
    /// The variable and its value.
    pub(crate) fn assignment(self) -> String {
        match self {
            Self::Python => format!("{VARIABLE}=1"),
            Self::PythonWithInput { unless } => {
                let (device, file) = unless.unwrap_or_default();
                format!("{VARIABLE}=input:{device}:{file}")
            }
            Self::Application { superfluous } => format!("{VARIABLE}=skip:{superfluous}"),
        }
    }

    fn parse(value: &str) -> Option<Self> {
        let (kind, rest) = value.split_once(':').unwrap_or((value, ""));
        match kind {
            "1" if rest.is_empty() => Some(Self::Python),
            "input" => {
                let (device, file) = rest.split_once(':')?;
                Some(Self::PythonWithInput {
                    unless: Some((device.parse().ok()?, file.parse().ok()?)),
                })
            }
            "skip" => Some(Self::Application { superfluous: rest.parse().ok()? }),
            _ => None,
        }
    }
}

/// Whether a line of the environment says that a process is to be the application, from its beginning.
#[cfg(target_os = "linux")]
pub(crate) fn is_reset(line: &[u8]) -> bool {
    line.strip_prefix(RESET.as_bytes()) == Some(b"=1")
}

/// Whether a line of the environment, `NAME=VALUE`, is one that tells a process what it is.
#[cfg(target_os = "linux")]
pub(crate) fn is_own_variable(line: &[u8]) -> bool {
    let name = line.split(|byte| *byte == b'=').next().unwrap_or_default();
    name == VARIABLE.as_bytes() || name == spawns::Restarts::VARIABLE.as_bytes()
}

/// How the code begins that `multiprocessing`, and packages that began as copies of it, start in workers and helpers.
const HELPER_CODE: [&str; 3] = ["from multiprocessing.", "from multiprocess.", "from billiard."];

/// Runs Python, if the application's own Python code started this process for that, and gives the
/// exit code.
///
/// Python code starts processes from `sys.executable`, which is this executable: `multiprocessing`
/// does, and many programs do. A Rust application calls this first, if it looks at its arguments before
/// [`main`](crate::main()), [`run`](crate::run()) and their like, which do it themselves.
///
/// ```no_run
/// # use std::process::ExitCode;
/// fn main() -> ExitCode {
///     if let Some(code) = pyembed::run_if_python() {
///         return code;
///     }
///     // … the application
/// #   ExitCode::SUCCESS
/// }
/// ```
#[must_use]
pub fn run_if_python() -> Option<ExitCode> {
    match PythonConfig::packed() {
        Ok(config) => interpreter_call(&config),
        Err(error) => Some(run::code(run::report(Err(error)))),
    }
}

/// As [`run_if_python`], with a configuration of the application's own.
#[must_use]
pub fn interpreter_call(config: &PythonConfig) -> Option<ExitCode> {
    let ended = match dispatch(config.clone()) {
        Ok(Call::Application(_)) => return None,
        Ok(Call::Python(config)) => run::run_python(config),
        Err(error) => Err(error),
    };
    Some(run::code(run::report(ended)))
}

/// What a process was started for.
pub(crate) enum Call {
    /// To be the application.
    Application(PythonConfig),
    /// To be Python.
    Python(PythonConfig),
}

/// Whether this program runs Python in the processes that its Python code starts: it has called [`dispatch`] itself.
static DISPATCHES: AtomicBool = AtomicBool::new(false);

/// Why the program cannot start Python processes, where it [`refuses_python`].
pub(crate) fn refusal() -> &'static str {
    if sys::own_library().is_some() { NO_PROGRAM } else { NOT_DISPATCHED }
}

const NO_PROGRAM: &str = "this Python is part of a shared library, so sys.executable is no program: it cannot start Python \
     processes, and multiprocessing can only use its start method \"fork\"";

const NOT_DISPATCHED: &str = "this program cannot start Python from sys.executable, as it does not call \
     pyembed::main() or pyembed::run_if_python() at its beginning; a test harness calls neither";

/// Whether the program's Python code cannot start Python processes, as they would not run Python.
pub(crate) fn refuses_python() -> bool {
    !DISPATCHES.load(Ordering::Relaxed)
}

/// As [`take`], for programs that do what this process was started for.
///
/// # Errors
///
/// As [`take`].
pub(crate) fn dispatch(config: PythonConfig) -> Result<Call, Error> {
    // No process of a program that loads a library is Python.
    DISPATCHES.store(sys::own_library().is_none(), Ordering::Relaxed);
    take(config)
}

/// Finds out what this process was started for.
///
/// # Errors
///
/// [`Error::NoInterpreterMode`] when it was started to be what the configuration does not allow, and
/// could not be anything else.
pub(crate) fn take(mut config: PythonConfig) -> Result<Call, Error> {
    if sys::own_library().is_some() {
        // Arguments and environment are those of the program that has loaded this code.
        return Ok(Call::Application(config));
    }
    let unpacked_from = take_variable(pyunpack::VARIABLE);
    if let Some(path) = unpacked_from.filter(|_| sys::is_unpacked()) {
        sys::take_over(path.into());
    }
    for name in REPLACES_EXECUTABLE {
        take_variable(name);
    }
    let is_reset = take_variable(RESET).is_some();
    count_restarts()?;
    let mark = take_variable(VARIABLE).and_then(|value| Mark::parse(value.to_str()?));
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if sys::is_privileged() {
        // Whoever starts the program sets its environment, and must not get its rights.
        return if mark.is_some() {
            application(config, &arguments)
        } else {
            Ok(Call::Application(config))
        };
    }
    let is_python = match mark {
        None => sys::python_link().is_some() || is_meant_as_python(&arguments, is_reset)?,
        Some(Mark::Python) => true,
        Some(Mark::PythonWithInput { unless }) => sys::has_input(unless),
        Some(Mark::Application { superfluous }) => {
            if config.arguments == arguments {
                leave_out(&mut config.arguments, superfluous);
            }
            return Ok(Call::Application(config));
        }
    };
    if mark.is_none() && !is_python && config.arguments == arguments {
        let superfluous = own_module_arguments(&config.run, &arguments);
        leave_out(&mut config.arguments, superfluous);
    }
    match config.interpreter_mode {
        _ if !is_python => Ok(Call::Application(config)),
        InterpreterMode::Never => application(config, &arguments),
        InterpreterMode::Auto => {
            config.arguments = arguments;
            Ok(Call::Python(config))
        }
    }
}

/// Takes out that many arguments behind the program's name, or all when there are fewer.
fn leave_out(arguments: &mut Vec<OsString>, superfluous: usize) {
    arguments.drain(1..arguments.len().min(superfluous + 1));
}

/// What arguments have Python run.
enum Operand<'a> {
    File(&'a OsString),
    Module(&'a str),
}

/// What the arguments behind the program's name have Python run, as far as a start that nobody has marked goes by them.
fn operand(arguments: &[OsString]) -> Option<Operand<'_>> {
    let mut rest = arguments.iter().skip(1);
    loop {
        let argument = rest.next()?;
        match argument.to_str() {
            // Their values follow.
            Some("-X" | "-W") => drop(rest.next()),
            Some("-m") => return Some(Operand::Module(rest.next()?.to_str()?)),
            Some(option) if option.starts_with("-m") => return Some(Operand::Module(&option[2..])),
            Some(option) if option.starts_with('-') => {}
            _ => return Some(Operand::File(argument)),
        }
    }
}

/// Whether Python is meant, though nobody has marked this process: programs hand `sys.executable` to others that start
/// Python by it.
///
/// They have it run the path of a packed file, as ray's do; or a packed module, as pyspark has Java do, where a process of
/// this executable is an ancestor ([`sys::is_below_own_process`]) and has not asked for the application.
fn is_meant_as_python(arguments: &[OsString], is_reset: bool) -> Result<bool, Error> {
    Ok(match operand(arguments) {
        Some(Operand::File(path)) => is_packed_file(Path::new(path)),
        Some(Operand::Module(name)) => {
            !is_reset && is_packed_module(name)? && sys::is_below_own_process()
        }
        None => false,
    })
}

fn is_packed_file(path: &Path) -> bool {
    // Every start comes here.
    let executable = if path.is_absolute() { sys::executable_path().ok() } else { None };
    let below = executable.as_ref().and_then(|executable| path.strip_prefix(executable).ok());
    below.is_some_and(|below| below != Path::new(""))
}

fn is_packed_module(name: &str) -> Result<bool, Error> {
    if name.is_empty() {
        return Ok(false);
    }
    start::packed_module(name, |_| true)
}

/// How many arguments say nothing but that the application's own module is to be run: `-m NAME` or `-mNAME`. Programs write
/// `sys.executable` and these into files that others run later, as pre-commit does into Git's hooks.
fn own_module_arguments(run: &PythonRunMode, arguments: &[OsString]) -> usize {
    let module = match run {
        PythonRunMode::EntryPoint(target) => target.split([':', '.']).next().unwrap_or(target),
        PythonRunMode::Module(name) => name,
        _ => return 0,
    };
    let text = |index: usize| arguments.get(index).and_then(|argument| argument.to_str());
    match text(1).and_then(|first| first.strip_prefix("-m")) {
        Some("") if text(2) == Some(module) => 2,
        Some(name) if name == module => 1,
        _ => 0,
    }
}

/// How often this process has become the application again.
#[cfg(target_os = "linux")]
static RESTARTS: std::sync::OnceLock<spawns::Restarts> = std::sync::OnceLock::new();

/// How often this process has become the application again, if it has.
#[cfg(target_os = "linux")]
pub(crate) fn restarts() -> Option<spawns::Restarts> {
    RESTARTS.get().copied()
}

/// Notices a process that does nothing but become itself again.
#[cfg(target_os = "linux")]
fn count_restarts() -> Result<(), Error> {
    let value = take_variable(spawns::Restarts::VARIABLE);
    let Some(restarts) = value.and_then(|value| spawns::Restarts::parse(value.to_str()?)) else {
        return Ok(());
    };
    if restarts.are_endless() {
        return Err(Error::EndlessRestarts);
    }
    // There is one start in a process.
    let _ = RESTARTS.set(restarts);
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn count_restarts() -> Result<(), Error> {
    Ok(())
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
    let is_code = |text: &str| HELPER_CODE.iter().any(|start| text.starts_with(start));
    arguments.iter().any(|argument| is_code(&argument.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_applications_own_module_is_the_application() {
        let count = |target: &str, arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            own_module_arguments(&PythonRunMode::EntryPoint(target.to_owned()), &arguments)
        };
        assert_eq!(count("pre_commit.main:main", &["app", "-mpre_commit", "hook"]), 1);
        assert_eq!(count("pre_commit:main", &["app", "-m", "pre_commit"]), 2);
        for arguments in [&["app"][..], &["app", "-m"], &["app", "-m", "other"], &["app", "x"]] {
            assert_eq!(count("pre_commit:main", arguments), 0, "{arguments:?}");
        }
    }

    #[test]
    fn marks_are_read_as_they_are_written() {
        for mark in [
            Mark::Python,
            Mark::PythonWithInput { unless: Some((1, 2)) },
            Mark::Application { superfluous: 3 },
        ] {
            let assignment = mark.assignment();
            let (_, value) = assignment.split_once('=').unwrap();
            assert_eq!(Mark::parse(value), Some(mark));
        }
        for value in ["", "0", "2", "skip:", "skip:-1", "input:1"] {
            assert_eq!(Mark::parse(value), None, "{value}");
        }
    }
}
