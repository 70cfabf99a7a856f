//! Awkward endings of Rust applications with Python in them, again and again: what depends on the order in which threads
//! run shows itself once in thousands of times.
//!
//! The endings are those of `tests/embedding/src/bin/endings.rs`. Each must have the same exit code every time, and no
//! signal may end one but the interrupt that one sends to itself. With `--sanitize`, Rust code and the C files of `pyembed` are
//! compiled for AddressSanitizer; CPython itself is not, but all memory that it asks for is watched.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use end_to_end::{scratch_folder, workspace};

use crate::console::step;
use crate::tools::{cargo, run as run_program};

/// The package of the program.
const PACKAGE: &str = "tests/embedding";

/// The program, and what it may be ended by.
const PROGRAM: &str = "endings";
const INTERRUPT: &str = "main:interrupt";

/// Seconds after which an ending is one that does not end.
const PATIENCE: &str = "120";

/// The exit code of `timeout` for those.
const TIMED_OUT: i32 = 124;

/// What AddressSanitizer's reports begin with.
const REPORT: &str = "ERROR: AddressSanitizer";

/// AddressSanitizer's settings. Python keeps what it has until the process ends, which is no leak.
const SETTINGS: &str = "detect_leaks=0:abort_on_error=1";

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// How often the program is started, all endings in turn
    #[arg(long, default_value_t = 10_000)]
    starts: usize,
    /// Compile for AddressSanitizer
    #[arg(long)]
    sanitize: bool,
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
    let program = step("the program", || build(args.sanitize))?;
    let list = Command::new(&program).arg("list").output()?;
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
fn build(sanitize: bool) -> Result<PathBuf> {
    let target = scratch_folder().join(if sanitize { "sanitized" } else { "target" });
    let mut command = cargo(["build", "--quiet", "--locked", "--bin", PROGRAM, "--target-dir"]);
    command.arg(&target).current_dir(workspace().join(PACKAGE));
    command.env(pyembed_build::PACKER_VARIABLE, end_to_end::command::packer()?);
    let mut folder = target;
    if sanitize {
        let host = host()?;
        command.args(["--target", &host]);
        // The flag is not stable yet. Only what is compiled for a named target gets it, not build scripts.
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Zsanitizer=address");
        command.env("CFLAGS", "-fsanitize=address -fno-omit-frame-pointer");
        folder.push(host);
    }
    run_program(&mut command)?;
    Ok(folder.join("debug").join(PROGRAM))
}

/// The triple of this machine.
fn host() -> Result<String> {
    let output = Command::new("rustc").args(["--print", "host-tuple"]).output()?;
    ensure!(output.status.success(), "rustc does not know its host: {}", said(&output));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
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
            let outcome = outcome(program, ending, args.sanitize)?;
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
fn outcome(program: &Path, ending: &str, sanitize: bool) -> Result<String> {
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg(program).arg(ending).env_remove("RUST_BACKTRACE");
    if sanitize {
        // Each block of memory is one that the sanitizer watches.
        command.env("ASAN_OPTIONS", SETTINGS).env("PYTHONMALLOC", "malloc");
    }
    let output = command.output()?;
    if said(&output).contains(REPORT) {
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
