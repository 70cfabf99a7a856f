//! The distribution's own extension modules that are shared libraries, such as `_tkinter`, with the
//! libraries beside them and the scripts that Tcl needs.
//!
//! All of it keeps the place that it has below the distribution's `install` folder, so that the
//! search paths in the files lead where they led there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use object::Object as _;
use walkdir::WalkDir;

use super::error::CollectError;
use super::model::{Collected, DataFile, ExtensionModule, ModuleKind, Origin, SharedLibrary};
use super::names::is_covered;
use crate::config::resolved::PackageSource;
use crate::distribution::{Distribution, ExtensionVariant, Library, ObjectFormat};
use crate::native::{self, Outside};
use crate::policy::{SelectedExtension, Selection};

/// The extension module that runs Tcl.
const TCL: &str = "_tkinter";

/// Looks for what extension modules need.
struct Finder<'a> {
    line: usize,
    distribution: &'a Distribution,
    /// The folder that the distribution is installed in.
    install: PathBuf,
}

/// What an extension module needs.
#[derive(Debug, Default)]
struct Needs {
    /// Files of the distribution.
    packed: BTreeSet<PathBuf>,
    /// Names of libraries that are left to the system although not every system has them.
    system: BTreeSet<String>,
    /// Names of libraries that are not to be had.
    missing: BTreeSet<String>,
}

/// Collects the packed extension modules of `selection` that `source` does not exclude.
///
/// One that needs a library which neither the distribution nor a system has stays out, with a note.
pub(super) fn collect(
    source: &PackageSource,
    selection: &Selection,
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let install = distribution.root.join("install");
    let finder = Finder { line: source.line, distribution, install };
    let mut collected = Collected::default();
    let mut system: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for SelectedExtension { name, variant } in &selection.shared {
        let Some(file) = &variant.shared_library else { continue };
        if is_covered(name, &source.excludes) {
            continue;
        }
        let needs = finder.needs(file, variant)?;
        if needs.missing.is_empty() {
            finder.add(name, file, &needs, &mut collected);
            system.insert(name, needs.system);
        } else {
            collected.notes.push(format!(
                "extension module {name} left out, as the distribution lacks a library that it \
                 needs: {}",
                joined(&needs.missing)
            ));
        }
    }
    system.retain(|_, libraries| !libraries.is_empty());
    for (name, libraries) in system {
        collected.notes.push(format!(
            "{name} needs libraries of the system where the executable runs: {}",
            joined(&libraries)
        ));
    }
    let is_excluded = is_covered(TCL, &source.excludes);
    let runs_tcl = collected.extensions.contains_key(TCL)
        || selection.extensions.iter().any(|extension| extension.name == TCL);
    if runs_tcl && !is_excluded {
        finder.add_tcl_library(&mut collected)?;
    }
    Ok(collected)
}

impl Finder<'_> {
    fn origin(&self) -> Origin {
        Origin { line: self.line, stdlib: true }
    }

    /// Everything that the extension module in `file` needs, and its libraries need.
    fn needs(&self, file: &Path, variant: &ExtensionVariant) -> Result<Needs, CollectError> {
        let mut needs = Needs::default();
        let mut open = vec![file.to_owned()];
        for link in &variant.links {
            if let Library::Dynamic { path, .. } = link
                && needs.packed.insert(path.clone())
            {
                open.push(path.clone());
            }
        }
        while let Some(object) = open.pop() {
            for name in self.needed(&object)? {
                match self.beside(file, &name)? {
                    Some(path) if path == file => {}
                    Some(path) => {
                        if needs.packed.insert(path.clone()) {
                            open.push(path);
                        }
                    }
                    None => self.outside(name, variant, &mut needs),
                }
            }
        }
        Ok(needs)
    }

    /// Notes a library that the distribution lacks.
    fn outside(&self, name: String, variant: &ExtensionVariant, needs: &mut Needs) {
        // Of DLLs and of macOS's libraries the system's own cannot be told from others here.
        if self.distribution.object_format == ObjectFormat::Coff
            || self.distribution.object_format == ObjectFormat::MachO
            || !name.contains(".so")
        {
            return;
        }
        let is_named = variant.links.iter().any(|link| {
            matches!(link, Library::System(link) if name.starts_with(&format!("lib{link}.so")))
        });
        match Outside::of(&name, &self.distribution.target_triple) {
            Outside::Everywhere => {}
            Outside::Unknown if !is_named => {
                needs.missing.insert(name);
            }
            Outside::Display | Outside::Unknown => {
                needs.system.insert(name);
            }
        }
    }

    /// The file of a library in the folder of the distribution's libraries, or beside the module.
    fn beside(&self, module: &Path, name: &str) -> Result<Option<PathBuf>, CollectError> {
        // Mach-O files name paths.
        let name = name.rsplit('/').next().unwrap_or(name);
        let is_windows = self.distribution.object_format == ObjectFormat::Coff;
        let folder = if is_windows { module.parent() } else { self.distribution.stdlib.parent() };
        let Some(folder) = folder else { return Ok(None) };
        let path = folder.join(name);
        if path.is_file() {
            return Ok(Some(path));
        }
        if is_windows {
            // Names of DLLs are the same in any case.
            let unreadable = |source| self.unreadable(folder, source);
            for entry in fs_err::read_dir(folder).map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                if entry.file_name().to_string_lossy().eq_ignore_ascii_case(name) {
                    return Ok(Some(entry.path()));
                }
            }
        }
        Ok(None)
    }

    /// Names of the libraries that a file needs. None for a damaged file: a later step reads it
    /// again and reports it.
    fn needed(&self, file: &Path) -> Result<Vec<String>, CollectError> {
        let data = fs_err::read(file).map_err(|source| self.unreadable(file, source))?;
        if let Ok(object) = native::elf::parse(&data) {
            return Ok(object.needed);
        }
        let Ok(object) = object::File::parse(data.as_slice()) else { return Ok(Vec::new()) };
        let imports = object.imports().into_iter().flatten().flatten();
        let names: BTreeSet<String> = imports
            .map(|import| String::from_utf8_lossy(import.library()).into_owned())
            .filter(|name| !name.is_empty())
            .collect();
        Ok(names.into_iter().collect())
    }

    fn add(&self, name: &str, file: &Path, needs: &Needs, collected: &mut Collected) {
        let origin = self.origin();
        for path in needs.packed.iter().map(PathBuf::as_path).chain([file]) {
            let virtual_path = self.virtual_path(path);
            let (source, root) = (path.to_owned(), self.install.clone());
            let library =
                SharedLibrary { source, virtual_path: virtual_path.clone(), root, origin };
            collected.libraries.insert(virtual_path, library);
        }
        let (name, virtual_path) = (name.to_owned(), self.virtual_path(file));
        let kind = ModuleKind::Module;
        let extension = ExtensionModule { name: name.clone(), kind, virtual_path, origin };
        collected.extensions.insert(name, extension);
    }

    /// Adds Tcl's and Tk's scripts as files.
    fn add_tcl_library(&self, collected: &mut Collected) -> Result<(), CollectError> {
        for folder in &self.distribution.tcl_library {
            for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
                let entry = entry.map_err(|error| {
                    let path = error.path().unwrap_or(folder).to_owned();
                    self.unreadable(&path, error.into())
                })?;
                if entry.file_type().is_file() {
                    let virtual_path = self.virtual_path(entry.path());
                    let (source, origin) = (entry.into_path(), self.origin());
                    let file = DataFile { source, virtual_path: virtual_path.clone(), origin };
                    collected.files.insert(virtual_path, file);
                }
            }
        }
        Ok(())
    }

    /// The place below the folder that the distribution is installed in.
    fn virtual_path(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.install).or_else(|_| path.strip_prefix("/"));
        let names = below.unwrap_or(path).iter().map(|name| name.to_string_lossy());
        names.collect::<Vec<_>>().join("/")
    }

    fn unreadable(&self, path: &Path, source: std::io::Error) -> CollectError {
        CollectError::Unreadable { line: self.line, path: path.to_owned(), source }
    }
}

fn joined(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
