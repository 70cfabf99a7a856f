//! `type = "virtualenv"`: all of a virtual environment's `site-packages`, and what its `.pth` files add.

use std::path::{Path, PathBuf};

use super::error::CollectError;
use super::model::Collected;
use super::{merge, path_files};
use crate::config::resolved::{PackageSource, PythonVersion, of_entry};
use crate::distribution::Distribution;

/// Collects the virtual environment at `root`.
pub fn scan(
    source: &PackageSource,
    root: &Path,
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let line = source.line;
    if !root.is_dir() {
        return Err(CollectError::NoFolder { line, path: root.to_owned() });
    }
    let marker = root.join("pyvenv.cfg");
    if !marker.is_file() {
        let missing = "pyvenv.cfg".to_owned();
        return Err(CollectError::NotAVirtualenv { line, path: root.to_owned(), missing });
    }
    let mut collected = Collected::default();
    for folder in site_packages(source, root, &marker, distribution.version)? {
        let found = path_files::site_folder(source, &folder, distribution)?;
        merge::merge(&mut collected, found);
    }
    if setting(line, &marker, "include-system-site-packages")?.is_some_and(|value| value == "true")
    {
        collected.notes.push(format!(
            "{}the packages of the Python that {} was made with are left \
             out, though it sees them",
            of_entry(line),
            root.display()
        ));
    }
    collected.inputs.push(marker);
    Ok(collected)
}

/// The environment's folders of packages: one, or two where `lib64` is no link to `lib`.
fn site_packages(
    source: &PackageSource,
    root: &Path,
    marker: &Path,
    expected: PythonVersion,
) -> Result<Vec<PathBuf>, CollectError> {
    let line = source.line;
    let stated = stated_version(line, marker)?;
    let wrong = |found: String| CollectError::VirtualenvVersion {
        line,
        path: root.to_owned(),
        expected,
        found,
    };
    let python = format!("python{expected}");
    let mut folders: Vec<PathBuf> = Vec::new();
    for lib in ["lib", "lib64"] {
        let folder = root.join(lib).join(&python).join("site-packages");
        if !folder.is_dir() {
            continue;
        }
        let real = fs_err::canonicalize(&folder).map_err(|source| CollectError::Unreadable {
            line,
            path: folder.clone(),
            source,
        })?;
        let known = |other: &PathBuf| fs_err::canonicalize(other).is_ok_and(|path| path == real);
        if !folders.iter().any(known) {
            folders.push(folder);
        }
    }
    if !folders.is_empty() {
        return Ok(folders);
    }
    let others = other_versions(line, &root.join("lib"))?;
    if !others.is_empty() {
        return Err(wrong(others.join(", ")));
    }
    // On Windows the folder's name does not tell the version.
    let folder = root.join("Lib").join("site-packages");
    match stated {
        Some(version) if version != expected.to_string() => Err(wrong(version)),
        _ if folder.is_dir() => Ok(vec![folder]),
        _ => Err(CollectError::NotAVirtualenv {
            line,
            path: root.to_owned(),
            missing: format!("lib/{python}/site-packages"),
        }),
    }
}

/// The feature release that `pyvenv.cfg` names: `version` from `venv`, `version_info` from
/// `virtualenv` and uv.
fn stated_version(line: usize, marker: &Path) -> Result<Option<String>, CollectError> {
    let value = match setting(line, marker, "version")? {
        None => setting(line, marker, "version_info")?,
        value => value,
    };
    Ok(value.map(|value| value.split('.').take(2).collect::<Vec<_>>().join(".")))
}

/// A value in `pyvenv.cfg`.
fn setting(line: usize, marker: &Path, key: &str) -> Result<Option<String>, CollectError> {
    let text = fs_err::read(marker).map_err(|source| CollectError::Unreadable {
        line,
        path: marker.to_owned(),
        source,
    })?;
    let text = String::from_utf8_lossy(&text);
    let mut pairs = text.lines().filter_map(|line| line.split_once('='));
    Ok(pairs.find(|(name, _)| name.trim() == key).map(|(_, value)| value.trim().to_owned()))
}

/// Versions of the `pythonX.Y` folders in `lib`.
fn other_versions(line: usize, lib: &Path) -> Result<Vec<String>, CollectError> {
    if !lib.is_dir() {
        return Ok(Vec::new());
    }
    let unreadable = |source| CollectError::Unreadable { line, path: lib.to_owned(), source };
    let mut versions = Vec::new();
    for entry in fs_err::read_dir(lib).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        if let Some(version) = name.and_then(|name| name.strip_prefix("python"))
            && path.join("site-packages").is_dir()
        {
            versions.push(version.to_owned());
        }
    }
    versions.sort();
    Ok(versions)
}
