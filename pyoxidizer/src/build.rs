//! `pyoxidizer build` and `pyoxidizer run`.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use pyrepackager::application::{self, Application, Request, ResourcesFile, ResourcesRequest};
use pyrepackager::cache::Cache;
use pyrepackager::config::{self, Config, resolved::DistributionRequest};
use pyrepackager::pipeline::Error;
use pyrepackager::profile::Profile;
use pyrepackager::requirements::Limits;
use pyrepackager::runtime::{RuntimeError, Shelf};
use pyrepackager::subject::{self, Named, Options};

use crate::cli::{BuildArgs, RunArgs, SubjectArgs};
use crate::failure::Failure;
use crate::interrupt;
use crate::printer::Printer;
use crate::{HOST, RUNTIME_VERSION, check, dist};

/// Makes an executable.
pub fn build(args: &BuildArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let since = Instant::now();
    let plan = Plan::of(&args.subject)?;
    if args.resources_only {
        let output = args.output.clone();
        let output = output.unwrap_or_else(|| PathBuf::from(format!("{}.resources", plan.name)));
        let made = plan.make_resources(&output, printer)?;
        printer.packed(&made, since);
        return Ok(ExitCode::SUCCESS);
    }
    let output = args.output.clone().unwrap_or_else(|| default_output(&plan.name));
    let made = plan.make(&output, printer)?;
    printer.built(&made, since);
    if args.check {
        check::check(&made, printer)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The executable's path where none is given: in this folder or, where a package has its name there, in `dist`.
fn default_output(name: &str) -> PathBuf {
    let path = PathBuf::from(name);
    if path.is_dir() { Path::new("dist").join(path) } else { path }
}

/// Makes an executable, runs it, and removes it.
pub fn run(args: &RunArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let plan = Plan::of(&args.subject)?;
    // Not among temporary files, whose file system may not be one to run programs from.
    let folder = tempfile::TempDir::with_prefix_in("run-", plan.cache.folder("builds")?)?;
    interrupt::remove(folder.path());
    let made = plan.make(&folder.path().join(&plan.name), printer)?;
    interrupt::leave_to_child();
    let status = Command::new(&made.path).args(&args.arguments).status()?;
    Ok(crate::exit_code(status))
}

/// What is to be made.
pub(crate) struct Plan {
    pub(crate) config: Config,
    /// The executable's name.
    pub(crate) name: String,
    pub(crate) target: String,
    pub(crate) limits: Limits,
    compress: bool,
    pub(crate) profile: Option<Profile>,
    pub(crate) cache: Cache,
}

impl Plan {
    pub(crate) fn of(args: &SubjectArgs) -> Result<Self, Failure> {
        let cache = Cache::from_env()?;
        let target = args.target.clone().unwrap_or_else(|| HOST.to_owned());
        let limits = Limits { locked: args.locked, offline: args.offline };
        let (mut config, name, base) =
            match subject::find(args.what.as_deref(), &std::env::current_dir()?)? {
                Named::Toml(path) => {
                    (toml(&path, args, &target)?, name_of(&path), path.parent().map(Path::to_owned))
                }
                Named::Subject(subject) => {
                    let options = Options {
                        python: args.python,
                        entry_point: args.entry_point.clone(),
                        extras: args.extras.clone(),
                        with: args.with.clone(),
                        settings: args.config.clone(),
                        lock: args.lock,
                        upgrade: args.upgrade,
                    };
                    let pythons = Shelf::open(&cache)?.pythons(RUNTIME_VERSION, &target)?;
                    let config =
                        subject::config(&subject, &options, &target, limits, &pythons, &cache)?;
                    let name = args.entry_point.clone().map_or_else(|| subject.name(), Ok)?;
                    (config, name, subject.folder().map(Path::to_owned))
                }
            };
        add_to(&mut config, args, base.as_deref())?;
        if args.strip_source {
            config.strip_source();
        }
        if let Some(level) = args.optimize {
            config.optimize(level);
        }
        let is_given = !args.profile.is_empty();
        let profile = is_given.then(|| Profile::read(&args.profile, args.prune)).transpose()?;
        Ok(Self { config, name, target, limits, compress: args.compress, profile, cache })
    }

    /// Makes the executable, and what it is made from where that is lacking.
    fn make(&self, output: &Path, printer: &Printer) -> Result<Application, Failure> {
        let Self { config, target, cache, .. } = self;
        interrupt::remove_temporaries_of(output);
        let request = Request {
            config,
            version: RUNTIME_VERSION,
            target,
            output,
            limits: self.limits,
            compress: self.compress,
            profile: self.profile.as_ref(),
            seeds: false,
        };
        let build = || application::build(&request, cache, printer);
        let made = match build() {
            Err(Error::Runtime(RuntimeError::None { .. })) => {
                dist::provide(config, target, self.limits, cache, printer)?;
                build()
            }
            made => made,
        };
        made.map_err(|error| self.failure(error))
    }

    /// Makes the packages alone.
    fn make_resources(&self, output: &Path, printer: &Printer) -> Result<ResourcesFile, Failure> {
        let Self { config, target, limits, cache, .. } = self;
        interrupt::remove_temporaries_of(output);
        let profile = self.profile.as_ref();
        let request = ResourcesRequest { config, target, output, limits: *limits, profile };
        application::resources(&request, cache, printer).map_err(|error| self.failure(error))
    }

    fn failure(&self, error: Error) -> Failure {
        let excerpt = error.excerpt(&self.config);
        Failure::new(error, excerpt)
    }
}

/// Adds to a configuration what the arguments take along and leave out. `base` is the folder of the application's files.
fn add_to(config: &mut Config, args: &SubjectArgs, base: Option<&Path>) -> Result<(), Failure> {
    let here = std::env::current_dir()?;
    for path in &args.include {
        config.include(path, base.unwrap_or(&here))?;
    }
    config.exclude(&args.exclude);
    config.native_libraries.include_system.extend_from_slice(&args.include_system);
    Ok(())
}

/// The configuration in a TOML file, with what the arguments say otherwise.
fn toml(path: &Path, args: &SubjectArgs, target: &str) -> Result<Config, Failure> {
    let alone = [
        ("--entry-point", args.entry_point.is_some(), "mode = \"entry-point\"` in [python_run]"),
        ("--extra", !args.extras.is_empty(), "extras` in [[python_packages]]"),
        ("--with", !args.with.is_empty(), "[[python_packages]]`"),
    ];
    if let Some((option, _, key)) = alone.iter().find(|(_, given, _)| *given) {
        return Err(Failure::other(format!(
            "{option} is not for TOML files: write `{key} instead"
        )));
    }
    let mut config = config::load_changed(path, &args.config, target)?;
    if args.upgrade && config.lock.exists() {
        fs_err::remove_file(&config.lock)?;
    }
    if let Some(version) = args.python {
        config.distribution = DistributionRequest::Version(version);
    }
    Ok(config)
}

/// The name of the TOML file or, where that says nothing, of its folder.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().filter(|stem| *stem != "pyoxidizer");
    let folder = || path.parent()?.file_name();
    let name = stem.or_else(folder).unwrap_or("application".as_ref());
    name.to_string_lossy().into_owned()
}
