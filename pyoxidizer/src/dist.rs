//! `pyoxidizer dist`.

use std::path::Path;
use std::process::Command;

use pyrepackager::cache::Cache;
use pyrepackager::reporter::Terminal;
use pyrepackager::runtime::{self, Record, Shelf};

use crate::build::HOST;
use crate::cli::DistArgs;
use crate::failure::Failure;

/// The workspace that this command was built in, which has the runtime's source.
const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Has Cargo make a runtime, and puts it into the cache.
pub fn build(args: &DistArgs) -> Result<(), Failure> {
    let cache = Cache::from_env()?;
    let scratch = tempfile::tempdir()?;
    let config = scratch.path().join("runtime.toml");
    fs_err::write(&config, format!("[python_distribution]\nversion = {:?}\n", args.python))?;
    let target = cache.folder("runtimes-target")?;
    let status = Command::new("cargo")
        .args(["build", "--release", "-p", "pyapp", "--manifest-path"])
        .arg(Path::new(WORKSPACE).join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target)
        .env("PYOXIDIZER_CONFIG", &config)
        .env("PYOXIDIZER_CACHE", cache.root())
        .env("PYOXIDIZER_RUNTIME", crate::RUNTIME_VERSION)
        .status()?;
    if !status.success() {
        return Err(std::io::Error::other("Cargo has not made the runtime").into());
    }
    let made = target.join("release");
    let record = Record::read(&made.join(runtime::FILE_NAME))?;
    let reporter = Terminal::stderr(|line: &str| eprintln!("note: {line}"));
    let stored = Shelf::open(&cache)?.store(&made.join("pyapp"), &record, &reporter)?;
    println!("runtime of CPython {} for {HOST}: {}", record.python, stored.executable.display());
    Ok(())
}
