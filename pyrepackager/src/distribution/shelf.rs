//! The archives in the cache, and how their names are read.
//!
//! ```text
//! archives/NAME.tar.zst                 put there by a person
//! archives/SHA256/NAME.tar.zst          downloaded; has that hash
//! archives/built/RECIPE/NAME.tar.zst    built on this machine
//! ```
//!
//! Names are those of published archives,
//! `cpython-3.13.5+20250612-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst`, where the release's
//! date may be missing.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::build::BuildRequest;
use crate::cache::{Cache, CacheError};
use crate::config::resolved::{PythonVersion, Sha256Digest};

/// The folder of the cache that holds archives.
pub(super) const ARCHIVES: &str = "archives";

/// The folder of the cache for what is built here.
pub(super) const BUILT: &str = "archives/built";

/// Words in a name that stand for an interpreter that nobody asked for; `tests` for one with test
/// modules that was built here.
const SPECIAL: [&str; 3] = ["debug", "freethreaded", "tests"];

/// An archive in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shelved {
    /// The file.
    pub path: PathBuf,
    /// Its hash, where the place tells it.
    pub sha256: Option<Sha256Digest>,
}

/// Where the download with this hash belongs.
pub(super) fn place_of(
    cache: &Cache,
    sha256: &Sha256Digest,
    url: &str,
) -> Result<PathBuf, CacheError> {
    let folder = cache.folder(&format!("{ARCHIVES}/{sha256}"))?;
    Ok(folder.join(name_of_url(url)))
}

/// The file name that a URL ends in, with `%2B` and its like decoded where that makes a name.
fn name_of_url(url: &str) -> String {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().replace("%2B", "+");
    let usable = |c: char| c.is_ascii_alphanumeric() || "+-_.".contains(c);
    if name.is_empty() || name.starts_with('.') || !name.chars().all(usable) {
        "archive.tar.zst".to_owned()
    } else {
        name
    }
}

/// The archives of one feature release for one target, the best first.
///
/// # Errors
/// When a folder of the cache cannot be listed.
pub(super) fn candidates(
    cache: &Cache,
    version: PythonVersion,
    target: &str,
) -> Result<Vec<Shelved>, CacheError> {
    let root = cache.folder(ARCHIVES)?;
    let mut files = Vec::new();
    for path in list(&root)? {
        let folder_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() {
            files.push(Shelved { path, sha256: None });
        } else if folder_name == "built" {
            files.append(&mut built(&path)?);
        } else if let Ok(digest) = folder_name.parse() {
            let downloads = list(&path)?;
            files.extend(downloads.into_iter().map(|path| Shelved { path, sha256: Some(digest) }));
        }
    }
    let mut ranked: Vec<_> = files
        .into_iter()
        .filter_map(|file| Some((rank(&file.path, version, target)?, file)))
        .collect();
    ranked.sort_by(|(a, x), (b, y)| b.cmp(a).then_with(|| x.path.cmp(&y.path)));
    Ok(ranked.into_iter().map(|(_, file)| file).collect())
}

/// What was built on this machine, without what an earlier builder made: the archive's name would
/// not tell.
fn built(folder: &Path) -> Result<Vec<Shelved>, CacheError> {
    let mut files = Vec::new();
    let current = |path: &&PathBuf| {
        path.file_name().is_some_and(|name| BuildRequest::is_current(&name.to_string_lossy()))
    };
    for recipe in list(folder)?.iter().filter(current) {
        files.extend(list(recipe)?.into_iter().map(|path| Shelved { path, sha256: None }));
    }
    Ok(files)
}

/// The archive in `folder` that was built for this target, if one is there.
///
/// # Errors
/// When the folder cannot be listed.
pub(super) fn find_built(
    folder: &Path,
    version: PythonVersion,
    target: &str,
) -> Result<Option<PathBuf>, CacheError> {
    Ok(list(folder)?.into_iter().find(|path| rank(path, version, target).is_some()))
}

/// What is in a folder, without what is still being written; empty when there is no folder.
fn list(folder: &Path) -> Result<Vec<PathBuf>, CacheError> {
    let failed = |source| CacheError::Folder { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

/// How good an archive of this name is, the higher the better: patch release, whether final,
/// release date, optimisation. `None` when it is another release's or target's.
fn rank(path: &Path, version: PythonVersion, target: &str) -> Option<(u32, bool, u64, bool)> {
    let name = path.file_name()?.to_str()?;
    let rest = name.strip_prefix("cpython-")?.strip_suffix(".tar.zst")?;
    let (release, options) = rest.split_once(&format!("-{target}-"))?;
    if !options.ends_with("full") || options.split(['+', '-']).any(|w| SPECIAL.contains(&w)) {
        return None;
    }
    let (number, date) = release.split_once('+').unwrap_or((release, "0"));
    let patch = number.strip_prefix(&format!("{version}."))?;
    let digits = patch.split(|c: char| !c.is_ascii_digit()).next()?;
    let is_final = digits.len() == patch.len();
    Some((digits.parse().ok()?, is_final, date.parse().ok()?, options.contains("pgo")))
}

#[cfg(test)]
mod tests;
