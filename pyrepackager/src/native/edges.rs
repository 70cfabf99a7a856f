//! Which file each `DT_NEEDED` means.
//!
//! The order is that of the dynamic loader, transferred to a place where all packages lie below one root:
//! the folders of `DT_RUNPATH` or `DT_RPATH`, then the system. Behind these come libraries of the same
//! wheel or environment, then of any: packages load such libraries by hand before they are
//! needed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::elf;
use super::error::NativeError;
use super::inspect::{Item, Target};
use super::system;

/// Folder of the libraries of this machine that go in, below the virtual root.
const SYSTEM_FOLDER: &str = "system.libs";

/// What a name in `DT_NEEDED` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// The shared object at a virtual path.
    Packed(String),
    /// A library of the system where the executable runs.
    System,
    /// Nothing.
    Missing {
        /// The places searched.
        searched: Vec<String>,
        /// Where this machine has it.
        found: Option<PathBuf>,
    },
}

/// What shared objects need: by virtual path, then by the name in `DT_NEEDED`, in the order of that.
pub(super) type Edges = BTreeMap<String, Vec<(String, Edge)>>;

/// Looks for what shared objects need.
pub(super) struct Finder<'a> {
    target: &'a Target,
    include_system: &'a [String],
    /// Folders of this machine's libraries.
    folders: Vec<PathBuf>,
    /// Virtual paths by SONAME and by name of the file.
    names: BTreeMap<String, Vec<String>>,
}

impl<'a> Finder<'a> {
    pub fn new(
        target: &'a Target,
        include_system: &'a [String],
        items: &BTreeMap<String, Item>,
    ) -> Self {
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, item) in items {
            let known = item.object.soname.as_deref().into_iter().chain([file_name(path)]);
            for name in known.collect::<BTreeSet<_>>() {
                names.entry(name.to_owned()).or_default().push(path.clone());
            }
        }
        Self { target, include_system, folders: system::folders(), names }
    }

    /// What all of `items` need; adds to them the libraries of this machine that shall go in.
    pub fn edges(&self, items: &mut BTreeMap<String, Item>) -> Result<Edges, NativeError> {
        let mut edges = Edges::new();
        let mut open: Vec<String> = items.keys().cloned().collect();
        while let Some(path) = open.pop() {
            let Some(item) = items.get(&path).cloned() else { continue };
            let mut found = Vec::new();
            for name in &item.object.needed {
                let is_self = item.object.soname.as_ref() == Some(name);
                if is_self || found.iter().any(|(other, _)| other == name) {
                    continue;
                }
                let edge = match self.included(&item, name, items)? {
                    Some((path, added)) => {
                        open.extend(added.then(|| path.clone()));
                        Edge::Packed(path)
                    }
                    None => self.find(&path, &item, name, items),
                };
                found.push((name.clone(), edge));
            }
            edges.insert(path, found);
        }
        Ok(edges)
    }

    /// A library that `include_system` names, unless the packages have it: its virtual path, and whether
    /// it was added just now.
    fn included(
        &self,
        item: &Item,
        name: &str,
        items: &mut BTreeMap<String, Item>,
    ) -> Result<Option<(String, bool)>, NativeError> {
        if !self.include_system.iter().any(|included| included == name) {
            return Ok(None);
        }
        let virtual_path = format!("{SYSTEM_FOLDER}/{name}");
        if items.contains_key(&virtual_path) {
            return Ok(Some((virtual_path, false)));
        }
        let Some(file) = self.on_this_machine(item, name) else { return Ok(None) };
        let library = Item::read(file.clone(), None)?.map_err(|source| NativeError::Elf {
            path: file,
            source,
            module: None,
        })?;
        items.insert(virtual_path.clone(), library);
        Ok(Some((virtual_path, true)))
    }

    fn find(&self, path: &str, item: &Item, name: &str, items: &BTreeMap<String, Item>) -> Edge {
        let mut searched = Vec::new();
        for entry in &item.object.search {
            match below_root(path, entry) {
                Some(folder) => {
                    let candidate = join(&folder, name);
                    if items.contains_key(&candidate) {
                        return Edge::Packed(candidate);
                    }
                    searched.push(format!(
                        "{entry} ({})",
                        if folder.is_empty() { "." } else { &folder }
                    ));
                }
                None if entry.starts_with('/') => searched.push(entry.clone()),
                None => searched.push(format!("{entry} (which leaves the packages)")),
            }
        }
        if system::is_left_outside(name, self.target.musl) {
            return Edge::System;
        }
        let candidates = self.names.get(name).into_iter().flatten().filter(|other| *other != path);
        let nearest = candidates.min_by_key(|other| {
            let same_root = items.get(*other).is_some_and(|other| other.root == item.root);
            (!same_root, usize::MAX - common_folders(path, other), (*other).clone())
        });
        if let Some(nearest) = nearest {
            return Edge::Packed(nearest.clone());
        }
        searched.push("the packages".to_owned());
        Edge::Missing { searched, found: self.on_this_machine(item, name) }
    }

    /// Where the loader would find a library on this machine.
    fn on_this_machine(&self, item: &Item, name: &str) -> Option<PathBuf> {
        let own = item.object.search.iter().filter_map(|entry| match origin(entry) {
            Some(rest) => Some(item.source.parent()?.join(rest.trim_start_matches('/'))),
            None => Some(PathBuf::from(entry)).filter(|folder| folder.is_absolute()),
        });
        own.chain(self.folders.iter().cloned())
            .map(|folder| folder.join(name))
            .find(|file| self.is_loadable(file))
    }

    /// As the loader, which passes over files for other processors.
    fn is_loadable(&self, file: &Path) -> bool {
        let object = || elf::parse(&fs_err::read(file).ok()?).ok();
        file.is_file() && object().is_some_and(|object| self.target.is_same_machine(&object))
    }
}

/// What follows `$ORIGIN` in a search path.
fn origin(entry: &str) -> Option<&str> {
    let rest = entry.strip_prefix("$ORIGIN").or_else(|| entry.strip_prefix("${ORIGIN}"))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// The folder that an entry of the search path of the object at `path` means, below the virtual root;
/// `None` when it lies elsewhere.
fn below_root(path: &str, entry: &str) -> Option<String> {
    let rest = origin(entry)?;
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                folders.pop()?;
            }
            part => folders.push(part),
        }
    }
    Some(folders.join("/"))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Number of folders that two paths share.
fn common_folders(a: &str, b: &str) -> usize {
    a.split('/').zip(b.split('/')).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origin_is_the_folder_of_the_file_below_the_root() {
        let below = |entry| below_root("pkg/sub/_c.so", entry);
        assert_eq!(below("$ORIGIN").as_deref(), Some("pkg/sub"));
        assert_eq!(below("${ORIGIN}/../../pkg.libs").as_deref(), Some("pkg.libs"));
        assert_eq!(below("$ORIGIN/./lib/").as_deref(), Some("pkg/sub/lib"));
        assert_eq!(below("$ORIGIN/../..").as_deref(), Some(""));
        for outside in ["$ORIGIN/../../..", "/usr/lib", "lib", "$ORIGINAL/x"] {
            assert_eq!(below(outside), None, "{outside}");
        }
    }
}
