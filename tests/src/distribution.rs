//! The Python that executables are made of, for comparison.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow};
use fs_err as fs;
use pyrepackager::cache::Cache;
use pyrepackager::config::resolved::{DistributionRequest, PythonVersion};
use pyrepackager::distribution::build::{
    ASSEMBLED_MINORS, BuildError, BuildRequest, assemble_archive, assembly_recipe, build_archive,
};
use pyrepackager::distribution::{self, Distribution, Purpose};
use pyrepackager::link::{BitcodeSupport, Toolchain};
use pyrepackager::reporter::{Reporter, Terminal};

/// The feature release that tests, demo and benchmarks use.
pub const VERSION: PythonVersion = PythonVersion { major: 3, minor: 13 };

/// Rust's name of this machine.
#[must_use]
pub fn host() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// The distribution that `version = "3.13"` stands for; made or fetched when it is not there.
///
/// # Errors
/// When it cannot be had.
pub fn distribution() -> Result<Distribution> {
    resolve(&DistributionRequest::Version(VERSION))
}

/// The distribution in the archive `path`, which has the SHA-256 `sha256`.
///
/// # Errors
/// When it cannot be unpacked or used.
pub fn distribution_in(path: &Path, sha256: &str) -> Result<Distribution> {
    let sha256 = sha256.parse().map_err(|_| anyhow!("{sha256:?} is no SHA-256"))?;
    resolve(&DistributionRequest::LocalPath { path: path.to_owned(), sha256 })
}

fn resolve(request: &DistributionRequest) -> Result<Distribution> {
    let cache = Cache::from_env()?;
    let purpose = Purpose { target: &host(), bitcode: bitcode_support() };
    distribution::resolve(request, purpose, &cache, &reporter())
        .map_err(|error| with_hint(error.hint(), error))
}

/// One message of an error, its causes and what to do about it.
pub fn with_hint<E>(hint: Option<String>, error: E) -> anyhow::Error
where
    E: std::error::Error + Send + Sync + 'static,
{
    let error = anyhow::Error::new(error);
    match hint {
        Some(hint) => anyhow!("{error:#}\nhint: {hint}"),
        None => error,
    }
}

/// Which bitcode can be linked into applications, so that they are made of the same distribution.
fn bitcode_support() -> BitcodeSupport {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Toolchain::of_rustc(Path::new(&rustc)).bitcode()
}

/// The distribution's interpreter.
///
/// # Errors
/// When there is no distribution.
pub fn python() -> Result<PathBuf> {
    Ok(distribution()?.python_exe)
}

/// An archive of the same release whose objects are LLVM bitcode, built when it is not there.
///
/// # Errors
/// When it cannot be built.
pub fn bitcode_archive() -> Result<PathBuf> {
    let request = BuildRequest { lto: true, ..BuildRequest::plain(VERSION) };
    let note = "building a distribution with link-time optimization; takes some minutes";
    kept_archive(VERSION, &request.recipe(), note, |folder, cache, reporter| {
        build_archive(&request, folder, cache, reporter)
    })
}

/// What is built for CPython's own tests: the same release with its test modules.
#[must_use]
pub fn test_modules_request() -> BuildRequest {
    BuildRequest { test_modules: true, ..BuildRequest::plain(VERSION) }
}

/// An archive with CPython's test modules, built when it is not there.
///
/// # Errors
/// When it cannot be built.
pub fn test_modules_archive() -> Result<PathBuf> {
    let request = test_modules_request();
    let note = "building a distribution with test modules; takes some minutes";
    kept_archive(VERSION, &request.recipe(), note, |folder, cache, reporter| {
        build_archive(&request, folder, cache, reporter)
    })
}

/// The folder of archives that `cargo xtask releases` is given.
pub const ARCHIVES: &str = "PYOXIDIZER_TEST_ARCHIVES";

/// An archive of another release than [`VERSION`]: from the folder that the variable [`ARCHIVES`]
/// names; made when it is not there, from Debian's binary packages where the source cannot be had,
/// else from source.
///
/// # Errors
/// When it cannot be made.
pub fn archive_of(version: PythonVersion) -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os(ARCHIVES)
        && let Some(archive) = find_archive(Path::new(&folder), version)?
    {
        return Ok(archive);
    }
    if ASSEMBLED_MINORS.contains(&version.minor) {
        let note = format!("assembling CPython {version} from packages; takes a minute");
        return kept_archive(
            version,
            &assembly_recipe(version),
            &note,
            |folder, cache, reporter| assemble_archive(version, folder, cache, reporter),
        );
    }
    let request = BuildRequest::plain(version);
    let note = format!("building CPython {version}; takes some minutes");
    kept_archive(version, &request.recipe(), &note, |folder, cache, reporter| {
        build_archive(&request, folder, cache, reporter)
    })
}

/// The archive in the cache's folder for the recipe, made by `make` when it is not there.
///
/// It lies beside the cache's archives, not among them, where `version = "3.13"` would find it.
fn kept_archive(
    version: PythonVersion,
    recipe: &str,
    note: &str,
    make: impl FnOnce(&Path, &Cache, &dyn Reporter) -> Result<PathBuf, BuildError>,
) -> Result<PathBuf> {
    let cache = Cache::from_env()?;
    let reporter = reporter();
    let name = format!("tests/{recipe}");
    let folder = cache.folder(&name)?;
    let _lock = cache.lock(&name.replace('/', "-"), &reporter)?;
    if let Some(archive) = find_archive(&folder, version)? {
        return Ok(archive);
    }
    reporter.note(note);
    make(&folder, &cache, &reporter).map_err(|error| with_hint(error.hint(), error))
}

/// The distribution in an archive of this machine.
///
/// # Errors
/// When it cannot be unpacked or read.
pub fn open(path: PathBuf) -> Result<Distribution> {
    let sha256 = sha256(&path)?;
    distribution_in(&path, &sha256)
}

fn find_archive(folder: &Path, version: PythonVersion) -> Result<Option<PathBuf>> {
    let prefix = format!("cpython-{version}.");
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(&prefix) && name.ends_with(".tar.zst") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The SHA-256 of a file, as the operating system's own program finds it.
///
/// # Errors
/// When the file cannot be read.
pub fn sha256(path: &Path) -> Result<String> {
    let output = Command::new("sha256sum").arg("--binary").arg(path).output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let digest = text.split_whitespace().next().context("sha256sum printed nothing")?;
    Ok(digest.to_owned())
}

/// Shows progress on a terminal, and notes even where the test runner captures output: a build
/// takes minutes.
fn reporter() -> Terminal<impl Fn(&str) + Sync> {
    Terminal::stderr(|line| {
        // Nobody can be told that standard error is closed.
        let _ = writeln!(std::io::stderr().lock(), "{line}");
    })
}
