//! Every section and key of the TOML file, once: what it holds, what leaving it out means, and
//! which other choice it depends on.
//!
//! The typed stage reads defaults from here, error messages take their lists of valid keys from
//! here, a test compares `docs/config.rst` with it, and the JSON schema is made of it. A new key is
//! a constant and its place in one of the lists, but for options of the interpreter, which [`OPTIONS`] lists.

use pyresources::options::OPTIONS;

use super::schema::{Absent, Key, Kind, Section};

/// The section that says where CPython comes from.
pub const PYTHON_DISTRIBUTION: Section = Section {
    name: "python_distribution",
    repeats: false,
    tag: None,
    keys: &[LOCAL_PATH, URL, SHA256, VERSION, BUILD, TARGET],
};

/// The section that sets the interpreter up.
pub const PYTHON_CONFIG: Section =
    Section { name: "python_config", repeats: false, tag: None, keys: &WITH_OPTIONS };

/// Keys of [`PYTHON_CONFIG`] that are no options of the interpreter.
const WITHOUT_OPTIONS: [Key; 13] = [
    PROGRAM_NAME,
    OPTIMIZE_LEVEL,
    DONT_WRITE_BYTECODE,
    IGNORE_ENVIRONMENT,
    NO_SITE,
    NO_USER_SITE_DIRECTORY,
    UNBUFFERED_STDIO,
    STDIO_ENCODING,
    FILESYSTEM_IMPORTER,
    SYS_PATHS,
    INTERPRETER_MODE,
    WRITE_MODULES_DIRECTORY_ENV,
    RUST_MODULES,
];

/// All keys of [`PYTHON_CONFIG`].
static WITH_OPTIONS: [Key; WITHOUT_OPTIONS.len() + OPTIONS.len() + 1] = {
    let mut keys = [TARGET; WITHOUT_OPTIONS.len() + OPTIONS.len() + 1];
    let mut index = 0;
    while index < keys.len() - 1 {
        keys[index] = if index < WITHOUT_OPTIONS.len() {
            WITHOUT_OPTIONS[index]
        } else {
            Key::option(&OPTIONS[index - WITHOUT_OPTIONS.len()])
        };
        index += 1;
    }
    keys
};

/// The section that says which allocator serves Python's memory.
pub const ALLOCATOR: Section = Section {
    name: "allocator",
    repeats: false,
    tag: Some(BACKEND),
    keys: &[BACKEND, RAW, MEM, OBJ, ARENAS, DEBUG, TARGET],
};

/// The section that says how modules and files are packed.
pub const PYTHON_RESOURCES: Section =
    Section { name: "python_resources", repeats: false, tag: None, keys: &[COMPRESSION, TARGET] };

/// The section that chooses extension modules.
pub const PYTHON_EXTENSIONS: Section = Section {
    name: "python_extensions",
    repeats: false,
    tag: Some(POLICY),
    keys: &[POLICY, INCLUDES, EXTENSION_EXCLUDES, TARGET],
};

/// The section that decides about one extension module, once for each.
pub const EXTENSION_MODULES: Section = Section {
    name: "extension_modules",
    repeats: true,
    tag: Some(ACTION),
    keys: &[NAME, ACTION, VARIANT, OBJECTS, LIBRARIES, TARGET],
};

/// The section that names sources of modules, once for each source.
pub const PYTHON_PACKAGES: Section = Section {
    name: "python_packages",
    repeats: true,
    tag: Some(TYPE),
    keys: &[
        TYPE,
        SOURCE_PATH,
        PACKAGES,
        PACKAGE,
        REQUIREMENTS_PATH,
        EXTRAS,
        GROUPS,
        EXTRA_ARGS,
        GLOB,
        EXCLUDE_TEST_MODULES,
        SOURCE_OPTIMIZE_LEVEL,
        INCLUDE_SOURCE,
        EXCLUDES,
        STRICT_IMPORTS,
        TARGET,
    ],
};

/// The section that says what runs.
pub const PYTHON_RUN: Section = Section {
    name: "python_run",
    repeats: false,
    tag: Some(MODE),
    keys: &[MODE, MODULE, CODE, RUN_PATH, ENTRY_POINT, TARGET],
};

/// The section that says which licences may go in.
pub const LICENSES: Section = Section {
    name: "licenses",
    repeats: false,
    tag: None,
    keys: &[ALLOW, DENY, CLARIFY, EMBED, TARGET],
};

/// The section that says how shared libraries of packages are loaded.
pub const NATIVE_LIBRARIES: Section = Section {
    name: "native_libraries",
    repeats: false,
    tag: None,
    keys: &[LOAD, CACHE_DIR, INCLUDE_SYSTEM, TARGET],
};

/// All sections, in the order of the documentation.
pub const SECTIONS: &[Section] = &[
    PYTHON_DISTRIBUTION,
    PYTHON_CONFIG,
    ALLOCATOR,
    PYTHON_RESOURCES,
    PYTHON_EXTENSIONS,
    EXTENSION_MODULES,
    PYTHON_PACKAGES,
    NATIVE_LIBRARIES,
    PYTHON_RUN,
    LICENSES,
];

/// Version of CPython when no section asks for one.
pub const DEFAULT_VERSION: &str = "3.13";

/// Oldest minor version of CPython 3 that is supported.
pub const OLDEST_MINOR: u8 = 10;

/// Newest minor version of CPython 3 that is supported.
pub const NEWEST_MINOR: u8 = 15;

/// Targets for which distributions are published.
pub const TARGETS: &[&str] = &[
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
];

/// Of every section.
pub(super) const TARGET: Key = Key::new("target", Kind::Text, Absent::Unset);

pub(super) const LOCAL_PATH: Key = Key::new("local_path", Kind::Text, Absent::Unset);
pub(super) const URL: Key = Key::new("url", Kind::Text, Absent::Unset);
pub(super) const SHA256: Key = Key::new("sha256", Kind::Text, Absent::Unset);
pub(super) const VERSION: Key = Key::new("version", Kind::Text, Absent::Text(DEFAULT_VERSION));
pub(super) const BUILD: Key = Key::new("build", Kind::Text, Absent::Unset);

pub(super) const PROGRAM_NAME: Key = Key::new("program_name", Kind::Text, Absent::Unset);
pub(super) const OPTIMIZE_LEVEL: Key = Key::new("optimize_level", Kind::Level, Absent::Level(0));
pub(super) const DONT_WRITE_BYTECODE: Key = Key::flag("dont_write_bytecode", true);
pub(super) const IGNORE_ENVIRONMENT: Key = Key::flag("ignore_environment", true);
pub(super) const NO_SITE: Key = Key::flag("no_site", true);
pub(super) const NO_USER_SITE_DIRECTORY: Key = Key::flag("no_user_site_directory", true);
pub(super) const UNBUFFERED_STDIO: Key = Key::flag("unbuffered_stdio", false);
pub(super) const STDIO_ENCODING: Key = Key::new("stdio_encoding", Kind::Text, Absent::Unset);

pub(super) const FILESYSTEM_IMPORTER: Key = Key::flag("filesystem_importer", true);
pub(super) const SYS_PATHS: Key = Key::new("sys_paths", Kind::List, Absent::EmptyList);
pub(super) const RUST_MODULES: Key = Key::new("rust_modules", Kind::List, Absent::EmptyList);
pub(super) const AUTO: &str = "auto";
pub(super) const NEVER: &str = "never";
pub(super) const INTERPRETER_MODE: Key =
    Key::new("interpreter_mode", Kind::Choice(&[AUTO, NEVER]), Absent::Text(AUTO));
pub(super) const WRITE_MODULES_DIRECTORY_ENV: Key =
    Key::new("write_modules_directory_env", Kind::Text, Absent::Unset);

pub(super) const DEFAULT: &str = "default";
pub(super) const RUST: &str = "rust";
pub(super) const MIMALLOC: &str = "mimalloc";
pub(super) const JEMALLOC: &str = "jemalloc";
pub(super) const SNMALLOC: &str = "snmalloc";
/// Allocators in the place of CPython's own.
const OTHER_ALLOCATORS: &[&str] = &[RUST, MIMALLOC, JEMALLOC, SNMALLOC];
pub(super) const BACKEND: Key = Key::new(
    "backend",
    Kind::Choice(&[DEFAULT, RUST, MIMALLOC, JEMALLOC, SNMALLOC]),
    Absent::Text(DEFAULT),
);
pub(super) const RAW: Key = Key::flag("raw", true).only_for(OTHER_ALLOCATORS);
pub(super) const MEM: Key = Key::flag("mem", false).only_for(OTHER_ALLOCATORS);
pub(super) const OBJ: Key = Key::flag("obj", false).only_for(OTHER_ALLOCATORS);
pub(super) const ARENAS: Key = Key::flag("arenas", false).only_for(OTHER_ALLOCATORS);
pub(super) const DEBUG: Key = Key::flag("debug", false);

pub(super) const UNCOMPRESSED: &str = "none";
pub(super) const ZSTD: &str = "zstd";
pub(super) const COMPRESSION: Key =
    Key::new("compression", Kind::Choice(&[UNCOMPRESSED, ZSTD]), Absent::Text(UNCOMPRESSED));

pub(super) const ALL: &str = "all";
pub(super) const NONE: &str = "none";
pub(super) const NO_LIBRARIES: &str = "no-libraries";
pub(super) const NO_COPYLEFT: &str = "no-copyleft";
pub(super) const EXPLICIT_INCLUDES: &str = "explicit-includes";
pub(super) const EXPLICIT_EXCLUDES: &str = "explicit-excludes";
pub(super) const POLICY: Key = Key::new(
    "policy",
    Kind::Choice(&[ALL, NONE, NO_LIBRARIES, NO_COPYLEFT, EXPLICIT_INCLUDES, EXPLICIT_EXCLUDES]),
    Absent::Text(ALL),
);
pub(super) const INCLUDES: Key =
    Key::new("includes", Kind::List, Absent::Error).only_for(&[EXPLICIT_INCLUDES]);
pub(super) const EXTENSION_EXCLUDES: Key =
    Key::new("excludes", Kind::List, Absent::Error).only_for(&[EXPLICIT_EXCLUDES]);

pub(super) const INCLUDE: &str = "include";
pub(super) const EXCLUDE: &str = "exclude";
pub(super) const NAME: Key = Key::new("name", Kind::Text, Absent::Error);
pub(super) const ACTION: Key =
    Key::new("action", Kind::Choice(&[INCLUDE, EXCLUDE]), Absent::Text(INCLUDE));
pub(super) const VARIANT: Key = Key::new("variant", Kind::Text, Absent::Unset).only_for(&[INCLUDE]);

pub(super) const OBJECTS: Key =
    Key::new("objects", Kind::List, Absent::EmptyList).only_for(&[INCLUDE]);
pub(super) const LIBRARIES: Key =
    Key::new("libraries", Kind::List, Absent::EmptyList).only_for(&[INCLUDE]);

pub(super) const STDLIB: &str = "stdlib";
pub(super) const PACKAGE_ROOT: &str = "package-root";
pub(super) const VIRTUALENV: &str = "virtualenv";
pub(super) const WHEEL: &str = "wheel";
pub(super) const PIP_INSTALL_SIMPLE: &str = "pip-install-simple";
pub(super) const PIP_REQUIREMENTS_FILE: &str = "pip-requirements-file";
pub(super) const PYPROJECT: &str = "pyproject";
pub(super) const SCRIPT: &str = "script";
pub(super) const FILTER_FILE_INCLUDE: &str = "filter-file-include";
pub(super) const FILTER_FILES_INCLUDE: &str = "filter-files-include";
/// Types of entries that bring modules.
const BRINGING: &[&str] = &[
    STDLIB,
    PACKAGE_ROOT,
    VIRTUALENV,
    WHEEL,
    PIP_INSTALL_SIMPLE,
    PIP_REQUIREMENTS_FILE,
    PYPROJECT,
    SCRIPT,
];
/// Types of entries whose packages an installer finds.
const INSTALLING: &[&str] = &[PIP_INSTALL_SIMPLE, PIP_REQUIREMENTS_FILE, PYPROJECT, SCRIPT];
pub(super) const TYPE: Key = Key::new(
    "type",
    Kind::Choice(&[
        STDLIB,
        PACKAGE_ROOT,
        VIRTUALENV,
        WHEEL,
        PIP_INSTALL_SIMPLE,
        PIP_REQUIREMENTS_FILE,
        PYPROJECT,
        SCRIPT,
        FILTER_FILE_INCLUDE,
        FILTER_FILES_INCLUDE,
    ]),
    Absent::Error,
);
pub(super) const SOURCE_PATH: Key = Key::new("path", Kind::Text, Absent::Error).only_for(&[
    PACKAGE_ROOT,
    VIRTUALENV,
    WHEEL,
    PYPROJECT,
    SCRIPT,
    FILTER_FILE_INCLUDE,
]);
pub(super) const PACKAGES: Key =
    Key::new("packages", Kind::List, Absent::Error).only_for(&[PACKAGE_ROOT]);
pub(super) const PACKAGE: Key =
    Key::new("package", Kind::Text, Absent::Error).only_for(&[PIP_INSTALL_SIMPLE]);
pub(super) const REQUIREMENTS_PATH: Key =
    Key::new("requirements_path", Kind::Text, Absent::Error).only_for(&[PIP_REQUIREMENTS_FILE]);
pub(super) const EXTRAS: Key =
    Key::new("extras", Kind::List, Absent::EmptyList).only_for(&[PYPROJECT]);
pub(super) const GROUPS: Key =
    Key::new("groups", Kind::List, Absent::EmptyList).only_for(&[PYPROJECT]);
pub(super) const EXTRA_ARGS: Key =
    Key::new("extra_args", Kind::List, Absent::EmptyList).only_for(INSTALLING);
pub(super) const GLOB: Key =
    Key::new("glob", Kind::Text, Absent::Error).only_for(&[FILTER_FILES_INCLUDE]);
pub(super) const EXCLUDE_TEST_MODULES: Key =
    Key::flag("exclude_test_modules", true).only_for(&[STDLIB]);
pub(super) const SOURCE_OPTIMIZE_LEVEL: Key = OPTIMIZE_LEVEL.only_for(BRINGING);
pub(super) const INCLUDE_SOURCE: Key = Key::flag("include_source", true).only_for(BRINGING);
pub(super) const EXCLUDES: Key =
    Key::new("excludes", Kind::List, Absent::EmptyList).only_for(BRINGING);
pub(super) const STRICT_IMPORTS: Key = Key::flag("strict_imports", false).only_for(BRINGING);

pub(super) const MEMORY: &str = "memory";
pub(super) const CACHE: &str = "cache";
pub(super) const FILES: &str = "files";
pub(super) const LOAD: Key =
    Key::new("load", Kind::Choice(&[MEMORY, CACHE, FILES]), Absent::Text(MEMORY));
pub(super) const CACHE_DIR: Key = Key::new("cache_dir", Kind::Text, Absent::Unset);
pub(super) const INCLUDE_SYSTEM: Key = Key::new("include_system", Kind::List, Absent::EmptyList);

pub(super) const REPL: &str = "repl";
pub(super) const RUN_MODULE: &str = "module";
pub(super) const EVAL: &str = "eval";
pub(super) const FILE: &str = "file";
pub(super) const NOOP: &str = "noop";
pub(super) const RUN_ENTRY_POINT: &str = "entry-point";
pub(super) const MODE: Key = Key::new(
    "mode",
    Kind::Choice(&[REPL, RUN_MODULE, RUN_ENTRY_POINT, EVAL, FILE, NOOP]),
    Absent::Text(REPL),
);
pub(super) const MODULE: Key =
    Key::new("module", Kind::Text, Absent::Error).only_for(&[RUN_MODULE]);
pub(super) const CODE: Key = Key::new("code", Kind::Text, Absent::Error).only_for(&[EVAL]);
pub(super) const RUN_PATH: Key = Key::new("path", Kind::Text, Absent::Error).only_for(&[FILE]);
pub(super) const ENTRY_POINT: Key =
    Key::new("name", Kind::Text, Absent::Error).only_for(&[RUN_ENTRY_POINT]);

pub(super) const ALLOW: Key = Key::new("allow", Kind::List, Absent::EmptyList);
pub(super) const DENY: Key = Key::new("deny", Kind::List, Absent::EmptyList);
pub(super) const CLARIFY: Key = Key::new("clarify", Kind::List, Absent::EmptyList);
pub(super) const EMBED: Key = Key::flag("embed", false);
