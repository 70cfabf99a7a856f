//! The index as data: projects, and files with what was found in them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use crate::file_name::FileName;
use crate::folder::Stamp;
use crate::inspect::{self, Contents, InspectError};

/// The whole index at one time.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Projects by normalised name.
    pub projects: BTreeMap<String, Arc<Project>>,
    /// What lies in the folder and is left out because of its name or its place.
    pub left_out: Vec<LeftOut>,
    /// Time of the last change of what this tells.
    pub modified: Option<SystemTime>,
}

/// A project: files of one normalised name.
#[derive(Debug)]
pub struct Project {
    /// The normalised name.
    pub name: String,
    /// Its files by version, older ones first. There is at least one.
    pub files: Vec<Arc<File>>,
    /// Time of the last change: of a file, or of the folders that files were removed from.
    pub modified: SystemTime,
}

/// A file of a distribution.
#[derive(Debug)]
pub struct File {
    /// Its name.
    pub name: FileName,
    /// Where it is.
    pub path: PathBuf,
    /// The same below the folder of the index, for people.
    pub place: String,
    /// What it was when the folder was looked at.
    pub stamp: Stamp,
    /// Whether it is yanked (PEP 592).
    pub yanked: Option<Yanked>,
    /// What it holds, once that was asked for. Shared by versions of this entry that differ in `yanked` alone.
    contents: Arc<OnceLock<Result<Contents, InspectError>>>,
}

/// A file is not to be chosen any more, except by who asks for its very version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yanked {
    /// Why; may be empty.
    pub reason: String,
    /// What the marker beside the file was.
    pub stamp: Stamp,
}

/// Something that is not served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Where it is below the folder of the index.
    pub place: String,
    /// What is wrong.
    pub why: String,
}

impl File {
    /// An entry for a file that nobody has looked into.
    #[must_use]
    pub fn new(
        name: FileName,
        path: PathBuf,
        place: String,
        stamp: Stamp,
        yanked: Option<Yanked>,
    ) -> Self {
        Self { name, path, place, stamp, yanked, contents: Arc::default() }
    }

    /// The same file, yanked or no longer so.
    #[must_use]
    pub fn with_yanked(&self, yanked: Option<Yanked>) -> Self {
        let (name, path, place) = (self.name.clone(), self.path.clone(), self.place.clone());
        let contents = Arc::clone(&self.contents);
        Self { name, path, place, stamp: self.stamp, yanked, contents }
    }

    /// What the file holds. The first call reads the whole file; further ones wait for it.
    ///
    /// # Errors
    ///
    /// When it is damaged, not what its name says, or cannot be read.
    pub fn contents(&self) -> Result<&Contents, &InspectError> {
        let inspect = || {
            let found = inspect::inspect(&self.path, &self.name, self.stamp.size);
            if let Err(error) = &found {
                tracing::warn!(file = self.place, %error, "left out");
            }
            found
        };
        self.contents.get_or_init(inspect).as_ref()
    }

    /// The same, as far as it is known without reading anything.
    #[must_use]
    pub fn known_contents(&self) -> Option<Result<&Contents, &InspectError>> {
        self.contents.get().map(Result::as_ref)
    }

    /// Whether the file, and the mark that it is yanked, are what they were.
    #[must_use]
    pub fn is_current(&self) -> bool {
        let is = |path: &std::path::Path, stamp: Stamp| {
            fs_err::metadata(path).is_ok_and(|metadata| Stamp::of(&metadata) == stamp)
        };
        let marker = |yanked: &Yanked| is(&yanked_marker(&self.path), yanked.stamp);
        is(&self.path, self.stamp) && self.yanked.as_ref().is_none_or(marker)
    }
}

/// The file that says, by being there, that the file at `path` is yanked.
#[must_use]
pub fn yanked_marker(path: &std::path::Path) -> PathBuf {
    let mut marker = path.as_os_str().to_owned();
    marker.push(YANKED_ENDING);
    marker.into()
}

/// The ending of such files, behind the whole name of the other.
pub const YANKED_ENDING: &str = ".yanked";

impl Project {
    /// The files that are served, with what is in them. The first call reads all of them.
    pub fn served(&self) -> impl Iterator<Item = (&File, &Contents)> {
        self.files.iter().filter_map(|file| Some((&**file, file.contents().ok()?)))
    }

    /// The file of that name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&Arc<File>> {
        self.files.iter().find(|file| file.name.text == name)
    }
}

impl Snapshot {
    /// The file of a project.
    #[must_use]
    pub fn file(&self, project: &str, name: &str) -> Option<&Arc<File>> {
        self.projects.get(project)?.file(name)
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.projects.values().flat_map(|project| &project.files)
    }

    /// What is left out, as far as that is known without reading anything.
    #[must_use]
    pub fn known_left_out(&self) -> Vec<LeftOut> {
        let damaged = self.files().filter_map(|file| {
            let error = file.known_contents()?.err()?;
            Some(LeftOut { place: file.place.clone(), why: error.to_string() })
        });
        self.left_out.iter().cloned().chain(damaged).collect()
    }
}
