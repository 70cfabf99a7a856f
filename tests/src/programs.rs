//! Programs of the package index, each built by the command `pyoxidizer` and used, beside a virtual environment with
//! the same versions.
//!
//! `tests/programs/programs.toml` lists them. What one does is a few lines of shell, in which the program is found on
//! the `PATH`: the executable on one side, the script in the environment's `bin` on the other. Both run in the same new
//! folder with a few files, an otherwise empty environment and a home of their own; what they print has to be the same.
//!
//! `tests/programs/kinds.toml` lists small programs of the same form, each with several inputs of one kind of thing that
//! programs do. Most of them need no packages, and then no lock file.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use fs_err as fs;
use pyrepackager::subject::distribution_of;
use serde::Deserialize;

use crate::environment::{environment, locked};
use crate::{distribution, scratch_folder, workspace};

/// How long the lines of a program may take on one side, in seconds.
const PATIENCE: &str = "400";

/// A program, as one of the files describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The name that its lines call it by: its key in the file.
    #[serde(skip)]
    pub name: String,
    /// What its lines show, in a few words.
    pub does: String,
    /// The arguments of `pyoxidizer build`, the first of which is a requirement or the name of one of `files`; where
    /// there are none, the program's name.
    #[serde(default)]
    build: Vec<String>,
    /// The distribution that it is about, where that is not the requirement.
    #[serde(default)]
    package: Option<String>,
    /// Files in the folder that it is built and used in, and their text.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Lines of shell, which end with the exit code 0 when the program works.
    run: String,
    /// Whether it is built and run in so short a time that continuous integration does it each time.
    #[serde(default)]
    pub quick: bool,
    /// Why it does not work in an executable, where that is known.
    #[serde(default)]
    pub known: Option<String>,
}

/// How the lines of a program ended on one side.
#[derive(Clone, Debug, Deserialize)]
pub struct Use {
    /// Exit code; `None` when it took too long.
    code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    stderr: String,
    /// From start to end, in seconds.
    pub seconds: f64,
    /// Peak memory of the largest process, in kB.
    pub memory: u64,
}

/// What came of a program.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The distribution that it is about.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Bytes of the executable.
    pub size: u64,
    /// How long the build took.
    pub build: Duration,
    /// What the build wrote.
    pub messages: String,
    /// The executable.
    pub executable: Use,
    /// The script in a virtual environment.
    pub python: Use,
}

/// The programs of the package index, sorted by name.
///
/// # Errors
/// When their file cannot be read.
pub fn programs() -> Result<Vec<Program>> {
    listed_in("programs.toml")
}

/// The small programs, each of one kind of thing that programs do, sorted by name.
///
/// # Errors
/// When their file cannot be read.
pub fn kinds() -> Result<Vec<Program>> {
    listed_in("kinds.toml")
}

fn listed_in(file: &'static str) -> Result<Vec<Program>> {
    let text = fs::read_to_string(folder().join(file))?;
    let table: BTreeMap<String, Program> = toml::from_str(&text).context(file)?;
    Ok(table.into_iter().map(|(name, program)| Program { name, ..program }).collect())
}

fn folder() -> PathBuf {
    workspace().join("tests/programs")
}

impl Program {
    /// Builds the program with `pyoxidizer`, makes the environment, and uses both.
    ///
    /// What is made lies below Cargo's target folder until [`Program::remove`]. `upgrade` looks for newer versions and
    /// writes the program's lock file.
    ///
    /// # Errors
    /// When the executable or the environment cannot be made, or the lock file is out of date.
    pub fn compare(&self, pyoxidizer: &Path, upgrade: bool) -> Result<Comparison> {
        self.remove()?;
        let packed = self.place().join("packed");
        let work = self.place().join("work");
        fs::create_dir_all(&packed)?;
        self.fill(&work)?;
        let kept = folder().join("locks").join(format!("{}.lock", self.name));
        let lock = work.join(self.lock_name());
        let is_locked = !upgrade && kept.exists();
        if is_locked {
            fs::copy(&kept, &lock)?;
        }
        let path = packed.join(&self.name);
        let option = if is_locked { "--locked" } else { "--lock" };
        let (messages, build) = self.build(pyoxidizer, option, &path, &work)?;
        let distributions = locked(&lock)?;
        if !is_locked && !distributions.is_empty() {
            ensure!(upgrade, "a new program needs --upgrade once");
            fs::copy(&lock, &kept)?;
        }
        let python = self.environment(&distributions, &work)?;
        let package = self.package();
        let found = distributions.into_iter().find(|found| found.is(&package));
        Ok(Comparison {
            version: found.map(|found| found.version).unwrap_or_default(),
            package,
            size: fs::metadata(&path)?.len(),
            build,
            messages,
            executable: self.run(&packed, &work)?,
            python: self.run(&python, &work)?,
        })
    }

    /// Removes what was made of the program.
    ///
    /// # Errors
    /// When a folder cannot be removed.
    pub fn remove(&self) -> Result<()> {
        let place = self.place();
        if place.exists() {
            fs::remove_dir_all(place)?;
        }
        Ok(())
    }

    fn place(&self) -> PathBuf {
        scratch_folder().join("programs").join(&self.name)
    }

    fn arguments(&self) -> Vec<&str> {
        match self.build.as_slice() {
            [] => vec![&self.name],
            arguments => arguments.iter().map(String::as_str).collect(),
        }
    }

    /// The script that the executable is made of, where it is not made of a requirement.
    fn script(&self) -> Option<&str> {
        Some(self.arguments()[0]).filter(|what| what.ends_with(".py"))
    }

    /// The distribution in the requirement that the executable is made of.
    fn required(&self) -> Option<String> {
        distribution_of(self.arguments()[0]).filter(|_| self.script().is_none())
    }

    fn package(&self) -> String {
        self.package.clone().or_else(|| self.required()).unwrap_or_else(|| self.name.clone())
    }

    /// The name of the lock file that `pyoxidizer build` looks at.
    fn lock_name(&self) -> String {
        let stem = self.script().and_then(|script| script.strip_suffix(".py")).map(str::to_owned);
        format!("{}.lock", stem.or_else(|| self.required()).unwrap_or_default())
    }

    /// Makes `folder` anew, with the program's files.
    fn fill(&self, folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        for (path, text) in &self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            fs::write(path, text)?;
        }
        Ok(())
    }

    /// Builds the executable `path`; returns what the build wrote, and how long it took.
    fn build(
        &self,
        pyoxidizer: &Path,
        option: &str,
        path: &Path,
        work: &Path,
    ) -> Result<(String, Duration)> {
        let mut build = Command::new(pyoxidizer);
        build.arg("build").args(self.arguments()).args([option, "--output"]).arg(path);
        build.current_dir(work).stdin(Stdio::null());
        let start = Instant::now();
        let output = build.output().context("pyoxidizer does not start")?;
        let messages = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "`{build:?}` failed:\n{messages}");
        Ok((messages, start.elapsed()))
    }

    /// The folder of programs of an environment with the same versions.
    fn environment(
        &self,
        distributions: &[crate::environment::Locked],
        work: &Path,
    ) -> Result<PathBuf> {
        let requirements: Vec<String> = distributions.iter().map(ToString::to_string).collect();
        let environment_folder = self.place().join("environment");
        let python =
            environment(&environment_folder, &requirements, &["--no-deps", "--no-compile"])?;
        let Some(script) = self.script() else { return Ok(environment_folder.join("bin")) };
        let bin = self.place().join("script");
        fs::create_dir_all(&bin)?;
        let path = bin.join(&self.name);
        let [python, script] = [python, work.join(script)].map(|path| path.display().to_string());
        fs::write(&path, format!("#!/bin/sh\nexec '{python}' '{script}' \"$@\"\n"))?;
        fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        Ok(bin)
    }

    /// Runs the lines with `bin` first on the path.
    fn run(&self, bin: &Path, work: &Path) -> Result<Use> {
        self.fill(work)?;
        let home = work.join("home");
        fs::create_dir_all(&home)?;
        let mut command = Command::new(distribution::python()?);
        command.arg("-I").arg(folder().join("run.py")).args([PATIENCE, &self.run]);
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", bin.display());
        command.env_clear().env("PATH", path).env("HOME", home);
        command.env("LC_ALL", "C.UTF-8").env("TERM", "dumb").current_dir(work);
        let output = command.output().context("run.py does not start")?;
        let words = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "run.py failed:\n{words}");
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

impl Comparison {
    /// Whether the executable does what the environment does.
    ///
    /// # Errors
    /// Why it does not.
    pub fn verdict(&self) -> Result<()> {
        let environment = &self.python;
        let right = environment.code == Some(0) && !environment.stdout.is_empty();
        ensure!(
            right,
            "fails in a virtual environment, so nothing can be said: {}",
            environment.why()
        );
        let executable = &self.executable;
        ensure!(executable.code == Some(0), "{}", executable.why());
        if executable.stdout == environment.stdout {
            return Ok(());
        }
        Err(anyhow!(
            "prints something else:\n{}\ninstead of\n{}",
            executable.stdout,
            environment.stdout
        ))
    }
}

impl Use {
    fn why(&self) -> String {
        let ended = match self.code {
            None => format!("took longer than {PATIENCE} s"),
            Some(code) => format!("ended with {code}"),
        };
        format!("{ended}:\n{}{}", self.stdout, self.stderr)
    }
}
