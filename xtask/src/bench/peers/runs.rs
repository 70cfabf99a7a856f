//! What programs take when they run: time, memory, files.

use std::ffi::{OsStr, OsString};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use end_to_end::measure::{median, time};
use end_to_end::strace;

use super::memory;
use super::programs::Program;
use super::results::{How, Run};
use super::subjects::{Subject, verify};
use super::tools::Tool;
use super::workshop::Workshop;
use crate::console::step;

/// How many start at the same time.
pub const TOGETHER: usize = 10;

/// Runs what `tools` have made of a program.
///
/// # Errors
/// When something does not run, or prints something else than the others.
pub fn measure(
    workshop: &Workshop,
    program: Program,
    tools: &[Tool],
    rounds: usize,
) -> Result<Vec<Run>> {
    let is_asked_for = |how: &How| how.tool().is_none_or(|tool| tools.contains(&tool));
    let all = How::all().into_iter().filter(is_asked_for);
    let subjects: Vec<Subject> =
        all.map(|how| Subject::new(workshop, how, program)).collect::<Result<_>>()?;
    let of = |what: &str| format!("{}: {what}", program.title());
    step(&of("output"), || verify(&subjects))?;
    let times =
        step(&of("time"), || interleaved(&subjects, rounds, |subject| time(&mut quiet(subject))))?;
    let memory = step(&of("memory"), || {
        interleaved(&subjects, few(rounds), |subject| memory::peak(&mut quiet(subject)))
    })?;
    let parallel = step(&of("ten together"), || interleaved(&subjects, few(rounds), together))?;
    let files = step(&of("files"), || subjects.iter().map(watch).collect::<Result<Vec<_>>>())?;
    let run = |index: usize, subject: &Subject| Run {
        how: subject.how,
        program,
        time: median(times[index].clone()),
        memory: middle(memory[index].clone()),
        opened: files[index].0,
        written: files[index].1,
        parallel: median(parallel[index].clone()),
    };
    Ok(subjects.iter().enumerate().map(|(index, subject)| run(index, subject)).collect())
}

/// How often what hardly varies, or takes long, is measured.
pub fn few(rounds: usize) -> usize {
    rounds.div_ceil(4)
}

/// Measures each of `subjects` `rounds` times, one after the other in each round.
///
/// A machine's speed changes from second to second; taking turns lets all have the same share.
fn interleaved<T>(
    subjects: &[Subject],
    rounds: usize,
    measure: impl Fn(&Subject) -> Result<T>,
) -> Result<Vec<Vec<T>>> {
    let mut results: Vec<Vec<T>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds.max(1) {
        for (subject, results) in subjects.iter().zip(&mut results) {
            // The first run of a program is followed by later ones of the same, which need what it unpacks.
            subject.prepare()?;
            results.push(measure(subject)?);
        }
    }
    Ok(results)
}

fn quiet(subject: &Subject) -> Command {
    let mut command = subject.command(&[]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The time in which ten of a program, started together, all end.
fn together(subject: &Subject) -> Result<Duration> {
    let mut commands: Vec<Command> = (0..TOGETHER).map(|_| quiet(subject)).collect();
    let start = Instant::now();
    let children: Vec<Child> = commands.iter_mut().map(Command::spawn).collect::<Result<_, _>>()?;
    for mut child in children {
        let status = child.wait()?;
        let title = subject.how.title();
        ensure!(status.success(), "{title}: one of {TOGETHER} ended with {status}");
    }
    Ok(start.elapsed())
}

/// How many files are opened, and how many bytes are written into files.
fn watch(subject: &Subject) -> Result<(usize, u64)> {
    subject.prepare()?;
    let arguments: Vec<OsString> = subject.words[1..].iter().map(OsString::from).collect();
    let environment = subject.environment();
    let environment: Vec<(&str, &OsStr)> =
        environment.iter().map(|(name, value)| (*name, value.as_os_str())).collect();
    let watched = strace::watch_in(&subject.words[0], &arguments, &environment)?;
    let code = watched.finished.code;
    ensure!(code == Some(0), "{} fails when it is watched", subject.how.title());
    Ok((watched.opened.len(), watched.written))
}

fn middle(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_one_of_them() {
        assert_eq!(middle(vec![9, 1, 5]), 5);
        assert_eq!(middle(Vec::new()), 0);
        assert_eq!([few(1), few(4), few(20)], [1, 1, 5]);
    }
}
