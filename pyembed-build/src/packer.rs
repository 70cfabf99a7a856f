//! The command `pyoxidizer` that does the work of build scripts.
//!
//! It has to be of the version that `pyembed` is: what one writes, the other reads. In this order, the one that counts is
//! named by the user, in the cache, on the `PATH`, or compiled from the workspace that `pyembed` is in and kept in the
//! cache, so that this takes place once on a machine and not in each target folder.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use etcetera::BaseStrategy as _;

use crate::{SUBCOMMAND, VERSION_ARGUMENT, cargo_arguments, sources};

/// The variable that names the packer.
pub const PACKER_VARIABLE: &str = "PYOXIDIZER";

/// The variable that names the cache folder.
pub const CACHE_VARIABLE: &str = "PYOXIDIZER_CACHE";

/// The folder of the cache for packers: one in a folder for each version, and Cargo's target folder.
pub const PACKERS: &str = "packers";

/// Cargo's profile for packers; the workspace's `Cargo.toml` has it.
const PROFILE: &str = "packer";

/// The name of the packer.
const NAME: &str = if cfg!(windows) { "pyoxidizer.exe" } else { "pyoxidizer" };

/// How many versions stay in the cache. Each has some 30 MB, and each change of the sources makes one.
const KEPT: usize = 8;

/// There is no packer.
#[derive(Debug, thiserror::Error)]
pub enum PackerError {
    /// The variable names something else.
    #[error(
        "{PACKER_VARIABLE} names `{path}`, which {found}; this `pyembed` needs version {wanted}"
    )]
    Named {
        /// What it names.
        path: PathBuf,
        /// What that is.
        found: String,
        /// The version of `pyembed`'s sources.
        wanted: String,
    },
    /// No such command is installed, and its sources are not here to compile it.
    #[error("the command `pyoxidizer`, version {wanted}, is not on the PATH")]
    Missing {
        /// The version of `pyembed`'s sources.
        wanted: String,
    },
    /// The sources of the packer cannot be read.
    #[error("cannot read the sources of the command `pyoxidizer`")]
    Sources(#[source] io::Error),
    /// No variable says where the user's files are.
    #[error("the user's cache folder is not known")]
    NoHome(#[source] etcetera::HomeDirError),
    /// Others could change what would be run.
    #[error(
        "the cache folder `{path}` cannot be trusted: it belongs to another user, or others may write to it"
    )]
    Untrusted {
        /// The folder.
        path: PathBuf,
    },
    /// The cache cannot be written.
    #[error("cannot write the command `pyoxidizer` to the cache")]
    Cache(#[source] io::Error),
    /// Cargo does not run.
    #[error("cannot run `{cargo}`")]
    Cargo {
        /// The program.
        cargo: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The sources are not those that the compilation began with.
    #[error("the sources of the command `pyoxidizer` have changed while it was compiled")]
    Changed,
    /// The packer does not compile.
    #[error("the command `pyoxidizer` does not compile\n{output}")]
    Compiling {
        /// What Cargo wrote.
        output: String,
    },
}

impl PackerError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let install = || {
            let source = sources::workspace().join("pyoxidizer");
            let source = fs_err::canonicalize(&source).unwrap_or(source);
            format!("cargo install --path '{}'", source.display())
        };
        Some(match self {
            Self::Named { .. } => format!(
                "unset {PACKER_VARIABLE} to have the right one found or made, or install it: {}",
                install()
            ),
            Self::Missing { .. } => format!(
                "install it from the source tree that this `pyembed` is of, with `cargo install --path pyoxidizer`, or name it \
                 with {PACKER_VARIABLE}"
            ),
            Self::NoHome(_) | Self::Cache(_) => {
                format!("set {CACHE_VARIABLE} to a folder that this user can write to")
            }
            Self::Untrusted { path } => format!(
                "make it yours alone (`chown`, `chmod go-w '{}'`), or set {CACHE_VARIABLE} to a folder that is",
                path.display()
            ),
            Self::Compiling { .. } => {
                format!("install the command to see more of what is wrong: {}", install())
            }
            Self::Changed => "build again".to_owned(),
            Self::Sources(_) | Self::Cargo { .. } => return None,
        })
    }
}

/// The cache folder: the one that `PYOXIDIZER_CACHE` names, a relative one below `base`, else `pyoxidizer` in the user's
/// cache folder.
///
/// # Errors
///
/// When the variable is unset and there is no home folder either.
pub fn cache_folder(base: &Path) -> Result<PathBuf, etcetera::HomeDirError> {
    match std::env::var_os(CACHE_VARIABLE).filter(|folder| !folder.is_empty()) {
        Some(folder) => Ok(base.join(folder)),
        None => Ok(etcetera::choose_base_strategy()?.cache_dir().join("pyoxidizer")),
    }
}

/// Finds or makes the packer of the version that this crate is of. Relative paths in variables start in `base`.
///
/// # Errors
///
/// See [`PackerError`].
pub fn packer(base: &Path) -> Result<PathBuf, PackerError> {
    let workspace = sources::workspace();
    let has_sources = workspace.join("pyoxidizer/Cargo.toml").is_file();
    let wanted = if has_sources {
        sources::packer_version(&workspace).map_err(PackerError::Sources)?
    } else {
        env!("CARGO_PKG_VERSION").to_owned()
    };
    let named = std::env::var_os(PACKER_VARIABLE).filter(|path| !path.is_empty());
    if let Some(path) = named {
        return named_packer(base.join(path), &wanted);
    }
    let cache = cache_folder(base).map_err(PackerError::NoHome)?.join(PACKERS);
    // A packer knows the workspace that it was compiled in, from which it makes runtimes.
    let place = xxhash_rust::xxh3::xxh3_64(workspace.as_os_str().as_encoded_bytes()) >> 32;
    let path = cache.join(format!("{wanted}-{place:08x}")).join(NAME);
    if path.is_file() {
        return if is_own(&cache) { Ok(path) } else { Err(PackerError::Untrusted { path: cache }) };
    }
    if let Some(path) = on_path(std::env::var_os("PATH").unwrap_or_default().as_os_str(), &wanted) {
        return Ok(path);
    }
    if !has_sources {
        return Err(PackerError::Missing { wanted });
    }
    // Of packages in two workspaces Cargo would not know which is which.
    let target = cache.join(format!("target/{place:08x}"));
    make(&workspace, &wanted, &target, &path)?;
    Ok(path)
}

fn named_packer(path: PathBuf, wanted: &str) -> Result<PathBuf, PackerError> {
    let found = match version(&path) {
        Ok(Some(version)) if fits(&version, wanted) => return Ok(path),
        Ok(Some(version)) => format!("is of version {version}"),
        Ok(None) => "is not the command `pyoxidizer` of this project".to_owned(),
        Err(error) => format!("does not run ({error})"),
    };
    Err(PackerError::Named { path, found, wanted: wanted.to_owned() })
}

/// The first packer of a version in the folders of a `PATH`.
fn on_path(path: &OsStr, wanted: &str) -> Option<PathBuf> {
    let fit = |path: &PathBuf| {
        path.is_file() && matches!(version(path), Ok(Some(version)) if fits(&version, wanted))
    };
    std::env::split_paths(path).map(|folder| folder.join(NAME)).find(fit)
}

/// Whether a packer's version, which has a digest, is one that is wanted, perhaps without.
fn fits(version: &str, wanted: &str) -> bool {
    version.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// What a program says when it is asked for its version as a packer; `None` if it does not know such a question.
fn version(path: &Path) -> io::Result<Option<String>> {
    let mut command = Command::new(path);
    let output = command.args([SUBCOMMAND, VERSION_ARGUMENT]).stdin(Stdio::null()).output()?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let is_one =
        output.status.success() && version.starts_with(|start: char| start.is_ascii_digit());
    Ok(is_one.then_some(version))
}

/// Has Cargo compile the packer of the version `wanted`, and puts it at `path` in the cache.
fn make(workspace: &Path, wanted: &str, target: &Path, path: &Path) -> Result<(), PackerError> {
    let folder = path.parent().unwrap_or(path);
    let cache = folder.parent().unwrap_or(folder);
    create(folder).map_err(PackerError::Cache)?;
    if !is_own(cache) {
        return Err(PackerError::Untrusted { path: cache.to_owned() });
    }
    // Held until the end; other builds on this machine wait for what they need, too.
    let lock = fs_err::File::create(cache.join("lock")).map_err(PackerError::Cache)?;
    lock.file().lock().map_err(PackerError::Cache)?;
    if path.is_file() {
        return Ok(());
    }
    let cargo = PathBuf::from(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let mut command = Command::new(&cargo);
    command.args(["build", "--quiet", "--profile", PROFILE, "--package", "pyoxidizer"]);
    // Without what no build needs, such as the server of `pyoxidizer index`.
    command.arg("--no-default-features");
    command.arg("--target-dir").arg(target).current_dir(workspace).stdin(Stdio::null());
    let is_offline = |argument: &String| ["--offline", "--frozen"].contains(&argument.as_str());
    command.args(cargo_arguments().iter().any(is_offline).then_some("--offline"));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_of_build_script) {
            command.env_remove(name);
        }
    }
    let output = command.output().map_err(|source| PackerError::Cargo { cargo, source })?;
    if !output.status.success() {
        let output = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
        return Err(PackerError::Compiling { output });
    }
    // Whole or not at all.
    let partial = folder.join(".partial");
    fs_err::copy(target.join(PROFILE).join(NAME), &partial).map_err(PackerError::Cache)?;
    let compiled = version(&partial).ok().flatten();
    let now = sources::packer_version(workspace).map_err(PackerError::Sources)?;
    if compiled.as_deref() != Some(wanted) || now != wanted {
        return Err(PackerError::Changed);
    }
    fs_err::rename(&partial, path).and_then(|()| remove_oldest(cache)).map_err(PackerError::Cache)
}

/// Removes all versions but the newest.
fn remove_oldest(cache: &Path) -> io::Result<()> {
    let mut versions = Vec::new();
    for entry in fs_err::read_dir(cache)? {
        let folder = entry?.path();
        // Cargo's target folder has none.
        if let Ok(metadata) = fs_err::metadata(folder.join(NAME)) {
            versions.push((metadata.modified()?, folder));
        }
    }
    versions.sort();
    let outdated = versions.len().saturating_sub(KEPT);
    versions.drain(..outdated).try_for_each(|(_, folder)| fs_err::remove_dir_all(folder))
}

/// Whether a variable tells about the build that the calling script is part of, or about how the user's programs are
/// compiled: nothing for another build.
fn is_of_build_script(name: &str) -> bool {
    const OTHERS: [&str; 11] = [
        "DEBUG",
        "HOST",
        "NUM_JOBS",
        "OPT_LEVEL",
        "OUT_DIR",
        "PROFILE",
        "RUSTC_LINKER",
        "RUSTC_WORKSPACE_WRAPPER",
        "RUSTC_WRAPPER",
        "RUSTFLAGS",
        "TARGET",
    ];
    const PREFIXES: [&str; 10] = [
        "CARGO_BIN_",
        "CARGO_BUILD_",
        "CARGO_CFG_",
        "CARGO_ENCODED_",
        "CARGO_FEATURE_",
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_PROFILE_",
        "CARGO_TARGET_",
        "DEP_",
    ];
    OTHERS.contains(&name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || ["CARGO_INCREMENTAL", "CARGO_PRIMARY_PACKAGE"].contains(&name)
}

/// Makes a folder that no other user can write to, and those above it.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o755);
    builder.recursive(true).create(folder)
}

/// Whether nobody but this user and root can write to a folder. A build script's own folder is the user's.
#[cfg(unix)]
fn is_own(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = |path: &Path| fs_err::metadata(path).map(|metadata| metadata.uid());
    let user = std::env::var_os("OUT_DIR").and_then(|folder| owner(Path::new(&folder)).ok());
    let is_own = |folder: &Path| {
        fs_err::metadata(folder).is_ok_and(|metadata| {
            let is_own = metadata.uid() == 0 || user.is_none_or(|user| user == metadata.uid());
            is_own && metadata.mode() & 0o022 == 0
        })
    };
    // The folder, and the cache that it is in.
    folder.ancestors().take(2).all(is_own)
}

/// Permissions of other systems are not looked at.
#[cfg(not(unix))]
fn is_own(_: &Path) -> bool {
    true
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// A program of the packer's name that is one of `version`.
    fn program(folder: &Path, version: &str) -> PathBuf {
        fs_err::create_dir_all(folder).unwrap();
        let path = folder.join(NAME);
        let script =
            format!("#!/bin/sh\n[ \"$*\" = 'build-script version' ] && echo '{version}'\n");
        fs_err::write(&path, script).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    #[test]
    fn the_first_of_the_wanted_version_on_the_path_counts() {
        let scratch = tempfile::tempdir().unwrap();
        let folders =
            ["none", "old", "other", "right", "late"].map(|name| scratch.path().join(name));
        let [_, old, other, right, late] = &folders;
        program(old, "0.0.9-ab");
        program(other, "usage: pyoxidizer");
        let expected = program(right, "0.1.0-cd");
        program(late, "0.1.0-cd");
        let path = std::env::join_paths(&folders).unwrap();
        assert_eq!(on_path(&path, "0.1.0-cd"), Some(expected.clone()));
        // Of a release, the digest does not matter.
        assert_eq!(on_path(&path, "0.1.0"), Some(expected));
        assert_eq!(on_path(&path, "0.1"), None);
    }

    #[test]
    fn one_that_is_named_has_to_fit() {
        let scratch = tempfile::tempdir().unwrap();
        let path = program(scratch.path(), "0.1.0-cd");
        assert_eq!(named_packer(path.clone(), "0.1.0-cd").unwrap(), path);
        for (path, said) in [
            (path, "is of version 0.1.0-cd"),
            (scratch.path().join("none"), "does not run"),
            ("/bin/true".into(), "is not the command"),
        ] {
            let error = named_packer(path, "0.2.0-ef").unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
            assert!(error.hint().unwrap().contains("cargo install --path"));
        }
    }

    #[test]
    fn the_newest_versions_stay() {
        let cache = tempfile::tempdir().unwrap();
        fs_err::create_dir(cache.path().join("target")).unwrap();
        let versions: Vec<_> = (0..KEPT + 2).map(|number| format!("0.1.0-{number}")).collect();
        for (age, version) in versions.iter().rev().enumerate() {
            let path = program(&cache.path().join(version), version);
            let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age as u64);
            let file = fs_err::OpenOptions::new().write(true).open(path).unwrap();
            file.file().set_modified(time).unwrap();
        }
        remove_oldest(cache.path()).unwrap();
        let remains = |name: &String| cache.path().join(name).exists();
        let (outdated, kept) = versions.split_at(2);
        assert!(!outdated.iter().any(remains) && kept.iter().all(remains));
        assert!(cache.path().join("target").exists());
    }

    #[test]
    fn folders_that_others_may_write_to_are_not_trusted() {
        let scratch = tempfile::tempdir().unwrap();
        let packers = scratch.path().join("packers");
        fs_err::create_dir(&packers).unwrap();
        let mode = |path: &Path, mode| {
            fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(scratch.path(), 0o755);
        mode(&packers, 0o755);
        assert!(is_own(&packers));
        mode(scratch.path(), 0o777);
        assert!(!is_own(&packers));
        mode(scratch.path(), 0o755);
        mode(&packers, 0o775);
        assert!(!is_own(&packers));
        assert!(!is_own(&scratch.path().join("none")));
    }

    #[test]
    fn another_build_does_not_see_this_one() {
        for name in
            ["TARGET", "OUT_DIR", "RUSTC_WORKSPACE_WRAPPER", "CARGO_FEATURE_X", "DEP_PYTHON_X"]
        {
            assert!(is_of_build_script(name), "{name}");
        }
        for name in ["CARGO", "CARGO_HOME", "CARGO_MAKEFLAGS", "CARGO_NET_OFFLINE", "PATH", "RUSTC"]
        {
            assert!(!is_of_build_script(name), "{name}");
        }
    }
}
