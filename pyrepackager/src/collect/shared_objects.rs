//! Extension modules and shared libraries among the files of a scan.
//!
//! A file's name tells which Python an extension module is for: `_c.cpython-313-x86_64-linux-gnu.so`,
//! `_c.abi3.so`. A plain `_c.so` is an extension module when it exports `PyInit__c`, and a library
//! otherwise. What a library needs, and whether the target can load it, is the business of
//! [`crate::native`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pyresources::install;

use super::error::CollectError;
use super::model::{ExtensionModule, Module, ModuleKind, SharedLibrary};
use super::passed_over::PassedOver;
use super::scan::{Found, Scan};
use crate::native;

/// Beginnings of the tags that tell the Python and platform of an extension module.
const TAGS: [&str; 6] = ["abi3", "cp3", "cpython-", "graalpy", "pypy", "pyston"];

/// The ending of an extension module that any Python of the platform takes for its own.
const PLAIN: &str = ".so";

/// The shared objects of a scan.
#[derive(Debug, Default)]
pub(super) struct SharedObjects {
    /// Extension modules by full dotted name.
    pub extensions: BTreeMap<String, ExtensionModule>,
    /// All shared objects by virtual path, extension modules among them.
    pub libraries: BTreeMap<String, SharedLibrary>,
}

/// What the name of a file says.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// An extension module.
    Extension {
        /// Its stem, `__init__` for a package.
        stem: String,
        /// Position of its ending among those of the distribution, the preferred first; `None` when
        /// it is for another Python or platform.
        rank: Option<usize>,
        /// What the name has between the stem and the last dot.
        tag: String,
    },
    /// A library.
    Library,
}

/// A file that may be the extension module of a name.
struct Candidate {
    file: Found,
    rank: Option<usize>,
    tag: String,
}

impl Scan<'_> {
    /// Takes the shared objects out of `files`, and returns the rest besides. `has_source` tells
    /// whether a module has a `.py` file.
    pub(super) fn shared_objects(
        &self,
        root: &Path,
        files: Vec<Found>,
        has_source: impl Fn(&str) -> bool,
        passed_over: &mut PassedOver,
    ) -> Result<(SharedObjects, Vec<Found>), CollectError> {
        let mut objects = SharedObjects::default();
        let mut rest = Vec::new();
        let mut candidates: BTreeMap<(String, bool), Vec<Candidate>> = BTreeMap::new();
        for file in files {
            let named = self.named(&file)?;
            let Some(named) = named else {
                rest.push(file);
                continue;
            };
            match module(&file, named) {
                Some((name, kind, rank, tag)) => {
                    if !self.is_left_out(&name) {
                        let candidate = Candidate { file, rank, tag };
                        candidates
                            .entry((name, kind == ModuleKind::Module))
                            .or_default()
                            .push(candidate);
                    }
                }
                None => objects.add(self.library(root, file)),
            }
        }
        for ((name, is_plain), files) in candidates {
            let chosen = self.choose(&name, files, &has_source, passed_over)?;
            let Some(file) = chosen else { continue };
            let library = self.library(root, file);
            // As with modules, a package goes before a module of the same name; here it comes first.
            if objects.extensions.contains_key(&name) {
                passed_over.shadowed.push(library.virtual_path);
                continue;
            }
            let virtual_path = library.virtual_path.clone();
            objects.add(library);
            let kind = if is_plain { ModuleKind::Module } else { ModuleKind::Package };
            let origin = self.origin();
            let extension = ExtensionModule { name: name.clone(), kind, virtual_path, origin };
            objects.extensions.insert(name, extension);
        }
        Ok((objects, rest))
    }

    fn library(&self, root: &Path, file: Found) -> SharedLibrary {
        SharedLibrary {
            virtual_path: self.virtual_path(&file.parts),
            source: file.path,
            root: root.to_owned(),
            origin: self.origin(),
        }
    }

    /// Of the files that are the module `name`, the one that CPython would take.
    fn choose(
        &self,
        name: &str,
        mut files: Vec<Candidate>,
        has_source: impl Fn(&str) -> bool,
        passed_over: &mut PassedOver,
    ) -> Result<Option<Found>, CollectError> {
        files.sort_by_key(|candidate| candidate.rank.unwrap_or(usize::MAX));
        let mut files = files.into_iter();
        let Some(first) = files.next() else { return Ok(None) };
        if first.rank.is_none() && !has_source(name) {
            return Err(CollectError::OtherPython {
                line: self.source.line,
                module: name.to_owned(),
                path: first.file.path,
                tag: first.tag,
                fitting: self.distribution.extension_suffixes.clone(),
            });
        }
        let fits = first.rank.is_some();
        let (chosen, others) = if fits { (Some(first.file), None) } else { (None, Some(first)) };
        for other in others.into_iter().chain(files) {
            let path = other.file.parts.join("/");
            let list = match other.rank {
                Some(_) => &mut passed_over.shadowed,
                None => &mut passed_over.other_pythons,
            };
            list.push(path);
        }
        Ok(chosen)
    }

    /// What the file's name says, and for a plain one its symbols; `None` when it is no shared object.
    fn named(&self, file: &Found) -> Result<Option<Named>, CollectError> {
        let name = file.parts.last().map_or("", String::as_str);
        let named = by_name(name, &self.distribution.extension_suffixes);
        match &named {
            Some(Named::Extension { stem, tag, rank: Some(_) }) if tag.is_empty() => {
                let package = file.parts.iter().nth_back(1);
                let module = if stem == "__init__" { package.unwrap_or(stem) } else { stem };
                let bytes =
                    fs_err::read(&file.path).map_err(|source| CollectError::Unreadable {
                        line: self.source.line,
                        path: file.path.clone(),
                        source,
                    })?;
                let is_module = native::elf::exports_module(&bytes, module);
                Ok(if is_module { named } else { Some(Named::Library) })
            }
            _ => Ok(named),
        }
    }
}

impl SharedObjects {
    fn add(&mut self, library: SharedLibrary) {
        self.libraries.insert(library.virtual_path.clone(), library);
    }

    /// Drops extension modules that packages of the same name hide, and `.py` files that packages
    /// which are extension modules hide; returns the folders that hold extension modules, each as the
    /// names from the root.
    pub fn reconcile(
        &mut self,
        modules: &mut BTreeMap<String, Module>,
        passed_over: &mut PassedOver,
    ) -> BTreeSet<Vec<String>> {
        let mut folders = BTreeSet::new();
        let extensions = std::mem::take(&mut self.extensions);
        for (name, extension) in extensions {
            match (modules.get(&name).map(|module| module.kind), extension.kind) {
                (Some(ModuleKind::Package), ModuleKind::Module) => {
                    self.libraries.remove(&extension.virtual_path);
                    passed_over.shadowed.push(extension.virtual_path);
                    continue;
                }
                (Some(ModuleKind::Module), ModuleKind::Package) => {
                    let hidden = modules.remove(&name).map(|module| module.virtual_path);
                    passed_over.shadowed.extend(hidden);
                }
                _ => {}
            }
            let (_, below) = install::split(&extension.virtual_path);
            let parts: Vec<String> = below.split('/').map(str::to_owned).collect();
            folders.extend((1..parts.len()).map(|depth| parts[..depth].to_vec()));
            self.extensions.insert(name, extension);
        }
        folders
    }

    /// Removes the extension modules below the module `name`.
    pub fn remove_below(&mut self, name: &str) {
        let below = format!("{name}.");
        let folder = format!("{}/", name.replace('.', "/"));
        self.extensions.retain(|other, _| !other.starts_with(&below));
        self.libraries.retain(|path, _| !install::split(path).1.starts_with(&folder));
    }
}

/// Name, kind, rank and tag of the extension module in a file; `None` for a library, and where a name
/// on its path has a dot in it, so that no import reaches it.
fn module(file: &Found, named: Named) -> Option<(String, ModuleKind, Option<usize>, String)> {
    let Named::Extension { stem, rank, tag } = named else { return None };
    let (_, folders) = file.parts.split_last()?;
    if folders.iter().any(|folder| folder.contains('.')) {
        return None;
    }
    if stem == "__init__" && !folders.is_empty() {
        return Some((folders.join("."), ModuleKind::Package, rank, tag));
    }
    let names: Vec<&str> = folders.iter().map(String::as_str).chain([stem.as_str()]).collect();
    Some((names.join("."), ModuleKind::Module, rank, tag))
}

/// What a file's name says; `None` when it is not that of a shared object.
fn by_name(name: &str, suffixes: &[String]) -> Option<Named> {
    for (rank, suffix) in suffixes.iter().enumerate().filter(|(_, suffix)| !suffix.is_empty()) {
        if let Some(stem) = name.strip_suffix(suffix.as_str()).filter(|stem| is_stem(stem)) {
            let tag = suffix.strip_suffix(PLAIN).unwrap_or(suffix).trim_start_matches('.');
            let (stem, tag) = (stem.to_owned(), tag.to_owned());
            return Some(Named::Extension { stem, rank: Some(rank), tag });
        }
    }
    let (inner, ending) = name.rsplit_once('.')?;
    match (ending, inner.split_once('.')) {
        ("so" | "pyd", Some((stem, tag)))
            if is_stem(stem) && TAGS.iter().any(|known| tag.starts_with(known)) =>
        {
            Some(Named::Extension { stem: stem.to_owned(), rank: None, tag: tag.to_owned() })
        }
        ("pyd", None) if is_stem(inner) => {
            Some(Named::Extension { stem: inner.to_owned(), rank: None, tag: "Windows".to_owned() })
        }
        _ => is_library(name).then_some(Named::Library),
    }
}

/// Whether a file's name is that of a library, with a version or without. Parts of a version begin with a
/// digit: OpenSSL had a `libcrypto.so.1.0.2k`.
pub(super) fn is_library(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_digit())
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    name.ends_with(PLAIN)
        || name.split_once(".so.").is_some_and(|(_, version)| version.split('.').all(is_part))
}

fn is_stem(stem: &str) -> bool {
    !stem.is_empty() && !stem.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Option<Named> {
        let suffixes = [".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so"].map(str::to_owned);
        by_name(name, &suffixes)
    }

    fn extension(stem: &str, rank: Option<usize>, tag: &str) -> Option<Named> {
        Some(Named::Extension { stem: stem.to_owned(), rank, tag: tag.to_owned() })
    }

    #[test]
    fn names_tell_extension_modules_from_libraries() {
        let own = "cpython-313-x86_64-linux-gnu";
        assert_eq!(named(&format!("_c.{own}.so")), extension("_c", Some(0), own));
        assert_eq!(named("_rust.abi3.so"), extension("_rust", Some(1), "abi3"));
        assert_eq!(named("plain.so"), extension("plain", Some(2), ""));
        for tag in ["cpython-312-x86_64-linux-gnu", "cpython-313t-x86_64-linux-gnu", "pypy310-pp73"]
        {
            assert_eq!(named(&format!("_c.{tag}.so")), extension("_c", None, tag));
        }
        assert_eq!(named("_c.cp313-win_amd64.pyd"), extension("_c", None, "cp313-win_amd64"));
        assert_eq!(named("_c.pyd"), extension("_c", None, "Windows"));
        for library in ["libx-1a2b.so.1", "libx.so.1.2.3", "libx.so.1.0.2k", "libx-1.2.so"] {
            assert_eq!(named(library), Some(Named::Library), "{library}");
        }
        for other in ["x.py", "so", "x.so.txt", "README", "x.dylib", "libx.so.", "libx.so.1.debug"]
        {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
