//! What `pyoxidizer build --profile` and `--prune` bring where the executable is not in the page cache.
//!
//! Before each start the kernel is asked to forget the executable's file. How much it reads at once differs between
//! devices, and decides what the order of a file is worth: `--folder` puts the executables elsewhere.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use end_to_end::command::{command, succeed};
use end_to_end::{scratch_folder, workspace};
use fs_err as fs;
use rustix::fs::{Advice, fadvise};

use super::{Rounds, publish};
use crate::console::step;

/// The figures, which `docs/performance.rst` includes.
const FIGURES: &str = "docs/measured/order.inc";

/// Of `config-examples/`, with the arguments that are traced and measured.
const APPLICATIONS: [(&str, &[&str]); 4] = [
    ("hello", &[]),
    ("black", &["--version"]),
    ("sphinx", &["--version"]),
    ("ansible", &["--version"]),
];

/// How each is built: name and options, before the traces.
const VARIANTS: [(&str, &[&str]); 3] = [
    ("plain", &[]),
    ("``--profile``", &["--profile"]),
    ("with ``--prune``", &["--prune", "--profile"]),
];

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    rounds: Rounds,
    /// The folder for the executables
    #[arg(long)]
    folder: Option<PathBuf>,
}

/// What is measured of a start.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Start {
    milliseconds: f64,
    faults: f64,
    megabytes: f64,
}

/// Measures.
pub fn run(args: &Args) -> Result<()> {
    let folder = args.folder.clone().unwrap_or_else(|| scratch_folder().join("bench-order"));
    fs::create_dir_all(&folder)?;
    let pyoxidizer = step("the command", command)?;
    let mut text = heading(&folder, args.rounds.rounds)?;
    for (name, arguments) in APPLICATIONS {
        let executables = step(name, || build(&pyoxidizer, name, arguments, &folder))?;
        let starts = step("cold starts", || measure(&executables, arguments, args.rounds.rounds))?;
        for (((variant, _), path), start) in VARIANTS.iter().zip(&executables).zip(starts) {
            let size = fs::metadata(path)?.len() as f64 / 1e6;
            let Start { milliseconds, faults, megabytes } = start;
            text += &format!(
                "   * - {name}\n     - {variant}\n     - {size:.1} MB\n     - {megabytes:.1} MB\n     \
                 - {faults:.0}\n     - {milliseconds:.0} ms\n"
            );
        }
    }
    publish(&text, FIGURES, &args.rounds)
}

/// The executables of an application, one for each of the variants.
fn build(pyoxidizer: &Path, name: &str, arguments: &[&str], folder: &Path) -> Result<Vec<PathBuf>> {
    let config = workspace().join("config-examples").join(format!("{name}.toml"));
    let traces = folder.join(format!("{name}.trace"));
    let mut executables = Vec::new();
    for (index, (_, options)) in VARIANTS.iter().enumerate() {
        let path = folder.join(format!("{name}-{index}"));
        let mut build = Command::new(pyoxidizer);
        build.arg("build").arg(&config).arg("-o").arg(&path).args(*options);
        if index > 0 {
            build.arg(traces.join("trace.json"));
        }
        succeed(&mut build)?;
        if index == 0 {
            let mut trace = Command::new(pyoxidizer);
            trace.arg("trace").arg(&path).arg("-o").arg(&traces).arg("--").args(arguments);
            succeed(&mut trace)?;
        }
        executables.push(path);
    }
    Ok(executables)
}

/// Starts the executables in turns; medians of each.
fn measure(executables: &[PathBuf], arguments: &[&str], rounds: usize) -> Result<Vec<Start>> {
    let mut starts = vec![Vec::with_capacity(rounds); executables.len()];
    for _ in 0..rounds {
        for (path, starts) in executables.iter().zip(&mut starts) {
            starts.push(start(path, arguments)?);
        }
    }
    let median = |starts: &[Start], of: fn(&Start) -> f64| {
        let mut values: Vec<f64> = starts.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    let medians = starts.iter().map(|starts| Start {
        milliseconds: median(starts, |start| start.milliseconds),
        faults: median(starts, |start| start.faults),
        megabytes: median(starts, |start| start.megabytes),
    });
    Ok(medians.collect())
}

/// Starts an executable of which nothing is in memory.
fn start(path: &Path, arguments: &[&str]) -> Result<Start> {
    let file = fs::File::open(path)?;
    file.sync_all()?;
    fadvise(file.file(), 0, None, Advice::DontNeed)?;
    drop(file);
    let (faults, bytes) = read_by_children()?;
    let begin = Instant::now();
    let mut command = Command::new(path);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let status = command.status()?;
    let milliseconds = begin.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "{} ended with {status}", path.display());
    let (faults_after, bytes_after) = read_by_children()?;
    Ok(Start {
        milliseconds,
        faults: (faults_after - faults) as f64,
        megabytes: (bytes_after - bytes) as f64 / 1e6,
    })
}

/// Major page faults of the processes that this one has waited for, and bytes that they and this one have had read from
/// a device.
fn read_by_children() -> Result<(u64, u64)> {
    /// Fields of `/proc/self/stat` between the name in parentheses and `cmajflt`.
    const BEFORE_FAULTS: usize = 10;

    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').context("an unknown /proc/self/stat")?.1;
    let faults = fields.split_whitespace().nth(BEFORE_FAULTS).context("no page faults")?.parse()?;
    let io = fs::read_to_string("/proc/self/io")?;
    let bytes = io.lines().find_map(|line| line.strip_prefix("read_bytes: "));
    Ok((faults, bytes.context("no bytes in /proc/self/io")?.parse()?))
}

/// How the table begins.
fn heading(folder: &Path, rounds: usize) -> Result<String> {
    Ok(format!(
        ".. Written by `cargo xtask bench order`.\n\n\
         Median of {rounds} interleaved starts, the executable's file not in the page cache; the kernel reads ahead up to \
         {} kB of it:\n\n\
         .. list-table::\n   :header-rows: 1\n\n\
         \x20  * - application\n     - build\n     - size\n     - read\n     - major faults\n     - time\n",
        read_ahead(folder)?
    ))
}

/// How much is read ahead of the device that a folder is on, in kilobytes.
fn read_ahead(folder: &Path) -> Result<String> {
    let device = rustix::fs::stat(folder)?.st_dev;
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let text = fs::read_to_string(format!("/sys/class/bdi/{major}:{minor}/read_ahead_kb"))?;
    Ok(text.trim().to_owned())
}
