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
    let revision = revision(folder);
    if !revision.is_empty() {
        hash.add_block(revision);
    }
    Ok((hash.finish(), files))
}

/// What decides about a version that the build takes from the repository: the commit, and the tags. Nothing where
/// `pyproject.toml` states the version, or there is no repository of Git's.
pub fn revision(folder: &Path) -> Vec<u8> {
    if states_version(folder) {
        return Vec::new();
    }
    let Some(git) = folder.ancestors().map(|folder| folder.join(".git")).find(|git| git.exists())
    else {
        return Vec::new();
    };
    // Of a work tree beside the repository, this is a file that names a folder in it.
    let named = |path: &Path, prefix: &str| {
        let text = fs_err::read_to_string(path).ok()?;
        Some(path.parent()?.join(text.trim().strip_prefix(prefix)?.trim()))
    };
    let own = if git.is_dir() { git } else { named(&git, "gitdir:").unwrap_or(git) };
    let common = named(&own.join("commondir"), "").unwrap_or_else(|| own.clone());
    let head = fs_err::read(own.join("HEAD")).unwrap_or_default();
    let branch = String::from_utf8_lossy(&head).trim().strip_prefix("ref: ").map(str::to_owned);
    let mut revision = head;
    let files = branch.map(|branch| common.join(branch)).into_iter();
    let tags = WalkDir::new(common.join("refs/tags")).sort_by_file_name().into_iter().flatten();
    let tags = tags.filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path);
    for path in files.chain([common.join("packed-refs")]).chain(tags) {
        revision.extend(path.file_name().unwrap_or_default().as_encoded_bytes());
        revision.extend(fs_err::read(&path).unwrap_or_default());
    }
    revision
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
    let poetry = project.get("tool").and_then(|tool| tool.get("poetry"));
    let sections = [project.get("project"), poetry];
    sections.into_iter().flatten().any(|section| section.get("version").is_some())
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
