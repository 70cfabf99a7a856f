//! `type = "filter-file-include"` and `"filter-files-include"`: of what was collected before, only
//! what files name stays.
//!
//! The files are those that an application wrote which was built with `write_modules_directory_env`:
//! the names of the modules that it loaded, one in each line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pyresources::install;

use super::core_metadata::folder_of;
use super::error::CollectError;
use super::model::{Collected, ModuleKind};
use super::names::shortened;
use crate::config::resolved::of_entry;

/// What the interpreter imports while it starts, where its own words tell nobody which one is missing;
/// `zipimport` where it searches `sys.path`. More goes with some settings, such as the codec of a
/// `stdio_encoding`: those are in the list that a run with the same settings wrote.
pub const STARTUP: [&str; 7] =
    ["abc", "codecs", "encodings", "encodings.aliases", "encodings.utf_8", "io", "zipimport"];

/// The files that a pattern matches, by name.
pub fn matching(line: usize, pattern: &str) -> Result<Vec<PathBuf>, CollectError> {
    let nothing = || CollectError::MatchesNothing { line, pattern: pattern.to_owned() };
    let mut files = Vec::new();
    for path in glob::glob(pattern).map_err(|_| nothing())? {
        let path = path.map_err(|error| CollectError::Unreadable {
            line,
            path: error.path().to_owned(),
            source: error.into(),
        })?;
        if path.is_file() {
            files.push(path);
        }
    }
    if files.is_empty() { Err(nothing()) } else { Ok(files) }
}

/// Removes from `collected` the modules that none of the files at `paths` names, and the resources of
/// packages that are gone.
pub fn apply(
    line: usize,
    paths: &[PathBuf],
    collected: &mut Collected,
) -> Result<(), CollectError> {
    let mut names = BTreeSet::new();
    for path in paths {
        names.extend(read(line, path)?);
    }
    let is_module = |name: &String| {
        collected.modules.contains_key(name) || collected.extensions.contains_key(name)
    };
    if !names.iter().any(is_module) {
        return Err(CollectError::NamesNothing { line, paths: paths.to_vec() });
    }
    let owners = Owners::of(collected);
    let kept = kept(&names, &owners, collected);
    let modules = split_off(&mut collected.modules, |name| kept.contains(name));
    let files = split_off(&mut collected.files, |path| {
        folder_of(path).is_some()
            || owners.of_file(path).is_none_or(|owner| kept.contains(owner.as_str()))
    });
    let extensions = split_off(&mut collected.extensions, |name| kept.contains(name));
    for extension in extensions.values() {
        collected.libraries.remove(&extension.virtual_path);
    }
    let libraries = split_off(&mut collected.libraries, |path| {
        owners.of_file(path).is_none_or(|owner| kept.contains(owner.as_str()))
    });
    let sources = modules.values().filter_map(|module| module.source.as_deref());
    let sources = sources.chain(files.values().map(|file| file.source.as_path()));
    let sources = sources.chain(libraries.values().map(|library| library.source.as_path()));
    let bytes = total_size(line, sources)?;
    collected.inputs.extend(paths.iter().cloned());
    let listing: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
    collected.notes.push(format!(
        "{}{} of {} modules and {} of {} files left out, with {bytes} \
         bytes of source and data, which {} {} not name",
        of_entry(line),
        modules.len() + extensions.len(),
        modules.len() + extensions.len() + collected.modules.len() + collected.extensions.len(),
        files.len(),
        files.len() + collected.files.len(),
        shortened(&listing),
        if paths.len() == 1 { "does" } else { "do" },
    ));
    Ok(())
}

/// The names in the file.
fn read(line: usize, path: &Path) -> Result<BTreeSet<String>, CollectError> {
    let bytes = fs_err::read(path).map_err(|source| CollectError::Unreadable {
        line,
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CollectError::NamesNotUtf8 { line, path: path.to_owned() })?;
    let names = text.lines().map(str::trim);
    Ok(names.filter(|name| !name.is_empty() && !name.starts_with('#')).map(str::to_owned).collect())
}

/// Names of the modules that stay: those named, those always needed, those that are in truth
/// resources of a package that stays, and all packages that they are in.
fn kept(names: &BTreeSet<String>, owners: &Owners, collected: &Collected) -> BTreeSet<String> {
    let mut kept = BTreeSet::new();
    for name in names.iter().map(String::as_str).chain(STARTUP) {
        add_with_packages(&mut kept, name);
    }
    let templates = collected.modules.values().filter(|module| !module.importable);
    for module in templates {
        if owners.of_file(&module.virtual_path).is_some_and(|owner| kept.contains(&owner)) {
            add_with_packages(&mut kept, &module.name);
        }
    }
    kept
}

fn add_with_packages(kept: &mut BTreeSet<String>, name: &str) {
    kept.extend(name.match_indices('.').map(|(dot, _)| name[..dot].to_owned()));
    kept.insert(name.to_owned());
}

/// Which package a file is a resource of.
struct Owners {
    /// Packages with an `__init__.py`.
    regular: BTreeSet<String>,
    namespaces: BTreeSet<String>,
}

impl Owners {
    fn of(collected: &Collected) -> Self {
        let of_kind = |kind| {
            let modules = collected.modules.values().map(|module| (&module.name, module.kind));
            let extensions = collected.extensions.values().map(|e| (&e.name, e.kind));
            let of_kind = modules.chain(extensions).filter(|(_, found)| *found == kind);
            of_kind.map(|(name, _)| name.clone()).collect()
        };
        Self { regular: of_kind(ModuleKind::Package), namespaces: of_kind(ModuleKind::Namespace) }
    }

    /// The nearest regular package above the file at `path`; where there is none, the nearest
    /// namespace package. A folder of data with a `.py` file in it passes for a namespace package,
    /// but nothing imports it: what lies in it is of the package around it.
    fn of_file(&self, path: &str) -> Option<String> {
        let (_, path) = install::split(path);
        let folders: Vec<String> =
            path.match_indices('/').map(|(slash, _)| path[..slash].replace('/', ".")).collect();
        let nearest =
            |of: &BTreeSet<String>| folders.iter().rfind(|name| of.contains(*name)).cloned();
        nearest(&self.regular).or_else(|| nearest(&self.namespaces))
    }
}

/// Removes from `entries` those whose names shall not stay, and returns them.
fn split_off<T>(
    entries: &mut BTreeMap<String, T>,
    stays: impl Fn(&str) -> bool,
) -> BTreeMap<String, T> {
    let (staying, going) =
        std::mem::take(entries).into_iter().partition(|(name, _)| stays(name.as_str()));
    *entries = staying;
    going
}

/// Sum of the sizes of files, in bytes.
fn total_size<'a>(line: usize, files: impl Iterator<Item = &'a Path>) -> Result<u64, CollectError> {
    let size = |path: &Path| {
        let unreadable = |source| CollectError::Unreadable { line, path: path.to_owned(), source };
        Ok(fs_err::metadata(path).map_err(unreadable)?.len())
    };
    files.map(size).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_the_packages_that_it_is_in() {
        let names = BTreeSet::from(["a.b.c".to_owned()]);
        let collected = Collected::default();
        let kept = kept(&names, &Owners::of(&collected), &collected);
        assert!(["a", "a.b", "a.b.c", "encodings.utf_8"].iter().all(|name| kept.contains(*name)));
        assert!(!kept.contains("a.b.c.d"));
    }

    #[test]
    fn a_file_belongs_to_the_nearest_package_above() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let owners = Owners {
            regular: names(&["a", "a.b"]),
            namespaces: names(&["a.templates", "space", "space.deep"]),
        };
        assert_eq!(owners.of_file("a/b/x.txt").as_deref(), Some("a.b"));
        assert_eq!(owners.of_file("a/b/data/x.txt").as_deref(), Some("a.b"));
        assert_eq!(owners.of_file("a/c/x.txt").as_deref(), Some("a"));
        assert_eq!(owners.of_file("a/templates/x.txt").as_deref(), Some("a"));
        assert_eq!(owners.of_file("space/deep/x.txt").as_deref(), Some("space.deep"));
        assert_eq!(owners.of_file("x.txt"), None);
    }
}
