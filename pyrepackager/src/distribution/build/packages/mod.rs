//! Assembles a distribution archive from Debian's binary packages.
//!
//! Some releases of CPython cannot be compiled here because their source is not at hand, while
//! Debian publishes them compiled, in suites newer than the machine's. The archive that comes of
//! them serves to try this project with these releases. It is not meant for shipping: it lacks
//! what needs a newer C library or newer shared libraries than this machine has.
//!
//! ```text
//! libpythonX.Y-dev     ─► libpython-pic.a, split ─┐
//! CPython 3.13's source ─► hash modules           ├─► interpreter ─► PYTHON.json ─► archive
//! libexpat, zlib, zstd  ─► static libraries       ┘   + standard library, shared modules
//! ```
//!
//! * `fetch`: the packages, downloaded and unpacked into the cache.
//! * `objects`: the object files, and an interpreter that this machine can run.
//! * `describe`: the installation, `PYTHON.json` and the files that it names.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::error::BuildError;
use super::{Machine, archive, check_folder, source, toolchain};
use crate::cache::Cache;
use crate::config::resolved::PythonVersion;
use crate::reporter::Reporter;

mod describe;
mod fetch;
mod objects;

/// Minor versions of CPython 3 that can be assembled.
pub const ASSEMBLED_MINORS: RangeInclusive<u8> = 14..=15;

/// Counts the changes after which the same packages give another archive.
const GENERATION: u32 = 1;

/// The release whose source provides the hash modules: Debian's static libraries of later ones
/// lack the functions that theirs call.
const HASH_SOURCE: PythonVersion = PythonVersion { major: 3, minor: 13 };

/// Names what [`assemble_archive`] makes, for caches.
#[must_use]
pub fn assembly_recipe(version: PythonVersion) -> String {
    format!("cpython-{version}-packages-{GENERATION}")
}

/// Where an assembly takes place, and of what.
struct Assembly<'a> {
    version: PythonVersion,
    /// Holds all that is made.
    folder: PathBuf,
    /// The unpacked packages.
    packages: PathBuf,
    machine: Machine,
    toolchain: toolchain::Toolchain,
    reporter: &'a dyn Reporter,
}

impl Assembly<'_> {
    /// Where the packages keep the standard library.
    fn packaged_stdlib(&self) -> PathBuf {
        self.packages.join(format!("usr/lib/python{}", self.version))
    }

    /// Where the packages keep `config.c`, the makefile and the static library.
    fn config_folder(&self) -> PathBuf {
        let name = format!("config-{}-{}", self.version, self.machine.multiarch);
        self.packaged_stdlib().join(name)
    }

    /// The position-independent static library in the packages.
    fn packaged_library(&self) -> PathBuf {
        self.config_folder().join(format!("libpython{}-pic.a", self.version))
    }

    /// Where the archive keeps the static library, relative to its root.
    fn static_library(&self) -> String {
        let Self { version, machine, .. } = self;
        let folder = format!("install/lib/python{version}/config-{version}-{}", machine.multiarch);
        format!("{folder}/libpython{version}.a")
    }

    /// What the archive calls `python/`.
    fn root(&self) -> PathBuf {
        self.folder.join("python")
    }

    /// The assembled interpreter.
    fn interpreter(&self) -> PathBuf {
        self.root().join(format!("install/bin/python{}", self.version))
    }

    /// A program with the toolchain's environment.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        self.toolchain.apply(&mut command);
        command.current_dir(&self.folder);
        command
    }
}

/// Assembles a distribution from Debian's packages of `version`, writes its archive into `out_dir`
/// and returns the archive's path. Packages are downloaded into `cache`.
///
/// # Errors
/// When the version is not one of [`ASSEMBLED_MINORS`], the machine does not run Debian, a program
/// or package is lacking, a program fails, or a file cannot be read or written. No archive is left
/// then.
pub fn assemble_archive(
    version: PythonVersion,
    out_dir: &Path,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<PathBuf, BuildError> {
    let machine = Machine::this()?;
    if version.major != 3 || !ASSEMBLED_MINORS.contains(&version.minor) {
        return Err(BuildError::NotAssembled { version });
    }
    check_folder(cache.root())?;
    fs::create_dir_all(out_dir)?;
    let toolchain = toolchain::Toolchain::gcc()?;
    let packages = fetch::packages(version, cache, reporter)?;
    let hash_source = source::from_package(HASH_SOURCE, cache, reporter)?;

    let name = format!("assembly-{version}");
    let lock = cache.lock(&name, reporter)?;
    let folder = cache.folder("builds")?.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let hash_source = source::unpack(&hash_source, HASH_SOURCE, &folder.join("source"))?;
    let triple = machine.triple.clone();
    let assembly = Assembly { version, folder, packages, machine, toolchain, reporter };
    let objects = objects::make(&assembly, &hash_source.folder)?;
    let described = describe::describe(&assembly, objects)?;
    let archive =
        out_dir.join(format!("cpython-{}-{triple}-noopt-full.tar.zst", described.full_version));
    archive::write(&archive, described.python_json, described.entries, described.epoch, reporter)?;
    fs::remove_dir_all(&assembly.folder)?;
    drop(lock);
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporter::Silent;

    #[test]
    fn releases_without_packages_are_refused_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        let cache = scratch.path().join("cache");
        let version = PythonVersion { major: 3, minor: 13 };
        let out = scratch.path().join("out");
        let error = assemble_archive(version, &out, &Cache::at(&cache), &Silent).unwrap_err();
        insta::assert_snapshot!(
            format!("{error} | {}", error.hint().unwrap()),
            @"CPython 3.13 is not assembled from Debian's packages, only CPython 3.14 to 3.15 | build it from source, without `--from-packages`"
        );
        assert!(!cache.exists() && !out.exists());
    }
}
