//! The configuration as the rest of the crate sees it: checked, complete, paths absolute.

use std::path::{Path, PathBuf};

pub use super::allocator::{AllocatorBackend, AllocatorConfig, BundledAllocator, UnknownAllocator};
pub use super::options::{GivenOption, OptionError};
pub(crate) use super::sources::of_entry;
pub use super::sources::{
    PackageSource, PackageSourceKind, Requirements, RequirementsSource, UNWRITTEN,
};

/// All that one TOML file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file that it came from; `None` for the built-in default.
    pub path: Option<PathBuf>,
    /// The file that keeps what the requirements were resolved to.
    pub lock: PathBuf,
    /// Where CPython comes from.
    pub distribution: DistributionRequest,
    /// How the interpreter is set up.
    pub interpreter: InterpreterConfig,
    /// Which allocator serves Python's memory.
    pub allocator: AllocatorConfig,
    /// Which of the distribution's extension modules go in.
    pub extensions: ExtensionPolicy,
    /// What was decided about single extension modules, in the order of the file; a later one wins.
    pub extension_modules: Vec<ExtensionChoice>,
    /// Sources of modules, in the order of the file; a later one wins.
    pub packages: Vec<PackageSource>,
    /// How the packed resources are stored.
    pub resources: ResourcesConfig,
    /// How shared libraries of packages are loaded.
    pub native_libraries: NativeLibrariesConfig,
    /// What the executable does when it starts.
    pub run: RunMode,
    /// Which licences may go in, and where their texts go.
    pub licenses: LicensesConfig,
}

impl Config {
    /// Leaves the source of all modules out.
    pub fn strip_source(&mut self) {
        self.packages.iter_mut().for_each(|source| source.include_source = false);
    }

    /// Compiles all modules at one level, at which the interpreter runs as well.
    pub fn optimize(&mut self, level: OptimizeLevel) {
        self.packages.iter_mut().for_each(|source| source.optimize_level = level);
        self.interpreter.optimize_level = level;
    }

    /// Leaves modules out, wherever they come from.
    pub fn exclude(&mut self, modules: &[String]) {
        for source in self.packages.iter_mut().filter(|source| !source.kind.is_filter()) {
            source.excludes.extend_from_slice(modules);
        }
    }

    /// Takes a file or folder of this machine along, below the executable as it lies below `base`, else by its name.
    ///
    /// # Errors
    ///
    /// When there is no such file or folder.
    pub fn include(&mut self, path: &Path, base: &Path) -> std::io::Result<()> {
        let path = fs_err::canonicalize(path)?;
        let base = fs_err::canonicalize(base)?;
        let folder = path.parent().unwrap_or(&path);
        let root = if folder.starts_with(&base) { base.as_path() } else { folder };
        let below = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        let kind = PackageSourceKind::PackageRoot { path: root.to_owned(), packages: vec![below] };
        let line = UNWRITTEN + self.packages.len();
        self.packages.push(PackageSource { kind, line, ..self.packages[0].clone() });
        Ok(())
    }

    /// The folder that relative paths in the file start at; without a file, the working folder.
    pub fn folder(&self) -> &Path {
        self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }
}

/// `[python_distribution]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DistributionRequest {
    /// An archive on this machine.
    LocalPath {
        /// The archive.
        path: PathBuf,
        /// Its SHA-256.
        sha256: Sha256Digest,
    },
    /// An archive to download.
    Url {
        /// Where from.
        url: String,
        /// Its SHA-256.
        sha256: Sha256Digest,
    },
    /// Whatever the cache, the pinned table or a build on this machine provides, in this order.
    Version(PythonVersion),
    /// Always built on this machine.
    Build(PythonVersion),
    /// What the cache has unpacked of the archive with that SHA-256. No configuration asks for it: a runtime
    /// knows of what it was made.
    Unpacked(Sha256Digest),
}

impl DistributionRequest {
    /// The section of a TOML file that asks for it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let keys = match self {
            Self::LocalPath { path, sha256 } => {
                format!("local_path = {:?}\nsha256 = \"{sha256}\"\n", path.display().to_string())
            }
            Self::Url { url, sha256 } => format!("url = {url:?}\nsha256 = \"{sha256}\"\n"),
            Self::Version(version) => format!("version = \"{version}\"\n"),
            Self::Build(version) => format!("build = \"{version}\"\n"),
            Self::Unpacked(_) => String::new(),
        };
        format!("[python_distribution]\n{keys}")
    }
}

/// A feature release of CPython, such as 3.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    /// `3`.
    pub major: u8,
    /// `13` in 3.13.
    pub minor: u8,
}

impl std::str::FromStr for PythonVersion {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        // A number would be read with `+` or zeros before it as well.
        super::python_versions().find(|version| version.to_string() == text).ok_or(NotAVersion)
    }
}

/// The text is no feature release of CPython that is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are Python 3.{} to 3.{}", super::table::OLDEST_MINOR, super::table::NEWEST_MINOR)]
pub struct NotAVersion;

impl std::fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A SHA-256 digest; shown and read as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sha256Digest(pub [u8; 32]);

impl std::fmt::Display for Sha256Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Sha256Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Sha256Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(NotADigest);
        }
        let mut digest = [0; 32];
        for (byte, pair) in digest.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| NotADigest)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| NotADigest)?;
        }
        Ok(Self(digest))
    }
}

/// The text is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a SHA-256 is 64 hexadecimal digits")]
pub struct NotADigest;

/// `[python_config]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterpreterConfig {
    /// `PyConfig.program_name`; the executable's own path when `None`.
    pub program_name: Option<String>,
    /// `PyConfig.optimization_level`.
    pub optimize_level: OptimizeLevel,
    /// `sys.dont_write_bytecode`.
    pub dont_write_bytecode: bool,
    /// Whether `PYTHON*` environment variables are ignored.
    pub ignore_environment: bool,
    /// Whether `site` is not imported at start.
    pub no_site: bool,
    /// Whether the user's site directory stays out of `sys.path`.
    pub no_user_site_directory: bool,
    /// Whether the standard streams are unbuffered.
    pub unbuffered_stdio: bool,
    /// Encoding and error handler of the standard streams.
    pub stdio_encoding: Option<StdioEncoding>,
    /// Whether `sys.path` is searched after the packed modules.
    pub filesystem_importer: bool,
    /// What follows the packed modules on `sys.path`; `$ORIGIN` stands for the executable's folder.
    pub sys_paths: Vec<String>,
    /// Whether a process that Python code starts from `sys.executable` is Python.
    pub interpreter_mode: InterpreterMode,
    /// The environment variable that names the folder for lists of loaded modules.
    pub write_modules_directory_env: Option<String>,
    /// Modules that the Rust application adds before it starts Python.
    pub rust_modules: Vec<String>,
    /// Options of the interpreter that are given, in the order of the documentation.
    pub options: Vec<GivenOption>,
}

/// Whether a process that Python code starts from `sys.executable` is Python.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InterpreterMode {
    /// It is, unless it has the application's own arguments.
    #[default]
    Auto,
    /// It is the application.
    Never,
}

/// Encoding and error handler of the standard streams, `utf-8:ignore` in the TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StdioEncoding {
    /// A codec's name.
    pub encoding: String,
    /// An error handler's name.
    pub errors: String,
}

/// What `python -O` and `-OO` choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum OptimizeLevel {
    /// Nothing is removed.
    #[default]
    Zero = 0,
    /// `-O`: no `assert`, `__debug__` is false.
    One = 1,
    /// `-OO`: no docstrings either.
    Two = 2,
}

/// `[python_extensions]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtensionPolicy {
    /// Every extension of the distribution.
    All,
    /// Only what the interpreter needs to start.
    None,
    /// Every extension that links no library beyond the C library.
    NoLibraries,
    /// Every extension whose libraries can be used without a copyleft licence.
    NoCopyleft,
    /// What the interpreter needs, and these.
    ExplicitIncludes(Vec<String>),
    /// Every extension but these.
    ExplicitExcludes(Vec<String>),
}

/// An entry of `[[extension_modules]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionChoice {
    /// Name that the extension is imported under.
    pub name: String,
    /// What becomes of it.
    pub action: ExtensionAction,
    /// Line of the entry in the TOML file, from 1, for messages.
    pub line: usize,
}

impl ExtensionChoice {
    /// Object files and static libraries of the user's that it is linked from.
    pub fn added_files(&self) -> &[PathBuf] {
        match &self.action {
            ExtensionAction::Add { files, .. } => files,
            ExtensionAction::Include { .. } | ExtensionAction::Exclude => &[],
        }
    }
}

/// What becomes of an extension module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExtensionAction {
    /// It goes in.
    Include {
        /// Name of the variant to take; the one that the policy would take when `None`.
        variant: Option<String>,
    },
    /// It is linked from files that the distribution does not have.
    Add {
        /// Object files and static libraries.
        files: Vec<PathBuf>,
        /// Libraries of the operating system, without `lib` and ending.
        libraries: Vec<String>,
    },
    /// It stays out.
    Exclude,
}

/// `[python_resources]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourcesConfig {
    /// Whether modules and files are compressed.
    pub compression: Compression,
}

/// How modules and files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// Each by itself with Zstandard; unpacked when it is used.
    Zstd,
}

/// `[native_libraries]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeLibrariesConfig {
    /// Where the dynamic loader gets them from.
    pub load: NativeLoad,
    /// The folder of [`NativeLoad::Cache`] on the machine where the executable runs; the user's cache
    /// when `None`.
    pub cache_dir: Option<String>,
    /// SONAMEs of libraries that are taken from this machine when something needs them.
    pub include_system: Vec<String>,
}

/// Where the dynamic loader gets packed libraries from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NativeLoad {
    /// From memory.
    #[default]
    Memory,
    /// From a folder that is filled when something is needed.
    Cache,
    /// From a folder beside the executable.
    Files,
}

/// `[python_run]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunMode {
    /// An interactive prompt.
    Repl,
    /// As `python -m NAME`.
    Module(String),
    /// As `python FILE`, with the packed script of that virtual path. No configuration asks for it, but commands do.
    Script(String),
    /// As the console script of that name, which a distribution declares.
    EntryPoint(String),
    /// As `python -c CODE`.
    Eval(String),
    /// As `python PATH`; the file is read when the executable runs.
    File(String),
    /// What a distribution of that name is for: its console script of the same name, or its only one; else its
    /// package of that name, as `python -m`. No configuration asks for it, but commands do.
    Distribution(String),
    /// The same of the first project that requirements name, whose name only its build tells.
    Project,
    /// Nothing; for applications that drive the interpreter themselves.
    Noop,
}

/// `[licenses]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicensesConfig {
    /// SPDX licences that may go in, `LICENSE` or `LICENSE WITH EXCEPTION`; all when empty.
    pub allow: Vec<String>,
    /// SPDX licences that may not go in.
    pub deny: Vec<String>,
    /// Licences of components that do not state them rightly: name and SPDX expression.
    pub clarify: Vec<(String, String)>,
    /// Whether the texts go into the executable as well.
    pub embed: bool,
    /// Whether they are written beside it.
    pub beside: bool,
    /// Line of the section in the TOML file, from 1, for messages.
    pub line: usize,
}
