//! Shared objects, and what all of it asks of glibc.

use std::collections::BTreeMap;

use serde::Serialize;

use super::contents::{Contents, PackedLibrary};
use crate::inspect::record::{BuildRecord, LibraryRecord};
use crate::native::Glibc;
use crate::native::elf::{self, Requirement};

/// A packed shared object.
#[derive(Clone, Debug, Serialize)]
pub struct LibraryFacts {
    /// Its virtual path.
    pub file: String,
    /// The extension module that it is; `None` for a library.
    pub module: Option<String>,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes that it takes in the executable; 0 when it lies beside that.
    pub stored: u64,
    /// Its SONAME.
    pub soname: Option<String>,
    /// Packed libraries that are loaded before it, in that order.
    pub needs: Vec<String>,
    /// Extension modules and libraries before which it is loaded.
    pub needed_by: Vec<String>,
    /// Libraries that it expects of the system.
    pub system: Vec<String>,
    /// What it asks of glibc by itself.
    pub glibc: Option<Requirement>,
    /// Whether it is of the machine of the build.
    pub from_system: bool,
}

/// The oldest glibc that an executable runs on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GlibcFloor {
    /// That version; `None` when nothing asks for one.
    pub version: Option<Glibc>,
    /// What the executable itself asks for.
    pub executable: Option<Requirement>,
    /// Whether the executable itself asks for that version.
    pub set_by_executable: bool,
    /// The shared objects that do.
    pub set_by: Vec<String>,
}

/// The packed shared objects, the largest first.
pub(super) fn libraries(contents: &Contents<'_>, record: &BuildRecord) -> Vec<LibraryFacts> {
    let mut needed_by: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (file, library) in &contents.libraries {
        let name = library.module.as_deref().unwrap_or(file);
        for dependency in &library.dependencies {
            needed_by.entry(dependency).or_default().push(name.to_owned());
        }
    }
    let by_soname = sonames(contents);
    let facts = contents.libraries.iter().map(|(file, library)| {
        let recorded = record.libraries.iter().find(|recorded| recorded.file == *file);
        let mut facts = facts(file, library, recorded, &by_soname);
        facts.needed_by = needed_by.remove(file).unwrap_or_default();
        facts
    });
    let mut all: Vec<LibraryFacts> = facts.collect();
    all.sort_by(|a, b| b.size.cmp(&a.size).then_with(|| a.file.cmp(&b.file)));
    all
}

/// The names under which packed libraries are asked for.
fn sonames(contents: &Contents<'_>) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (file, library) in &contents.libraries {
        let name = file.rsplit('/').next().unwrap_or(file);
        all.insert(name.to_owned(), (*file).to_owned());
        let object = library.bytes.as_deref().and_then(|bytes| elf::parse(bytes).ok());
        if let Some(soname) = object.and_then(|object| object.soname) {
            all.insert(soname, (*file).to_owned());
        }
    }
    all
}

fn facts(
    file: &str,
    library: &PackedLibrary<'_>,
    recorded: Option<&LibraryRecord>,
    by_soname: &BTreeMap<String, String>,
) -> LibraryFacts {
    let object = library.bytes.as_deref().and_then(|bytes| elf::parse(bytes).ok());
    let requirement = library.bytes.as_deref().and_then(|bytes| elf::requirement(bytes).ok());
    let size = library.bytes.as_ref().map(|bytes| bytes.len() as u64);
    // Of one that lies beside the executable, the build has said what it was.
    let without_bytes = || {
        let version = recorded?.glibc.clone()?;
        Some(Requirement { version, symbols: Vec::new() })
    };
    let system = match &object {
        Some(object) => {
            let needed = object.needed.iter().filter(|name| !by_soname.contains_key(*name));
            needed.cloned().collect()
        }
        None => recorded.map(|recorded| recorded.system.clone()).unwrap_or_default(),
    };
    LibraryFacts {
        file: file.to_owned(),
        module: library.module.clone(),
        size: size.or(recorded.map(|recorded| recorded.size)).unwrap_or(0),
        stored: library.stored,
        soname: object.and_then(|object| object.soname),
        needs: library.dependencies.clone(),
        needed_by: Vec::new(),
        system,
        glibc: requirement.unwrap_or_else(without_bytes),
        from_system: recorded.is_some_and(|recorded| recorded.from_system),
    }
}

/// What an executable with these shared objects asks of glibc.
pub(super) fn floor(executable: &[u8], libraries: &[LibraryFacts]) -> GlibcFloor {
    let own = elf::requirement(executable).ok().flatten();
    let versions = libraries.iter().filter_map(|library| library.glibc.as_ref());
    let version = versions.chain(&own).map(|requirement| &requirement.version).max().cloned();
    let asks = |requirement: Option<&Requirement>| {
        version.is_some() && requirement.map(|requirement| &requirement.version) == version.as_ref()
    };
    let set_by = libraries.iter().filter(|library| asks(library.glibc.as_ref()));
    GlibcFloor {
        set_by_executable: asks(own.as_ref()),
        set_by: set_by.map(|library| library.file.clone()).collect(),
        version,
        executable: own,
    }
}
