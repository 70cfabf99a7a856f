//! The linkers at hand, above all LLVM's, which turns bitcode into native objects.

use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;

use crate::distribution::LlvmVersion;

/// The first Rust release with each LLVM.
const RUST_RELEASES: &[(u32, &str)] =
    &[(17, "1.73"), (18, "1.78"), (19, "1.82"), (20, "1.87"), (21, "1.91"), (22, "1.95")];

/// The first Rust release whose LLVM has this major version; `None` when it is not known, which it
/// is not for releases that are younger than this program.
#[must_use]
pub fn rust_release_with_llvm(major: u32) -> Option<&'static str> {
    let oldest = RUST_RELEASES.first()?;
    let known = RUST_RELEASES.iter().find(|(llvm, _)| *llvm == major.max(oldest.0))?;
    Some(known.1)
}

/// Which LLVM bitcode can be turned into native objects here. Distributions that were built with
/// link-time optimization consist of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BitcodeSupport {
    /// Bitcode of this LLVM and of older ones.
    UpTo(LlvmVersion),
    /// No bitcode, as `lld` was not found.
    No,
}

impl BitcodeSupport {
    /// For uses of a distribution that link nothing, to which every format is the same.
    pub const ANY: Self =
        Self::UpTo(LlvmVersion { major: u32::MAX, minor: u32::MAX, patch: u32::MAX });
}

impl fmt::Display for BitcodeSupport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UpTo(version) => write!(f, "LLVM {version}"),
            Self::No => f.write_str("none"),
        }
    }
}

/// The tools that object files are prepared with.
#[derive(Clone, Debug, Default)]
pub struct Toolchain {
    lld: Option<Lld>,
}

/// A linker of LLVM's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lld {
    program: PathBuf,
    /// Whether the program is one for all systems, which the argument `-flavor` chooses from.
    has_flavors: bool,
    pub version: LlvmVersion,
}

/// The systems whose object files a linker of LLVM's reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flavor {
    /// ELF files.
    Gnu,
    /// Mach-O files.
    Darwin,
}

impl Toolchain {
    /// No tools: nothing is linked.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// The tools that come with the compiler `rustc`. Where it has no `rust-lld`, as in packages of
    /// some operating systems, an `ld.lld` on the search path takes its place.
    #[must_use]
    pub fn of_rustc(rustc: &Path) -> Self {
        let own = rust_lld(rustc).and_then(|program| Lld::new(program, true));
        Self { lld: own.or_else(|| Lld::new(PathBuf::from("ld.lld"), false)) }
    }

    /// Which bitcode these tools read.
    #[must_use]
    pub fn bitcode(&self) -> BitcodeSupport {
        self.lld.as_ref().map_or(BitcodeSupport::No, |lld| BitcodeSupport::UpTo(lld.version))
    }

    pub(super) fn lld(&self) -> Option<&Lld> {
        self.lld.as_ref()
    }
}

/// Where `rustc` has its linker; the file need not exist.
fn rust_lld(rustc: &Path) -> Option<PathBuf> {
    let sysroot = output(Command::new(rustc).args(["--print", "sysroot"]))?;
    let version = output(Command::new(rustc).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?;
    let folder = Path::new(sysroot.trim()).join("lib/rustlib").join(host.trim()).join("bin");
    Some(folder.join(format!("rust-lld{}", std::env::consts::EXE_SUFFIX)))
}

impl Lld {
    /// The linker `program`, if it is one.
    fn new(program: PathBuf, has_flavors: bool) -> Option<Self> {
        let version = LlvmVersion { major: 0, minor: 0, patch: 0 };
        let lld = Self { program, has_flavors, version };
        let version = version_in(&output(lld.command(Flavor::Gnu).arg("--version"))?)?;
        Some(Self { version, ..lld })
    }

    /// Begins a command line.
    pub(super) fn command(&self, flavor: Flavor) -> Command {
        if self.has_flavors {
            let mut command = Command::new(&self.program);
            command.args(["-flavor", if flavor == Flavor::Gnu { "gnu" } else { "darwin" }]);
            return command;
        }
        match flavor {
            Flavor::Gnu => Command::new(&self.program),
            Flavor::Darwin => Command::new(self.program.with_file_name("ld64.lld")),
        }
    }

    /// How messages name it.
    pub(super) fn name(&self) -> String {
        let name = self.program.file_name().unwrap_or(OsStr::new("lld"));
        format!("{} {}", name.display(), self.version)
    }
}

/// The version in `LLD 22.1.2 (…)`, before which distributors put their name.
fn version_in(text: &str) -> Option<LlvmVersion> {
    let (_, rest) = text.split_once("LLD ")?;
    LlvmVersion::from_str(rest.split_whitespace().next()?).ok()
}

/// What a command prints, if it succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_lld_are_read() {
        let read = |text: &str| version_in(text).map(|version| version.to_string());
        let rust =
            "LLD 22.1.2 (/checkout/src/llvm-project/llvm 1cb4) (compatible with GNU linkers)";
        assert_eq!(read(rust).unwrap(), "22.1.2");
        assert_eq!(read("Debian LLD 14.0.6 (compatible with GNU linkers)\n").unwrap(), "14.0.6");
        assert_eq!(read("LLD 21.1.8\n").unwrap(), "21.1.8");
        assert_eq!(read("GNU ld (GNU Binutils for Debian) 2.40"), None);
    }

    #[test]
    fn the_compiler_of_these_tests_has_a_linker_of_its_own_llvm() {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let text = output(Command::new(&rustc).arg("-vV")).unwrap();
        let llvm = text.lines().find_map(|line| line.strip_prefix("LLVM version: ")).unwrap();
        let toolchain = Toolchain::of_rustc(Path::new(&rustc));
        assert_eq!(toolchain.bitcode().to_string(), format!("LLVM {llvm}"));
    }

    #[test]
    fn a_compiler_that_is_not_there_has_no_linker_of_its_own() {
        assert_eq!(rust_lld(Path::new("/nowhere/rustc")), None);
        assert_eq!(Lld::new(PathBuf::from("/nowhere/rust-lld"), true), None);
        assert_eq!(Toolchain::none().bitcode(), BitcodeSupport::No);
    }

    #[test]
    fn releases_of_rust_are_known_by_their_llvm() {
        assert_eq!(rust_release_with_llvm(22), Some("1.95"));
        assert_eq!(rust_release_with_llvm(14), Some("1.73"));
        assert_eq!(rust_release_with_llvm(99), None);
    }
}
