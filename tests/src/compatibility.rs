//! One executable with unmodified binary wheels from the package index, and the checks that use them.
//!
//! `tests/compatibility` has the TOML file, the lock file and the Python package with the checks. Each check
//! runs inside the executable, in a root with nothing but the C library and what the manylinux policies leave
//! to the system, and by the distribution's own `python` in a virtual environment with the same wheels. What
//! it computes has to be the same.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::application::{Application, Finished, run_in_empty_folder};
use crate::environment::{environment, locked_requirements};
use crate::project::{CargoBuild, Profile};
use crate::root::Root;
use crate::{scratch_folder, workspace};

/// What the wheels leave to the system besides the C library: `libz.so.1` is asked for by OpenCV's FFmpeg.
pub const SYSTEM_LIBRARIES: [&str; 3] = ["libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"];

/// The Python package with the checks.
const PACKAGE: &str = "compatibility";

/// A check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Whether it uses one package, rather than show how several work together.
    pub is_of_package: bool,
}

/// What came of a check on one side.
#[derive(Clone, Debug)]
pub struct Run {
    /// What was computed, as JSON, or why nothing was.
    pub result: Result<String, String>,
    /// From start to end of the process.
    pub time: Duration,
}

/// What came of a check on both sides.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The check.
    pub check: Check,
    /// Inside the executable.
    pub executable: Run,
    /// By the distribution's `python`.
    pub python: Run,
}

/// The executable in its root, and the environment with the same wheels.
#[derive(Debug)]
pub struct Matrix {
    /// The executable.
    pub application: Application,
    /// The environment's interpreter.
    pub python: PathBuf,
    root: Root,
}

impl Matrix {
    /// Builds the executable and the environment.
    ///
    /// # Errors
    /// When one of them cannot be built, or the lock file does not fit the requirements.
    pub fn build() -> Result<Self> {
        let folder = workspace().join("tests/compatibility");
        let mut build = CargoBuild::new("compatibility", Profile::Dev);
        build.command.current_dir(workspace()).env("PYOXIDIZER_LOCKED", "1");
        build.command.env("PYOXIDIZER_CONFIG", folder.join("compatibility.toml"));
        let application = build.run()?.expect_application()?;
        let requirements = locked_requirements(&folder.join("compatibility.lock"))?;
        let environments = scratch_folder().join("environments");
        // Bytecode of all of it would take longer than the checks, which write what they import.
        let python = environment(&environments.join(PACKAGE), &requirements, &["--no-compile"])?;
        let root = Root::new(&application, &SYSTEM_LIBRARIES)?;
        Ok(Self { application, python, root })
    }

    /// The checks that there are.
    ///
    /// # Errors
    /// When the executable does not tell.
    pub fn checks(&self) -> Result<Vec<Check>> {
        let text = self.application.succeed(["list"])?;
        let check = |line: &str| {
            let (kind, name) = line.split_once(' ').context("a check without a kind")?;
            Ok(Check { name: name.to_owned(), is_of_package: kind == "checks" })
        };
        text.lines().map(check).collect()
    }

    /// Facts about the checks and their packages, as JSON.
    ///
    /// # Errors
    /// When the executable does not tell.
    pub fn describe(&self) -> Result<String> {
        self.application.succeed(["describe"])
    }

    /// Runs a check on both sides.
    ///
    /// # Errors
    /// When a program does not start.
    pub fn compare(&self, check: &Check) -> Result<Comparison> {
        let arguments = ["run", check.name.as_str()];
        let executable = timed(|| self.root.run(&arguments))?;
        let mut command = Command::new(&self.python);
        command.env_clear().env("PYTHONPATH", workspace().join("tests/compatibility/src"));
        // Bytecode of the checks themselves would lie beside their source.
        command.env("PYTHONPYCACHEPREFIX", scratch_folder().join("bytecode"));
        command.args(["-m", PACKAGE]).args(arguments);
        let python = timed(|| run_in_empty_folder(&mut command, ""))?;
        Ok(Comparison { check: check.clone(), executable, python })
    }

    /// Files that the executable has left in its root.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn left(&self) -> Result<Vec<PathBuf>> {
        self.root.left()
    }
}

impl Comparison {
    /// What the check computes in the executable.
    ///
    /// # Errors
    /// Why the check does not pass.
    pub fn verdict(&self) -> Result<&str> {
        let name = &self.check.name;
        let expected = self.python.result.as_ref().map_err(|why| {
            anyhow!("{name} fails in a virtual environment, so nothing can be said:\n{why}")
        })?;
        match &self.executable.result {
            Ok(found) if found == expected => Ok(found),
            Ok(found) => Err(anyhow!("{name} computes\n{found}\ninstead of\n{expected}")),
            Err(why) => Err(anyhow!("{name} fails:\n{why}")),
        }
    }
}

fn timed(run: impl FnOnce() -> Result<Finished>) -> Result<Run> {
    let start = Instant::now();
    let finished = run()?;
    let time = start.elapsed();
    // What packages warn of on standard error, such as a missing home folder, is their own matter.
    let result = match (finished.code, finished.signal) {
        (Some(0), _) => Ok(finished.stdout),
        (_, Some(signal)) => Err(format!("signal {signal}: {}", finished.stderr)),
        _ => Err(finished.stderr),
    };
    Ok(Run { result, time })
}
