//! What lies in one folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use super::Stamp;
use crate::file_name::{FileName, Kind};
use crate::model::{File, LeftOut, YANKED_ENDING, Yanked};

/// Bytes that are read of the reason why a file is yanked.
const LONGEST_REASON: usize = 4096;

/// A folder as it was at a time.
#[derive(Debug)]
pub(super) struct Listing {
    /// What the folder was before it was read.
    pub stamp: Stamp,
    /// When that was.
    pub looked_at: SystemTime,
    /// Whether something in it was found to be different since.
    pub is_outdated: bool,
    /// Distributions by file name.
    pub files: Vec<Arc<File>>,
    /// Folders in it.
    pub folders: Vec<PathBuf>,
    /// What is left out.
    pub left_out: Vec<LeftOut>,
}

impl Listing {
    /// Reads a folder. Entries of files that have not changed since an `earlier` reading are kept, with what is known of
    /// their contents. Names that begin with a dot are passed over.
    pub fn read(root: &Path, path: &Path, earlier: Option<&Self>) -> std::io::Result<Self> {
        let looked_at = SystemTime::now();
        let stamp = Stamp::of(&fs_err::metadata(path)?);
        let mut listing = Self {
            stamp,
            looked_at,
            is_outdated: false,
            files: Vec::new(),
            folders: Vec::new(),
            left_out: Vec::new(),
        };
        let mut found = Vec::new();
        let mut yanked = BTreeMap::new();
        for entry in fs_err::read_dir(path)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                let why = "its name is not UTF-8".to_owned();
                listing.left_out.push(LeftOut { place: place(root, &path), why });
                continue;
            };
            if name.starts_with('.') {
                continue;
            }
            let kind = entry.file_type()?;
            let marked = name.strip_suffix(YANKED_ENDING);
            if kind.is_file() && marked.is_none() && Kind::of(name).is_none() {
                continue;
            }
            // Links are followed. What is gone by now has had its time.
            let metadata =
                if kind.is_symlink() { fs_err::metadata(&path) } else { entry.metadata() };
            let Ok(metadata) = metadata else { continue };
            if metadata.is_dir() {
                listing.folders.push(path);
            } else if let (Some(marked), true) = (marked, metadata.is_file()) {
                yanked.insert(marked.to_owned(), (path, Stamp::of(&metadata)));
            } else if metadata.is_file() && Kind::of(name).is_some() {
                found.push((name.to_owned(), path, Stamp::of(&metadata)));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        listing.folders.sort();
        let known = |name: &str| {
            let files = &earlier?.files;
            let index = files.binary_search_by(|file| file.name.text.as_str().cmp(name)).ok()?;
            files.get(index)
        };
        for (name, path, stamp) in found {
            let marker = yanked.get(&name).map(|(path, stamp)| (path.as_path(), *stamp));
            let known = known(&name).filter(|file| file.stamp == stamp);
            let is_same = |file: &&Arc<File>| {
                file.yanked.as_ref().map(|yanked| yanked.stamp) == marker.map(|(_, stamp)| stamp)
            };
            let file = if let Some(file) = known.filter(is_same) {
                Arc::clone(file)
            } else if let Some(file) = known {
                Arc::new(file.with_yanked(marker.map(read_reason)))
            } else {
                let place = place(root, &path);
                match FileName::parse(&name) {
                    Ok(name) => {
                        Arc::new(File::new(name, path, place, stamp, marker.map(read_reason)))
                    }
                    Err(error) => {
                        listing.left_out.push(LeftOut { place, why: error.to_string() });
                        continue;
                    }
                }
            };
            listing.files.push(file);
        }
        Ok(listing)
    }

    /// A folder that cannot be read.
    pub fn unreadable(root: &Path, path: &Path, stamp: Stamp, error: &std::io::Error) -> Self {
        let left_out = vec![LeftOut { place: place(root, path), why: error.to_string() }];
        let (files, folders) = (Vec::new(), Vec::new());
        let looked_at = SystemTime::now();
        Self { stamp, looked_at, is_outdated: false, files, folders, left_out }
    }

    /// Whether it may be another by now; `None` when the folder is gone.
    pub fn is_stale(&self, path: &Path) -> Option<bool> {
        let stamp = Stamp::of(&fs_err::metadata(path).ok()?);
        Some(self.is_outdated || stamp != self.stamp || stamp.is_uncertain(self.looked_at))
    }

    /// Whether it says the same as another.
    pub fn says_as(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<File>, &Arc<File>)| Arc::ptr_eq(a, b);
        self.files.len() == other.files.len()
            && self.files.iter().zip(&other.files).all(same)
            && self.folders == other.folders
            && self.left_out == other.left_out
    }
}

/// The place of a path below the root, for people.
fn place(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}

/// Reads why a file is yanked: the first line of the marker.
fn read_reason((path, stamp): (&Path, Stamp)) -> Yanked {
    // It is yanked for being there, whether or not that can be read.
    let text = fs_err::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..text.len().min(LONGEST_REASON)]);
    let reason = text.lines().next().unwrap_or_default().trim().to_owned();
    Yanked { reason, stamp }
}
