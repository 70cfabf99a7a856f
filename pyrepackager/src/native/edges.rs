//! Which file each `DT_NEEDED` means.
//!
//! The order is that of the dynamic loader, transferred to a place where all packages lie below one root:
//! the folders of `DT_RUNPATH` or `DT_RPATH`, then libraries that the configuration takes from this machine, then
//! the system. Behind these come libraries of the same wheel or environment, then of any: packages load
//! such libraries by hand before they are needed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::elf;
use super::error::NativeError;
use super::inspect::{Item, Target, Unfit};
use super::search_path::{below_root, origin, shown};
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
    Missing(Missing),
}

/// What is known of a library that is not found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Missing {
    /// The places searched.
    pub searched: Vec<String>,
    /// Where this machine has it.
    pub found: Option<PathBuf>,
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
    unfit: &'a Unfit,
}

impl<'a> Finder<'a> {
    /// One that looks among `items`.
    ///
    /// # Errors
    ///
    /// A library that belongs to the system shall go in.
    pub fn new(
        target: &'a Target,
        include_system: &'a [String],
        items: &BTreeMap<String, Item>,
        unfit: &'a Unfit,
    ) -> Result<Self, NativeError> {
        if let Some(library) = include_system.iter().find(|name| system::belongs_to_system(name)) {
            return Err(NativeError::OfTheSystem { library: library.clone() });
        }
        let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, item) in items {
            let known = item.object.soname.as_deref().into_iter().chain([file_name(path)]);
            for name in known.collect::<BTreeSet<_>>() {
                names.entry(name.to_owned()).or_default().push(path.clone());
            }
        }
        Ok(Self { target, include_system, folders: system::folders(), names, unfit })
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
                let edge = self.find(&path, &item, name, items, &mut open)?;
                found.push((name.clone(), edge));
            }
            edges.insert(path, found);
        }
        Ok(edges)
    }

    fn find(
        &self,
        path: &str,
        item: &Item,
        name: &str,
        items: &mut BTreeMap<String, Item>,
        open: &mut Vec<String>,
    ) -> Result<Edge, NativeError> {
        let mut searched = Vec::new();
        for entry in &item.object.search {
            match below_root(path, entry) {
                Some(folder) => {
                    let candidate = join(&folder, name);
                    if items.contains_key(&candidate) {
                        return Ok(Edge::Packed(candidate));
                    }
                    let folder = if folder.is_empty() { "." } else { &folder };
                    let why = self.unfit.get(&candidate).map(|why| format!(", where {why}"));
                    searched.push(format!("{entry} ({folder}{})", why.unwrap_or_default()));
                }
                None => searched.push(format!("{} (which leaves the packages)", shown(entry))),
            }
        }
        if self.include_system.iter().any(|included| included == name) {
            return Ok(Edge::Packed(self.include(item, name, items, open)?));
        }
        // Nothing that the distribution brings is the system's.
        let is_own = item.of_distribution;
        if !is_own && system::is_left_outside(name, self.target.musl) {
            return Ok(Edge::System);
        }
        if let Some(nearest) = self.nearest(path, item, name, items) {
            return Ok(Edge::Packed(nearest));
        }
        // Collecting has checked what the distribution lacks: the rest is the system's.
        if is_own {
            return Ok(Edge::System);
        }
        // What a library of this machine needs goes in with it.
        if item.root.is_none() && self.on_this_machine(item, name).is_some() {
            return Ok(Edge::Packed(self.include(item, name, items, open)?));
        }
        searched.push("the packages".to_owned());
        let found = self.on_this_machine(item, name);
        Ok(Edge::Missing(Missing { searched, found }))
    }

    /// The virtual path of a library that `include_system` names.
    fn include(
        &self,
        item: &Item,
        name: &str,
        items: &mut BTreeMap<String, Item>,
        open: &mut Vec<String>,
    ) -> Result<String, NativeError> {
        let virtual_path = format!("{SYSTEM_FOLDER}/{name}");
        if items.get(&virtual_path).is_some_and(|item| item.root.is_none()) {
            return Ok(virtual_path);
        }
        let file = self.on_this_machine(item, name).ok_or_else(|| NativeError::NotHere {
            library: name.to_owned(),
            needed_by: item.source.clone(),
            searched: self.folders.clone(),
        })?;
        let library = Item::read(file.clone(), None)?.map_err(|source| NativeError::Elf {
            path: file,
            source,
            module: None,
        })?;
        items.insert(virtual_path.clone(), library);
        open.push(virtual_path.clone());
        Ok(virtual_path)
    }

    /// The packed library of a name that lies nearest: of the same wheel or environment, with most folders
    /// in common.
    fn nearest(
        &self,
        path: &str,
        item: &Item,
        name: &str,
        items: &BTreeMap<String, Item>,
    ) -> Option<String> {
        let same_root =
            |other: &&String| items.get(*other).is_some_and(|other| other.root == item.root);
        // The libraries of packages are none of the distribution's business.
        let candidates = self.names.get(name).into_iter().flatten().filter(|other| *other != path);
        let candidates = candidates.filter(|other| !item.of_distribution || same_root(other));
        let nearest = candidates.min_by_key(|other| {
            (!same_root(other), usize::MAX - common_folders(path, other), (*other).clone())
        });
        nearest.cloned()
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
