//! `pyoxidizer dist`: what executables are made from.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use pyembed_build::{PACKER_VARIABLE, PACKERS};
use pyrepackager::allocator;
use pyrepackager::application;
use pyrepackager::cache::Cache;
use pyrepackager::config::resolved::{
    AllocatorBackend, BundledAllocator, Config, DistributionRequest,
};
use pyrepackager::distribution::{self, Purpose};
use pyrepackager::embedding;
use pyrepackager::link::Toolchain;
use pyrepackager::pipeline::Error;
use pyrepackager::policy::AddedModules;
use pyrepackager::requirements::Limits;
use pyrepackager::runtime::{self, Record, RuntimeError, Shelf};
use pyrepackager::subject::{self, Options, Subject};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::analyze::size;
use crate::cli::Dist;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::{HOST, PACKER_VERSION, RUNTIME_VERSION};

/// The workspace that this command was built in, which has the runtime's source.
pub(crate) const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Cargo's target folders in the cache, one for each workspace.
const TARGET: &str = "runtimes-target";

/// Folders of the cache whose contents are of no use once they are old.
const SCRATCH: [&str; 2] = ["builds", "logs"];

/// How old that is.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub fn run(command: &Dist, printer: &Printer) -> Result<ExitCode, Failure> {
    let cache = Cache::from_env()?;
    match command {
        Dist::List => list(&cache, printer)?,
        Dist::Get(args) => {
            let request = DistributionRequest::Version(args.python);
            // What a runtime would be made of.
            let bitcode = Toolchain::of_rustc(Path::new("rustc")).bitcode();
            let purpose = Purpose { target: HOST, bitcode };
            let found = distribution::resolve(&request, purpose, &cache, printer)?;
            let text = format!("CPython {} for {}", found.full_version, found.target_triple);
            let value = json!({ "python": found.full_version, "target": found.target_triple });
            printer.result("distribution", &text, value);
        }
        Dist::Build(args) => {
            let request = DistributionRequest::Version(args.distribution.python);
            let added = AddedModules::default();
            make(&request, &added, args.allocator, Limits::default(), &cache, printer)?;
        }
        Dist::Clean { all } => clean(*all, &cache, printer)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the runtime that a configuration needs and the cache does not have, where this machine can.
pub fn provide(
    config: &Config,
    target: &str,
    limits: Limits,
    cache: &Cache,
    printer: &Printer,
) -> Result<(), Failure> {
    let allocator = config.allocator.backend.bundled();
    check_can_make(target, allocator)?;
    let added = AddedModules::of(&config.extension_modules);
    let what = match allocator {
        Some(allocator) => allocator.name(),
        None if added.choices().is_empty() => "this Python",
        None => "these extension modules",
    };
    printer.say(&format!(
        "there is no runtime for {what} yet: Cargo makes it now, once, in some minutes"
    ));
    make(&config.distribution, &added, allocator, limits, cache, printer)
}

/// Whether this machine can have Cargo make something for a target.
///
/// # Errors
///
/// Why it cannot.
pub(crate) fn check_can_make(
    target: &str,
    allocator: Option<BundledAllocator>,
) -> Result<(), Failure> {
    if target != HOST {
        let (target, host) = (target.to_owned(), HOST.to_owned());
        return Err(RuntimeError::Foreign { target, host }.into());
    }
    if !Path::new(WORKSPACE).join("Cargo.toml").is_file() || !has_cargo() {
        return Err(RuntimeError::None { target: target.to_owned(), allocator }.into());
    }
    Ok(())
}

fn has_cargo() -> bool {
    Command::new("cargo").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Has Cargo make a runtime, and puts it into the cache.
fn make(
    request: &DistributionRequest,
    added: &AddedModules,
    allocator: Option<BundledAllocator>,
    limits: Limits,
    cache: &Cache,
    printer: &Printer,
) -> Result<(), Failure> {
    if let Some(allocator) = allocator {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let compiler = std::env::var_os("CXX");
        allocator::check_tools(allocator, &path, compiler.as_deref()).map_err(Error::from)?;
    }
    let scratch = tempfile::tempdir()?;
    let config = scratch.path().join("runtime.toml");
    fs_err::write(&config, request.to_toml() + &added.to_toml())?;
    let target = target_folder(cache)?;
    let manifest = Path::new(WORKSPACE).join("Cargo.toml");
    let mut cargo = cargo_build(&manifest, &config, cache, limits, printer)?;
    cargo.args(["-p", "pyapp", "-p", "pyunpack", "--features", "pyunpack/program"]);
    cargo.arg("--target-dir").arg(&target);
    if let Some(allocator) = allocator {
        cargo.arg("--features").arg(format!("pyapp/{}", allocator.name()));
    }
    run_cargo(cargo, "the runtime")?;
    let made = target.join("release");
    let record = Record::read(&made.join(runtime::FILE_NAME))?;
    let stored =
        Shelf::open(cache)?.store(&made.join("pyapp"), &made.join("pyunpack"), &record, printer)?;
    warm(request, added, allocator, limits, cache, printer)?;
    let path = stored.executable.display().to_string();
    let text = format!("runtime of CPython {} for {HOST}: {path}", record.python);
    printer.result(
        "runtime",
        &text,
        json!({ "python": record.python, "target": HOST, "path": path }),
    );
    Ok(())
}

/// The folder that Cargo makes runtimes in. Of packages in two workspaces it would not know which is which.
pub(crate) fn target_folder(cache: &Cache) -> Result<PathBuf, Failure> {
    let workspace = Sha256::digest(WORKSPACE);
    let name: String = workspace.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    Ok(cache.folder(&format!("{TARGET}/{name}"))?)
}

/// A call of Cargo that makes something without an application, with the Python of a configuration.
pub(crate) fn cargo_build(
    manifest: &Path,
    config: &Path,
    cache: &Cache,
    limits: Limits,
    printer: &Printer,
) -> Result<Command, Failure> {
    if !manifest.is_file() {
        let place = manifest.display();
        return Err(Failure::other(format!("the runtime's source is not there any more: {place}")));
    }
    if pyembed_build::packer_version(Path::new(WORKSPACE))? != PACKER_VERSION {
        return Err(Failure::other(format!(
            "`{WORKSPACE}` has changed since this command was built there: build it again with \
             `cargo install --path '{}'`",
            env!("CARGO_MANIFEST_DIR")
        )));
    }
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--manifest-path"]).arg(manifest);
    cargo.args(limits.offline.then_some("--offline"));
    cargo.args((!printer.shows_progress()).then_some("--quiet"));
    cargo.env("PYOXIDIZER_CONFIG", config).env("PYOXIDIZER_CACHE", cache.root());
    cargo.env("PYOXIDIZER_RUNTIME", RUNTIME_VERSION);
    cargo.env(PACKER_VARIABLE, std::env::current_exe()?);
    // Nothing but results belongs to the standard output.
    cargo.stdout(std::io::stderr());
    Ok(cargo)
}

/// Runs Cargo, which makes `what`.
pub(crate) fn run_cargo(mut cargo: Command, what: &str) -> Result<(), Failure> {
    let status =
        cargo.status().map_err(|error| Failure::other(format!("cannot run cargo: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::other(format!("Cargo has not made {what}")))
    }
}

/// Has the standard library compiled, so that the first application finds that done.
fn warm(
    request: &DistributionRequest,
    added: &AddedModules,
    allocator: Option<BundledAllocator>,
    limits: Limits,
    cache: &Cache,
    printer: &Printer,
) -> Result<(), Failure> {
    let scratch = tempfile::tempdir()?;
    let script = scratch.path().join("empty.py");
    fs_err::write(&script, "")?;
    let mut config =
        subject::config(&Subject::Script(script), &Options::default(), HOST, limits, &[], cache)?;
    config.distribution = request.clone();
    config.extension_modules = added.choices().to_vec();
    if let Some(allocator) = allocator {
        config.allocator.backend = AllocatorBackend::Bundled(allocator);
    }
    let build = application::Request {
        config: &config,
        version: RUNTIME_VERSION,
        target: HOST,
        output: &scratch.path().join("empty"),
        limits,
        compress: false,
        profile: None,
        seeds: true,
    };
    application::build(&build, cache, printer)?;
    Ok(())
}

/// Lists archives and runtimes.
fn list(cache: &Cache, printer: &Printer) -> Result<(), Failure> {
    let mut lines = vec![format!("Cache: {}", cache.root().display()), "Distributions:".to_owned()];
    let mut archives = Vec::new();
    for entry in
        WalkDir::new(cache.root().join("archives")).sort_by_file_name().into_iter().flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().is_file() && name.starts_with("cpython-") {
            let bytes = entry.metadata().map(|metadata| metadata.len()).unwrap_or_default();
            lines.push(format!("  {name} ({})", size(bytes)));
            archives.push(json!({ "path": entry.path().display().to_string(), "size": bytes }));
        }
    }
    lines.push("Runtimes:".to_owned());
    let mut runtimes = Vec::new();
    let shelf = Shelf::open(cache)?;
    for found in shelf.all()? {
        let Record { python, target, version, .. } = &found.record;
        let is_current = version == RUNTIME_VERSION;
        let outdated = if is_current { "" } else { ", of another version of pyoxidizer" };
        let bytes = fs_err::metadata(&found.executable)?.len();
        lines.push(format!("  CPython {python} for {target} ({}{outdated})", size(bytes)));
        let path = found.executable.display().to_string();
        runtimes.push(json!({
            "path": path, "python": python, "target": target, "current": is_current, "size": bytes,
        }));
    }
    let cache = cache.root().display().to_string();
    let value = json!({ "cache": cache, "archives": archives, "runtimes": runtimes });
    printer.answer("list", &lines.join("\n"), value);
    Ok(())
}

/// Removes what is of no use, or everything.
fn clean(all: bool, cache: &Cache, printer: &Printer) -> Result<(), Failure> {
    let mut paths: Vec<PathBuf> = Vec::new();
    if all {
        paths = entries(cache.root())?;
    } else {
        let outdated = Shelf::open(cache)?
            .all()?
            .into_iter()
            .filter(|found| found.record.version != RUNTIME_VERSION);
        paths.extend(outdated.filter_map(|found| found.executable.parent().map(Path::to_owned)));
        paths.extend([cache.root().join(TARGET)].into_iter().filter(|path| path.exists()));
        let is_outdated = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !name.starts_with('.') && !name.starts_with(RUNTIME_VERSION)
        };
        let kits = entries(&cache.root().join(embedding::FOLDER))?.into_iter();
        paths.extend(kits.filter(is_outdated));
        let packers = entries(&cache.root().join(PACKERS))?.into_iter();
        let is_current = |path: &PathBuf| {
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PACKER_VERSION))
        };
        paths.extend(packers.filter(|path| !is_current(path)));
        for folder in SCRATCH {
            let old = |path: &PathBuf| {
                let modified =
                    fs_err::metadata(path).ok().and_then(|metadata| metadata.modified().ok());
                modified.and_then(|time| time.elapsed().ok()).is_some_and(|age| age > DAY)
            };
            paths.extend(entries(&cache.root().join(folder))?.into_iter().filter(old));
        }
    }
    let mut freed = 0;
    for path in &paths {
        let files =
            WalkDir::new(path).into_iter().flatten().filter(|entry| entry.file_type().is_file());
        freed += files.filter_map(|entry| Some(entry.metadata().ok()?.len())).sum::<u64>();
        if path.is_dir() { fs_err::remove_dir_all(path)? } else { fs_err::remove_file(path)? }
    }
    let text = format!("{} removed from {}", size(freed), cache.root().display());
    printer.result("cleaned", &text, json!({ "bytes": freed, "entries": paths.len() }));
    Ok(())
}

/// What is in a folder, if it is there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs_err::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).collect())
}
