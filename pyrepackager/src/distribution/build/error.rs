//! Why a build fails, and what to do about it.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::BUILDABLE_MINORS;
use super::packages::ASSEMBLED_MINORS;
use crate::cache::CacheError;
use crate::config::resolved::PythonVersion;

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The machine is not one that distributions are built for.
    #[error("distributions cannot be built on {os} {arch}, only on Linux with glibc")]
    UnsupportedMachine {
        /// Operating system, in Rust's terms.
        os: &'static str,
        /// Processor, in Rust's terms.
        arch: &'static str,
    },
    /// The version is not one that can be built.
    #[error(
        "CPython {version} cannot be built here, only CPython 3.{} to 3.{}",
        BUILDABLE_MINORS.start(),
        BUILDABLE_MINORS.end()
    )]
    UnsupportedVersion {
        /// The version asked for.
        version: PythonVersion,
    },
    /// The test modules of the version cannot be built.
    #[error("CPython {version} cannot be built with its test modules, only CPython 3.12 and later")]
    NoTestModules {
        /// The version asked for.
        version: PythonVersion,
    },
    /// The path of the folder that is built in would break CPython's makefile.
    #[error(
        "CPython cannot be built below `{}`: make does not take {character:?} in a path",
        folder.display()
    )]
    FolderName {
        /// The cache folder.
        folder: PathBuf,
        /// The first character of it that is not taken.
        character: char,
    },
    /// A program that the build runs is lacking.
    #[error("`{program}` was not found; it is needed to {purpose}")]
    MissingProgram {
        /// The program.
        program: String,
        /// What for.
        purpose: &'static str,
        /// What to install.
        remedy: &'static str,
    },
    /// A program that the build runs failed.
    #[error("{step} failed: `{program}` ended with {status}\n{tail}")]
    Command {
        /// What was being done.
        step: &'static str,
        /// The program.
        program: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its output.
        tail: String,
        /// All of its output, where it was kept.
        log: Option<PathBuf>,
    },
    /// No package source of the operating system's own can be derived.
    #[error("no entry of /etc/apt names the main archive of the release `{codename}`")]
    NoPackageSources {
        /// Code name of the release, from /etc/os-release.
        codename: String,
    },
    /// Packages of one of Debian's suites were asked for on another system.
    #[error("packages of Debian's suite `{suite}` were asked for, but this machine runs `{id}`")]
    NotDebian {
        /// The machine's system, from /etc/os-release.
        id: String,
        /// The suite.
        suite: String,
    },
    /// The version is not one that is assembled from packages.
    #[error(
        "CPython {version} is not assembled from Debian's packages, only CPython 3.{} to 3.{}",
        ASSEMBLED_MINORS.start(),
        ASSEMBLED_MINORS.end()
    )]
    NotAssembled {
        /// The version asked for.
        version: PythonVersion,
    },
    /// The operating system has no source package of this version.
    #[error("the operating system has no source package of CPython {version}, only {available}")]
    NoSourcePackage {
        /// The version asked for.
        version: PythonVersion,
        /// What there is.
        available: String,
    },
    /// A file is not what its checksum says.
    #[error("`{path}` has the SHA-256 {found}, but {authority} says {expected}")]
    Checksum {
        /// The file.
        path: PathBuf,
        /// Who says what it should be.
        authority: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The source archive holds another version.
    #[error("`{path}` holds CPython {found}, but {expected} was asked for")]
    WrongVersion {
        /// The source archive.
        path: PathBuf,
        /// What was asked for.
        expected: PythonVersion,
        /// What it holds.
        found: String,
    },
    /// The source archive is not one.
    #[error("`{path}` {problem}")]
    NotSource {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A file is not as expected.
    #[error("`{path}`: {problem}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A static dependency lacks a file.
    #[error("the static dependencies in `{prefix}` lack `{file}`")]
    MissingDependency {
        /// Their folder.
        prefix: PathBuf,
        /// The file, relative to it.
        file: String,
    },
    /// Extension modules would be or are missing.
    #[error("CPython was built without these extension modules: {}", names.join(", "))]
    MissingExtensions {
        /// Their names, with what is known of the reason.
        names: Vec<String>,
        /// The log that says more.
        log: PathBuf,
    },
    /// What was built needs a shared library that neither the C library nor the archive brings.
    #[error("what was built needs the shared libraries {} of this machine", names.join(", "))]
    SharedLibraries {
        /// Their SONAMEs.
        names: Vec<String>,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
    /// A file cannot be read or written; the message names it.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl BuildError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnsupportedMachine { .. } => {
                Some("name a published archive with `local_path` or `url` instead".to_owned())
            }
            Self::UnsupportedVersion { version } => Some(format!(
                "ask for one of these versions, or name a published archive of CPython {version} \
                 with `local_path` or `url`"
            )),
            Self::FolderName { .. } => Some(
                "set PYOXIDIZER_CACHE to a folder whose path has neither spaces nor characters \
                 that a shell treats specially"
                    .to_owned(),
            ),
            Self::MissingProgram { remedy, .. } => Some((*remedy).to_owned()),
            Self::Command { log, .. } => {
                log.as_ref().map(|log| format!("the whole output is in `{}`", log.display()))
            }
            Self::NoPackageSources { .. } => Some(
                "name a published archive with `local_path` or `url`, or build one without \
                 packages: `cargo xtask dist --source TARBALL --deps-prefix DIR …`"
                    .to_owned(),
            ),
            Self::NotDebian { .. } => Some(
                "run this on Debian, or name a published archive with `local_path` or `url`"
                    .to_owned(),
            ),
            Self::NoTestModules { .. } => Some("leave out `--with-test-modules`".to_owned()),
            Self::NotAssembled { .. } => {
                Some("build it from source, without `--from-packages`".to_owned())
            }
            Self::NoSourcePackage { version, .. } => Some(format!(
                "name a published archive with `local_path` or `url`, or build one from a source \
                 archive of python.org: `cargo xtask dist --python {version} --source TARBALL …`"
            )),
            Self::NotSource { .. } => {
                Some("pass a source archive of CPython, as python.org publishes it".to_owned())
            }
            Self::Checksum { path, .. } => {
                Some(format!("remove `{}` to have it downloaded again", path.display()))
            }
            Self::WrongVersion { .. } => {
                Some("pass the version that the archive holds, or another archive".to_owned())
            }
            Self::MissingDependency { .. } => Some(
                "the folder must hold `include/` and, in `lib/`, static libraries compiled with \
                 -fPIC"
                    .to_owned(),
            ),
            Self::MissingExtensions { log, .. } => {
                Some(format!("`{}` says what was looked for and not found", log.display()))
            }
            Self::SharedLibraries { .. } => Some(
                "a development package outside the static dependencies was picked up; remove it, \
                 or report this"
                    .to_owned(),
            ),
            Self::Cache(error) => error.hint(),
            Self::Malformed { .. } | Self::Io(_) => None,
        }
    }
}
