//! The compiler: gcc, or for link-time optimisation clang with LLVM's linker and archiver.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::apt::{Apt, unpack_packages};
use super::command::{capture, find_program, require_program};
use super::error::BuildError;
use crate::cache::Cache;
use crate::reporter::Reporter;

const COMPILER_REMEDY: &str =
    "install a C compiler and make, on Debian with `apt-get install build-essential`";

/// What LLVM's link-time optimisation needs.
const LLVM_PROGRAMS: [&str; 4] = ["clang", "ld.lld", "llvm-ar", "llvm-profdata"];

/// A compiler and how to run it.
#[derive(Clone, Debug)]
pub(super) struct Toolchain {
    /// The compiler's name on [`Toolchain::path`].
    pub(super) compiler: &'static str,
    /// The archiver's name on [`Toolchain::path`].
    pub(super) archiver: &'static str,
    /// `PATH` for the build.
    path: OsString,
    /// `LD_LIBRARY_PATH` for the build, for a toolchain that is not installed.
    library_path: Option<OsString>,
    /// Folder of the compiler when it is not installed: a trace to remove from what is recorded.
    pub(super) private_folder: Option<PathBuf>,
    /// LLVM's version when objects are bitcode, such as `14.0.6`.
    pub(super) bitcode: Option<String>,
}

impl Toolchain {
    /// gcc, from the machine.
    pub(super) fn gcc() -> Result<Self, BuildError> {
        require_build_programs()?;
        Ok(Self {
            compiler: "gcc",
            archiver: "ar",
            path: std::env::var_os("PATH").unwrap_or_default(),
            library_path: None,
            private_folder: None,
            bitcode: None,
        })
    }

    /// clang from the machine or else, unpacked into the cache, from the operating system's
    /// packages. gcc is needed as well: clang uses its start-up files.
    pub(super) fn clang(
        cache: &Cache,
        multiarch: &str,
        reporter: &dyn Reporter,
    ) -> Result<Self, BuildError> {
        require_build_programs()?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut toolchain = Self {
            compiler: "clang",
            archiver: "llvm-ar",
            path,
            library_path: None,
            private_folder: None,
            bitcode: None,
        };
        if LLVM_PROGRAMS.iter().any(|program| find_program(program).is_none()) {
            toolchain.use_root(&fetched_clang(cache, multiarch, reporter)?, multiarch)?;
        }
        let output = capture("asking clang for its version", toolchain.command("clang", &["-v"]))?;
        toolchain.bitcode = Some(llvm_version(&output));
        Ok(toolchain)
    }

    /// Sets up `command` to find the toolchain and nothing else of the caller's environment.
    pub(super) fn apply(&self, command: &mut Command) {
        command.env_clear().env("PATH", &self.path);
        if let Some(library_path) = &self.library_path {
            command.env("LD_LIBRARY_PATH", library_path);
        }
        // The folder for temporary files may be the only writable one.
        if let Some(folder) = std::env::var_os("TMPDIR") {
            command.env("TMPDIR", folder);
        }
        command.env("LC_ALL", "C").env("TZ", "UTC");
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        // clang reports its version on standard error.
        command.args(["-c", "exec \"$0\" \"$@\" 2>&1", program]).args(arguments);
        self.apply(&mut command);
        command
    }

    fn use_root(&mut self, root: &Path, multiarch: &str) -> Result<(), BuildError> {
        let llvm = llvm_folder(root)?;
        let folders = [llvm.join("bin"), root.join("usr/bin")];
        let machine = std::env::split_paths(&self.path).collect::<Vec<_>>();
        self.path = join_paths(folders.into_iter().chain(machine))?;
        self.private_folder = Some(llvm.join("bin"));
        let libraries = [root.join("usr/lib").join(multiarch), llvm.join("lib")];
        self.library_path = Some(join_paths(libraries.into_iter())?);
        Ok(())
    }
}

fn require_build_programs() -> Result<(), BuildError> {
    for program in ["gcc", "make", "ar", "strip", "objcopy"] {
        require_program(program, "compile CPython", COMPILER_REMEDY)?;
    }
    Ok(())
}

fn join_paths(paths: impl Iterator<Item = PathBuf>) -> Result<OsString, BuildError> {
    std::env::join_paths(paths).map_err(|error| {
        std::io::Error::new(std::io::ErrorKind::InvalidInput, format!("the cache's path: {error}"))
            .into()
    })
}

/// A file system root in the cache that holds clang, lld and LLVM's tools.
fn fetched_clang(
    cache: &Cache,
    multiarch: &str,
    reporter: &dyn Reporter,
) -> Result<PathBuf, BuildError> {
    let root = cache.folder("toolchains")?.join(format!("clang-{multiarch}"));
    let lock = cache.lock("toolchains", reporter)?;
    if root.is_dir() {
        return Ok(root);
    }
    reporter.note("clang, lld and LLVM's tools are not all installed: fetching them as packages");
    let apt = Apt::open(&cache.folder("apt")?, reporter)?;
    let version = default_llvm(&apt)?;
    // The headers and libraries are named although they are dependencies: a machine that has
    // them installed would otherwise keep them where clang, unpacked elsewhere, does not look.
    let packages = [
        format!("clang-{version}"),
        format!("lld-{version}"),
        format!("llvm-{version}"),
        format!("libclang-common-{version}-dev"),
        format!("libclang-rt-{version}-dev"),
        format!("libclang-cpp{version}"),
        format!("libllvm{version}"),
    ];
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let partial = lock.partial_folder(&root)?;
    let downloads = partial.path().join("packages");
    fs::create_dir(&downloads)?;
    apt.download_closure(&packages, &downloads)?;
    unpack_packages(&downloads, partial.path())?;
    fs::remove_dir_all(downloads)?;
    llvm_folder(partial.path())?;
    partial.finish()?;
    Ok(root)
}

/// The LLVM release that the operating system's package `clang` stands for.
fn default_llvm(apt: &Apt<'_>) -> Result<u32, BuildError> {
    let dependencies = apt.dependencies("clang")?;
    let version = dependencies.iter().find_map(|name| name.strip_prefix("clang-")?.parse().ok());
    version.ok_or_else(|| BuildError::MissingProgram {
        program: "clang".to_owned(),
        purpose: "make LLVM bitcode",
        remedy: "install clang, lld and llvm, or build without --lto",
    })
}

/// `usr/lib/llvm-N` below `root`.
fn llvm_folder(root: &Path) -> Result<PathBuf, BuildError> {
    for entry in fs::read_dir(root.join("usr/lib"))? {
        let path = entry?.path();
        if path.join("bin/clang").exists() {
            return Ok(path);
        }
    }
    let problem = "does not hold clang; remove the folder to have it fetched again".to_owned();
    Err(BuildError::Malformed { path: root.to_owned(), problem })
}

/// The version in `Debian clang version 14.0.6`.
fn llvm_version(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let rest = text.split("clang version ").nth(1).unwrap_or_default();
    rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_read_from_what_clang_says() {
        let text = b"Debian clang version 14.0.6\nTarget: x86_64-pc-linux-gnu\n";
        assert_eq!(llvm_version(text), "14.0.6");
        assert_eq!(llvm_version(b"clang version 20.1.0-rc1 (x)"), "20.1.0");
    }
}
