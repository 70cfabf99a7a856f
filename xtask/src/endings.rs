//! Awkward endings of Rust applications with Python in them, again and again: what depends on the order in which threads
//! run shows itself once in thousands of times.
//!
//! The endings are those of `tests/embedding/src/bin/endings.rs`. Each must have the same exit code every time, and no
//! signal may end one but the interrupt that one sends to itself.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use end_to_end::project::CargoBuild;
use end_to_end::{Profile, sanitizer, workspace};

use crate::console::step;

/// The package of the program.
const PACKAGE: &str = "tests/embedding";

/// The program, and what it may be ended by.
const PROGRAM: &str = "endings";
const INTERRUPT: &str = "main:interrupt";

/// Seconds after which an ending is one that does not end.
const PATIENCE: &str = "120";

/// The exit code of `timeout` for those.
const TIMED_OUT: i32 = 124;

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// How often the program is started, all endings in turn
    #[arg(long, default_value_t = 10_000)]
    starts: usize,
    /// Only endings with this in their names
    #[arg(long, default_value = "")]
    only: String,
}

/// How an ending went, and how often.
type Outcomes = BTreeMap<String, usize>;

/// Runs all endings, and fails when one went wrong.
///
/// # Errors
/// When the program does not compile or start, or an ending went wrong.
pub fn run(args: &Args) -> Result<()> {
    let program = step("the program", build)?;
    let mut list = Command::new(&program);
    if sanitizer::is_on() {
        sanitizer::watch(&mut list);
    }
    let list = list.arg("list").output()?;
    ensure!(list.status.success(), "the program does not list its endings: {}", said(&list));
    let list = String::from_utf8(list.stdout)?;
    let endings: Vec<&str> = list.lines().filter(|name| name.contains(&args.only)).collect();
    ensure!(!endings.is_empty(), "no ending has `{}` in its name", args.only);
    let outcomes = step("endings", || start_all(&program, &endings, args))?;
    let mut wrong = 0;
    for (ending, outcomes) in endings.iter().zip(&outcomes) {
        let counts: Vec<String> =
            outcomes.iter().map(|(outcome, count)| format!("{outcome} ({count})")).collect();
        println!("{ending}: {}", counts.join(", "));
        wrong += usize::from(outcomes.len() != 1 || outcomes.keys().any(|o| is_wrong(ending, o)));
    }
    let total: usize = outcomes.iter().flat_map(BTreeMap::values).sum();
    ensure!(wrong == 0, "{wrong} of {} endings went wrong", endings.len());
    println!("{total} starts of {} endings, all as they should be", endings.len());
    Ok(())
}

/// Whether an outcome is wrong whatever the other ones are.
fn is_wrong(ending: &str, outcome: &str) -> bool {
    let by_signal = outcome.starts_with("signal") && ending != INTERRUPT;
    by_signal || !(outcome.starts_with("signal") || outcome.starts_with("code"))
}

/// Compiles the program.
fn build() -> Result<PathBuf> {
    let arguments = ["--locked", "--bin", PROGRAM];
    let mut build = CargoBuild::new(PROGRAM, Profile::Dev).executable(PROGRAM, &arguments);
    build.command.current_dir(workspace().join(PACKAGE)).env_remove("PYO3_CONFIG_FILE");
    Ok(build.run()?.expect_application()?.path)
}

/// Starts all endings in turn, several at a time.
fn start_all(program: &Path, endings: &[&str], args: &Args) -> Result<Vec<Outcomes>> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(vec![Outcomes::new(); endings.len()]);
    let work = || -> Result<()> {
        loop {
            let start = next.fetch_add(1, Ordering::Relaxed);
            let index = start % endings.len();
            let Some(ending) = endings.get(index).filter(|_| start < args.starts) else {
                return Ok(());
            };
            let outcome = outcome(program, ending)?;
            let mut outcomes = outcomes.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            if let Some(outcomes) = outcomes.get_mut(index) {
                *outcomes.entry(outcome).or_default() += 1;
            }
        }
    };
    // More than there are processors, so that they get in each other's way.
    let workers = 2 * thread::available_parallelism()?.get();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().ok().context("a worker has panicked")?)
    })?;
    Ok(outcomes.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()))
}

/// Lets the program end in one of its ways.
fn outcome(program: &Path, ending: &str) -> Result<String> {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg(program).arg(ending).env_remove("RUST_BACKTRACE");
    if sanitizer::is_on() {
        sanitizer::watch(&mut command);
    }
    let output = command.output()?;
    if said(&output).contains(sanitizer::REPORT) {
        eprintln!("{ending}:\n{}", said(&output));
        return Ok("AddressSanitizer reports an error".to_owned());
    }
    Ok(words(output.status))
}

/// What became of a process that `timeout` has started: that ends by the same signal, or with the code that a shell gives.
fn words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(TIMED_OUT), _) => "does not end".to_owned(),
        (Some(code @ 129..=192), _) => format!("signal {}", code - 128),
        (Some(code), _) => format!("code {code}"),
        (None, signal) => format!("signal {}", signal.unwrap_or_default()),
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
