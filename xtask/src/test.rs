//! `cargo xtask test`: every check that a change must pass.
//!
//! Nothing needs to be set up before: the Python distributions are found, fetched or built, and the
//! tools that check Python files and documentation are installed under Cargo's target folder. A browser, where there is
//! none, is installed as a package of the operating system.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use clap::ValueEnum;
use end_to_end::{browser, distribution, target_folder, workspace};

use crate::console::{duration, step};
use crate::tools::{cargo, run as run_program, virtualenv};

/// Workspaces of their own in this repository: examples of Rust applications, packages for tests, fuzz targets.
const OTHERS: [&str; 11] = [
    "docs/examples/c-plugin/Cargo.toml",
    "docs/examples/rust-app/Cargo.toml",
    "docs/examples/rust-libraries/Cargo.toml",
    "docs/examples/rust-service/Cargo.toml",
    "docs/examples/rust-tool/Cargo.toml",
    "pyembed-c/Cargo.toml",
    "pyresources/fuzz/Cargo.toml",
    "pywindll/Cargo.toml",
    "tests/allocators/Cargo.toml",
    "tests/embedding/Cargo.toml",
    "tests/packages/Cargo.toml",
];

/// The features that programs of the workspace need.
const PROGRAMS: &str = "pyunpack/program";

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// Checks to run, in this order; all of them when none is named
    checks: Vec<Check>,
}

/// A check. The order is that of the whole run: quick ones first, as far as they need nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Rust files are formatted
    Fmt,
    /// There is a Python distribution: cached, downloaded or built
    Distribution,
    /// Python files are formatted and without findings of ruff
    Python,
    /// The documentation builds without a warning
    Docs,
    /// Rust files are without findings of clippy
    Clippy,
    /// Rust's documentation builds without a warning
    Rustdoc,
    /// Unit tests
    Unit,
    /// Windows DLLs are called through Wine
    Windll,
    /// There is a Python distribution of LLVM bitcode
    Bitcode,
    /// There is a browser for pages that are looked at: Chromium
    Browser,
    /// Applications are built, run and watched
    EndToEnd,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let checks: &[Check] =
        if args.checks.is_empty() { Check::value_variants() } else { &args.checks };
    for check in checks {
        step(check.name(), || check.run())?;
    }
    eprintln!("\nAll checks passed in {}.", duration(start.elapsed()));
    Ok(())
}

impl Check {
    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Distribution => "distribution",
            Self::Python => "python",
            Self::Docs => "docs",
            Self::Clippy => "clippy",
            Self::Rustdoc => "rustdoc",
            Self::Unit => "unit",
            Self::Windll => "windll",
            Self::Bitcode => "bitcode",
            Self::Browser => "browser",
            Self::EndToEnd => "end-to-end",
        }
    }

    fn run(self) -> Result<()> {
        match self {
            Self::Fmt => fmt(),
            Self::Distribution => found("CPython", distribution::distribution()?.root),
            Self::Python => python(),
            Self::Docs => docs(),
            Self::Clippy => clippy(),
            Self::Rustdoc => rustdoc(),
            Self::Unit => unit(),
            Self::Windll => crate::windll::test(),
            Self::Bitcode => found("bitcode", distribution::bitcode_archive()?),
            Self::Browser => found("Chromium", browser::program()?.into()),
            Self::EndToEnd => run_program(&mut cargo(["test", "--package", "end-to-end"])),
        }
    }
}

fn found(what: &str, path: PathBuf) -> Result<()> {
    eprintln!("{what}: {}", path.display());
    Ok(())
}

fn fmt() -> Result<()> {
    run_program(&mut cargo(["fmt", "--all", "--check"]))?;
    for manifest in OTHERS {
        run_program(&mut cargo(["fmt", "--all", "--manifest-path", manifest, "--check"]))?;
    }
    Ok(())
}

fn clippy() -> Result<()> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--features", PROGRAMS];
    run_program(cargo(arguments).args(["--", "-D", "warnings"]))
}

fn rustdoc() -> Result<()> {
    let mut command = cargo(["doc", "--workspace", "--no-deps"]);
    run_program(command.env("RUSTDOCFLAGS", "-D warnings"))
}

fn unit() -> Result<()> {
    let arguments = ["test", "--workspace", "--exclude", "end-to-end", "--exclude", "pyapp"];
    run_program(cargo(arguments).args(["--features", PROGRAMS, "--features", "pyresources/write"]))
}

fn python() -> Result<()> {
    for arguments in [["check", "."], ["format", "--check"]] {
        run_program(tool("ruff")?.args(arguments))?;
    }
    Ok(())
}

fn docs() -> Result<()> {
    let mut command = tool("sphinx-build")?;
    command.args(["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet", "docs"]);
    run_program(command.arg(target_folder().join("xtask/docs")))
}

/// A program of the tools' virtual environment, at the root of the workspace.
fn tool(name: &str) -> Result<Command> {
    let requirements = include_str!("../requirements.txt");
    let programs = virtualenv(&target_folder().join("xtask/venv"), requirements)?;
    let mut command = Command::new(programs.join(name));
    command.current_dir(workspace());
    Ok(command)
}
