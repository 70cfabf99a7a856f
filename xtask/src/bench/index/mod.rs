//! What the package index takes beside `pypiserver` and `python -m http.server`, for `docs/index_server.rst`.
//!
//! * `load`: clients that ask all the time.
//! * `servers`: the servers that are compared.

mod load;
mod servers;

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use fs_err as fs;

use super::publish_text;
use crate::console::{megabytes, step};
use load::Load;
use servers::{Program, Running};

/// The figures, which `docs/index_server.rst` includes.
const FIGURES: &str = "docs/measured/index.inc";

/// Clients at the same time.
const CONNECTIONS: usize = 64;

/// Files of a project.
const FILES: usize = 10;

/// The project of the large file.
const LARGE: &str = "large";

/// Bytes of that file, beside what makes it a wheel.
const LARGE_SIZE: usize = 10_000_000;

/// Arguments.
#[derive(clap::Args)]
pub(super) struct Args {
    /// How long each address is asked for
    #[arg(long, default_value_t = 5, value_name = "SECONDS")]
    seconds: u64,
    /// How many files there are
    #[arg(long, default_value_t = 10_000)]
    files: usize,
    /// Print the figures only, instead of writing them into the documentation
    #[arg(long)]
    print: bool,
}

/// What was measured of a server.
struct Row {
    name: String,
    /// From its start to the first whole list of projects.
    first: Duration,
    page: Load,
    file: Load,
    /// Largest size in memory, in bytes.
    memory: u64,
}

/// Measures.
pub(super) fn run(args: &Args) -> Result<()> {
    let folder = tempfile::tempdir()?;
    step("a folder of wheels", || fill(folder.path(), args.files / FILES))?;
    let programs = step("servers", servers::all)?;
    let time = Duration::from_secs(args.seconds);
    let rows = programs.iter().map(|program| {
        step(&program.name, || measure(program, folder.path(), time))
            .with_context(|| format!("{} cannot be measured", program.name))
    });
    let rows = rows.collect::<Result<Vec<_>>>()?;
    publish_text(&figures(&rows, args), FIGURES, args.print)
}

fn measure(program: &Program, folder: &Path, time: Duration) -> Result<Row> {
    let running = Running::start(program, folder)?;
    let first = running.wait_for_list()?;
    let address = running.address();
    // Nobody waits for what is remembered.
    let page = program.page("project-7");
    let file = program.file(LARGE, &large_name());
    for path in [&page, &file] {
        load::run(address, path, 2, Duration::from_millis(500))?;
    }
    let page = load::run(address, &page, CONNECTIONS, time)?;
    let file = load::run(address, &file, CONNECTIONS, time)?;
    Ok(Row { name: program.name.clone(), first, page, file, memory: running.memory()? })
}

fn large_name() -> String {
    format!("{LARGE}-1.0-py3-none-any.whl")
}

/// Writes small wheels in folders of projects, and a large one.
fn fill(folder: &Path, projects: usize) -> Result<()> {
    for project in 0..projects {
        let name = format!("project-{project}");
        fs::create_dir_all(folder.join(&name))?;
        for version in 0..FILES {
            write_wheel(&folder.join(&name), &name.replace('-', "_"), &format!("{version}.0"), 0)?;
        }
    }
    fs::create_dir_all(folder.join(LARGE))?;
    write_wheel(&folder.join(LARGE), LARGE, "1.0", LARGE_SIZE)
}

fn write_wheel(folder: &Path, name: &str, version: &str, size: usize) -> Result<()> {
    let file = fs::File::create(folder.join(format!("{name}-{version}-py3-none-any.whl")))?;
    let mut archive = zip::ZipWriter::new(file);
    let stored =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    archive.start_file(format!("{name}.bin"), stored)?;
    archive.write_all(&vec![7; size])?;
    archive.start_file(format!("{name}-{version}.dist-info/METADATA"), stored)?;
    write!(archive, "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")?;
    archive.finish()?;
    Ok(())
}

/// The table, in reStructuredText.
fn figures(rows: &[Row], args: &Args) -> String {
    let mut text = format!(
        ".. Written by `cargo xtask bench index`.\n\n\
         {} files in folders of {FILES}, {CONNECTIONS} connections on the same machine of {} processors, {} s each: requests per second, median \
         and 99th percentile of the time of one. The first list is that of all projects, from the start of the program.\n\n\
         .. list-table::\n   :header-rows: 1\n\n\
         \x20  * - server\n     - first list\n     - project page\n     - median\n     - 99 %\n     - 10 MB file\n     - median\n     \
         - 99 %\n     - memory\n",
        args.files,
        std::thread::available_parallelism().map_or(1, usize::from),
        args.seconds,
    );
    let ms = |time: Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    for row in rows {
        text += &format!("   * - {}\n     - {}\n", row.name, ms(row.first));
        for load in [&row.page, &row.file] {
            let [median, slow] = [load.percentile(50), load.percentile(99)].map(ms);
            text += &format!("     - {:.0}/s\n     - {median}\n     - {slow}\n", load.per_second());
        }
        text += &format!("     - {}\n", megabytes(row.memory));
    }
    text
}

/// How long something takes that is tried until it succeeds.
fn until<T>(
    begin: Instant,
    patience: Duration,
    mut attempt: impl FnMut() -> Result<T>,
) -> Result<(T, Duration)> {
    loop {
        match attempt() {
            Ok(value) => return Ok((value, begin.elapsed())),
            Err(error) if begin.elapsed() > patience => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}
