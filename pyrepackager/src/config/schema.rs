//! Every section and key of the TOML file, once: what it holds, what leaving it out means, and
//! which other choice it depends on.
//!
//! The typed stage reads defaults from here, error messages take their lists of valid keys from
//! here, and a test compares `docs/config.rst` with it. A new key is a constant and its place in
//! one of the lists.

/// The section that says where CPython comes from.
pub const PYTHON_DISTRIBUTION: Section = Section {
    name: "python_distribution",
    repeats: false,
    tag: None,
    keys: &[LOCAL_PATH, URL, SHA256, VERSION, BUILD],
};

/// The section that sets the interpreter up.
pub const PYTHON_CONFIG: Section = Section {
    name: "python_config",
    repeats: false,
    tag: None,
    keys: &[
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
    ],
};

/// The section that says how modules and files are packed.
pub const PYTHON_RESOURCES: Section =
    Section { name: "python_resources", repeats: false, tag: None, keys: &[COMPRESSION] };

/// The section that chooses extension modules.
pub const PYTHON_EXTENSIONS: Section = Section {
    name: "python_extensions",
    repeats: false,
    tag: Some(POLICY),
    keys: &[POLICY, INCLUDES, EXTENSION_EXCLUDES],
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
        EXCLUDE_TEST_MODULES,
        SOURCE_OPTIMIZE_LEVEL,
        INCLUDE_SOURCE,
        EXCLUDES,
    ],
};

/// The section that says what runs.
pub const PYTHON_RUN: Section = Section {
    name: "python_run",
    repeats: false,
    tag: Some(MODE),
    keys: &[MODE, MODULE, CODE, RUN_PATH],
};

/// All sections, in the order of the documentation.
pub const SECTIONS: &[Section] = &[
    PYTHON_DISTRIBUTION,
    PYTHON_CONFIG,
    PYTHON_RESOURCES,
    PYTHON_EXTENSIONS,
    PYTHON_PACKAGES,
    PYTHON_RUN,
];

/// Version of CPython when no section asks for one.
pub const DEFAULT_VERSION: &str = "3.13";

/// Oldest minor version of CPython 3 that is supported.
pub const OLDEST_MINOR: u8 = 10;

/// Newest minor version of CPython 3 that is supported.
pub const NEWEST_MINOR: u8 = 15;

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

pub(super) const FILESYSTEM_IMPORTER: Key = Key::flag("filesystem_importer", false);
pub(super) const SYS_PATHS: Key = Key::new("sys_paths", Kind::List, Absent::EmptyList);
pub(super) const AUTO: &str = "auto";
pub(super) const NEVER: &str = "never";
pub(super) const INTERPRETER_MODE: Key =
    Key::new("interpreter_mode", Kind::Choice(&[AUTO, NEVER]), Absent::Text(AUTO));
pub(super) const WRITE_MODULES_DIRECTORY_ENV: Key =
    Key::new("write_modules_directory_env", Kind::Text, Absent::Unset);

pub(super) const UNCOMPRESSED: &str = "none";
pub(super) const ZSTD: &str = "zstd";
pub(super) const COMPRESSION: Key =
    Key::new("compression", Kind::Choice(&[UNCOMPRESSED, ZSTD]), Absent::Text(UNCOMPRESSED));

pub(super) const ALL: &str = "all";
pub(super) const NONE: &str = "none";
pub(super) const NO_LIBRARIES: &str = "no-libraries";
pub(super) const EXPLICIT_INCLUDES: &str = "explicit-includes";
pub(super) const EXPLICIT_EXCLUDES: &str = "explicit-excludes";
pub(super) const POLICY: Key = Key::new(
    "policy",
    Kind::Choice(&[ALL, NONE, NO_LIBRARIES, EXPLICIT_INCLUDES, EXPLICIT_EXCLUDES]),
    Absent::Text(ALL),
);
pub(super) const INCLUDES: Key =
    Key::new("includes", Kind::List, Absent::Error).only_for(&[EXPLICIT_INCLUDES]);
pub(super) const EXTENSION_EXCLUDES: Key =
    Key::new("excludes", Kind::List, Absent::Error).only_for(&[EXPLICIT_EXCLUDES]);

pub(super) const STDLIB: &str = "stdlib";
pub(super) const PACKAGE_ROOT: &str = "package-root";
pub(super) const VIRTUALENV: &str = "virtualenv";
pub(super) const FILTER_FILE_INCLUDE: &str = "filter-file-include";
/// Types of entries that bring modules.
const BRINGING: &[&str] = &[STDLIB, PACKAGE_ROOT, VIRTUALENV];
pub(super) const TYPE: Key = Key::new(
    "type",
    Kind::Choice(&[STDLIB, PACKAGE_ROOT, VIRTUALENV, FILTER_FILE_INCLUDE]),
    Absent::Error,
);
pub(super) const SOURCE_PATH: Key = Key::new("path", Kind::Text, Absent::Error).only_for(&[
    PACKAGE_ROOT,
    VIRTUALENV,
    FILTER_FILE_INCLUDE,
]);
pub(super) const PACKAGES: Key =
    Key::new("packages", Kind::List, Absent::Error).only_for(&[PACKAGE_ROOT]);
pub(super) const EXCLUDE_TEST_MODULES: Key =
    Key::flag("exclude_test_modules", true).only_for(&[STDLIB]);
pub(super) const SOURCE_OPTIMIZE_LEVEL: Key = OPTIMIZE_LEVEL.only_for(BRINGING);
pub(super) const INCLUDE_SOURCE: Key = Key::flag("include_source", true).only_for(BRINGING);
pub(super) const EXCLUDES: Key =
    Key::new("excludes", Kind::List, Absent::EmptyList).only_for(BRINGING);

pub(super) const REPL: &str = "repl";
pub(super) const RUN_MODULE: &str = "module";
pub(super) const EVAL: &str = "eval";
pub(super) const FILE: &str = "file";
pub(super) const NOOP: &str = "noop";
pub(super) const MODE: Key =
    Key::new("mode", Kind::Choice(&[REPL, RUN_MODULE, EVAL, FILE, NOOP]), Absent::Text(REPL));
pub(super) const MODULE: Key =
    Key::new("module", Kind::Text, Absent::Error).only_for(&[RUN_MODULE]);
pub(super) const CODE: Key = Key::new("code", Kind::Text, Absent::Error).only_for(&[EVAL]);
pub(super) const RUN_PATH: Key = Key::new("path", Kind::Text, Absent::Error).only_for(&[FILE]);

/// A section of the file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// What stands between the brackets.
    pub name: &'static str,
    /// Whether it is written `[[name]]` and may stand several times.
    pub repeats: bool,
    /// The key whose value decides which other keys apply; its kind is [`Kind::Choice`].
    pub tag: Option<Key>,
    /// All of its keys, in the order of the documentation.
    pub keys: &'static [Key],
}

/// A key of a section.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// What stands before the equals sign.
    pub name: &'static str,
    /// What may stand after it.
    pub kind: Kind,
    /// What leaving it out means.
    pub absent: Absent,
    /// Values of the section's tag with which the key applies; empty for all of them.
    pub variants: &'static [&'static str],
}

/// What a key's value may be.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// `0`, `1` or `2`.
    Level,
    /// A string.
    Text,
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// An array of strings.
    List,
}

/// What a key that is left out means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// It is required where it applies.
    Error,
    /// Nothing was chosen.
    Unset,
    /// This flag.
    Flag(bool),
    /// This level.
    Level(u8),
    /// This string.
    Text(&'static str),
    /// `[]`.
    EmptyList,
}

impl Section {
    /// The section's header, with its brackets.
    pub fn header(&self) -> String {
        if self.repeats { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }

    /// Names of the keys that apply with this value of the tag; of all keys for `None`.
    pub fn key_names(&self, variant: Option<&str>) -> Vec<&'static str> {
        let applies = |key: &&Key| variant.is_none_or(|variant| key.applies_to(variant));
        self.keys.iter().filter(applies).map(|key| key.name).collect()
    }
}

impl Key {
    const fn new(name: &'static str, kind: Kind, absent: Absent) -> Self {
        Self { name, kind, absent, variants: &[] }
    }

    const fn flag(name: &'static str, default: bool) -> Self {
        Self::new(name, Kind::Flag, Absent::Flag(default))
    }

    const fn only_for(mut self, variants: &'static [&'static str]) -> Self {
        self.variants = variants;
        self
    }

    /// A line with the key, to show its form.
    pub fn example(&self) -> String {
        let value = match self.kind {
            Kind::Flag => "true".to_owned(),
            Kind::Level => "0".to_owned(),
            Kind::Choice(choices) => format!("\"{}\"", choices.first().unwrap_or(&"…")),
            Kind::Text => "\"…\"".to_owned(),
            Kind::List => "[\"…\"]".to_owned(),
        };
        format!("{} = {value}", self.name)
    }

    /// Whether the key has a meaning with this value of the section's tag.
    pub fn applies_to(&self, variant: &str) -> bool {
        self.variants.is_empty() || self.variants.contains(&variant)
    }
}

impl Kind {
    /// The kind in words, for messages and documentation.
    pub fn words(self) -> &'static str {
        match self {
            Self::Flag => "boolean",
            Self::Level => "integer",
            Self::Text | Self::Choice(_) => "string",
            Self::List => "array of strings",
        }
    }
}

impl Absent {
    /// The default as it would be written in the file; `None` when there is none.
    pub fn as_toml(self) -> Option<String> {
        match self {
            Self::Error | Self::Unset => None,
            Self::Flag(flag) => Some(flag.to_string()),
            Self::Level(level) => Some(level.to_string()),
            Self::Text(text) => Some(format!("\"{text}\"")),
            Self::EmptyList => Some("[]".to_owned()),
        }
    }
}
