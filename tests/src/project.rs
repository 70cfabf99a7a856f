//! A folder with a TOML file and Python files, and `cargo build` on it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::application::Application;
use crate::{sanitizer, scratch_folder, workspace};

/// The TOML file of a project.
const CONFIG: &str = "app.toml";

/// One of Cargo's profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Cargo's `dev`: quick to link.
    Dev,
    /// Cargo's `release`: stripped.
    Release,
}

impl Profile {
    /// The sub-folder of Cargo's target folder.
    fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

/// A folder with a TOML file and Python files.
///
/// It lies under `target/end-to-end/projects` by its name, and stays there to be looked at until
/// the next run.
#[derive(Clone, Debug)]
pub struct Project {
    name: String,
    folder: PathBuf,
}

/// How a `cargo build` ended.
#[derive(Debug)]
pub struct Outcome {
    /// The executable, when there is one.
    pub application: Option<Application>,
    /// What Cargo and the build scripts wrote to standard error.
    pub stderr: String,
}

impl Project {
    /// An empty folder with the TOML file `config`.
    ///
    /// # Errors
    /// When the folder cannot be made, or this process has a project of that name already.
    pub fn new(name: &str, config: &str) -> Result<Self> {
        static NAMES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
        let is_new = NAMES.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        ensure!(is_new, "two tests use the project name {name:?}");
        let folder = scratch_folder().join("projects").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let project = Self { name: name.to_owned(), folder };
        project.write(CONFIG, config)?;
        Ok(project)
    }

    /// Adds a file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn with(self, path: &str, text: &str) -> Result<Self> {
        self.write(path, text)?;
        Ok(self)
    }

    /// Writes a file, in place of the one that may be there.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let path = self.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        Ok(fs::write(path, text)?)
    }

    /// The path of a file in the folder.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Builds the application with Cargo's `dev` profile.
    ///
    /// # Errors
    /// When the build fails; the error holds what Cargo wrote.
    pub fn build(&self) -> Result<Application> {
        self.cargo(Profile::Dev).run()?.expect_application()
    }

    /// A `cargo build` of this project.
    #[must_use]
    pub fn cargo(&self, profile: Profile) -> CargoBuild {
        let mut build = CargoBuild::new(&self.name, profile);
        build.command.current_dir(workspace()).env("PYOXIDIZER_CONFIG", self.path(CONFIG));
        build
    }
}

impl Outcome {
    /// The executable, or an error that holds what Cargo wrote.
    ///
    /// # Errors
    /// When there is none.
    pub fn expect_application(self) -> Result<Application> {
        let stderr = self.stderr;
        self.application.with_context(|| format!("cargo build failed:\n{stderr}"))
    }

    /// What was written, of a build that must have failed.
    ///
    /// # Errors
    /// When the build succeeded, or failed by a panic instead of an error.
    pub fn expect_failure(self) -> Result<String> {
        ensure!(self.application.is_none(), "the build succeeded:\n{}", self.stderr);
        ensure!(!self.stderr.contains("panicked at"), "the build panicked:\n{}", self.stderr);
        Ok(self.stderr)
    }
}

/// A `cargo build` of an executable, in the tests' own target folder.
#[derive(Debug)]
pub struct CargoBuild {
    name: String,
    profile: Profile,
    executable: String,
    arguments: Vec<OsString>,
    rustc_arguments: Vec<String>,
    /// To adjust what the build sees.
    pub command: Command,
}

impl CargoBuild {
    /// A build of `pyapp`; `name` names the folder that the executable is copied to.
    #[must_use]
    pub fn new(name: &str, profile: Profile) -> Self {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        // What Cargo tells this process about itself must not reach another Cargo.
        for (key, _) in std::env::vars_os() {
            let text = key.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&key);
            }
        }
        command.env_remove("CARGO_TARGET_DIR").env_remove("PYOXIDIZER_CONFIG");
        command.env("CARGO_TERM_COLOR", "never");
        let arguments = ["--package", "pyapp"].map(OsString::from).to_vec();
        Self {
            name: name.to_owned(),
            profile,
            executable: "pyapp".to_owned(),
            arguments,
            rustc_arguments: Vec::new(),
            command,
        }
    }

    /// Gives rustc these arguments for the executable alone, whose crates are not compiled anew.
    #[must_use]
    pub fn with_rustc_arguments(mut self, arguments: &[&str]) -> Self {
        self.rustc_arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self
    }

    /// Builds another executable than `pyapp`: `arguments` tell Cargo which.
    #[must_use]
    pub fn executable(mut self, name: &str, arguments: &[&str]) -> Self {
        self.executable = name.to_owned();
        self.arguments = arguments.iter().map(OsString::from).collect();
        self
    }

    /// Runs Cargo and copies the executable to a place where no other build replaces it.
    ///
    /// # Errors
    /// When Cargo does not start or a file cannot be copied; not when the build fails.
    pub fn run(self) -> Result<Outcome> {
        let lock = Lock::acquire()?;
        self.run_holding(&lock)
    }

    /// As [`CargoBuild::run`], for builds between which there must be no other.
    ///
    /// # Errors
    /// As [`CargoBuild::run`].
    pub fn run_holding(mut self, _lock: &Lock) -> Result<Outcome> {
        self.name_packer()?;
        let for_rustc = !self.rustc_arguments.is_empty();
        self.command.arg(if for_rustc { "rustc" } else { "build" });
        self.command.args(&self.arguments);
        let target = self.set_target()?;
        if self.profile == Profile::Release {
            self.command.arg("--release");
        }
        if for_rustc {
            self.command.args(["--bin", &self.executable, "--"]).args(&self.rustc_arguments);
        }
        let output = self.command.output().context("cargo does not start")?;
        let application = if output.status.success() {
            Some(self.keep(&target.join(self.profile.folder()).join(&self.executable))?)
        } else {
            None
        };
        Ok(Outcome { application, stderr: String::from_utf8_lossy(&output.stderr).into_owned() })
    }

    /// Runs another subcommand of Cargo's instead.
    ///
    /// # Errors
    /// When Cargo does not start.
    pub fn subcommand(mut self, name: &str, arguments: &[&str]) -> Result<std::process::Output> {
        let _lock = Lock::acquire()?;
        self.name_packer()?;
        self.command.arg(name).args(arguments);
        self.set_target()?;
        self.command.output().context("cargo does not start")
    }

    /// Tells Cargo where to build; returns the folder with the folders of profiles.
    fn set_target(&mut self) -> Result<PathBuf> {
        if sanitizer::is_on() {
            return sanitizer::compile(&mut self.command);
        }
        let target = scratch_folder().join("target");
        self.command.arg("--target-dir").arg(&target);
        Ok(target)
    }

    /// Spares caches of tests a packer of their own, unless the test says something else.
    fn name_packer(&mut self) -> Result<()> {
        let variable = pyembed_build::PACKER_VARIABLE;
        if self.command.get_envs().all(|(name, _)| name != variable) {
            self.command.env(variable, crate::command::packer()?);
        }
        Ok(())
    }

    fn keep(&self, built: &Path) -> Result<Application> {
        let folder = scratch_folder().join("executables").join(&self.name);
        fs::create_dir_all(&folder)?;
        let path = folder.join(&self.executable);
        // A program that still runs cannot be written to, but its name can be given away.
        if path.exists() {
            fs::remove_file(&path)?;
        }
        fs::copy(built, &path)?;
        Ok(Application::at(path))
    }
}

/// The right to build: Cargo's own lock ends with the build, and all builds make the same file.
#[derive(Debug)]
pub struct Lock {
    _file: fs::File,
}

impl Lock {
    /// Waits until no other test builds, in this process or another.
    ///
    /// # Errors
    /// When the lock file cannot be made or locked.
    pub fn acquire() -> Result<Self> {
        let scratch = scratch_folder();
        fs::create_dir_all(&scratch)?;
        let file = fs::File::create(scratch.join("lock"))?;
        file.lock()?;
        Ok(Self { _file: file })
    }
}
