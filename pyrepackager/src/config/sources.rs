//! Resolved entries of `[[python_packages]]`.

use std::path::PathBuf;

use super::resolved::OptimizeLevel;

/// Lines from here on are of entries that stand in no file, as a command has made them.
pub const UNWRITTEN: usize = usize::MAX / 2;

/// How a message about the entry at `line` begins.
pub(crate) fn of_entry(line: usize) -> String {
    match line {
        UNWRITTEN.. => String::new(),
        _ => format!("[[python_packages]] at line {line}: "),
    }
}

/// One entry of `[[python_packages]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageSource {
    /// Which kind of place modules come from.
    pub kind: PackageSourceKind,
    /// Level of the bytecode of these modules.
    pub optimize_level: OptimizeLevel,
    /// Whether the source goes in beside the bytecode.
    pub include_source: bool,
    /// Modules left out: a full name also leaves out all below it (`foo` does not match `foofoo`).
    pub excludes: Vec<String>,
    /// Whether an import in these modules that nothing provides ends the build.
    pub strict_imports: bool,
    /// Line of the entry in the TOML file, from 1, for messages.
    pub line: usize,
}

/// Kinds of places that modules come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackageSourceKind {
    /// The distribution's standard library.
    Stdlib {
        /// Whether the standard library's own tests stay out.
        exclude_test_modules: bool,
    },
    /// A folder, of which only the named packages and modules are taken.
    PackageRoot {
        /// The folder.
        path: PathBuf,
        /// Names of `NAME.py` files and `NAME/` folders in it.
        packages: Vec<String>,
    },
    /// A virtual environment: all of its `site-packages`.
    Virtualenv {
        /// The environment's root, which holds `pyvenv.cfg`.
        path: PathBuf,
    },
    /// A wheel, or a folder of wheels.
    Wheel {
        /// A `.whl` file, or a folder that holds some.
        path: PathBuf,
    },
    /// Distributions that an installer finds.
    Requirements(Requirements),
    /// No place: of what the entries before it brought, only the modules that a file names stay.
    FilterFileInclude {
        /// The file, with one name in each line.
        path: PathBuf,
    },
    /// As [`FilterFileInclude`](Self::FilterFileInclude), with the names in several files together.
    FilterFilesInclude {
        /// The files, as an absolute pattern of the crate `glob`.
        glob: String,
    },
}

impl PackageSourceKind {
    /// Whether it brings nothing, but leaves out some of what others brought.
    pub fn is_filter(&self) -> bool {
        matches!(self, Self::FilterFileInclude { .. } | Self::FilterFilesInclude { .. })
    }
}

/// What an installer is asked for, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirements {
    /// Where the requirements stand.
    pub from: RequirementsSource,
    /// Further arguments for pip.
    pub extra_args: Vec<String>,
}

/// Where requirements stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequirementsSource {
    /// In the TOML file.
    Package {
        /// One requirement, as `pip install` takes it.
        requirement: String,
    },
    /// In a requirements file of pip's.
    File {
        /// The file.
        path: PathBuf,
    },
    /// In a project's `pyproject.toml`; the project itself goes in as well.
    Project {
        /// The folder that holds `pyproject.toml`.
        path: PathBuf,
        /// Optional dependencies of the project that go in.
        extras: Vec<String>,
        /// Dependency groups of the project that go in.
        groups: Vec<String>,
    },
    /// In the inline metadata of a script (PEP 723); the script itself goes in as well.
    Script {
        /// The `.py` file.
        path: PathBuf,
    },
}
