//! The command `pyoxidizer`: makes one executable of a Python application.
//!
//! Everything is `pyrepackager`'s work. This reads arguments, and prints.
//!
//! * `cli`: the arguments.
//! * `build`: `pyoxidizer build`; `dist`: `pyoxidizer dist`.
//! * `trace`: `pyoxidizer trace`.
//! * `failure`: errors as a person is shown them.

use std::process::ExitCode;

use clap::Parser as _;

mod build;
mod cli;
mod dist;
mod failure;
mod trace;

/// The version of the runtimes that this command makes and uses.
const RUNTIME_VERSION: &str = env!("PYOXIDIZER_RUNTIME_VERSION");

fn main() -> ExitCode {
    let result = match cli::Cli::parse().command {
        cli::Command::Build(args) => build::run(&args),
        cli::Command::Trace(args) => trace::run(&args),
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
