//! Builds a distribution archive on this machine, in the format of the published ones.
//!
//! ```text
//! source package ─► configure ─► make ─► make install ─► PYTHON.json ─► archive
//! static deps ───────┘                    + pip, relocatable  + objects, libraries, licences
//! ```
//!
//! * `apt`, `apt_sources`: the operating system's packages, without root.
//! * `source`, `deps`, `toolchain`: what the build needs.
//! * `setup`, `compile`, `older`, `tcl`: the build itself.
//! * `modules`, `components`, `elf`, `shared_objects`: what is known of the result.
//! * `python_json`, `extensions`, `archive`: the result in the published format.
//! * `packages`: another way to an archive, from binary packages, for releases without source.
//!
//! The same source, dependencies and compiler give the same archive, byte for byte, except under
//! profile-guided optimisation, whose profiles differ from run to run.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::cache::Cache;
use crate::config::resolved::PythonVersion;
use crate::reporter::Reporter;

mod apt;
mod apt_sources;
mod archive;
mod command;
mod compile;
mod components;
mod deps;
mod elf;
mod error;
mod extensions;
mod modules;
mod older;
mod packages;
mod python_json;
mod setup;
mod shared_objects;
mod source;
mod tcl;
mod toolchain;

pub use error::BuildError;
pub use packages::{ASSEMBLED_MINORS, assemble_archive, assembly_recipe};

/// Minor versions of CPython 3 that can be built. 3.14 has modules that need libraries which are not
/// among the static dependencies.
pub const BUILDABLE_MINORS: RangeInclusive<u8> = 10..=13;

/// What to build.
#[derive(Clone, Debug)]
pub struct BuildRequest {
    /// Feature release.
    pub version: PythonVersion,
    /// CPython's source archive; the operating system's source package when `None`.
    pub source: Option<PathBuf>,
    /// Folder with `include/` and `lib/` of the static dependencies, and their licence texts in
    /// `licenses/`; the operating system's development packages when `None`.
    pub deps_prefix: Option<PathBuf>,
    /// Profile-guided optimisation.
    pub pgo: bool,
    /// Link-time optimisation: built with clang, so that objects are LLVM bitcode.
    pub lto: bool,
    /// Build `_tkinter`, with Tcl and Tk beside the standard library.
    pub tkinter: bool,
    /// Build the extension modules that only CPython's own tests use.
    pub test_modules: bool,
}

/// Counts the changes of this builder after which the same request gives another archive; what an
/// earlier one left in a cache is then built again.
const GENERATION: u32 = 4;

impl BuildRequest {
    /// A build of a release without options, from the operating system's packages.
    #[must_use]
    pub fn plain(version: PythonVersion) -> Self {
        Self {
            version,
            source: None,
            deps_prefix: None,
            pgo: false,
            lto: false,
            tkinter: false,
            test_modules: false,
        }
    }

    /// Names what this builder makes of the request, for caches. The source and the static
    /// dependencies are taken for those of the operating system.
    #[must_use]
    pub fn recipe(&self) -> String {
        format!("cpython-{}-{}-{GENERATION}", self.version, self.flavor())
    }

    /// Whether the builder as it is made what is kept under this name.
    #[must_use]
    pub fn is_current(recipe: &str) -> bool {
        recipe.ends_with(&format!("-{GENERATION}"))
    }

    /// The words for the options of the build in the archive's file name. `tkinter` and `tests` are
    /// words of this builder only: published archives always have both.
    fn flavor(&self) -> String {
        let tkinter = if self.tkinter { "+tkinter" } else { "" };
        let tests = if self.test_modules { "+tests" } else { "" };
        format!("{}{tkinter}{tests}", self.build_options())
    }

    /// The format's name for the options of the build. `static` is for `libpython`, of which there
    /// is no shared one: the operating system's static libraries do not fit into shared ones.
    pub fn build_options(&self) -> &'static str {
        match (self.pgo, self.lto) {
            (false, false) => "noopt+static",
            (false, true) => "lto+static",
            (true, false) => "pgo+static",
            (true, true) => "pgo+lto+static",
        }
    }
}

/// Builds a distribution, writes its archive into `out_dir` and returns the archive's path.
///
/// Takes some minutes. Downloads go to `cache`, and so does the build folder, which stays there
/// when the build fails.
///
/// # Errors
/// When the version is not one of [`BUILDABLE_MINORS`], the cache's path is not one for make, a
/// program or package is lacking, a program fails, an extension module is missing, or a
/// file cannot be read or written. No archive is left then.
pub fn build_archive(
    request: &BuildRequest,
    out_dir: &Path,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<PathBuf, BuildError> {
    let machine = Machine::this()?;
    check_version(request.version)?;
    if request.test_modules && older::has_setup_py(request.version) {
        return Err(BuildError::NoTestModules { version: request.version });
    }
    check_folder(cache.root())?;
    // Minutes before the archive is written there.
    fs::create_dir_all(out_dir)?;
    let toolchain = if request.lto {
        toolchain::Toolchain::clang(cache, &machine.multiarch, reporter)?
    } else {
        toolchain::Toolchain::gcc()?
    };
    let source_archive = match &request.source {
        Some(archive) => archive.clone(),
        None => source::from_package(request.version, cache, reporter)?,
    };
    let deps = match &request.deps_prefix {
        Some(prefix) => deps::StaticDeps::at(prefix, request.tkinter)?,
        None => {
            let multiarch = &machine.multiarch;
            deps::StaticDeps::from_packages(cache, multiarch, request.tkinter, reporter)?
        }
    };

    let flavor = request.flavor();
    let name = format!("build-{}-{flavor}", request.version);
    let lock = cache.lock(&name, reporter)?;
    let folder = cache.folder("builds")?.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs_err::os::unix::fs::symlink(&deps.prefix, folder.join("deps"))?;
    let source = source::unpack(&source_archive, request.version, &folder.join("source"))?;
    let workspace = compile::Workspace { folder, request, source, toolchain, reporter };
    workspace.configure()?;
    workspace.compile()?;
    workspace.install()?;

    let description = python_json::Description::read(&workspace)?;
    let (python_json, entries) = description.finish(request.build_options(), &machine.triple)?;
    let archive = out_dir.join(format!(
        "cpython-{}-{}-{flavor}-full.tar.zst",
        workspace.source.full_version, machine.triple
    ));
    archive::write(&archive, python_json, entries, workspace.source.epoch, reporter)?;
    fs::remove_dir_all(&workspace.folder)?;
    drop(lock);
    Ok(archive)
}

fn check_version(version: PythonVersion) -> Result<(), BuildError> {
    if version.major == 3 && BUILDABLE_MINORS.contains(&version.minor) {
        return Ok(());
    }
    Err(BuildError::UnsupportedVersion { version })
}

/// Whether the build can take place below `folder`: CPython's makefile, and the commands in it,
/// name files without quotes.
fn check_folder(folder: &Path) -> Result<(), BuildError> {
    let special = |c: &char| c.is_whitespace() || r#":$'"\`;&|()<>*?"#.contains(*c);
    match folder.to_string_lossy().chars().find(special) {
        None => Ok(()),
        Some(character) => Err(BuildError::FolderName { folder: folder.to_owned(), character }),
    }
}

/// This machine's names.
struct Machine {
    /// Rust's target triple.
    triple: String,
    /// The system's name of its library folder, such as `x86_64-linux-gnu`.
    multiarch: String,
}

impl Machine {
    fn this() -> Result<Self, BuildError> {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        if os != "linux" || !matches!(arch, "x86_64" | "aarch64") {
            return Err(BuildError::UnsupportedMachine { os, arch });
        }
        Ok(Self {
            triple: format!("{arch}-unknown-linux-gnu"),
            multiarch: format!("{arch}-linux-gnu"),
        })
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod tests {
    use super::*;
    use crate::reporter::Silent;

    /// What comes of a build that is refused before anything is done for it.
    fn refusal(minor: u8, cache: &Path) -> (BuildError, String) {
        let version = PythonVersion { major: 3, minor };
        // Where the checks let it pass, it would fail with another error than the expected one.
        let source = Some(PathBuf::from("/nowhere/source.tar.xz"));
        let deps_prefix = Some(PathBuf::from("/nowhere"));
        let request = BuildRequest { source, deps_prefix, ..BuildRequest::plain(version) };
        let out = cache.join("out");
        let error = build_archive(&request, &out, &Cache::at(cache), &Silent).unwrap_err();
        let hint = error.hint().unwrap_or_default();
        (error, hint)
    }

    #[test]
    fn recipes_differ_in_what_is_built() {
        let plain = BuildRequest::plain(PythonVersion { major: 3, minor: 13 });
        assert_eq!(plain.recipe(), format!("cpython-3.13-noopt+static-{GENERATION}"));
        let all = BuildRequest { pgo: true, lto: true, tkinter: true, test_modules: true, ..plain };
        assert_eq!(all.flavor(), "pgo+lto+static+tkinter+tests");
        assert!(BuildRequest::is_current(&all.recipe()));
    }

    #[test]
    fn test_modules_of_old_versions_are_refused_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        let plain = BuildRequest::plain(PythonVersion { major: 3, minor: 11 });
        let request = BuildRequest { test_modules: true, ..plain };
        let cache = Cache::at(scratch.path().join("cache"));
        let error = build_archive(&request, scratch.path(), &cache, &Silent).unwrap_err();
        insta::assert_snapshot!(
            format!("{error} | {}", error.hint().unwrap()),
            @"CPython 3.11 cannot be built with its test modules, only CPython 3.12 and later | leave out `--with-test-modules`"
        );
        assert!(!cache.root().exists());
    }

    #[test]
    fn versions_that_cannot_be_built_are_refused_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        for minor in [9, 14, 15] {
            let cache = scratch.path().join("cache");
            let (error, hint) = refusal(minor, &cache);
            assert_eq!(
                error.to_string(),
                format!("CPython 3.{minor} cannot be built here, only CPython 3.10 to 3.13")
            );
            assert_eq!(
                hint,
                format!(
                    "ask for one of these versions, or name a published archive of CPython \
                     3.{minor} with `local_path` or `url`"
                )
            );
            assert!(!cache.exists());
        }
        for minor in BUILDABLE_MINORS {
            let (error, _) = refusal(minor, scratch.path());
            assert!(!matches!(error, BuildError::UnsupportedVersion { .. }), "{error}");
        }
    }

    #[test]
    fn a_folder_that_breaks_makefiles_is_refused_at_once() {
        let scratch = tempfile::tempdir().unwrap();
        for (name, shown) in [("my cache", "' '"), ("a:b", "':'"), ("$x", "'$'")] {
            let cache = scratch.path().join(name);
            let (error, hint) = refusal(13, &cache);
            assert_eq!(
                error.to_string(),
                format!(
                    "CPython cannot be built below `{}`: make does not take {shown} in a path",
                    cache.display()
                )
            );
            assert!(hint.contains("PYOXIDIZER_CACHE"), "{hint}");
            assert!(!cache.exists());
        }
    }
}
