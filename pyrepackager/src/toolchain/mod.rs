//! Compilers and C libraries for a target: what executables of it are compiled and linked with.
//!
//! An executable asks for the C library's symbols by version, and the linker takes the newest that the library at hand has.
//! So that what is made here runs on systems that are older than this one, [`provide`] makes a folder with stubs of an older
//! C library, by means of Zig.
//!
//! * [`platform`](Platform): the targets that this is possible for.
//! * `zig`, `zig_wheel`: Zig, of the machine or from the Python package index.
//! * `sysroot`: the folder; `c/`: functions that later versions of glibc have.
//!
//! Without Zig the machine's own compiler serves. It is not this room's business what a link gives in the end: see
//! [`crate::link::trial`] and [`crate::native`].

mod platform;
mod sysroot;
mod zig;
mod zig_wheel;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use platform::Platform;
pub use zig::VARIABLE as ZIG_VARIABLE;

use crate::cache::{Cache, CacheError};
use crate::glibc::Glibc;
use crate::reporter::Reporter;

/// What executables of a target are compiled and linked with. All paths are absolute, and in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetToolchain {
    /// The glibc that executables ask for at most.
    pub glibc: Glibc,
    /// Zig, which compiles.
    pub zig: PathBuf,
    /// The folder with start files and libraries. A compiler driver takes it by `-B` and `-L`.
    pub sysroot: PathBuf,
    /// The C compiler, which is a driver for the linker as well.
    pub cc: PathBuf,
    /// The C++ compiler, likewise.
    pub cxx: PathBuf,
    /// The archiver.
    pub ar: PathBuf,
}

impl TargetToolchain {
    fn at(sysroot: &Path, glibc: &Glibc, zig: &Path) -> Self {
        let file = |name| sysroot.join(name);
        Self {
            glibc: glibc.clone(),
            zig: zig.to_owned(),
            sysroot: sysroot.to_owned(),
            cc: file("cc"),
            cxx: file("c++"),
            ar: file("ar"),
        }
    }

    /// The header that declares what glibc got after this version.
    #[must_use]
    pub fn floor_header(&self) -> PathBuf {
        self.sysroot.join(sysroot::FLOOR_HEADER)
    }

    /// The library that defines it, which is also part of what `-lc` stands for.
    #[must_use]
    pub fn floor_library(&self) -> PathBuf {
        self.sysroot.join(sysroot::FLOOR_LIBRARY)
    }

    /// The library that defines what Rust asks of GCC's `libgcc_s`.
    #[must_use]
    pub fn unwinder(&self) -> PathBuf {
        self.sysroot.join(sysroot::UNWINDER)
    }

    /// Variables by which build scripts of crates find compilers for a target.
    #[must_use]
    pub fn variables(&self, target: &str) -> [(String, &Path); 3] {
        let target = target.replace('-', "_");
        [("CC", &self.cc), ("CXX", &self.cxx), ("AR", &self.ar)]
            .map(|(name, path)| (format!("{name}_{target}"), path.as_path()))
    }
}

/// What a toolchain has to be for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Rust's name of the target.
    pub target: &'a str,
    /// Rust's name of this machine.
    pub host: &'a str,
    /// The oldest glibc that executables are to run on.
    pub glibc: &'a Glibc,
    /// Whether an executable that asks for a newer one is of no use.
    pub strict: bool,
    /// Whether nothing may be fetched.
    pub offline: bool,
}

/// There is no toolchain for what is wanted.
#[derive(Debug, thiserror::Error)]
pub enum ToolchainError {
    /// Zig does not have that glibc.
    #[error("Zig {zig} does not know glibc {glibc}{}", newest.as_ref().map(|newest| format!(", only versions up to {newest}")).unwrap_or_default())]
    UnknownGlibc {
        /// What was asked for.
        glibc: Glibc,
        /// Zig's version.
        zig: String,
        /// The newest that it has.
        newest: Option<Glibc>,
    },
    /// What would be made does not run here, where its Python is needed during the build.
    #[error("executables for glibc {glibc} do not run on this machine, which has glibc {machine}")]
    NewerThanMachine {
        /// What was asked for.
        glibc: Glibc,
        /// What there is.
        machine: Glibc,
    },
    /// Nothing older than the machine's C library can be linked with.
    #[error("executables for glibc {glibc} need Zig to be linked: {reasons}")]
    NoZig {
        /// What was asked for.
        glibc: Glibc,
        /// Why there is no Zig.
        reasons: String,
    },
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(#[from] CacheError),
}

impl ToolchainError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownGlibc { newest, .. } => {
                let upto =
                    newest.as_ref().map_or_else(String::new, |newest| format!(" to {newest}"));
                Some(format!("ask for one of 2.17{upto} with `glibc` in [target] or `--glibc`"))
            }
            Self::NewerThanMachine { machine, .. } => Some(format!(
                "ask for glibc {machine} or older with `glibc` in [target] or `--glibc`; the result runs on newer ones as well"
            )),
            Self::NoZig { .. } => Some(format!(
                "name Zig with {ZIG_VARIABLE}, or install it with `pip install ziglang`, or build without `--strict-glibc`"
            )),
            Self::Cache(error) => error.hint(),
        }
    }
}

/// The folder for a target cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SysrootError {
    #[error("Zig has no such glibc")]
    UnknownGlibc { newest: Option<Glibc> },
    #[error("there is no C compiler, of the names `cc`, `gcc` or `clang`, to link with")]
    NoDriver,
    #[error("`{program}` fails: {said}", program = program.display())]
    Zig { program: PathBuf, said: String },
    #[error("Zig has not made `{file}`")]
    Lacking { file: String },
    #[error("the path `{path}` has a character that linkers or shells do not take", path = path.display())]
    Path { path: PathBuf },
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Cache(#[from] CacheError),
}

/// Provides the toolchain for a target. Where there can be none, as for targets without glibc or on machines without Zig,
/// it is `None`: then the machine's own compiler is to be used. Of glibc targets, a note says why.
///
/// # Errors
///
/// A version that does not exist or does not run here; no Zig where nothing newer than what is wanted will do.
pub fn provide(
    wanted: &Wanted<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Option<TargetToolchain>, ToolchainError> {
    let Wanted { target, host, glibc, strict, offline } = *wanted;
    let Some(platform) = Platform::of(target) else { return Ok(None) };
    let machine = if target == host { machine_glibc() } else { None };
    if let Some(machine) = machine.clone().filter(|machine| glibc > machine) {
        return Err(ToolchainError::NewerThanMachine { glibc: glibc.clone(), machine });
    }
    let mut reasons = Vec::new();
    for candidate in zig::candidates() {
        let made =
            candidate.find(cache, offline, reporter).and_then(|zig| {
                match sysroot::provide(&zig, platform, glibc, cache, reporter) {
                    Ok(toolchain) => Ok(Ok(toolchain)),
                    Err(SysrootError::UnknownGlibc { newest }) => {
                        let (glibc, zig) = (glibc.clone(), zig.version);
                        Ok(Err(ToolchainError::UnknownGlibc { glibc, zig, newest }))
                    }
                    Err(error) => Err(error.to_string()),
                }
            });
        match made {
            Ok(toolchain) => return toolchain.map(Some),
            Err(reason) => reasons.push(reason),
        }
    }
    let (glibc, reasons) = (glibc.clone(), reasons.join("; "));
    if strict {
        return Err(ToolchainError::NoZig { glibc, reasons });
    }
    let of_machine = machine.map(|machine| format!(", {machine},")).unwrap_or_default();
    reporter.note(&format!(
        "executables will ask for the glibc of this machine{of_machine} or little less, instead of {glibc}: that takes Zig \
         to link for, and {reasons}"
    ));
    Ok(None)
}

/// The version of this machine's glibc, if it has one.
fn machine_glibc() -> Option<Glibc> {
    let mut command = Command::new("getconf");
    let output = command.arg("GNU_LIBC_VERSION").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().strip_prefix("glibc ")?.parse().ok()
}

/// The program of a name on the `PATH`, which is no sysroot's own.
fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut folders = std::env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders.find_map(|folder| {
        let is_sysroot = folder.join(sysroot::FLOOR_LIBRARY).exists();
        let program = folder.join(name);
        (!is_sysroot && program.is_file()).then_some(program)
    })
}

#[cfg(test)]
mod tests;
