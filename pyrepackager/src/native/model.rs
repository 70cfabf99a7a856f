//! What becomes of the shared objects, and what a report says of them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;

use super::glibc::Glibc;

/// The shared objects that go in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Libraries {
    /// By virtual path, sorted.
    pub libraries: Vec<Library>,
    /// What a report says.
    pub report: Report,
    /// Libraries that nothing provides; those of the machine where the executable runs are all that is left for them.
    pub missing: Vec<MissingLibrary>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// What a person may want to know.
    pub details: Vec<String>,
    /// Files of this machine that went in, as inputs of the build.
    pub inputs: Vec<PathBuf>,
}

/// A library that nothing provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingLibrary {
    /// SONAME of the library.
    pub library: String,
    /// Virtual path of the shared object that needs it.
    pub needed_by: String,
    /// The extension modules that cannot be loaded without it, by full dotted name.
    pub modules: BTreeSet<String>,
    /// The places searched.
    pub searched: Vec<String>,
    /// Where this machine has it.
    pub found: Option<PathBuf>,
}

/// A shared object on its way into the blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// Path below the root of imports, with `/`.
    pub virtual_path: String,
    /// The file.
    pub source: PathBuf,
    /// What goes in instead of the file's contents, where names in it had to change.
    pub patched: Option<Vec<u8>>,
    /// Virtual paths of the libraries that must be loaded before it, in that order, those that they
    /// need themselves included.
    pub dependencies: Vec<String>,
}

impl Library {
    /// What goes in.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn contents(&self) -> std::io::Result<Vec<u8>> {
        match &self.patched {
            Some(bytes) => Ok(bytes.clone()),
            None => fs_err::read(&self.source),
        }
    }
}

/// What went in, for a person who wants to know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the application asks of the C library.
    pub glibc: GlibcReport,
    /// The extension modules, by name.
    pub extensions: Vec<ExtensionReport>,
    /// The other shared objects, by virtual path.
    pub libraries: Vec<LibraryReport>,
    /// All libraries that were renamed, by virtual path.
    pub renamed: Vec<Renamed>,
    /// Libraries of this machine that went in: virtual path and file.
    pub from_system: Vec<(String, PathBuf)>,
}

/// The oldest glibc that an application runs on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct GlibcReport {
    /// That of the executable itself; `None` when it is not known.
    pub executable: Option<Glibc>,
    /// That of the shared objects; `None` when none asks for one.
    pub shared_objects: Option<Glibc>,
    /// Virtual paths of the shared objects that ask for this one.
    pub asked_by: Vec<String>,
}

/// A library that goes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LibraryReport {
    /// Virtual path of its file.
    pub file: String,
    /// Bytes of the file.
    pub size: u64,
    /// Its SONAME in the file.
    pub soname: Option<String>,
    /// The oldest glibc that it runs on by itself; `None` when it asks for none.
    pub glibc: Option<Glibc>,
}

/// An extension module and what comes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExtensionReport {
    /// Full dotted name.
    pub module: String,
    /// Virtual path of its file.
    pub file: String,
    /// Bytes of the file.
    pub size: u64,
    /// Virtual paths of the libraries that are loaded before it, in that order.
    pub dependencies: Vec<String>,
    /// SONAMEs of the libraries that it and its dependencies expect of the system, sorted.
    pub system: Vec<String>,
    /// The oldest glibc that it and its dependencies run on; `None` when they ask for none.
    pub glibc: Option<Glibc>,
    /// That of its own file; for the record inside the executable.
    #[serde(skip)]
    pub own_glibc: Option<Glibc>,
    /// Those of its dependencies that were renamed.
    pub renamed: Vec<Renamed>,
}

/// A library that has another SONAME in the executable than in its file, because of another
/// library with the same one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// Virtual path of the library.
    pub library: String,
    /// Its SONAME in the file.
    pub from: String,
    /// Its SONAME in the executable.
    pub to: String,
}
