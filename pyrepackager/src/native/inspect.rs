//! Reads the collected shared objects and parts those that the target can load from the rest.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::elf::{self, ElfError, Object};
use super::error::NativeError;
use crate::collect::{Collected, DataFile};

/// Processors: what a target triple begins with, and the number in ELF files.
const MACHINES: [(&str, u16); 2] = [("x86_64", 62), ("aarch64", 183)];

/// A shared object that the target can load.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The file.
    pub source: PathBuf,
    /// [`crate::collect::SharedLibrary::root`]; `None` for a library of this machine.
    pub root: Option<PathBuf>,
    /// Whether it is the distribution's own: an extension module of the standard library or a
    /// library of one.
    pub of_distribution: bool,
    /// What it says.
    pub object: Object,
    /// Bytes of the file.
    pub size: u64,
}

/// The system that shared objects must be made for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    /// Name of the processor, as in the triple.
    pub name: &'static str,
    machine: u16,
    /// Whether the C library is musl.
    pub musl: bool,
}

/// Why the target cannot load a shared object that is whole.
enum Foreign {
    Machine(u16),
    CLibrary,
}

impl Target {
    /// That of a target triple; `None` when it is none with ELF files that are known here.
    pub fn of(triple: &str) -> Option<Self> {
        let architecture = triple.split('-').next()?;
        let (name, machine) = *MACHINES.iter().find(|(name, _)| *name == architecture)?;
        triple.contains("-linux-").then(|| Self { name, machine, musl: triple.contains("musl") })
    }

    /// Whether an object is for the same processor.
    pub fn is_same_machine(&self, object: &Object) -> bool {
        object.machine == self.machine
    }

    fn check(&self, object: &Object) -> Result<(), Foreign> {
        if !self.is_same_machine(object) {
            return Err(Foreign::Machine(object.machine));
        }
        let for_other = if self.musl { object.glibc.is_some() } else { object.is_for_musl() };
        if for_other { Err(Foreign::CLibrary) } else { Ok(()) }
    }
}

impl Item {
    /// Reads a file.
    pub fn read(
        source: PathBuf,
        root: Option<PathBuf>,
    ) -> Result<Result<Self, ElfError>, NativeError> {
        let data = fs_err::read(&source)?;
        let size = data.len() as u64;
        let of_distribution = false;
        Ok(elf::parse(&data).map(|object| Self { source, root, of_distribution, object, size }))
    }
}

/// Shared objects that became files: why, by virtual path.
pub(super) type Unfit = BTreeMap<String, String>;

/// Reads all of `collected.libraries`. What the target cannot load is an error when it is an extension
/// module, and else becomes a file like others: packages carry libraries for several systems, tests carry
/// broken ones.
pub(super) fn inspect(
    target: &Target,
    collected: &mut Collected,
    details: &mut Vec<String>,
) -> Result<(BTreeMap<String, Item>, Unfit), NativeError> {
    let modules: BTreeMap<String, String> = collected
        .extensions
        .values()
        .map(|extension| (extension.virtual_path.clone(), extension.name.clone()))
        .collect();
    let (mut items, mut unfit) = (BTreeMap::new(), Unfit::new());
    for (virtual_path, library) in std::mem::take(&mut collected.libraries) {
        let module = modules.get(&virtual_path);
        let path = library.source.clone();
        let item = Item::read(library.source.clone(), Some(library.root.clone()))?;
        let why = match item {
            Ok(item) => match (target.check(&item.object), module) {
                (Ok(()), _) => {
                    let of_distribution = library.origin.stdlib;
                    items.insert(virtual_path.clone(), Item { of_distribution, ..item });
                    collected.libraries.insert(virtual_path, library);
                    continue;
                }
                (Err(foreign), Some(module)) => return Err(target.refuse(foreign, path, module)),
                (Err(Foreign::Machine(machine)), None) => {
                    format!("it is for the processor {}", machine_name(machine))
                }
                (Err(Foreign::CLibrary), None) => "it is for another C library".to_owned(),
            },
            Err(source @ (ElfError::Truncated { .. } | ElfError::Malformed(_))) => {
                return Err(NativeError::Elf { path, source, module: module.cloned() });
            }
            Err(source) => match module {
                Some(module) => {
                    return Err(NativeError::Elf { path, source, module: Some(module.clone()) });
                }
                None => source.to_string(),
            },
        };
        details.push(format!("{virtual_path} goes in as a file, not as a library: {why}"));
        unfit.insert(virtual_path.clone(), why);
        let (source, origin) = (library.source, library.origin);
        collected.files.insert(virtual_path.clone(), DataFile { source, virtual_path, origin });
    }
    Ok((items, unfit))
}

impl Target {
    fn refuse(&self, foreign: Foreign, path: PathBuf, module: &str) -> NativeError {
        let module = module.to_owned();
        let c_library = |musl| if musl { "musl" } else { "glibc" };
        match foreign {
            Foreign::Machine(found) => {
                let found = machine_name(found);
                NativeError::Machine { path, found, expected: self.name, module }
            }
            Foreign::CLibrary => {
                let (found, expected) = (c_library(!self.musl), c_library(self.musl));
                NativeError::CLibrary { path, found, expected, module }
            }
        }
    }
}

/// Name of a processor, or its number.
fn machine_name(machine: u16) -> String {
    let known = MACHINES.iter().find(|(_, number)| *number == machine);
    known.map_or_else(|| format!("number {machine}"), |(name, _)| (*name).to_owned())
}
