//! Keys of the settings: `[python_config]`, `[python_run]`, `[native_libraries]` and `[allocator]` of the TOML.
//!
//! Switches are the byte `0` or `1`, the optimisation level is one ASCII digit, everything else is
//! UTF-8 text; a key without a value is absent.

/// Text: `PyConfig.program_name`.
pub const PROGRAM_NAME: &str = "program_name";
/// Digit: level of the packed bytecode and of what is compiled at run time.
pub const OPTIMIZE_LEVEL: &str = "optimize_level";
/// Switch: `sys.dont_write_bytecode`.
pub const DONT_WRITE_BYTECODE: &str = "dont_write_bytecode";
/// Switch: `PYTHON*` environment variables are ignored.
pub const IGNORE_ENVIRONMENT: &str = "ignore_environment";
/// Switch: `site` is not imported at start.
pub const NO_SITE: &str = "no_site";
/// Switch: the user's site directory is left out.
pub const NO_USER_SITE_DIRECTORY: &str = "no_user_site_directory";
/// Switch: standard streams are not buffered.
pub const UNBUFFERED_STDIO: &str = "unbuffered_stdio";
/// Text: codec of the standard streams.
pub const STDIO_ENCODING: &str = "stdio_encoding";
/// Text: error handler of the standard streams.
pub const STDIO_ERRORS: &str = "stdio_errors";
/// Switch: the finder of files on `sys.path` stands beside that of packed modules.
pub const FILESYSTEM_IMPORTER: &str = "filesystem_importer";
/// Text: entries of `sys.path`, separated by line feeds; absent when there are none.
pub const SYS_PATHS: &str = "sys_paths";
/// Text: names of the modules that the Rust application registers, separated by line feeds; absent when there are none.
pub const RUST_MODULES: &str = "rust_modules";
/// Text: options of the interpreter, a line `NAME=VALUE` for each, see [`crate::options`]; absent when none is given.
pub const OPTIONS: &str = "options";
/// Text: the folder of the standard library, such as `lib/python3.13`; see [`crate::install`].
pub const STDLIB: &str = "stdlib";
/// Text: one of the `INTERPRETER_MODE_…` words.
pub const INTERPRETER_MODE: &str = "interpreter_mode";
/// Text: the environment variable that names the folder for lists of imported modules; absent when
/// none does.
pub const WRITE_MODULES_DIRECTORY_ENV: &str = "write_modules_directory_env";
/// Text: one of the `NATIVE_LOAD_…` words.
pub const NATIVE_LOAD: &str = "native_load";
/// Text: the folder of [`NATIVE_LOAD_CACHE`]; absent when the user's cache is it.
pub const NATIVE_CACHE_DIR: &str = "native_cache_dir";
/// Text: the allocator that serves Python's memory, by its name in the TOML.
pub const ALLOCATOR_BACKEND: &str = "allocator_backend";
/// Switch: it serves the raw domain.
pub const ALLOCATOR_RAW: &str = "allocator_raw";
/// Switch: it serves the domain of `PyMem_Malloc`.
pub const ALLOCATOR_MEM: &str = "allocator_mem";
/// Switch: it serves the domain of `PyObject_Malloc`.
pub const ALLOCATOR_OBJ: &str = "allocator_obj";
/// Switch: it serves arenas.
pub const ALLOCATOR_ARENAS: &str = "allocator_arenas";
/// Switch: CPython's debug hooks are installed.
pub const ALLOCATOR_DEBUG: &str = "allocator_debug";
/// Text: names of modules that were left out, with all that was in them, sorted, separated by line feeds; absent when
/// none were.
pub const PRUNED: &str = "pruned";
/// Text: one of the `RUN_MODE_…` words.
pub const RUN_MODE: &str = "run_mode";
/// Text: the module, code or path that the mode needs.
pub const RUN_ARGUMENT: &str = "run_argument";

/// [`INTERPRETER_MODE`]: the executable acts as `python` when it is called as one.
pub const INTERPRETER_MODE_AUTO: &str = "auto";
/// [`INTERPRETER_MODE`]: the executable is the application, however it is called.
pub const INTERPRETER_MODE_NEVER: &str = "never";

/// [`NATIVE_LOAD`]: shared libraries are loaded from memory.
pub const NATIVE_LOAD_MEMORY: &str = "memory";
/// [`NATIVE_LOAD`]: they are written into a cache folder first.
pub const NATIVE_LOAD_CACHE: &str = "cache";
/// [`NATIVE_LOAD`]: they lie in a folder beside the executable.
pub const NATIVE_LOAD_FILES: &str = "files";
/// Name of that folder; a library has the name of its entry there.
pub const NATIVE_FOLDER: &str = "native_libraries";

/// [`RUN_MODE`]: an interactive prompt.
pub const RUN_MODE_REPL: &str = "repl";
/// [`RUN_MODE`]: run a module as `__main__`.
pub const RUN_MODE_MODULE: &str = "module";
/// [`RUN_MODE`]: run a packed script; the argument is its virtual path.
pub const RUN_MODE_SCRIPT: &str = "script";
/// [`RUN_MODE`]: call a function, as a console script does; the argument is `MODULE:OBJECT`.
pub const RUN_MODE_ENTRY_POINT: &str = "entry-point";
/// [`RUN_MODE`]: run a piece of code.
pub const RUN_MODE_EVAL: &str = "eval";
/// [`RUN_MODE`]: run a file of the target machine.
pub const RUN_MODE_FILE: &str = "file";
/// [`RUN_MODE`]: run nothing.
pub const RUN_MODE_NOOP: &str = "noop";

/// Name of the [`Kind::Bootstrap`](crate::Kind) entry that replaces CPython's frozen module of the
/// same name.
pub const BOOTSTRAP_MODULE: &str = "_frozen_importlib_external";
/// Name of the [`Kind::Bootstrap`](crate::Kind) entry that holds the code of the replaced one.
pub const REPLACED_BOOTSTRAP: &str = "_frozen_importlib_external.cpython";
