//! What the packer and the runtimes are made from.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};
use xxhash_rust::xxh3::Xxh3;

/// What decides what the command `pyoxidizer` does: files and folders of the workspace.
const PACKER: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "pyembed-build",
    "pyoxidizer",
    "pyrepackager",
    "pyresources",
    "pyslot",
    "pyunpack",
];

/// The same, of runtimes: executables without an application.
const RUNTIME: [&str; 11] = [
    "Cargo.lock",
    "Cargo.toml",
    "pyapp",
    "pyembed",
    "pyembed-build",
    "pyembed-c",
    "pyoxidizer/src/build_script",
    "pyrepackager/src/link",
    "pyresources/src",
    "pyslot",
    "pyunpack",
];

/// The workspace that this crate was compiled in.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What the packer of a workspace and its runtimes are made from; nothing where there is no such workspace.
#[must_use]
pub fn sources(workspace: &Path) -> Vec<PathBuf> {
    let sources: BTreeSet<_> = PACKER.iter().chain(&RUNTIME).collect();
    existing(workspace, sources)
}

/// As [`sources`], without runtimes.
pub(crate) fn packer_sources(workspace: &Path) -> Vec<PathBuf> {
    existing(workspace, &PACKER)
}

fn existing<'a>(workspace: &Path, sources: impl IntoIterator<Item = &'a &'a str>) -> Vec<PathBuf> {
    let paths = sources.into_iter().map(|source| workspace.join(source));
    paths.filter(|path| path.exists()).collect()
}

/// The version of the packer that belongs to a workspace: that of the crates, and a digest of what it is made from.
///
/// # Errors
///
/// When a source is missing or cannot be read.
pub fn packer_version(workspace: &Path) -> io::Result<String> {
    version(workspace, &PACKER)
}

/// The version of the runtimes that belong to a workspace, as for [`packer_version`].
///
/// # Errors
///
/// When a source is missing or cannot be read.
pub fn runtime_version(workspace: &Path) -> io::Result<String> {
    version(workspace, &RUNTIME)
}

fn version(workspace: &Path, sources: &[&str]) -> io::Result<String> {
    let mut hash = Xxh3::new();
    for source in sources {
        let files = WalkDir::new(workspace.join(source)).sort_by_file_name();
        for entry in files.into_iter().filter_entry(|entry| !is_test(entry)) {
            // A digest of less would be that of another version.
            let entry = entry?;
            if entry.file_type().is_file() {
                let relative = entry.path().strip_prefix(workspace).unwrap_or(entry.path());
                hash.update(relative.to_string_lossy().as_bytes());
                let contents = fs_err::read(entry.path())?;
                hash.update(&(contents.len() as u64).to_le_bytes());
                hash.update(&contents);
            }
        }
    }
    Ok(format!("{}-{:012x}", env!("CARGO_PKG_VERSION"), hash.digest128() >> 80))
}

/// Tests, and what they leave, are not part of a program.
fn is_test(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    ["tests", "tests.rs", "target", "fuzz"].iter().any(|test| name == *test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_follows_the_sources_but_not_their_tests() {
        let folder = tempfile::tempdir().unwrap();
        for source in PACKER {
            let path = folder.path().join(source);
            if source.starts_with("Cargo") {
                fs_err::write(path, "x").unwrap();
            } else {
                fs_err::create_dir_all(path.join("src/tests")).unwrap();
                fs_err::write(path.join("src/lib.rs"), "x").unwrap();
            }
        }
        let version = || packer_version(folder.path()).unwrap();
        let first = version();
        fs_err::write(folder.path().join("pyrepackager/src/tests/new.rs"), "x").unwrap();
        assert_eq!(version(), first);
        fs_err::write(folder.path().join("pyrepackager/src/new.rs"), "x").unwrap();
        let second = version();
        assert_ne!(second, first);
        fs_err::remove_file(folder.path().join("Cargo.lock")).unwrap();
        packer_version(folder.path()).unwrap_err();
    }

    #[test]
    fn this_workspace_has_all_sources() {
        let sources = sources(&workspace());
        assert!(
            PACKER.iter().chain(&RUNTIME).all(|each| sources.contains(&workspace().join(each)))
        );
        assert_ne!(packer_version(&workspace()).unwrap(), runtime_version(&workspace()).unwrap());
    }
}
