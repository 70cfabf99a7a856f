//! An executable, run in an empty folder with an empty environment.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, ensure};
use fs_err as fs;

use crate::sanitizer;

/// An executable that was built.
#[derive(Clone, Debug)]
pub struct Application {
    /// The file.
    pub path: PathBuf,
}

/// A program that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Signal that ended it.
    pub signal: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Application {
    /// The application at `path`.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// A command that starts the application in an empty environment.
    #[must_use]
    pub fn command<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Command {
        let mut command = Command::new(&self.path);
        command.env_clear().args(arguments);
        if sanitizer::is_on() {
            sanitizer::watch(&mut command);
        }
        command
    }

    /// Runs the application in an empty folder, with nothing on standard input.
    ///
    /// # Errors
    /// When it does not start, or leaves something in the folder.
    pub fn run<I: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = I>) -> Result<Finished> {
        run_in_empty_folder(&mut self.command(arguments), "")
    }

    /// Runs the application in an empty folder and requires that it succeeds without a word on
    /// standard error; returns its standard output.
    ///
    /// # Errors
    /// When anything else happens.
    pub fn succeed<I: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = I>,
    ) -> Result<String> {
        let finished = self.run(arguments)?;
        finished.expect_success()?;
        Ok(finished.stdout)
    }

    /// Size of the file in bytes.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn size(&self) -> Result<u64> {
        Ok(fs::metadata(&self.path)?.len())
    }
}

impl Finished {
    /// Requires that the program succeeded without a word on standard error.
    ///
    /// # Errors
    /// When it did not.
    pub fn expect_success(&self) -> Result<()> {
        ensure!(
            self.code == Some(0) && self.stderr.is_empty(),
            "the program failed (exit code {:?}, signal {:?}):\n{}\n{}",
            self.code,
            self.signal,
            self.stdout,
            self.stderr
        );
        Ok(())
    }

    fn new(status: ExitStatus, stdout: &[u8], stderr: &[u8]) -> Self {
        Self {
            code: status.code(),
            signal: status.signal(),
            stdout: String::from_utf8_lossy(stdout).into_owned(),
            stderr: String::from_utf8_lossy(stderr).into_owned(),
        }
    }
}

/// Runs `command` in a new empty folder with `input` on standard input.
///
/// # Errors
/// When it does not start, or leaves something in the folder.
pub fn run_in_empty_folder(command: &mut Command, input: &str) -> Result<Finished> {
    let folder = tempfile::tempdir()?;
    let finished = run(command.current_dir(folder.path()), input)?;
    let left: Vec<_> =
        fs::read_dir(folder.path())?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    ensure!(left.is_empty(), "the program left files behind: {left:?}");
    Ok(finished)
}

/// Runs `command` with `input` on standard input.
///
/// # Errors
/// When it does not start.
pub fn run(command: &mut Command, input: &str) -> Result<Finished> {
    let program = Path::new(command.get_program()).to_owned();
    let mut start = || -> Result<_> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program may end without reading all of it.
            let _ = stdin.write_all(input.as_bytes());
        }
        Ok(child.wait_with_output()?)
    };
    let output = start().with_context(|| format!("cannot run {}", program.display()))?;
    Ok(Finished::new(output.status, &output.stdout, &output.stderr))
}
