//! What a build says of itself inside the executable.
//!
//! It holds what the packed resources do not tell: to whom a name belongs, licences, what imports lack. It is the
//! same on every machine: no path and no time is in it. It is JSON, which other tools can read; fields that a
//! reader does not know are passed over, and those that it lacks are empty.

use serde::{Deserialize, Serialize};

use crate::imports::{Circumstance, Reach};
use crate::licenses::ComponentKind;
use crate::native::Glibc;

/// The record of a build.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BuildRecord {
    /// The packager's name and version.
    pub made_by: String,
    /// What the application is called.
    pub application: String,
    /// Full version of Python, such as `3.13.5`.
    pub python: String,
    /// `sys.implementation.cache_tag`, such as `cpython-313`.
    pub cache_tag: String,
    /// First four bytes of a `.pyc` file of that Python.
    pub bytecode_magic: [u8; 4],
    /// Name of the target, such as `x86_64-unknown-linux-gnu`.
    pub target: String,
    /// Extension modules of the standard library that the application asks for, which are machine code of the
    /// executable.
    pub extensions: Vec<String>,
    /// All that has a licence of its own.
    pub components: Vec<ComponentRecord>,
    /// Whose the packed modules and files are.
    pub owners: Vec<OwnerRecord>,
    /// The shared objects.
    pub libraries: Vec<LibraryRecord>,
    /// Modules with imports that nothing in the executable provides.
    pub missing: Vec<ImporterRecord>,
}

/// A component with its licence; see [`crate::licenses::Component`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentRecord {
    /// What it is.
    pub kind: ComponentKind,
    /// Its name.
    pub name: String,
    /// Its version, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// An SPDX expression, or what its makers say; `None` when they say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Whether the licence is an SPDX expression.
    #[serde(default)]
    pub spdx: bool,
    /// The extension modules that link a library.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub used_by: Vec<String>,
}

/// Somebody, and what is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnerRecord {
    /// Who it is.
    pub owner: Owner,
    /// Names with `/`, each for all that is below it, as far as no longer name says otherwise: of modules, of files,
    /// of libraries.
    pub paths: Vec<String>,
}

/// Whose a module or a file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// The standard library.
    Stdlib,
    /// A Python distribution, by its normalised name.
    Distribution(String),
    /// The application: folders and scripts that are of no distribution.
    Application,
    /// The machine of the build, which gave libraries.
    System,
    /// The packager.
    Packager,
}

/// A shared object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryRecord {
    /// Its virtual path.
    pub file: String,
    /// Bytes of the file.
    pub size: u64,
    /// The oldest glibc that it runs on by itself; `None` when it asks for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glibc: Option<Glibc>,
    /// Libraries that it and its dependencies expect of the system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub system: Vec<String>,
    /// Whether it is of the machine of the build.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_system: bool,
}

/// A module with imports that nothing provides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImporterRecord {
    /// Its name; `__main__` for the code of `[python_run]`.
    pub module: String,
    /// How the application comes to it.
    pub reach: Reach,
    /// What it lacks.
    pub imports: Vec<LackingRecord>,
}

/// An import that nothing provides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LackingRecord {
    /// The missing module.
    pub module: String,
    /// Line of the importer, from 1.
    pub line: usize,
    /// When it is made, and what becomes of a failure.
    pub when: Circumstance,
}
