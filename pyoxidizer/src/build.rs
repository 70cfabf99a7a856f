//! `pyoxidizer build`.

use std::path::{Path, PathBuf};

use console::style;
use pyrepackager::application::{self, Request};
use pyrepackager::cache::Cache;
use pyrepackager::config;
use pyrepackager::profile::{Profile, ProfileError};
use pyrepackager::reporter::Terminal;
use pyrepackager::requirements::Locked;

use crate::cli::BuildArgs;
use crate::failure::Failure;

/// Rust's name of the machine that this runs on.
pub const HOST: &str = env!("PYOXIDIZER_HOST");

pub fn run(args: &BuildArgs) -> Result<(), Failure> {
    let start = std::env::current_dir()?;
    let named = args.config.as_deref().map(Path::as_os_str);
    let config = config::locate(named, &start, HOST)?;
    let output = args.output.clone().unwrap_or_else(|| default_output(config.path.as_deref()));
    let locked = if args.locked { Locked::Yes } else { Locked::No };
    let reporter = Terminal::stderr(|line: &str| {
        eprintln!("{} {line}", style("note:").for_stderr().yellow());
    });
    let cache = Cache::from_env()?;
    let version = crate::RUNTIME_VERSION;
    let profile = profile(args)?;
    let profile = profile.as_ref();
    let request =
        Request { config: &config, version, target: HOST, output: &output, locked, profile };
    let made = application::build(&request, &cache, &reporter).map_err(|error| {
        let excerpt = error.excerpt(&config);
        Failure::new(error, excerpt)
    })?;
    let megabytes = made.size as f64 / 1e6;
    println!("{} ({megabytes:.1} MB)", made.path.display());
    Ok(())
}

/// What the traces say that were given.
fn profile(args: &BuildArgs) -> Result<Option<Profile>, ProfileError> {
    let is_given = !args.profile.is_empty();
    is_given.then(|| Profile::read(&args.profile, args.prune)).transpose()
}

/// In this folder, with the name of the configuration's file or, where that says nothing, of its folder.
fn default_output(config: Option<&Path>) -> PathBuf {
    let stem = config.and_then(Path::file_stem).filter(|stem| *stem != "pyoxidizer");
    let folder = || config?.parent()?.file_name();
    PathBuf::from(stem.or_else(folder).unwrap_or("application".as_ref()))
}
