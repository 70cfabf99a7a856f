//! Objects where published archives have them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fs_err as fs;
use object::read::archive::ArchiveFile;
use serde_json::{Map, Value};
use walkdir::WalkDir;

/// Libraries whose members are objects in published archives: the hash functions' own.
const MEMBERS_ARE_OBJECTS: &str = "libHacl_";

/// The objects of an unpacked archive.
pub(super) struct Objects<'a> {
    root: &'a Path,
    /// Relative to the root, with `/` between the parts.
    paths: BTreeSet<String>,
}

impl<'a> Objects<'a> {
    /// Finds all objects below `build`.
    pub(super) fn find(root: &'a Path) -> Result<Self> {
        let mut paths = BTreeSet::new();
        for entry in WalkDir::new(root.join("build")) {
            let entry = entry?;
            let path = entry.path().strip_prefix(root)?.to_string_lossy().into_owned();
            if path.ends_with(".o") {
                paths.insert(path);
            }
        }
        Ok(Self { root, paths })
    }

    /// Makes an object stand at this path when there is one of its name; whether there is.
    ///
    /// It may be an object in another folder or a member of a library.
    pub(super) fn provide(&mut self, path: &str) -> Result<bool> {
        if self.paths.contains(path) {
            return Ok(true);
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let file = self.root.join(path);
        let folder = file.parent().context("an object has no folder")?;
        if let Some(found) = self.of_name(name) {
            fs::create_dir_all(folder)?;
            fs::rename(self.root.join(&found), &file)?;
            self.paths.remove(&found);
        } else if let Some(member) = self.member_of_name(name)? {
            fs::create_dir_all(folder)?;
            fs::write(&file, member)?;
        } else {
            return Ok(false);
        }
        self.paths.insert(path.to_owned());
        Ok(true)
    }

    /// The objects that are left when the extensions have theirs: the core's, `Modules` last.
    pub(super) fn of_core(&self, extensions: &Map<String, Value>) -> Vec<&str> {
        let variants = extensions.values().filter_map(Value::as_array).flatten();
        let taken: BTreeSet<&str> =
            variants.flat_map(|extension| super::strings(&extension["objs"])).collect();
        let below = |folders: &[&str]| {
            let wanted = |path: &&String| {
                !taken.contains(path.as_str())
                    && folders.iter().any(|f| path.starts_with(&format!("build/{f}/")))
            };
            self.paths.iter().filter(wanted).map(String::as_str).collect::<Vec<_>>()
        };
        let mut objects = below(&["Objects", "Parser", "Python"]);
        objects.extend(below(&["Modules"]));
        objects
    }

    /// Removes libraries whose members are among the objects.
    pub(super) fn remove_unpublished_libraries(&self) -> Result<()> {
        for library in self.libraries()? {
            fs::remove_file(library)?;
        }
        Ok(())
    }

    /// The object with this name, unless there are several.
    fn of_name(&self, name: &str) -> Option<String> {
        let end = format!("/{name}");
        let mut found = self.paths.iter().filter(|path| path.ends_with(&end));
        let first = found.next()?;
        found.next().is_none().then(|| first.clone())
    }

    fn member_of_name(&self, name: &str) -> Result<Option<Vec<u8>>> {
        for library in self.libraries()? {
            let data = fs::read(&library)?;
            let unreadable = || format!("`{}` cannot be read", library.display());
            let archive = ArchiveFile::parse(&*data).with_context(unreadable)?;
            for member in archive.members() {
                let member = member.with_context(unreadable)?;
                if member.name() == name.as_bytes() {
                    let content = member.data(&*data).with_context(unreadable)?;
                    return Ok(Some(content.to_vec()));
                }
            }
        }
        Ok(None)
    }

    fn libraries(&self) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(self.root.join("build/lib"))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(MEMBERS_ARE_OBJECTS) {
                found.push(path);
            }
        }
        found.sort();
        Ok(found)
    }
}
