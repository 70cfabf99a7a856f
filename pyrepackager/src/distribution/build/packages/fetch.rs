//! Debian's packages of a release, from a suite newer than the machine's own.

use std::path::{Path, PathBuf};

use fs_err as fs;

use super::GENERATION;
use crate::cache::Cache;
use crate::config::resolved::PythonVersion;
use crate::distribution::build::apt::{Apt, unpack_packages};
use crate::distribution::build::error::BuildError;
use crate::reporter::Reporter;

/// The suite with the packages.
const SUITE: &str = "forky";

/// Packages with the static libraries that the interpreter links. `libexpat1-dev` must be of the
/// same suite: the module `pyexpat` calls functions that older ones lack.
const LIBRARIES: [&str; 3] = ["libexpat1-dev", "libzstd-dev", "zlib1g-dev"];

/// Returns the folder of the unpacked packages of `version`, filled on first use.
pub(super) fn packages(
    version: PythonVersion,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<PathBuf, BuildError> {
    let name = format!("python{version}-{SUITE}-{GENERATION}");
    let folder = cache.folder("packages")?.join(&name);
    let lock = cache.lock("packages", reporter)?;
    if folder.is_dir() {
        return Ok(folder);
    }
    let apt = Apt::open_suite(&cache.folder(&format!("apt-{SUITE}"))?, SUITE, reporter)?;
    let partial = lock.partial_folder(&folder)?;
    download(&apt, version, partial.path())?;
    partial.finish()?;
    Ok(folder)
}

fn download(apt: &Apt<'_>, version: PythonVersion, root: &Path) -> Result<(), BuildError> {
    let downloads = root.join("packages");
    fs::create_dir(&downloads)?;
    let python = ["dev", "minimal", "stdlib"].map(|part| format!("libpython{version}-{part}"));
    let names: Vec<&str> = python.iter().map(String::as_str).chain(LIBRARIES).collect();
    apt.download(&names, &downloads)?;
    unpack_packages(&downloads, root)?;
    fs::remove_dir_all(downloads)?;
    Ok(())
}
