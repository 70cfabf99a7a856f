//! How the interpreter is set up and what it runs.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString, OsString};

use pyo3::ffi::PyObject;
use pyresources::{Resources, setting};

use crate::allocator::{Allocator, AllocatorBackend};
use crate::options::InterpreterOptions;
use crate::{Error, PackedResources, resources, sys};

/// How the interpreter is set up and what it runs.
///
/// [`PythonConfig::packed`] gives what the TOML file said that the executable was built from;
/// [`PythonConfig::default`] gives the defaults of that file's format. Each field has a method that sets it:
///
/// ```no_run
/// # use pyembed::{Error, Interpreter, PythonConfig};
/// # fn start() -> Result<Interpreter, Error> {
/// let config = PythonConfig::packed()?
///     .arguments(["app", "x"])
///     .dev_mode(true)
///     .warn_options(["error::ResourceWarning"])
///     .tracemalloc(10);
/// Interpreter::new(config)
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PythonConfig {
    /// `PyConfig.program_name`; the executable's path when `None`.
    pub program_name: Option<String>,
    /// Arguments, the program's name first: `sys.argv`. Those of the process by default; in a shared library, none.
    pub arguments: Vec<OsString>,
    /// What `-O` (1) and `-OO` (2) set for code that is compiled at run time.
    pub optimize_level: u8,
    /// `sys.dont_write_bytecode`.
    pub dont_write_bytecode: bool,
    /// Whether `PYTHON*` environment variables are ignored.
    pub ignore_environment: bool,
    /// Whether `site` is not imported at start.
    pub no_site: bool,
    /// Whether the user's site directory is left out.
    pub no_user_site_directory: bool,
    /// Whether the standard streams are unbuffered.
    pub unbuffered_stdio: bool,
    /// Codec and error handler of the standard streams. When `None`, UTF-8, which refuses what is
    /// none except where the locale is `C` or unset; with the environment heeded, as the locale
    /// says.
    pub stdio_encoding: Option<StdioEncoding>,
    /// Whether folders and archives of the machine that the program adds to `sys.path` or to a package's `__path__` are
    /// searched for modules, by `zipimport` and CPython's own finder of files.
    pub filesystem_importer: bool,
    /// What follows the packed modules on `sys.path`; implies `filesystem_importer` unless empty.
    /// `$ORIGIN` at the start of an entry stands for the folder of the executable.
    pub sys_paths: Vec<String>,
    /// Whether a process that Python code starts from `sys.executable` is Python.
    pub interpreter_mode: InterpreterMode,
    /// Name of an environment variable. Where it is set at the start, the names of all loaded modules
    /// are written at the end, into a file in the folder that it names.
    pub write_modules_directory_env: Option<String>,
    /// Where packed shared libraries, extension modules among them, are loaded from.
    pub native_loading: NativeLoading,
    /// Which allocator serves Python's memory.
    pub allocator: Allocator,
    /// What [`run`](crate::run) does.
    pub run: PythonRunMode,
    /// Modules written in Rust (or C) that Python code can import.
    pub modules: Vec<InittabModule>,
    /// Further fields of CPython's `PyPreConfig` and `PyConfig`.
    pub options: InterpreterOptions,
    /// Further packed modules and files, behind those of the executable.
    pub resources: Vec<PackedResources>,
}

/// Codec and error handler of the standard streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StdioEncoding {
    /// A codec's name, such as `utf-8`.
    pub encoding: String,
    /// An error handler's name, such as `strict` or `surrogateescape`.
    pub errors: String,
}

/// Whether a process that Python code starts from `sys.executable` is Python.
///
/// See [`interpreter_call`](crate::interpreter_call).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InterpreterMode {
    /// It is Python, unless it has the application's own arguments.
    #[default]
    Auto,
    /// It is the application like any other; what `multiprocessing` starts that way ends with an
    /// error.
    Never,
}

/// Where packed shared libraries are loaded from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NativeLoading {
    /// From memory: nothing is written to disk.
    #[default]
    Memory,
    /// From a cache that processes of a user share, where each is written when it is not there; from
    /// memory when the cache cannot be used.
    Cache {
        /// The folder, `~/` at its start standing for the user's home; `None` for
        /// `pyoxidizer/native` in the user's folder of caches.
        folder: Option<String>,
    },
    /// From the folder beside the executable that has its name and `.libs`.
    Files,
}

/// What an application runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PythonRunMode {
    /// An interactive prompt, or the program on standard input when that is no terminal.
    #[default]
    Repl,
    /// As `python -m NAME`.
    Module(String),
    /// As `python FILE`, with a packed script, by its path below the executable's own.
    Script(String),
    /// As a console script that calls a function, `MODULE:OBJECT`.
    EntryPoint(String),
    /// As `python -c CODE`.
    Eval(String),
    /// As `python PATH`.
    File(String),
    /// Nothing: the program drives the interpreter itself.
    Noop,
}

/// A module that is compiled into the program, for [`PythonConfig::modules`].
///
/// Made with [`inittab_module!`](crate::inittab_module) from a `#[pymodule]` of `pyo3`.
#[derive(Clone, Debug)]
pub struct InittabModule {
    pub(crate) name: CString,
    pub(crate) initialize: unsafe extern "C" fn() -> *mut PyObject,
}

impl InittabModule {
    /// A module by its name and its `PyInit_…` function.
    ///
    /// # Safety
    ///
    /// `initialize` must be what CPython's documentation asks of an extension module's
    /// initialisation function: called while attached, it returns a new reference to a module or a
    /// `PyModuleDef`, or NULL with an exception set.
    #[must_use]
    pub unsafe fn new(name: &CStr, initialize: unsafe extern "C" fn() -> *mut PyObject) -> Self {
        Self { name: name.to_owned(), initialize }
    }

    /// For [`inittab_module!`](crate::inittab_module) alone, which gives what `#[pymodule]` has generated: so the
    /// macro can be used where `unsafe` is forbidden.
    #[doc(hidden)]
    #[must_use]
    pub fn of_pymodule(name: &CStr, initialize: unsafe extern "C" fn() -> *mut PyObject) -> Self {
        Self { name: name.to_owned(), initialize }
    }

    /// The same module by another name: `app.engine` is a part of the package `app`.
    ///
    /// # Errors
    ///
    /// [`Error::Nul`] when the name has a NUL byte.
    pub fn named(mut self, name: &str) -> Result<Self, Error> {
        let name = CString::new(name);
        self.name = name.map_err(|source| Error::Nul { what: "a module's name", source })?;
        Ok(self)
    }
}

/// The [`InittabModule`] of a `#[pymodule]`, given by its path in Rust.
///
/// ```ignore
/// #[pyo3::pymodule]
/// mod engine { /* … */ }
///
/// let mut config = PythonConfig::packed()?;
/// config.modules.push(pyembed::inittab_module!(engine));
/// ```
#[macro_export]
macro_rules! inittab_module {
    ($($module:ident)::+) => {
        $crate::InittabModule::of_pymodule(
            $($module)::+::__PYO3_NAME,
            $($module)::+::__pyo3_init,
        )
    };
}

impl Default for PythonConfig {
    fn default() -> Self {
        Self {
            program_name: None,
            arguments: match sys::own_library() {
                Some(_) => Vec::new(),
                None => std::env::args_os().collect(),
            },
            optimize_level: 0,
            dont_write_bytecode: true,
            ignore_environment: true,
            no_site: true,
            no_user_site_directory: true,
            unbuffered_stdio: false,
            stdio_encoding: None,
            filesystem_importer: true,
            sys_paths: Vec::new(),
            interpreter_mode: InterpreterMode::default(),
            write_modules_directory_env: None,
            native_loading: NativeLoading::default(),
            allocator: Allocator::default(),
            run: PythonRunMode::default(),
            modules: Vec::new(),
            options: InterpreterOptions::default(),
            resources: Vec::new(),
        }
    }
}

impl PythonConfig {
    /// What the TOML file said that this executable was built from.
    ///
    /// # Errors
    ///
    /// [`Error::Resources`] or [`Error::Setting`] when the executable is damaged.
    pub fn packed() -> Result<Self, Error> {
        let settings = Settings(resources::packed()?);
        let defaults = Self::default();
        let stdio_encoding = match (
            settings.text(setting::STDIO_ENCODING)?,
            settings.text(setting::STDIO_ERRORS)?,
        ) {
            (Some(encoding), Some(errors)) => Some(StdioEncoding { encoding, errors }),
            _ => None,
        };
        Ok(Self {
            program_name: settings.text(setting::PROGRAM_NAME)?,
            optimize_level: settings.digit(setting::OPTIMIZE_LEVEL)?,
            dont_write_bytecode: settings.switch(setting::DONT_WRITE_BYTECODE)?,
            ignore_environment: settings.switch(setting::IGNORE_ENVIRONMENT)?,
            no_site: settings.switch(setting::NO_SITE)?,
            no_user_site_directory: settings.switch(setting::NO_USER_SITE_DIRECTORY)?,
            unbuffered_stdio: settings.switch(setting::UNBUFFERED_STDIO)?,
            stdio_encoding,
            filesystem_importer: settings.switch(setting::FILESYSTEM_IMPORTER)?,
            sys_paths: settings.lines(setting::SYS_PATHS)?,
            interpreter_mode: settings.interpreter_mode()?,
            write_modules_directory_env: settings.text(setting::WRITE_MODULES_DIRECTORY_ENV)?,
            native_loading: settings.native_loading()?,
            allocator: settings.allocator()?,
            run: settings.run_mode()?,
            options: settings.options()?,
            ..defaults
        })
    }
}

/// The settings among the packed resources.
struct Settings<'a>(&'a Resources<'a>);

impl Settings<'_> {
    fn text(&self, key: &'static str) -> Result<Option<String>, Error> {
        let value = self.0.setting(key)?;
        Ok(value.map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    }

    fn digit(&self, key: &'static str) -> Result<u8, Error> {
        let Some(value) = self.text(key)? else {
            return Err(Error::MissingResource { name: key });
        };
        value.parse().ok().filter(|level| *level <= 2).ok_or(Error::Setting { key, value })
    }

    fn switch(&self, key: &'static str) -> Result<bool, Error> {
        match self.text(key)?.as_deref() {
            Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(value) => Err(Error::Setting { key, value: value.to_owned() }),
            None => Err(Error::MissingResource { name: key }),
        }
    }

    fn lines(&self, key: &'static str) -> Result<Vec<String>, Error> {
        let text = self.text(key)?.unwrap_or_default();
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn options(&self) -> Result<InterpreterOptions, Error> {
        match self.text(setting::OPTIONS)? {
            Some(lines) => InterpreterOptions::from_setting(&lines),
            None => Ok(InterpreterOptions::default()),
        }
    }

    fn interpreter_mode(&self) -> Result<InterpreterMode, Error> {
        let key = setting::INTERPRETER_MODE;
        match self.text(key)?.as_deref() {
            Some(setting::INTERPRETER_MODE_AUTO) => Ok(InterpreterMode::Auto),
            Some(setting::INTERPRETER_MODE_NEVER) => Ok(InterpreterMode::Never),
            Some(value) => Err(Error::Setting { key, value: value.to_owned() }),
            None => Err(Error::MissingResource { name: key }),
        }
    }

    fn native_loading(&self) -> Result<NativeLoading, Error> {
        let key = setting::NATIVE_LOAD;
        match self.text(key)?.as_deref() {
            Some(setting::NATIVE_LOAD_MEMORY) => Ok(NativeLoading::Memory),
            Some(setting::NATIVE_LOAD_CACHE) => {
                Ok(NativeLoading::Cache { folder: self.text(setting::NATIVE_CACHE_DIR)? })
            }
            Some(setting::NATIVE_LOAD_FILES) => Ok(NativeLoading::Files),
            Some(value) => Err(Error::Setting { key, value: value.to_owned() }),
            None => Err(Error::MissingResource { name: key }),
        }
    }

    fn allocator(&self) -> Result<Allocator, Error> {
        let name = setting::ALLOCATOR_BACKEND;
        let backend = self.text(name)?.ok_or(Error::MissingResource { name })?;
        Ok(Allocator {
            backend: AllocatorBackend::of_name(&backend)
                .ok_or(Error::Allocator { name: backend })?,
            raw: self.switch(setting::ALLOCATOR_RAW)?,
            mem: self.switch(setting::ALLOCATOR_MEM)?,
            obj: self.switch(setting::ALLOCATOR_OBJ)?,
            arenas: self.switch(setting::ALLOCATOR_ARENAS)?,
            debug: self.switch(setting::ALLOCATOR_DEBUG)?,
        })
    }

    fn run_mode(&self) -> Result<PythonRunMode, Error> {
        let mode = self.text(setting::RUN_MODE)?.unwrap_or_default();
        let argument = || {
            let name = setting::RUN_ARGUMENT;
            self.text(name)?.ok_or(Error::MissingResource { name })
        };
        Ok(match mode.as_str() {
            setting::RUN_MODE_REPL => PythonRunMode::Repl,
            setting::RUN_MODE_MODULE => PythonRunMode::Module(argument()?),
            setting::RUN_MODE_SCRIPT => PythonRunMode::Script(argument()?),
            setting::RUN_MODE_ENTRY_POINT => PythonRunMode::EntryPoint(argument()?),
            setting::RUN_MODE_EVAL => PythonRunMode::Eval(argument()?),
            setting::RUN_MODE_FILE => PythonRunMode::File(argument()?),
            setting::RUN_MODE_NOOP => PythonRunMode::Noop,
            _ => return Err(Error::Setting { key: setting::RUN_MODE, value: mode }),
        })
    }
}
