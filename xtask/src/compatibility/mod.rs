//! `cargo xtask compatibility`: what packages of the index do inside executables, for `docs/compatibility.rst`.
//!
//! * `programs`: popular programs, each in an executable of its own.
//! * `wheels`: binary wheels, all in one executable.

mod programs;
mod wheels;

use anyhow::Result;
use clap::Subcommand;

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// Both, when none is named
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// Build and use popular programs, each beside a virtual environment
    Programs(programs::Args),
    /// Use many binary wheels in one executable
    Wheels(wheels::Args),
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    match &args.part {
        Some(Part::Programs(args)) => programs::run(args),
        Some(Part::Wheels(args)) => wheels::run(args),
        None => {
            wheels::run(&wheels::Args::default())?;
            programs::run(&programs::Args::default())
        }
    }
}
