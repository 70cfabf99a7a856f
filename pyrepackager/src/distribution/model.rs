//! An unpacked distribution, as the rest of the crate sees it.
//!
//! The terms are those of `PYTHON.json`, documented in python-build-standalone's
//! `docs/distributions.rst`. All paths here are absolute and were checked to exist.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pyresources::cpu::X86Level;

use crate::config::resolved::PythonVersion;

/// An unpacked distribution.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The unpacked `python/` folder, which holds `PYTHON.json`.
    pub root: PathBuf,
    /// SHA-256 of the archive it was unpacked from: its identity in caches.
    pub archive_sha256: crate::config::resolved::Sha256Digest,
    /// Feature release, such as 3.13.
    pub version: PythonVersion,
    /// Full version, such as `3.13.5`.
    pub full_version: String,
    /// Rust's name of the target, such as `x86_64-unknown-linux-gnu`.
    pub target_triple: String,
    /// What the machine code needs of an x86-64 processor.
    pub cpu_level: X86Level,
    /// Whether there is no global interpreter lock: another ABI.
    pub free_threaded: bool,
    /// The interpreter, runnable on the target.
    pub python_exe: PathBuf,
    /// Folder of the standard library.
    pub stdlib: PathBuf,
    /// Folder that holds `Python.h`.
    pub include: PathBuf,
    /// `sys.implementation.cache_tag`, such as `cpython-313`.
    pub cache_tag: String,
    /// First four bytes of a `.pyc` file.
    pub bytecode_magic: [u8; 4],
    /// File name endings of extension modules, such as `.cpython-313-x86_64-linux-gnu.so`.
    pub extension_suffixes: Vec<String>,
    /// Folders of scripts that Tcl, Tk and their packages need; none where there is no Tcl.
    pub tcl_library: Vec<PathBuf>,
    /// Packages of the standard library that hold tests, such as `test` and `idlelib.idle_test`.
    pub stdlib_test_packages: Vec<String>,
    /// Format of every object file and static library.
    pub object_format: ObjectFormat,
    /// What makes up libpython without extensions.
    pub core: CoreBuild,
    /// Extension modules by name.
    pub extensions: BTreeMap<String, Extension>,
    /// SPDX identifiers of Python's own licence.
    pub licenses: Vec<String>,
    /// Text of Python's own licence.
    pub license_path: Option<PathBuf>,
    /// What a person should know of the archive: what it names and does not have, by kind.
    pub notes: Vec<String>,
}

/// Format of object files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectFormat {
    /// Linux.
    Elf,
    /// macOS.
    MachO,
    /// Windows.
    Coff,
    /// Made with link-time optimisation; needs a linker with an LLVM at least as new.
    LlvmBitcode(LlvmVersion),
}

/// Version of an LLVM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LlvmVersion {
    /// `22` in 22.1.3.
    pub major: u32,
    /// `1` in 22.1.3.
    pub minor: u32,
    /// `3` in 22.1.3.
    pub patch: u32,
}

/// What makes up libpython without extensions.
#[derive(Clone, Debug)]
pub struct CoreBuild {
    /// Object files, the initialisation table (`config.o`) left out.
    pub objects: Vec<PathBuf>,
    /// The whole of libpython, extension modules and initialisation table included, where the
    /// distribution has it.
    pub static_library: Option<PathBuf>,
    /// Libraries that the core needs.
    pub links: Vec<Library>,
    /// Compiler flags for a file that defines the initialisation table.
    pub inittab_cflags: Vec<String>,
}

/// An extension module and the ways to provide it.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Name that it is imported under.
    pub name: String,
    /// At least one; the first is the default.
    pub variants: Vec<ExtensionVariant>,
}

/// One way to provide an extension module.
#[derive(Clone, Debug, Default)]
pub struct ExtensionVariant {
    /// Name of the variant, mostly `default`.
    pub variant: String,
    /// `PyInit_…`; `None` where the JSON says `NULL`, that is for modules that the core sets up.
    pub init_fn: Option<String>,
    /// Whether the code is in the core's objects.
    pub in_core: bool,
    /// Whether the interpreter does not start without it.
    pub required: bool,
    /// Its own object files.
    pub objects: Vec<PathBuf>,
    /// Libraries that it needs.
    pub links: Vec<Library>,
    /// The extension as a shared library, where it was built as one.
    pub shared_library: Option<PathBuf>,
    /// SPDX identifiers of its libraries' licences; `None` when unknown.
    pub licenses: Option<Vec<String>>,
    /// Texts of its libraries' licences.
    pub license_paths: Vec<PathBuf>,
    /// Whether its libraries are in the public domain.
    pub public_domain: bool,
    /// Object files and libraries that the archive names and does not have, relative to its root. With
    /// any, the variant cannot be linked.
    pub missing: Vec<String>,
}

/// A library to link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Library {
    /// A static library of the distribution.
    Static {
        /// Name without `lib` and `.a`.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A shared library of the distribution, as Windows archives have them.
    Dynamic {
        /// Name without an ending.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// A library of the operating system.
    System(String),
    /// A macOS framework.
    Framework(String),
}

impl Library {
    /// The static library in a file.
    pub fn of_file(path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let name = name.strip_prefix("lib").unwrap_or(&name).to_owned();
        Self::Static { name, path: path.to_owned() }
    }
}
