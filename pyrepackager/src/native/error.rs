//! Errors about shared objects.

use std::path::PathBuf;

use super::elf::ElfError;
use super::missing;
use super::model::MissingLibrary;

/// Why a shared object cannot go in, or could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NativeError {
    /// A file is no shared object.
    #[error("{} cannot be loaded as a shared object: {source}", path.display())]
    Elf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; the text is part of the message.
        source: ElfError,
        /// The extension module that it is.
        module: Option<String>,
    },
    /// An extension module is for another processor.
    #[error("{} is for the processor {found}, the executable is for {expected}", path.display())]
    Machine {
        /// The file.
        path: PathBuf,
        /// Its processor.
        found: String,
        /// That of the target.
        expected: &'static str,
        /// The extension module that it is.
        module: String,
    },
    /// An extension module is for another C library.
    #[error("{} is for the C library {found}, the executable is for {expected}", path.display())]
    CLibrary {
        /// The file.
        path: PathBuf,
        /// Its C library.
        found: &'static str,
        /// That of the target.
        expected: &'static str,
        /// The extension module that it is.
        module: String,
    },
    /// Nothing provides libraries that are needed.
    #[error("{}", missing::lines(libraries))]
    Missing {
        /// The libraries, at least one.
        libraries: Vec<MissingLibrary>,
    },
    /// A library that shall go in is not on this machine.
    #[error(
        "[native_libraries] include_system names {library}, which {} needs, and this machine does not have \
         it; searched: {}",
        needed_by.display(), paths(searched)
    )]
    NotHere {
        /// SONAME of the library.
        library: String,
        /// The file that needs it.
        needed_by: PathBuf,
        /// The folders searched.
        searched: Vec<PathBuf>,
    },
    /// A library shall go in that belongs to the system.
    #[error(
        "[native_libraries] include_system names {library}, which belongs to the system's C library or loader"
    )]
    OfTheSystem {
        /// SONAME of the library.
        library: String,
    },
    /// A library does not have the name by which another needs it.
    #[error(
        "{} needs {library}, and {} {}: loaded from memory, it is not found under that name",
        needed_by.display(), path.display(), soname_words(soname.as_ref())
    )]
    Soname {
        /// The name in the other's `DT_NEEDED`.
        library: String,
        /// The file that needs it.
        needed_by: PathBuf,
        /// The library's file.
        path: PathBuf,
        /// Its SONAME.
        soname: Option<String>,
    },
    /// Two different libraries have the same SONAME, and neither has room for another.
    #[error(
        "{first} and {second} are different libraries of the same name {soname}, which cannot be changed"
    )]
    Rename {
        /// The name.
        soname: String,
        /// Virtual path of the one.
        first: String,
        /// Virtual path of the other.
        second: String,
    },
    /// A file cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

fn paths(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}

fn soname_words(soname: Option<&String>) -> String {
    match soname {
        Some(soname) => format!("has the SONAME {soname}"),
        None => "has no SONAME".to_owned(),
    }
}

impl NativeError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let leave_out = |module: &str| {
            format!("leave the module out with `excludes = [\"{module}\"]` in [[python_packages]]")
        };
        match self {
            Self::Elf { module, .. } => Some(match module {
                Some(module) => format!("install the package again, or {}", leave_out(module)),
                None => "install the package again, or leave it out with `excludes`".to_owned(),
            }),
            Self::Machine { module, .. } | Self::CLibrary { module, .. } => Some(format!(
                "install the package for the target of the build, or {}",
                leave_out(module)
            )),
            Self::Missing { libraries } => Some(missing::hint(libraries)),
            Self::NotHere { library, .. } => {
                Some(format!("install {library} on this machine, or take it from the list"))
            }
            Self::OfTheSystem { library } => Some(format!(
                "take {library} from the list: it stays outside; link on an older system to run on older ones"
            )),
            Self::Soname { library, path, .. } => {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                Some(format!("`patchelf --set-soname {library} {file}` gives it that name"))
            }
            Self::Rename { .. } => {
                Some("leave one of the packages out, or build one with another name".to_owned())
            }
            Self::File(_) => None,
        }
    }
}
