//! What the allocators of `[allocator]` bring: time, memory and size.
//!
//! The time is that of the processor, for all threads of the process: it depends less on what else the machine does.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use end_to_end::{Application, distribution, measure, target_folder, workspace};
use fs_err as fs;
use serde::Deserialize;

use super::publish_text;
use crate::console::{megabytes, step};
use crate::tools::{self, cargo};

/// The figures, which `docs/allocators.rst` includes.
const FIGURES: &str = "docs/measured/allocators.inc";

/// The program, which takes an allocator, what that serves, and a task. Its Python module is a script for `python` as well.
const PACKAGE: &str = "tests/allocators";
const SCRIPT: &str = "tests/allocators/python/allocators.py";
const REQUIREMENTS: &str = "tests/allocators/requirements.txt";

/// What the program does, and the heading of the column.
const TASKS: [(&str, &str); 6] = [
    ("hello", "start"),
    ("json", "JSON"),
    ("objects", "small objects"),
    ("buffers", "buffers"),
    ("threads", "threads"),
    ("numpy", "numpy"),
];

/// Allocators that are features of the package.
const FEATURES: [&str; 3] = ["mimalloc", "jemalloc", "snmalloc"];

/// What an allocator serves.
const DOMAINS: [&[&str]; 3] = [&["raw"], &["raw", "arenas"], &["raw", "mem", "obj"]];

/// Arguments.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How often each program is run for each task
    #[arg(long, default_value_t = 9)]
    rounds: usize,
    /// Do not build a program for each allocator, to find out how large it is
    #[arg(long)]
    without_sizes: bool,
    /// Print the figures only, instead of writing them into the documentation
    #[arg(long)]
    print: bool,
}

/// One of the programs that are compared.
struct Program {
    name: String,
    /// What it is called with before the name of the task.
    command: Vec<PathBuf>,
    environment: Option<(&'static str, &'static str)>,
}

/// What the program prints.
#[derive(Clone, Copy, Debug, Deserialize)]
struct Printed {
    nanoseconds: u64,
    kilobytes: u64,
}

/// Of one program and one task: medians.
#[derive(Clone, Copy, Debug, Default)]
struct Median {
    time: Duration,
    /// The largest size in memory.
    kilobytes: u64,
}

/// Measures.
pub(super) fn run(args: &Args) -> Result<()> {
    let python = step("a Python distribution", distribution::distribution)?;
    let folder = target_folder().join("bench-allocators");
    let requirements = fs::read_to_string(workspace().join(REQUIREMENTS))?;
    let environment = step("an environment with numpy", || {
        tools::virtualenv(&folder.join("environment"), &requirements)
    })?;
    let sizes = if args.without_sizes { Vec::new() } else { sizes(&folder)? };
    // Last, as the others have the same name.
    let executable = step("the program", || build(&folder, &FEATURES))?;
    let programs = programs(&executable, &environment.join("python"));
    let results = step("all programs", || measure(&programs, args.rounds))?;
    let about =
        format!("CPython {}, {}", python.full_version, requirements.trim().replace("==", " "));
    let mut text = figures(&programs, &results, &about, args.rounds);
    text += &size_table(&sizes);
    publish_text(&text, FIGURES, args.print)
}

/// Builds the program with some allocators.
fn build(folder: &Path, features: &[&str]) -> Result<PathBuf> {
    let features = features.join(",");
    let mut command = cargo(["build", "--release", "--locked", "--features", features.as_str()]);
    let target = folder.join("target");
    // Cargo's settings are those of the folder.
    command.arg("--target-dir").arg(&target).current_dir(workspace().join(PACKAGE));
    tools::run(&mut command)?;
    Ok(target.join("release/allocators"))
}

/// How large the program is without another allocator, and with each.
fn sizes(folder: &Path) -> Result<Vec<(&'static str, u64)>> {
    let of = |features: &[&'static str]| {
        let name = features.first().copied().unwrap_or("default");
        let executable = step(&format!("the program with {name}"), || build(folder, features))?;
        Ok::<_, anyhow::Error>((name, Application::at(executable).size()?))
    };
    let mut sizes = vec![of(&[])?];
    for feature in FEATURES {
        sizes.push(of(&[feature])?);
    }
    Ok(sizes)
}

/// What is compared: the first with all others.
fn programs(executable: &Path, python: &Path) -> Vec<Program> {
    let ours = |name: String, arguments: &[&str]| {
        let arguments = arguments.iter().map(PathBuf::from);
        let command = std::iter::once(executable.to_owned()).chain(arguments).collect();
        Program { name, command, environment: None }
    };
    let mut programs = vec![ours("default".to_owned(), &["default"])];
    for backend in ["rust"].into_iter().chain(FEATURES) {
        for serves in DOMAINS {
            let name = format!("{backend}: {}", serves.join(", "));
            programs.push(ours(name, &[&[backend][..], serves].concat()));
        }
    }
    for (name, environment) in
        [("python", None), ("python, its mimalloc", Some(("PYTHONMALLOC", "mimalloc")))]
    {
        let command = vec![python.to_owned(), workspace().join(SCRIPT)];
        programs.push(Program { name: name.to_owned(), command, environment });
    }
    programs
}

/// All programs with all tasks, by program and then by task.
fn measure(programs: &[Program], rounds: usize) -> Result<Vec<Vec<Median>>> {
    let mut results = vec![Vec::new(); programs.len()];
    for (task, _) in TASKS {
        let mut times = vec![Vec::new(); programs.len()];
        let mut sizes = vec![Vec::new(); programs.len()];
        // The first run reads the files from the disk.
        for round in 0..=rounds {
            for (index, program) in programs.iter().enumerate() {
                let (time, kilobytes) = once(program, task)?;
                if round > 0 {
                    times[index].push(time);
                    sizes[index].push(kilobytes);
                }
            }
        }
        for (results, (times, mut sizes)) in results.iter_mut().zip(times.into_iter().zip(sizes)) {
            sizes.sort_unstable();
            let kilobytes = sizes.get(sizes.len() / 2).copied().unwrap_or_default();
            results.push(Median { time: measure::median(times), kilobytes });
        }
    }
    Ok(results)
}

/// The time of a program for a task, and its largest size.
fn once(program: &Program, task: &str) -> Result<(Duration, u64)> {
    let (executable, arguments) = program.command.split_first().context("no program")?;
    let mut command = Command::new(executable);
    command.args(arguments).arg(task).env_clear().envs(program.environment);
    let output = command.stdin(Stdio::null()).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} failed: {errors}", program.name);
    let Printed { nanoseconds, kilobytes } = serde_json::from_slice(&output.stdout)?;
    Ok((Duration::from_nanos(nanoseconds), kilobytes))
}

/// The tables, in reStructuredText. The first program is what the others are compared with.
fn figures(programs: &[Program], results: &[Vec<Median>], about: &str, rounds: usize) -> String {
    let mut text = format!(
        ".. Written by `cargo xtask bench allocators`.\n\n\
         {about}, medians of {rounds} interleaved runs. Processor time, of that with the default:\n\n"
    );
    let time = |result: &Median| result.time.as_secs_f64();
    let milliseconds = |result: &Median| format!("{:.1} ms", time(result) * 1e3);
    text += &table(programs, results, &time, &milliseconds);
    text += "\nThe largest size in memory, likewise:\n\n";
    let memory = |result: &Median| result.kilobytes as f64;
    let bytes = |result: &Median| megabytes(result.kilobytes * 1024);
    text += &table(programs, results, &memory, &bytes);
    text
}

/// One table: of the first program the value in words, of the others the ratio to it.
fn table(
    programs: &[Program],
    results: &[Vec<Median>],
    value: &dyn Fn(&Median) -> f64,
    words: &dyn Fn(&Median) -> String,
) -> String {
    let mut text = ".. list-table::\n   :header-rows: 1\n\n   * - allocator\n".to_owned();
    for (_, heading) in TASKS {
        text += &format!("     - {heading}\n");
    }
    let default = results.first().map(Vec::as_slice).unwrap_or_default();
    for (index, (program, results)) in programs.iter().zip(results).enumerate() {
        text += &format!("   * - {}\n", program.name);
        for (result, default) in results.iter().zip(default) {
            let ratio = value(result) / value(default);
            let cell = if index == 0 { words(result) } else { format!("{ratio:.2}") };
            text += &format!("     - {cell}\n");
        }
    }
    text
}

/// What each allocator adds to the executable; nothing where that was not measured.
fn size_table(sizes: &[(&str, u64)]) -> String {
    let Some(((_, default), others)) = sizes.split_first() else { return String::new() };
    let mut text = format!("\nThe executable has {}", megabytes(*default));
    for (name, size) in others {
        text += &format!("; with {name} {} KB more", size.saturating_sub(*default) / 1000);
    }
    text + ".\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_to_the_default() {
        let programs = programs(Path::new("program"), Path::new("python"));
        let result = |milliseconds, kilobytes| {
            vec![Median { time: Duration::from_millis(milliseconds), kilobytes }; TASKS.len()]
        };
        let results = [result(100, 1000), result(80, 1500)];
        let text = figures(&programs, &results, "CPython 3.13.5", 5);
        assert!(text.contains("   * - default\n     - 100.0 ms\n"), "{text}");
        assert!(text.contains("   * - rust: raw\n     - 0.80\n"), "{text}");
        assert!(text.contains("   * - default\n     - 1.0 MB\n"), "{text}");
        assert!(text.ends_with("     - 1.50\n"), "{text}");
    }

    #[test]
    fn sizes_are_compared_with_the_default() {
        let text = size_table(&[("default", 20_000_000), ("mimalloc", 20_120_000)]);
        assert_eq!(text, "\nThe executable has 20.0 MB; with mimalloc 120 KB more.\n");
        assert_eq!(size_table(&[]), "");
    }
}
