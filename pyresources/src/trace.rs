//! What a process writes down when it is traced: the format that `pyembed` writes and `pyrepackager` reads.
//!
//! The variable [`VARIABLE`] names a folder, in which each process has a file of its own, `PID` and [`ENDING`]. It has one
//! JSON object a line, written as soon as there is something to write, so that a process that is killed leaves
//! what it had. The key `event` says what a line is:
//!
//! * `process`: a process began, or an interpreter in it after `execve`. `version` is [`VERSION`], `python` the
//!   interpreter's version, `process` and `parent` the processes' numbers, `start` the nanoseconds from 1970 to when
//!   it began, `role` `application` or `python`, `arguments` what it was started with.
//! * `begin`, `end`: the import of the module `module` began, and ended. An end has `kind`, where the module is from, and
//!   `detail`: the path of one that is not packed, the type of the exception with [`FAILED`]. They
//!   are nested within a `thread`, whose number counts from 0 within the process.
//! * `use`: something packed was used: `what` is one of the words below, `name` its name.
//! * `finish`: the process ended by itself, not by a signal or `_exit`.
//!
//! All but the first have `at`, nanoseconds since `start` by a clock that does not go back, without those that the thread
//! spent on writing such lines.

/// The environment variable that names the folder.
pub const VARIABLE: &str = "PYOXIDIZER_TRACE";
/// Version of the format.
pub const VERSION: u32 = 1;
/// How the names of the files end.
pub const ENDING: &str = ".jsonl";

/// The `kind` of an import that failed.
pub const FAILED: &str = "failed";

/// `what`: a module's bytecode was read.
pub const MODULE: &str = "module";
/// `what`: a module's source was read.
pub const SOURCE: &str = "source";
/// `what`: a module was asked for, and there is one.
pub const FOUND: &str = "found";
/// `what`: a file was read or looked at; the name is its packed path.
pub const FILE: &str = "file";
/// `what`: the names in a folder were listed.
pub const FOLDER: &str = "folder";
/// `what`: the names of the modules in a package were listed.
pub const PACKAGE: &str = "package";
/// `what`: a shared library was loaded.
pub const LIBRARY: &str = "library";

/// What of the packed resources is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Use {
    /// A module's bytecode.
    Module,
    /// A module's source.
    Source,
    /// That there is a module.
    Found,
    /// A file's contents, or that there is one.
    File,
    /// The names in a folder.
    Folder,
    /// The names of a package's modules.
    Package,
    /// A shared library.
    Library,
}

impl Use {
    /// What stands for it in a line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Module => MODULE,
            Self::Source => SOURCE,
            Self::Found => FOUND,
            Self::File => FILE,
            Self::Folder => FOLDER,
            Self::Package => PACKAGE,
            Self::Library => LIBRARY,
        }
    }
}
