//! The programs that are run: those that tools have made, and the scripts in virtual environments.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use end_to_end::application::{Finished, run_in_empty_folder};

use super::environments::Kind;
use super::place::{Place, empty};
use super::programs::Program;
use super::results::How;
use super::workshop::Workshop;

/// A program made in one way.
#[derive(Clone, Debug)]
pub struct Subject {
    /// How it was made.
    pub how: How,
    /// The program.
    pub program: Program,
    /// What is executed, and its first arguments.
    pub words: Vec<PathBuf>,
    place: Place,
}

impl Subject {
    /// Finds the program, and makes the virtual environment if it is run in one.
    ///
    /// # Errors
    /// When the environment cannot be made.
    pub fn new(workshop: &Workshop, how: How, program: Program) -> Result<Self> {
        let in_environment = |kind, name: &str| -> Result<Vec<PathBuf>> {
            let folder = format!("environments/{name}-{}", program.name());
            let folder = workshop.place.at(folder);
            let requirements = program.requirements()?;
            let programs = workshop.pythons.environment(kind, &folder, &requirements)?;
            Ok(vec![programs.join("python"), program.script()])
        };
        let words = match how {
            How::Distribution => in_environment(Kind::Distribution, "python")?,
            How::System => in_environment(Kind::System, "system-python")?,
            How::Made(tool) | How::First(tool) => {
                let made = tool.start(program, &workshop.work(tool, program));
                if tool.unpacks_once() {
                    vec![workshop.pythons.get(tool.python()).exe.clone(), made]
                } else {
                    vec![made]
                }
            }
        };
        Ok(Self { how, program, words, place: workshop.place.clone() })
    }

    /// The environment that it runs in.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        self.place.environment()
    }

    /// A command that runs it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.env_clear().envs(self.environment());
        command.args(&self.words[1..]).args(arguments).current_dir(self.place.at("home"));
        command
    }

    /// Makes ready for a run: removes what an earlier one has unpacked, if that is to be the first.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn prepare(&self) -> Result<()> {
        match self.how {
            How::First(_) => empty(&self.place.unpacked()),
            _ => Ok(()),
        }
    }

    /// Runs it once; afterwards, what it unpacks is there.
    ///
    /// # Errors
    /// When it does not start or fails.
    pub fn output(&self, arguments: &[&str]) -> Result<String> {
        let finished: Finished = run_in_empty_folder(&mut self.command(arguments), "")?;
        let title = self.how.title();
        if finished.code != Some(0) {
            bail!("{} of {title} fails:\n{}", self.program.title(), finished.stderr);
        }
        Ok(finished.stdout)
    }
}

/// Requires that all print what the last one prints, which is run by `python`.
///
/// # Errors
/// When one prints something else, or nothing.
pub fn verify(subjects: &[Subject]) -> Result<()> {
    let expected = subjects.last().context("there is nothing to run")?.output(&[])?;
    ensure!(!expected.is_empty(), "the program prints nothing");
    for subject in subjects {
        let found = subject.output(&[])?;
        let (title, program) = (subject.how.title(), subject.program.title());
        ensure!(found == expected, "{program} of {title} prints\n{found}\ninstead of\n{expected}");
    }
    Ok(())
}
