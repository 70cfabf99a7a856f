//! Builds a distribution archive on this machine, in the format of the published ones.

use std::path::{Path, PathBuf};

use crate::cache::Cache;
use crate::config::resolved::PythonVersion;
use crate::reporter::Reporter;

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// Feature release.
    pub version: PythonVersion,
    /// CPython's source archive; the operating system's source package when `None`.
    pub source: Option<PathBuf>,
    /// Folder with `include/` and `lib/` of the static dependencies; the operating system's
    /// development packages when `None`.
    pub deps_prefix: Option<PathBuf>,
    /// Profile-guided optimisation.
    pub pgo: bool,
    /// Link-time optimisation: built with clang, so that objects are LLVM bitcode.
    pub lto: bool,
}

/// Why a build failed.
#[derive(Debug, thiserror::Error)]
#[error("not written yet")]
pub struct BuildError;

/// Builds a distribution, writes its archive into `out_dir` and returns the archive's path.
pub fn build_archive(
    _request: &BuildRequest,
    _out_dir: &Path,
    _cache: &Cache,
    _reporter: &dyn Reporter,
) -> Result<PathBuf, BuildError> {
    Err(BuildError)
}
