//! Named tasks for people who work on this project: `cargo xtask NAME`.

use clap::{Parser, Subcommand};

mod dist;
mod pins;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks for people who work on this project")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build a CPython distribution archive on this machine.
    Dist(dist::Args),
    /// Write the table of published distribution archives anew.
    Pins(pins::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().task {
        Task::Dist(args) => dist::run(args),
        Task::Pins(args) => pins::run(args),
    }
}
