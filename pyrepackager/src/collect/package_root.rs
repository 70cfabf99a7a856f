//! `type = "package-root"`: named packages and modules of a folder, and other files and folders in it.

use std::path::{Path, PathBuf};

use pyresources::install::Folder;

use super::error::CollectError;
use super::model::Collected;
use super::names::nearest;
use super::scan::Scan;
use crate::config::resolved::PackageSource;
use crate::distribution::Distribution;

/// Collects `packages` of the folder `root`.
pub fn scan(
    source: &PackageSource,
    root: &Path,
    packages: &[String],
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let line = source.line;
    if !root.is_dir() {
        return Err(CollectError::NoFolder { line, path: root.to_owned() });
    }
    let mut starts = Vec::new();
    for name in packages {
        let itself = root.join(name);
        let is_name =
            |name: &str| !name.is_empty() && !name.contains('\\') && !name.starts_with('.');
        let is_there = itself.exists() || !name.contains(['.', '/']);
        if !name.split('/').all(is_name) || !is_there {
            return Err(CollectError::NotAName { line, name: name.clone() });
        }
        let module = root.join(format!("{name}.py"));
        starts.extend(itself.exists().then_some(itself));
        starts.extend(module.is_file().then_some(module));
        let endings = distribution.extension_suffixes.iter().filter(|ending| !ending.is_empty());
        let objects = endings.map(|ending| root.join(format!("{name}{ending}")));
        starts.extend(objects.filter(|object| object.is_file()));
    }
    starts.sort();
    starts.dedup();

    let scan = Scan {
        source,
        stdlib: false,
        left_out: &[],
        folder: Folder::Application,
        whole: true,
        below: &[],
        skip_top: |_| false,
        distribution,
    };
    let collected = scan.run(root, &starts)?;
    let is_data = |name: &str| {
        let modules = collected.modules.values().map(|module| &module.virtual_path);
        let mut paths = collected.files.keys().chain(collected.libraries.keys()).chain(modules);
        paths.any(|path| {
            path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let is_there = |name: &String| {
        collected.modules.contains_key(name)
            || collected.extensions.contains_key(name)
            || collected.modules.contains_key(name.strip_suffix(".py").unwrap_or(name))
            || is_data(name)
    };
    let missing = packages.iter().find(|name| !is_there(name) && !source.excludes.contains(*name));
    if let Some(name) = missing {
        let names = names_in(line, root)?;
        return Err(CollectError::PackageNotFound {
            line,
            name: name.clone(),
            path: root.to_owned(),
            nearest: nearest(name, &names),
        });
    }
    Ok(collected)
}

/// Names of the modules and folders in `root`.
fn names_in(line: usize, root: &Path) -> Result<Vec<String>, CollectError> {
    let unreadable = |source| CollectError::Unreadable { line, path: PathBuf::from(root), source };
    let mut names = Vec::new();
    for entry in fs_err::read_dir(root).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            names.push(name.to_owned());
        } else if let Some(stem) = name.strip_suffix(".py") {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}
