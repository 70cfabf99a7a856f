//! For build scripts of programs that embed Python with `pyembed`.
//!
//! A package that makes executables, or has tests that run Python, needs this `build.rs`:
//!
//! ```ignore
//! fn main() {
//!     pyembed_build::link();
//! }
//! ```
//!
//! The application is packed by the build script of `pyembed` itself. That takes the work of the command `pyoxidizer`,
//! whose many dependencies would make the first build of each target folder a matter of minutes, so the script only
//! finds the command and runs it:
//!
//! ```text
//! cargo ─► pyembed/build.rs ─► pack() ─► pyoxidizer build-script ─► Cargo's directives, DEP_PYEMBED_…
//!                                                                          │
//!      ─► application's build.rs ─► link() ◄──────────────────────────────┘
//! ```
//!
//! * `packer`: where the command is: named, in the cache, on the `PATH`, or made once.
//! * `sources`: what it is made from, which is how one that fits is told from others.
//! * `activity`: what Cargo was asked to do. Where nothing will be linked, nothing is packed.

mod activity;
mod packer;
mod sources;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

pub use activity::cargo_arguments;
pub use packer::{CACHE_VARIABLE, PACKER_VARIABLE, PACKERS, PackerError, cache_folder, packer};
pub use sources::{packer_version, runtime_version, sources};

/// The subcommand of `pyoxidizer` that does the work of `pyembed`'s build script.
pub const SUBCOMMAND: &str = "build-script";

/// What [`SUBCOMMAND`] is asked for to tell its [`packer_version`], in place of the work.
pub const VERSION_ARGUMENT: &str = "version";

/// What [`SUBCOMMAND`] is asked for to pack what a package has of its own.
pub const PACKAGE_ARGUMENT: &str = "package";

/// The variable that `pyembed`'s build script sets for those of packages that have to pack their own: a file about the
/// Python that it provides.
pub const RUNTIME_VARIABLE: &str = "DEP_PYEMBED_RUNTIME";

/// The variable by which [`link`] tells the packer, which it starts, the folder that Cargo was called in.
const FOLDER_VARIABLE: &str = "PYEMBED_INVOCATION_FOLDER";

/// Passes arguments for the linker on to everything that the calling build script's package makes. Where packages of the
/// workspace have different configurations, it packs that package's application first.
///
/// Without them, packed extension modules would not find Python's symbols. They come from `pyembed`'s build script, as
/// `DEP_PYEMBED_LINK_ARGUMENTS` and `DEP_PYEMBED_EXECUTABLE_ARGUMENTS`: Cargo does not pass such arguments from a library to
/// the executables that use it, and sets these variables for packages that depend on `pyembed` themselves.
///
/// Ends the process with an error that Cargo shows, if the application cannot be packed.
pub fn link() {
    println!("cargo:rerun-if-env-changed={RUNTIME_VARIABLE}");
    println!("cargo:rerun-if-changed=Cargo.toml");
    if !variable(RUNTIME_VARIABLE).is_empty() {
        if activity::links_nothing() {
            run_again();
        } else if !pack_package() {
            std::process::exit(1);
        }
    }
    let manifest = fs_err::read_to_string("Cargo.toml");
    for line in link_directives(&|name| variable(name), &manifest.unwrap_or_default()) {
        println!("{line}");
    }
}

/// Packs what the calling build script's package has of its own. `false` if that fails, which has been told.
fn pack_package() -> bool {
    let Some(packer) = packer_or_message() else { return false };
    let mut command = Command::new(&packer);
    command.args([SUBCOMMAND, PACKAGE_ARGUMENT]).env(FOLDER_VARIABLE, invocation_folder());
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            explain_start(&packer, &error);
            false
        }
    }
}

/// Finds the packer, or prints why there is none.
fn packer_or_message() -> Option<PathBuf> {
    packer(&invocation_folder()).inspect_err(explain).ok()
}

/// What [`link`] tells Cargo, by the values of variables and the text of the package's manifest.
fn link_directives(variable: &dyn Fn(&str) -> String, manifest: &str) -> Vec<String> {
    const ALL: &str = "DEP_PYEMBED_LINK_ARGUMENTS";
    const EXECUTABLES: &str = "DEP_PYEMBED_EXECUTABLE_ARGUMENTS";
    const SHARED: &str = "DEP_PYEMBED_SHARED_ARGUMENTS";
    let mut lines = Vec::new();
    for name in [ALL, EXECUTABLES] {
        lines.push(format!("cargo:rerun-if-env-changed={name}"));
        let arguments = variable(name);
        let arguments = arguments.split_whitespace();
        lines.extend(arguments.map(|argument| format!("cargo:rustc-link-arg={argument}")));
    }
    lines.push(format!("cargo:rerun-if-env-changed={SHARED}"));
    if manifest.contains("cdylib") {
        // Cargo has no directive for everything but shared libraries. Of arguments that exclude each other, the last counts.
        if !variable(EXECUTABLES).is_empty() {
            lines.push("cargo:rustc-link-arg-cdylib=-shared".to_owned());
        }
        let shared = variable(SHARED);
        let shared = shared.split('\t').filter(|argument| !argument.is_empty());
        lines.extend(shared.map(|argument| format!("cargo:rustc-link-arg-cdylib={argument}")));
    }
    lines
}

/// All of `pyembed`'s build script.
#[doc(hidden)]
#[must_use]
pub fn pack() -> ExitCode {
    for variable in [PACKER_VARIABLE, CACHE_VARIABLE, activity::DOCS_VARIABLE] {
        println!("cargo:rerun-if-env-changed={variable}");
    }
    if activity::links_nothing() {
        pack_nothing();
        return ExitCode::SUCCESS;
    }
    for source in sources::packer_sources(&sources::workspace()) {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    packer_or_message().map_or(ExitCode::FAILURE, |packer| run(&packer))
}

/// What `pyembed` needs to be checked.
fn pack_nothing() {
    announce_python((3, 12), 1);
    run_again();
}

/// Tells Cargo how to compile `pyembed` itself: for which feature release of Python, and for which level of x86-64
/// processors.
#[doc(hidden)]
pub fn announce_python(version: (u8, u8), x86_level: u8) {
    println!("cargo:rustc-env=PYEMBED_X86_LEVEL={x86_level}");
    println!("cargo:rustc-check-cfg=cfg(python_3_12)");
    if version >= (3, 12) {
        println!("cargo:rustc-cfg=python_3_12");
    }
}

/// Has Cargo run the calling script again next time, which is perhaps for a build.
fn run_again() {
    // There is no such file, which Cargo takes for a change.
    let missing = Path::new(&variable("OUT_DIR")).join("not-packed");
    println!("cargo:rerun-if-changed={}", missing.display());
}

/// Goes on as the packer, which finds the circumstances of this build script in its environment.
fn run(packer: &Path) -> ExitCode {
    let mut command = Command::new(packer);
    command.arg(SUBCOMMAND);
    #[cfg(unix)]
    let error = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let error = match command.status() {
        Ok(status) if status.success() => return ExitCode::SUCCESS,
        Ok(_) => return ExitCode::FAILURE,
        Err(error) => error,
    };
    explain_start(packer, &error);
    ExitCode::FAILURE
}

/// Prints why the packer cannot be started.
fn explain_start(packer: &Path, error: &std::io::Error) {
    eprintln!("error: cannot run `{}`\n  caused by: {error}", packer.display());
}

/// Prints an error with its causes and what to do about it; Cargo shows it.
fn explain(error: &PackerError) {
    eprintln!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        eprintln!("  caused by: {error}");
        cause = error.source();
    }
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

/// The folder that Cargo was called in, where relative paths in variables start. Cargo runs build scripts in the folder of
/// their own package.
#[must_use]
pub fn invocation_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
        return folder.into();
    }
    #[cfg(target_os = "linux")]
    {
        let cargo = format!("/proc/{}/cwd", std::os::unix::process::parent_id());
        if let Ok(folder) = fs_err::read_link(cargo) {
            return folder;
        }
    }
    PathBuf::from(variable("PWD"))
}

/// The value of an environment variable, empty if it is not set.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(manifest: &str) -> Vec<String> {
        let variable = |name: &str| match name {
            "DEP_PYEMBED_LINK_ARGUMENTS" => {
                "-Wl,--export-dynamic-symbol=Py_* -Wl,-z,now".to_owned()
            }
            "DEP_PYEMBED_EXECUTABLE_ARGUMENTS" => "-no-pie".to_owned(),
            "DEP_PYEMBED_SHARED_ARGUMENTS" => "/a folder/shared.o".to_owned(),
            other => panic!("{other}"),
        };
        link_directives(&variable, manifest)
    }

    #[test]
    fn arguments_reach_executables_and_tests() {
        let lines = directives("[package]\nname = 'app'");
        for argument in ["-Wl,--export-dynamic-symbol=Py_*", "-Wl,-z,now", "-no-pie"] {
            assert!(lines.contains(&format!("cargo:rustc-link-arg={argument}")), "{lines:?}");
        }
        assert!(!lines.iter().any(|line| line.contains("-shared")), "{lines:?}");
    }

    #[test]
    fn a_shared_library_stays_one() {
        let lines = directives("[lib]\ncrate-type = ['cdylib']");
        let own: Vec<_> = lines.iter().filter(|line| line.contains("-cdylib=")).collect();
        assert_eq!(
            own,
            [
                "cargo:rustc-link-arg-cdylib=-shared",
                "cargo:rustc-link-arg-cdylib=/a folder/shared.o"
            ]
        );
    }

    #[test]
    fn where_nothing_was_packed_nothing_is_passed_on() {
        let lines = link_directives(&|_| String::new(), "crate-type = ['cdylib']");
        assert!(lines.iter().all(|line| line.starts_with("cargo:rerun-if-env")), "{lines:?}");
    }
}
