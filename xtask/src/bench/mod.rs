//! `cargo xtask bench`: measurements for `docs/performance.rst`.
//!
//! * `allocators`: what allocators for Python's memory bring, for `docs/allocators.rst`.
//! * `build`: how long a build works on Python modules.
//! * `embedding`: how long Cargo works on a Rust application, for `docs/embedding.rst`.
//! * `start`: how long the smallest application takes.
//! * `import`: how long imports take, and what a large blob costs.
//! * `index`: the package index beside other servers, for `docs/index_server.rst`.
//! * `native`: how long imports of packages with machine code take.
//! * `order`: what the order of what is packed brings on a cold start.
//! * `peers`: this project and other tools for the same, for `docs/benchmarks.rst`.
//! * `windll`: calls into Windows DLLs, for `docs/windll.rst`.

mod allocators;
mod build;
mod embedding;
mod import;
mod index;
mod native;
mod order;
mod peers;
mod start;
mod windll;

use std::path::{Path, PathBuf};

use anyhow::Result;
use end_to_end::project::CargoBuild;
use end_to_end::{Application, Profile, workspace};
use fs_err as fs;

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// What allocators for Python's memory bring: time, memory and size
    Allocators(allocators::Args),
    /// How long a build works on Python modules, with an empty cache and with a full one
    Build(Rounds),
    /// How long Cargo works on a Rust application with Python in it
    Embedding(embedding::Args),
    /// How long the smallest application takes from its start to its end
    Start(Rounds),
    /// How long imports take, and what a blob with a hundred thousand modules costs
    Import(Rounds),
    /// The package index beside `pypiserver` and `python -m http.server`
    Index(index::Args),
    /// How long imports of packages with machine code take
    Native(Rounds),
    /// What `pyoxidizer build --profile` brings where the executable is not in the page cache
    Order(order::Args),
    /// Build and run programs with this project and with PyInstaller, Nuitka, cx_Freeze, PEX and shiv
    Peers(peers::Args),
    /// Calls into Windows DLLs through Wine, beside ctypes on a library of Linux
    Windll(Rounds),
}

/// How a measurement is made.
#[derive(clap::Args)]
struct Rounds {
    /// How often each program is started
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// Print the figures only, instead of writing them into the documentation
    #[arg(long)]
    print: bool,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    match &args.what {
        What::Allocators(args) => allocators::run(args),
        What::Build(rounds) => build::run(rounds),
        What::Embedding(args) => embedding::run(args),
        What::Start(rounds) => start::run(rounds),
        What::Import(rounds) => import::run(rounds),
        What::Index(args) => index::run(args),
        What::Native(rounds) => native::run(rounds),
        What::Order(args) => order::run(args),
        What::Peers(args) => peers::run(args),
        What::Windll(rounds) => windll::run(rounds),
    }
}

/// Builds one of `config-examples/` with the profile `release`.
fn build_example(name: &str) -> Result<Application> {
    let mut build = CargoBuild::new(&format!("bench-{name}"), Profile::Release);
    let config = PathBuf::from(format!("config-examples/{name}.toml"));
    build.command.current_dir(workspace()).env("PYOXIDIZER_CONFIG", workspace().join(config));
    build.run()?.expect_application()
}

/// Prints the figures, and writes them into the documentation unless told not to.
fn publish(text: &str, file: &str, rounds: &Rounds) -> Result<()> {
    publish_text(text, file, rounds.print)
}

/// Prints figures, and writes them into the documentation unless they are only to be printed.
fn publish_text(text: &str, file: &str, only_print: bool) -> Result<()> {
    print!("{text}");
    if only_print {
        return Ok(());
    }
    let path: &Path = &workspace().join(file);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)?;
    eprintln!("written to {}", path.display());
    Ok(())
}
