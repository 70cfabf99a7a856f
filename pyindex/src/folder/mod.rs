//! Watches a folder: which distributions lie in it now.
//!
//! A folder's modification time changes with the names in it, so that a look at each folder's time says whether anything
//! came or went; just those that did are read again. Files that are written over in place keep their folder's time;
//! those of a project are looked at when the project is asked for. Nothing is read of a file's contents before somebody
//! asks for them.
//!
//! Everything here blocks.

mod list;
mod stamp;
#[cfg(test)]
mod tests;

pub use stamp::Stamp;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use crate::model::{File, LeftOut, Project, Snapshot};
use list::Listing;

/// How often a file is looked at that changes all the time.
const ATTEMPTS: usize = 3;

/// The folder of an index cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// It is not there, or not to be read.
    #[error("cannot read the folder of the index")]
    Unreadable(#[source] std::io::Error),
    /// It is something else.
    #[error("{} is not a folder", .0.display())]
    NoFolder(PathBuf),
}

/// An index over a folder.
#[derive(Debug)]
pub struct Index {
    root: PathBuf,
    /// How many looks at the folder have begun.
    begun: AtomicU64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many looks at the folder have ended.
    ended: u64,
    listings: BTreeMap<PathBuf, Listing>,
    snapshot: Arc<Snapshot>,
}

impl Index {
    /// Reads a folder and those in it.
    ///
    /// # Errors
    ///
    /// When it cannot be read. Folders in it that cannot are left out.
    pub fn open(root: &Path) -> Result<Self, FolderError> {
        let root = fs_err::canonicalize(root).map_err(FolderError::Unreadable)?;
        if !root.is_dir() {
            return Err(FolderError::NoFolder(root));
        }
        let index = Self { root, begun: AtomicU64::new(0), state: Mutex::default() };
        index.current()?;
        Ok(index)
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The index as it is now. A look that has begun after this call serves all who wait for one.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read any more.
    pub fn current(&self) -> Result<Arc<Snapshot>, FolderError> {
        let before = self.begun.load(Ordering::SeqCst);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.ended <= before {
            // Just one runs at a time, so that this is the number of those that have ended, too.
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let looked = state.look(&self.root);
            state.ended = number;
            looked?;
        }
        Ok(Arc::clone(&state.snapshot))
    }

    /// A project as it is now; `None` when there is none of that normalised name.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read any more.
    pub fn project(&self, name: &str) -> Result<Option<Arc<Project>>, FolderError> {
        self.until_current(
            |snapshot| snapshot.projects.get(name).cloned(),
            |project| project.files.iter().find(|file| !file.is_current()).cloned(),
        )
    }

    /// A file of a project as it is now; `None` when there is none of that name.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read any more.
    pub fn file(&self, project: &str, name: &str) -> Result<Option<Arc<File>>, FolderError> {
        self.until_current(
            |snapshot| snapshot.file(project, name).cloned(),
            |file| (!file.is_current()).then(|| Arc::clone(file)),
        )
    }

    /// Finds something, and again where a file of it has changed.
    fn until_current<T>(
        &self,
        find: impl Fn(&Snapshot) -> Option<T>,
        changed: impl Fn(&T) -> Option<Arc<File>>,
    ) -> Result<Option<T>, FolderError> {
        let mut found = find(&*self.current()?);
        for _ in 0..ATTEMPTS {
            let Some(file) = found.as_ref().and_then(&changed) else { break };
            self.state.lock().unwrap_or_else(PoisonError::into_inner).outdate(&file.path);
            found = find(&*self.current()?);
        }
        Ok(found)
    }
}

impl State {
    /// Has the folder of a file read again at the next look.
    fn outdate(&mut self, file: &Path) {
        let listing = file.parent().and_then(|folder| self.listings.get_mut(folder));
        listing.into_iter().for_each(|listing| listing.is_outdated = true);
    }

    /// Looks at all folders, and reads those that may have changed.
    fn look(&mut self, root: &Path) -> Result<(), FolderError> {
        let is_stale =
            |(path, listing): (&PathBuf, &Listing)| listing.is_stale(path) != Some(false);
        if !self.listings.is_empty() && !self.listings.iter().any(is_stale) {
            return Ok(());
        }
        let mut walk = Walk {
            root,
            known: std::mem::take(&mut self.listings),
            listings: BTreeMap::new(),
            seen: BTreeSet::new(),
            changed: false,
        };
        let walked = walk.folder(root);
        // Folders that no walk leads to any more are gone.
        let changed = walk.changed || !walk.known.is_empty();
        self.listings = walk.listings;
        walked.map_err(FolderError::Unreadable)?;
        if changed {
            self.snapshot = Arc::new(assemble(&self.listings, &self.snapshot));
        }
        Ok(())
    }
}

/// A walk through all folders.
struct Walk<'a> {
    root: &'a Path,
    known: BTreeMap<PathBuf, Listing>,
    listings: BTreeMap<PathBuf, Listing>,
    /// Folders that links may lead to again.
    seen: BTreeSet<[i64; 2]>,
    changed: bool,
}

impl Walk<'_> {
    fn folder(&mut self, path: &Path) -> std::io::Result<()> {
        // Systems without inodes have no links to get lost in, either.
        let place = Stamp::of(&fs_err::metadata(path)?).place();
        if place != [0, 0] && !self.seen.insert(place) {
            return Ok(());
        }
        let listing = match self.known.remove(path) {
            Some(listing) if listing.is_stale(path) == Some(false) => listing,
            known => {
                let new = Listing::read(self.root, path, known.as_ref())?;
                self.changed |= known.is_none_or(|known| !known.says_as(&new));
                new
            }
        };
        let folders = listing.folders.clone();
        self.listings.insert(path.to_owned(), listing);
        for folder in folders {
            let Err(error) = self.folder(&folder) else { continue };
            let Ok(metadata) = fs_err::metadata(&folder) else { continue };
            let stamp = Stamp::of(&metadata);
            self.changed = true;
            let listing = Listing::unreadable(self.root, &folder, stamp, &error);
            self.listings.insert(folder, listing);
        }
        Ok(())
    }
}

/// Makes an index of what lies in folders. Projects in which nothing has changed are those of an earlier one.
fn assemble(listings: &BTreeMap<PathBuf, Listing>, earlier: &Snapshot) -> Snapshot {
    let mut left_out = Vec::new();
    let mut names: HashMap<&str, &File> = HashMap::new();
    let mut projects: BTreeMap<&str, (Vec<Arc<File>>, SystemTime)> = BTreeMap::new();
    for listing in listings.values() {
        left_out.extend(listing.left_out.iter().cloned());
        for file in &listing.files {
            if let Some(first) = names.get(file.name.text.as_str()) {
                let why = format!("{} has the same name", first.place);
                left_out.push(LeftOut { place: file.place.clone(), why });
                continue;
            }
            names.insert(&file.name.text, file);
            let entry = projects.entry(&file.name.project);
            let (files, modified) = entry.or_insert_with(|| (Vec::new(), SystemTime::UNIX_EPOCH));
            files.push(Arc::clone(file));
            let marked = file.yanked.as_ref().map(|yanked| yanked.stamp.modified);
            let times = [file.stamp.modified, listing.stamp.modified];
            *modified = times.into_iter().chain(marked).fold(*modified, SystemTime::max);
        }
    }
    let modified = listings.values().map(|listing| listing.stamp.modified).max();
    let projects = projects.into_iter().map(|(name, (mut files, modified))| {
        files.sort_by(|a, b| {
            let (a, b) = (&a.name, &b.name);
            a.version.cmp(&b.version).then_with(|| a.text.cmp(&b.text))
        });
        let is_same = |project: &&Arc<Project>| {
            project.files.len() == files.len()
                && project.files.iter().zip(&files).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        let project = match earlier.projects.get(name).filter(is_same) {
            Some(project) => Arc::clone(project),
            None => Arc::new(Project { name: name.to_owned(), files, modified }),
        };
        (name.to_owned(), project)
    });
    Snapshot { projects: projects.collect(), left_out, modified }
}
