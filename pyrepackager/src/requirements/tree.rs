//! The source of a project: what it is known by, the hash of its files, and where it is built.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::error::RequirementsError;
use crate::config::resolved::Sha256Digest;
use crate::digest::Hasher;

/// Folders of version control.
const REPOSITORIES: [&str; 3] = [".git", ".hg", ".svn"];

/// A file that marks a folder as one that a tool fills again, as Cargo, pytest and others do; see
/// <https://bford.info/cachedir/>.
const CACHE_MARK: &str = "CACHEDIR.TAG";

/// The hash of all files of the project at `folder`, and the files.
///
/// What tools leave behind does not count: environments, caches, results of builds, version control.
/// Neither does a lock file beside a TOML file.
///
/// # Errors
///
/// When a file cannot be read.
pub fn digest(
    line: usize,
    folder: &Path,
) -> Result<(Sha256Digest, Vec<PathBuf>), RequirementsError> {
    let mut hash = Hasher::default();
    let files = files(line, folder)?;
    for path in &files {
        let name = path.strip_prefix(folder).unwrap_or(path).to_string_lossy();
        let contents = fs_err::read(path).map_err(|e| unreadable(line, path, e))?;
        hash.add_block(name.as_bytes());
        hash.add_block(contents);
    }
    Ok((hash.finish(), files))
}

/// What a change of the source shows in: its files and folders at the top.
pub fn inputs(folder: &Path, files: &[PathBuf]) -> Vec<PathBuf> {
    let mut inputs: Vec<PathBuf> = files
        .iter()
        .filter_map(|path| Some(folder.join(path.strip_prefix(folder).ok()?.components().next()?)))
        .collect();
    inputs.dedup();
    inputs
}

/// A folder in which the project at `folder` can be built: a copy below `scratch`, as build backends
/// leave files beside the source and find old ones there.
///
/// Where a backend finds the version and the project is in a repository, that may be the
/// repository's: one in the folder is copied with it; with one further up, the project is built where it
/// is.
///
/// # Errors
///
/// When a file cannot be copied.
pub fn stage(line: usize, folder: &Path, scratch: &Path) -> Result<PathBuf, RequirementsError> {
    let of_repository = !states_version(folder);
    let has_repository = |folder: &Path| REPOSITORIES.iter().any(|name| folder.join(name).exists());
    if of_repository && !has_repository(folder) && folder.ancestors().any(has_repository) {
        return Ok(folder.to_owned());
    }
    let failed = |path: &Path, source| RequirementsError::Scratch { path: path.to_owned(), source };
    let place = tempfile::Builder::new().prefix("source-").tempdir_in(scratch);
    // The folder around it is removed when it is not needed any more.
    let place = place.map_err(|source| failed(scratch, source))?.keep();
    let copy = place.join(folder.file_name().unwrap_or_default());
    let mut copied = files(line, folder)?;
    if of_repository {
        for name in REPOSITORIES {
            let repository = folder.join(name);
            if repository.exists() {
                copied.extend(walk(line, &repository, |_| true)?);
            }
        }
    }
    for path in copied {
        let target = copy.join(path.strip_prefix(folder).unwrap_or(&path));
        let parent = target.parent().unwrap_or(&copy);
        fs_err::create_dir_all(parent)
            .and_then(|()| fs_err::copy(&path, &target))
            .map_err(|source| failed(&target, source))?;
    }
    Ok(copy)
}

/// Whether `pyproject.toml` itself states the version.
fn states_version(folder: &Path) -> bool {
    let text = fs_err::read_to_string(folder.join("pyproject.toml")).unwrap_or_default();
    let project: toml::Table = text.parse().unwrap_or_default();
    let section = project.get("project").and_then(toml::Value::as_table);
    section.is_some_and(|section| section.contains_key("version"))
}

/// The files of the source, in a fixed order.
pub fn files(line: usize, folder: &Path) -> Result<Vec<PathBuf>, RequirementsError> {
    walk(line, folder, counts)
}

fn walk(
    line: usize,
    folder: &Path,
    counts: impl Fn(&DirEntry) -> bool,
) -> Result<Vec<PathBuf>, RequirementsError> {
    let mut files = Vec::new();
    let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || counts(entry)) {
        match entry {
            Ok(entry) if entry.path().is_file() => files.push(entry.into_path()),
            Ok(_) => {}
            // A link that leads nowhere, as editors leave them behind.
            Err(error)
                if error.path().is_some_and(Path::is_symlink)
                    && error.loop_ancestor().is_none() => {}
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                return Err(unreadable(line, &path, error.into()));
            }
        }
    }
    Ok(files)
}

fn unreadable(line: usize, path: &Path, source: std::io::Error) -> RequirementsError {
    RequirementsError::Unreadable { line, path: path.to_owned(), source }
}

fn counts(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let path = entry.path();
    if !entry.file_type().is_dir() {
        let is_lock = entry.depth() == 1
            && path.extension().is_some_and(|extension| extension == "lock")
            && path.with_extension("toml").is_file();
        return !is_lock && !name.ends_with(".pyc");
    }
    // A package may be called so as well.
    let is_result = entry.depth() == 1
        && matches!(&*name, "build" | "dist")
        && !path.join("__init__.py").is_file();
    !is_result
        && !name.ends_with(".egg-info")
        && !matches!(&*name, "__pycache__" | "node_modules")
        && !REPOSITORIES.contains(&&*name)
        && !path.join("pyvenv.cfg").is_file()
        && !path.join(CACHE_MARK).is_file()
}
