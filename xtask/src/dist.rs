//! `cargo xtask dist`: builds a CPython distribution archive on this machine.

use std::path::PathBuf;

use anyhow::Context;
use end_to_end::distribution::with_hint;
use pyrepackager::cache::Cache;
use pyrepackager::config::resolved::PythonVersion;
use pyrepackager::distribution::build::{BuildRequest, assemble_archive, build_archive};
use pyrepackager::reporter::Terminal;

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// Feature release to build, such as 3.13
    #[arg(long, value_name = "X.Y", value_parser = parse_version)]
    python: PythonVersion,
    /// Optimise with a profile of CPython's own tests
    #[arg(long)]
    pgo: bool,
    /// Optimise at link time: object files become LLVM bitcode
    #[arg(long)]
    lto: bool,
    /// Build `_tkinter`, with Tcl and Tk beside the standard library
    #[arg(long)]
    with_tkinter: bool,
    /// Build the extension modules that only CPython's own tests use
    #[arg(long)]
    with_test_modules: bool,
    /// CPython's source archive, instead of the operating system's source package
    #[arg(long, value_name = "TARBALL")]
    source: Option<PathBuf>,
    /// Folder of static libraries, instead of the operating system's development packages
    #[arg(long, value_name = "DIR")]
    deps_prefix: Option<PathBuf>,
    /// Assemble the archive from Debian's binary packages of a newer suite, to try a release whose
    /// source cannot be had; it lacks what this machine's libraries are too old for
    #[arg(long, conflicts_with_all = ["pgo", "lto", "source", "deps_prefix"])]
    from_packages: bool,
    /// Folder that the archive is written to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// Runs the task.
pub fn run(args: Args) -> anyhow::Result<()> {
    let cache = Cache::from_env().map_err(|error| with_hint(error.hint(), error))?;
    let request = BuildRequest {
        version: args.python,
        source: args.source,
        deps_prefix: args.deps_prefix,
        pgo: args.pgo,
        lto: args.lto,
        tkinter: args.with_tkinter,
        test_modules: args.with_test_modules,
    };
    let reporter = Terminal::stderr(|line| eprintln!("{line}"));
    let archive = if args.from_packages {
        assemble_archive(args.python, &args.out, &cache, &reporter)
    } else {
        build_archive(&request, &args.out, &cache, &reporter)
    };
    let archive = archive
        .map_err(|error| with_hint(error.hint(), error))
        .with_context(|| format!("CPython {} was not built", request.version))?;
    println!("{}", archive.display());
    Ok(())
}

/// A feature release on the command line.
pub fn parse_version(text: &str) -> Result<PythonVersion, String> {
    let parts = text.split_once('.').and_then(|(major, minor)| {
        Some(PythonVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
    });
    parts.ok_or_else(|| "a feature release is two numbers, such as 3.13".to_owned())
}
