//! The command `pyoxidizer`: makes one executable of a Python application.
//!
//! Everything is `pyrepackager`'s work. This reads arguments, and prints.
//!
//! * `cli`: the arguments.
//! * `build`: `pyoxidizer build`; `dist`: `pyoxidizer dist`.
//! * `analyze`: `pyoxidizer analyze`; `extract`: `pyoxidizer extract`.
//! * `failure`: errors as a person is shown them.

use std::process::ExitCode;

use clap::Parser as _;

mod analyze;
mod build;
mod cli;
mod dist;
mod extract;
mod failure;

/// The version of the runtimes that this command makes and uses.
const RUNTIME_VERSION: &str = env!("PYOXIDIZER_RUNTIME_VERSION");

fn main() -> ExitCode {
    let result = match cli::Cli::parse().command {
        cli::Command::Build(args) => build::run(&args),
        cli::Command::Analyze(args) => analyze::run(&args),
        cli::Command::Extract(args) => extract::run(&args),
        cli::Command::Dist { command: cli::Dist::Build(args) } => dist::build(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.show();
            ExitCode::FAILURE
        }
    }
}
