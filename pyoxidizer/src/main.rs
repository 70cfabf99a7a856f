//! The command `pyoxidizer`: makes one executable of a Python application.
//!
//! Everything is `pyrepackager`'s work. This reads arguments, and prints.
//!
//! * `cli`: the arguments.
//! * `build`: `pyoxidizer build` and `run`; `build_script`: the work of `pyembed`'s build script; `check`: `--check`; `embedding`: `pyoxidizer generate-embedding-artifacts`; `analyze`, `dist`, `extract`, `index`, `init`, `trace`: the commands
//!   of these names.
//! * `printer`: what is told, and where; `failure`: errors as a person is shown them.
//! * `interrupt`: what signals must not leave behind.

use std::process::{ExitCode, ExitStatus};

use clap::{CommandFactory as _, Parser as _};

mod analyze;
mod build;
mod build_script;
mod check;
mod cli;
mod dist;
mod embedding;
mod extract;
mod failure;
#[cfg(feature = "index")]
mod index;
mod init;
mod interrupt;
mod printer;
#[cfg(test)]
mod tests;
mod trace;

use cli::{Cli, Command};
use failure::Failure;
use printer::Printer;

/// The version of the runtimes that this command makes and uses.
const RUNTIME_VERSION: &str = env!("PYOXIDIZER_RUNTIME_VERSION");

/// The version of this command as the one that does the work of build scripts.
const PACKER_VERSION: &str = env!("PYOXIDIZER_PACKER_VERSION");

/// Rust's name of the machine that this runs on.
const HOST: &str = env!("PYOXIDIZER_HOST");

fn main() -> ExitCode {
    let Cli { output, command } = Cli::parse();
    let printer = Printer::new(output);
    // Without handlers a signal may leave temporary files, and nothing else.
    let scratch = interrupt::set_up().unwrap_or_default();
    let result = run(command, &printer);
    drop(scratch);
    result.unwrap_or_else(|failure| {
        printer.failure(&failure);
        ExitCode::FAILURE
    })
}

fn run(command: Command, printer: &Printer) -> Result<ExitCode, Failure> {
    match command {
        Command::Build(args) => build::build(&args, printer),
        Command::Run(args) => build::run(&args, printer),
        Command::Trace(args) => trace::run(&args, printer),
        Command::Analyze(args) => analyze::run(&args, printer),
        Command::Extract(args) => extract::run(&args, printer),
        Command::GenerateEmbeddingArtifacts(args) => embedding::generate(&args, printer),
        Command::Init(args) => init::init(&args, printer),
        Command::Dist(command) => dist::run(&command, printer),
        #[cfg(feature = "index")]
        Command::Index(command) => index::run(&command, printer),
        Command::BuildScript(args) => Ok(build_script::run(&args)),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "pyoxidizer",
                &mut std::io::stdout(),
            );
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The exit code of a program that was run, as a shell tells it.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|signal| 128 + signal);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
