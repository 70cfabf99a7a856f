//! Why an interpreter did not start.

use std::ffi::NulError;

use pyresources::FormatError;

use crate::resources;

/// Why an interpreter did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A process has one main interpreter in its lifetime, and had it already.
    #[error(
        "this process already has had its Python interpreter; extension modules cannot be \
         initialised twice, so there is one for each process"
    )]
    SecondInterpreter,
    /// What was packed into the executable cannot be read.
    #[error("the executable's packed Python modules cannot be read: {source}")]
    Resources {
        /// What is wrong with them.
        source: FormatError,
    },
    /// No Python modules are packed into the executable.
    #[error(
        "no Python modules are packed into this executable; where packages of a workspace have configurations of their \
         own, the build.rs of each has to call pyembed_build::link()"
    )]
    NothingPacked,
    /// The packed resources lack a part that the interpreter cannot do without.
    #[error("the executable's packed Python modules lack {name}")]
    MissingResource {
        /// What is missing.
        name: &'static str,
    },
    /// A packed setting is not one of the values that there are.
    #[error("the executable's setting {key} has the unknown value {value:?}")]
    Setting {
        /// The setting's key.
        key: &'static str,
        /// Its value.
        value: String,
    },
    /// A text of the configuration holds a NUL byte, which C cannot represent.
    #[error("{what} holds a NUL byte")]
    Nul {
        /// Which text.
        what: &'static str,
        /// Where the byte is.
        source: NulError,
    },
    /// The path of the executable cannot be found out.
    #[error("cannot find out the path of this executable: {source}")]
    Executable {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// No thread could be started for the interpreter.
    #[error("cannot start a thread for Python: {source}")]
    Thread {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A Rust module could not be added to the interpreter's table of built-in modules.
    #[error("cannot register the built-in module {name}: out of memory")]
    Inittab {
        /// The module.
        name: String,
    },
    /// A Rust module has the name of a Python module that is packed, and could not be imported.
    #[error(
        "the Rust module `{name}` has the name of a Python module that is packed, which would be imported in its place; \
         give one of them another name"
    )]
    ModuleName {
        /// The name.
        name: String,
    },
    /// The TOML file says that the application adds a Rust module, and it has not.
    #[error(
        "the Rust module `{name}` of rust_modules in [python_config] was not added; push \
         pyembed::inittab_module!({name}) to PythonConfig::modules"
    )]
    NoRustModule {
        /// The name.
        name: String,
    },
    /// The application's Python code started this process from `sys.executable` to be Python, and its
    /// `main` did not ask for that.
    #[error(
        "this process was started from sys.executable to run Python code, but the application does \
         not call pyembed::run_if_python() before it starts its own interpreter"
    )]
    InterpreterCall,
    /// `multiprocessing` started this process from `sys.executable`, and the configuration forbids
    /// that.
    #[error(
        "multiprocessing cannot start processes from this executable, which was built with \
         interpreter_mode = \"never\"; use its start method \"fork\""
    )]
    NoInterpreterMode,
    /// The process became this application again and again, and did nothing else.
    #[error(
        "this process has started the application again several times in its own place, without a \
         pause; sys.executable is the application here, not Python"
    )]
    EndlessRestarts,
    /// The interpreter's machine code needs a newer processor.
    #[error("this program is made for {level} processors, and this one lacks {missing}")]
    Processor {
        /// What it is made for: a level of the x86-64 psABI.
        level: String,
        /// Features that the processor lacks.
        missing: String,
    },
    /// CPython refused to start.
    #[error("Python failed while {stage}: {message}")]
    Python {
        /// What it was doing.
        stage: String,
        /// Its own words.
        message: String,
    },
    /// CPython asked to end the process instead of starting.
    #[error("Python asked to exit with code {code} while {stage}")]
    Exit {
        /// What it was doing.
        stage: String,
        /// The exit code.
        code: i32,
    },
}

impl From<FormatError> for Error {
    fn from(source: FormatError) -> Self {
        if resources::is_empty() { Self::NothingPacked } else { Self::Resources { source } }
    }
}
