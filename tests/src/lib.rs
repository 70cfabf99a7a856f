//! Builds real applications, runs them and watches them.
//!
//! The library is what the end-to-end tests, in `tests/end_to_end`, and tasks of `cargo xtask`, such as
//! `demo` and `bench`, share. It drives the products as a user would: `cargo`, the
//! executable, the distribution's own `python`.
//!
//! * [`project`]: a folder with a TOML file and Python files, and `cargo build` on it.
//! * [`application`]: an executable, run in an empty folder with an empty environment.
//! * [`distribution`]: the Python that executables are made of, for comparison.
//! * [`environment`]: virtual environments of that Python.
//! * [`command`]: the command `pyoxidizer`.
//! * [`root`]: roots of file systems with hardly anything in them.
//! * [`compatibility`]: one executable with binary wheels, and the checks that use them.
//! * [`programs`]: programs of the package index, as executables and in virtual environments.
//! * [`browser`]: Chromium, without a window.
//! * [`display`]: a display without a screen.
//! * [`server`]: a web server, in the place of the one that publishes archives.
//! * [`sanitizer`]: AddressSanitizer in Rust programs.
//! * [`strace`]: which files a program opens.
//! * [`kernel`]: kernels and sandboxes that refuse system calls.
//! * [`measure`]: how long programs take, side by side.

pub mod application;
pub mod browser;
pub mod command;
pub mod compatibility;
pub mod display;
pub mod distribution;
pub mod environment;
pub mod kernel;
pub mod measure;
pub mod programs;
pub mod project;
pub mod root;
pub mod sanitizer;
pub mod server;
pub mod strace;

pub use application::{Application, Finished};
pub use project::{Outcome, Profile, Project};

use std::path::{Path, PathBuf};

/// The root of this workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    crate_folder.parent().unwrap_or(crate_folder)
}

/// Cargo's target folder of this workspace.
#[must_use]
pub fn target_folder() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => workspace().join(folder),
        None => workspace().join("target"),
    }
}

/// The folder for everything that end-to-end tests make, below Cargo's.
#[must_use]
pub fn scratch_folder() -> PathBuf {
    target_folder().join("end-to-end")
}
