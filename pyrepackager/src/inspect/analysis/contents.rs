//! Modules, files and libraries among the packed resources, with their sizes.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use pyresources::{Entry, Kind, ModuleKind, Resources, Role, install};

use super::tree::{Part, PartKind};
use crate::inspect::Executable;
use crate::inspect::error::InspectError;
use crate::inspect::owners::Owners;
use crate::inspect::record::{BuildRecord, Owner};

/// The packed resources by what they are to a person.
pub(super) struct Contents<'a> {
    /// Modules and files, and libraries without their bytes.
    pub items: Vec<Item>,
    /// Libraries, by virtual path.
    pub libraries: BTreeMap<&'a str, PackedLibrary<'a>>,
    /// Stored bytes of what no application asks for by name.
    pub own: BTreeMap<PartKind, u64>,
}

/// A module, a file or a library.
pub(super) struct Item {
    /// Whose it is.
    pub owner: Option<Owner>,
    /// A virtual path, of a module without the ending.
    pub name: String,
    pub kind: Kind,
    /// Whether it has modules or files below it.
    pub is_package: bool,
    pub parts: Vec<Part>,
}

/// A packed shared object.
#[derive(Default)]
pub(super) struct PackedLibrary<'a> {
    /// The extension module that it is.
    pub module: Option<String>,
    /// What is loaded before it.
    pub dependencies: Vec<String>,
    /// Its bytes; `None` when they lie in a file beside the executable.
    pub bytes: Option<Cow<'a, [u8]>>,
    /// Bytes that it takes in the executable.
    pub stored: u64,
}

/// Reads everything.
///
/// # Errors
///
/// Something is damaged.
pub(super) fn read<'a>(
    executable: &'a Executable,
    resources: &Resources<'a>,
    record: &BuildRecord,
) -> Result<Contents<'a>, InspectError> {
    let owners = Owners::new(&record.owners);
    let mut reader = Reader {
        executable,
        seen: BTreeSet::new(),
        contents: Contents { items: Vec::new(), libraries: BTreeMap::new(), own: BTreeMap::new() },
    };
    let mut modules = Vec::new();
    for entry in resources.entries() {
        let entry = entry.map_err(|error| executable.damaged(error))?;
        let parts = reader.parts(&entry)?;
        match entry.kind() {
            Kind::SharedLibrary => reader.library(&entry, &parts)?,
            Kind::Module => {
                let path = executable.text(&entry, Role::Extension)?;
                let name = install::split(entry.name()).1.replace('/', ".");
                modules.extend(path.map(|path| (name, path)));
            }
            _ => {}
        }
        reader.item(&entry, parts, &owners);
    }
    let mut contents = reader.contents;
    for (module, path) in modules {
        if let Some(library) = contents.libraries.get_mut(path.as_str()) {
            library.module = Some(module);
        }
    }
    Ok(contents)
}

struct Reader<'a> {
    executable: &'a Executable,
    /// Where byte strings lie that were counted: equal ones lie there once.
    seen: BTreeSet<usize>,
    contents: Contents<'a>,
}

impl<'a> Reader<'a> {
    /// All byte strings of an entry, which are verified by that.
    fn parts(&mut self, entry: &Entry<'a>) -> Result<Vec<Part>, InspectError> {
        let mut parts = Vec::new();
        for role in Role::ALL {
            let found = entry.get(role).map_err(|error| self.executable.damaged(error))?;
            let Some(content) = found else { continue };
            let is_new = self.seen.insert(content.bytes.as_ptr() as usize);
            let stored = if is_new { content.bytes.len() as u64 } else { 0 };
            let kind = part_kind(entry.kind(), role);
            parts.push(Part { kind, stored, unpacked: content.length });
        }
        Ok(parts)
    }

    fn library(&mut self, entry: &Entry<'a>, parts: &[Part]) -> Result<(), InspectError> {
        let dependencies = self.executable.text(entry, Role::Dependencies)?.unwrap_or_default();
        let stored = parts.iter().filter(|part| part.kind == PartKind::Library);
        let library = PackedLibrary {
            module: None,
            dependencies: dependencies.lines().map(str::to_owned).collect(),
            bytes: self.executable.unpacked(entry, Role::Contents)?,
            stored: stored.map(|part| part.stored).sum(),
        };
        self.contents.libraries.insert(entry.name(), library);
        Ok(())
    }

    /// Sorts out which parts are of a module or file, and which are the packager's.
    fn item(&mut self, entry: &Entry<'_>, parts: Vec<Part>, owners: &Owners<'_>) {
        let (own, parts): (Vec<Part>, Vec<Part>) =
            parts.into_iter().partition(|part| part.kind.is_own());
        for part in own {
            *self.contents.own.entry(part.kind).or_default() += part.stored;
        }
        let is_namespace = entry.module_kind() == ModuleKind::Namespace;
        if parts.is_empty() || is_namespace {
            return;
        }
        let is_module = entry.kind() == Kind::Module;
        let name = entry.name().to_owned();
        self.contents.items.push(Item {
            owner: owners.of(&name).cloned(),
            name,
            kind: entry.kind(),
            is_package: is_module && entry.module_kind() == ModuleKind::Package,
            parts,
        });
    }
}

fn part_kind(kind: Kind, role: Role) -> PartKind {
    match (kind, role) {
        (Kind::Bootstrap, _) => PartKind::ImportSystem,
        (Kind::Setting, _) => PartKind::Settings,
        (Kind::Report, _) => PartKind::Record,
        (Kind::Distribution, _) => PartKind::Index,
        (_, Role::Bytecode0 | Role::Bytecode1 | Role::Bytecode2) => PartKind::Bytecode,
        (_, Role::Source) => PartKind::Source,
        (Kind::SharedLibrary, Role::Contents) => PartKind::Library,
        (_, Role::Contents) => PartKind::File,
        (_, Role::Extension | Role::Dependencies | Role::Digest | Role::Program) => PartKind::Index,
    }
}
