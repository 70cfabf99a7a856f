//! One run of one test file.

use std::fmt;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use end_to_end::workspace;
use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process_group};

use super::files::TestFile;

/// How often a run is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Where a file's tests run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// With the distribution's python.
    Python,
    /// Inside the executable.
    Executable,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Python => "python",
            Self::Executable => "executable",
        })
    }
}

/// What runs need to know.
#[derive(Debug)]
pub struct Runner {
    /// The distribution's interpreter.
    pub python: PathBuf,
    /// The executable.
    pub application: PathBuf,
    /// Folder for results and logs.
    pub folder: PathBuf,
    /// Time after which a run is ended.
    pub timeout: Duration,
}

/// Where the result of a run is written.
pub fn result_path(folder: &Path, file: &TestFile, side: Side) -> PathBuf {
    folder.join(format!("{}.{side}.json", file.name))
}

impl Runner {
    /// Where the result of a run is written.
    pub fn result(&self, file: &TestFile, side: Side) -> PathBuf {
        result_path(&self.folder, file, side)
    }

    /// Runs a file in an empty folder; returns how that ended.
    ///
    /// # Errors
    /// When it does not start.
    pub fn run(&self, file: &TestFile, side: Side) -> Result<String> {
        let result = self.result(file, side);
        fs::create_dir_all(&self.folder)?;
        if result.exists() {
            fs::remove_file(&result)?;
        }
        let scratch = tempfile::tempdir()?;
        let [home, work, temporary] = ["home", "work", "tmp"].map(|name| scratch.path().join(name));
        for folder in [&home, &work, &temporary] {
            fs::create_dir(folder)?;
        }
        let log = fs::File::create(self.folder.join(format!("{}.{side}.log", file.name)))?;
        let mut command = self.command(side);
        command.arg(&result).args(&file.modules).current_dir(&work).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("HOME", &home).env("TMPDIR", &temporary).env("LANG", "C.UTF-8");
        // An executable acts as python when the variable says so.
        command.env("PYEMBED_INTERPRETER", "1");
        command.stdin(Stdio::null()).stdout(log.file().try_clone()?);
        command.stderr(log.into_parts().0).process_group(0);
        let start = Instant::now();
        let child = command.spawn().with_context(|| format!("{side} does not start"))?;
        let ended = self.wait(child, start)?;
        Ok(format!("{ended} in {:.1} s", start.elapsed().as_secs_f64()))
    }

    /// `python run_one.py`, with one or the other in the place of python.
    fn command(&self, side: Side) -> Command {
        let mut command = match side {
            Side::Python => Command::new(&self.python),
            Side::Executable => Command::new(&self.application),
        };
        command.arg(workspace().join("xtask/src/cpython_tests/run_one.py"));
        command
    }

    /// Waits for a run, and ends it with all its processes when it takes too long.
    fn wait(&self, mut child: Child, start: Instant) -> Result<String> {
        let group = Pid::from_child(&child);
        let ended = loop {
            if let Some(status) = child.try_wait()? {
                break if status.success() { "done".to_owned() } else { status.to_string() };
            }
            if start.elapsed() > self.timeout {
                break "timeout".to_owned();
            }
            std::thread::sleep(POLL);
        };
        // What tests leave behind ends too; mostly there is nothing any more.
        let _ = kill_process_group(group, Signal::KILL);
        child.wait()?;
        Ok(ended)
    }
}
