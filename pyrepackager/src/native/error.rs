//! Errors about shared objects.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::elf::ElfError;

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
    #[error("{}", lines(libraries))]
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

/// A library that nothing provides.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} needs the library {library}, which no package brings; searched: {}{}",
    needed_by.display(), searched.join(", "), found_at(found.as_ref())
)]
pub struct MissingLibrary {
    /// SONAME of the library.
    pub library: String,
    /// The file that needs it.
    pub needed_by: PathBuf,
    /// The places searched.
    pub searched: Vec<String>,
    /// Where this machine has it.
    pub found: Option<PathBuf>,
    /// SONAMEs of what that needs in turn and nothing provides.
    pub also: Vec<String>,
}

fn lines(libraries: &[MissingLibrary]) -> String {
    let lines: Vec<String> = libraries.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn paths(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    paths.join(", ")
}

fn found_at(found: Option<&PathBuf>) -> String {
    found.map(|path| format!("; this machine has {}", path.display())).unwrap_or_default()
}

/// What to do about missing libraries: all at once, with what those of this machine need in turn.
fn missing_hint(libraries: &[MissingLibrary]) -> String {
    let mut absent: Vec<&str> = Vec::new();
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    for missing in libraries {
        wanted.insert(&missing.library);
        wanted.extend(missing.also.iter().map(String::as_str));
        if missing.found.is_none() && !absent.contains(&missing.library.as_str()) {
            absent.push(&missing.library);
        }
    }
    let wanted: Vec<&str> = wanted.into_iter().collect();
    let set = format!("`include_system = {wanted:?}` in [native_libraries]");
    if absent.is_empty() {
        format!(
            "to take it along, set {set}; to do without, leave the module that needs it out with `excludes`"
        )
    } else {
        format!(
            "install {} on this machine and set {set}, or leave the module that needs it out with `excludes`",
            absent.join(", ")
        )
    }
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
            Self::Missing { libraries } => Some(missing_hint(libraries)),
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
