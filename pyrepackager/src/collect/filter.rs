//! `type = "filter-file-include"`: of what was collected before, only what a file names stays.
//!
//! The file is one that an application wrote which was built with `write_modules_directory_env`: the
//! names of the modules that it loaded, one in each line.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::CollectError;
use super::model::Collected;

/// What the interpreter imports while it starts, before anything can be said about it.
const STARTUP: [&str; 6] =
    ["abc", "codecs", "encodings", "encodings.aliases", "encodings.utf_8", "io"];

/// Endings of folders that hold a distribution's metadata; they are of no module.
const METADATA_FOLDERS: [&str; 2] = [".dist-info", ".egg-info"];

/// Removes from `collected` the modules that the file at `path` does not name, and the resources of
/// packages that are gone.
pub fn apply(line: usize, path: &Path, collected: &mut Collected) -> Result<(), CollectError> {
    let names = read(line, path)?;
    if !names.iter().any(|name| collected.modules.contains_key(name)) {
        return Err(CollectError::NamesNothing { line, path: path.to_owned() });
    }
    let kept = with_packages(&names);
    let (modules, files) = (collected.modules.len(), collected.files.len());
    let packages: BTreeSet<String> = collected
        .modules
        .values()
        .filter(|module| module.is_package())
        .map(|module| module.name.clone())
        .collect();
    collected.modules.retain(|name, _| kept.contains(name.as_str()));
    collected.files.retain(|path, _| {
        let top = path.split('/').next().unwrap_or_default();
        METADATA_FOLDERS.iter().any(|ending| top.ends_with(ending))
            || package_of(path, &packages).is_none_or(|package| kept.contains(package.as_str()))
    });
    collected.inputs.push(path.to_owned());
    collected.notes.push(format!(
        "[[python_packages]] at line {line}: {} of {modules} modules and {} of {files} files left \
         out, which {} does not name",
        modules - collected.modules.len(),
        files - collected.files.len(),
        path.display(),
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

/// The names, those of all packages that they are in, and those that are always needed.
fn with_packages(names: &BTreeSet<String>) -> BTreeSet<&str> {
    let mut kept = BTreeSet::from(STARTUP);
    for name in names {
        kept.extend(name.match_indices('.').map(|(dot, _)| &name[..dot]));
        kept.insert(name);
    }
    kept
}

/// The package that a file is a resource of: the nearest one above it.
fn package_of(path: &str, packages: &BTreeSet<String>) -> Option<String> {
    let folders = path.match_indices('/').map(|(slash, _)| path[..slash].replace('/', "."));
    folders.rev().find(|folder| packages.contains(folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_the_packages_that_it_is_in() {
        let names = BTreeSet::from(["a.b.c".to_owned()]);
        let kept = with_packages(&names);
        assert!(["a", "a.b", "a.b.c", "encodings.utf_8"].iter().all(|name| kept.contains(name)));
        assert!(!kept.contains("a.b.c.d"));
    }

    #[test]
    fn a_file_belongs_to_the_nearest_package_above() {
        let packages = BTreeSet::from(["a".to_owned(), "a.b".to_owned()]);
        let package = |path: &str| package_of(path, &packages);
        assert_eq!(package("a/b/x.txt").as_deref(), Some("a.b"));
        assert_eq!(package("a/b/data/x.txt").as_deref(), Some("a.b"));
        assert_eq!(package("a/c/x.txt").as_deref(), Some("a"));
        assert_eq!(package("x.txt"), None);
    }
}
