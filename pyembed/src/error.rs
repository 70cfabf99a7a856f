//! Why an interpreter did not start.

use std::ffi::NulError;
use std::path::PathBuf;

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
    /// The process has another Python than that of this executable or shared library.
    #[error(
        "this process already runs the Python of {place}; two of them would share signals, libraries and the process's \
         environment, so there is one for each process"
    )]
    OtherPython {
        /// The file that has it, or the executable.
        place: String,
    },
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
    /// The program was built without the allocator that was packed as a setting.
    #[error(
        "this program has no allocator {name:?}, which [allocator] names; enable the feature of that name of `pyembed`"
    )]
    Allocator {
        /// The allocator's name in the TOML file.
        name: String,
    },
    /// A text of the configuration holds a NUL byte, which C cannot represent.
    #[error("{what} holds a NUL byte")]
    Nul {
        /// Which text.
        what: &'static str,
        /// Where the byte is.
        source: NulError,
    },
    /// What was packed and added by [`PythonConfig::resources`](crate::PythonConfig::resources) cannot be read.
    #[error("the packed resources `{name}` cannot be read: {source}")]
    AddedResources {
        /// Their file, or their name.
        name: String,
        /// What is wrong with them.
        source: FormatError,
    },
    /// The file with added resources cannot be opened.
    #[error("cannot open the packed resources `{}`: {source}", path.display())]
    ResourcesFile {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Added resources were made for another Python than the executable's.
    #[error(
        "the packed resources `{name}` are for Python {found}, and this executable has Python {expected}; make them with \
         version = \"{expected}\" in [python_distribution]"
    )]
    ResourcesPython {
        /// Their file, or their name.
        name: String,
        /// The release that they are for.
        found: String,
        /// The executable's release.
        expected: String,
    },
    /// Added resources have a name that they cannot have.
    #[error("packed resources cannot have the name `{name}`: {problem}")]
    ResourcesName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
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
    /// An option of the interpreter cannot be what it is set to.
    #[error("the interpreter's option {name} cannot be {value:?}; it has to be {expected}")]
    OptionValue {
        /// The option, a field of [`InterpreterOptions`](crate::InterpreterOptions).
        name: &'static str,
        /// What it is set to.
        value: String,
        /// What it can be, in words.
        expected: String,
    },
    /// This release of CPython does not have an option of the interpreter, or a value of it.
    #[error(
        "the interpreter's option {name} needs CPython 3.{since} as it is set; this is CPython 3.{release}"
    )]
    OptionRelease {
        /// The option, a field of [`InterpreterOptions`](crate::InterpreterOptions).
        name: &'static str,
        /// Minor version of the first release that has it.
        since: u8,
        /// Minor version of this release.
        release: u8,
    },
    /// Two options of the interpreter say the contrary of one another, or the same thing twice.
    #[error("the interpreter's options `{first}` and `{second}` exclude one another")]
    OptionConflict {
        /// One option, with its value.
        first: String,
        /// The other, with its value.
        second: String,
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
