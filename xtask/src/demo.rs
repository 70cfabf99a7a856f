//! `cargo xtask demo`: packages a small real application, runs it, and shows what came out.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use end_to_end::{Application, distribution, measure, strace, target_folder, workspace};

use crate::console::{duration, megabytes, step};
use crate::tools::{cargo, run as run_program, virtualenv};

/// What the application needs from the package index.
const REQUIREMENTS: &str = "rich==15.0.0\n";

/// How often each program is started for the comparison.
const ROUNDS: usize = 20;

/// Runs the task.
pub fn run() -> Result<()> {
    let start = Instant::now();
    let python = step("a Python distribution", || Ok(distribution::distribution()?.full_version))?;
    let environment = step("a virtual environment with rich", || {
        // Where the TOML file says it is, whatever Cargo's target folder.
        virtualenv(&workspace().join("target/demo/venv"), REQUIREMENTS)
    })?;
    let application = step("one executable", build)?;
    let arguments = [sample().display().to_string(), "--sort=mass".into(), "--totals".into()];
    step("its output", || run_program(&mut with_arguments(&application.path, &arguments)))?;
    let times = step("start-up times", || {
        let mut unpacked = Command::new(environment.join("python"));
        unpacked.current_dir(package()).args(["-m", "csvview", "--help"]);
        // Bytecode is written at the first run and found by the others, outside the source tree.
        unpacked.env_clear();
        unpacked.env("PYTHONPYCACHEPREFIX", workspace().join("target/demo/bytecode"));
        let packed = application.command(["--help"]);
        measure::interleaved_medians(&mut [packed, unpacked], ROUNDS)
    })?;
    let opened = step("opened files", || Ok(watch(&application, &arguments)))?;
    summary(&application, &python, &times, &opened)?;
    eprintln!("\nDone in {}.", duration(start.elapsed()));
    Ok(())
}

/// The folder of the application's package.
fn package() -> PathBuf {
    workspace().join("config-examples/rich-demo")
}

/// The file that the application shows.
fn sample() -> PathBuf {
    package().join("planets.csv")
}

fn build() -> Result<Application> {
    let mut command = cargo(["build", "--release", "--package", "pyapp"]);
    run_program(command.env("PYOXIDIZER_CONFIG", "config-examples/rich-demo.toml"))?;
    Ok(Application::at(target_folder().join("release/pyapp")))
}

fn with_arguments(program: &Path, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// The files that the application opens, or why nobody knows.
fn watch(application: &Application, arguments: &[String]) -> Result<Vec<String>, String> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let watched = strace::watch(&application.path, &arguments).map_err(|e| format!("{e:#}"))?;
    Ok(watched.opened)
}

fn summary(
    application: &Application,
    python: &str,
    times: &[Duration],
    opened: &Result<Vec<String>, String>,
) -> Result<()> {
    let [packed, unpacked] = times else { anyhow::bail!("two programs were measured") };
    let path = &application.path;
    let path = path.strip_prefix(workspace()).unwrap_or(path).display();
    let size = megabytes(application.size().context("the executable is gone")?);
    println!();
    println!("executable    {path}");
    println!("size          {size}, with CPython {python} and all that it imports");
    println!(
        "start-up      {}, where the same Python with files on disk takes {} (ratio {:.2})",
        duration(*packed),
        duration(*unpacked),
        packed.as_secs_f64() / unpacked.as_secs_f64(),
    );
    println!("              from start to end with --help, median of {ROUNDS} interleaved runs");
    match opened {
        Ok(files) => {
            println!("opened files  {}", files.first().map_or("none", String::as_str));
            files.iter().skip(1).for_each(|file| println!("              {file}"));
        }
        Err(reason) => println!("opened files  not known: {reason}"),
    }
    println!();
    println!("try           {path} --help");
    Ok(())
}
