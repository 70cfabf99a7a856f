//! The arguments.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Makes one executable of a Python application
#[derive(Parser)]
#[command(name = "pyoxidizer", version, about, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make an executable
    Build(BuildArgs),
    /// Say what is in an executable, and how large it is
    Analyze(crate::analyze::AnalyzeArgs),
    /// Write what is in an executable as files
    Extract(crate::extract::ExtractArgs),
    /// Python distributions and runtimes
    Dist {
        #[command(subcommand)]
        command: Dist,
    },
}

#[derive(Args)]
pub struct BuildArgs {
    /// The TOML file; without it, pyoxidizer.toml in this folder or one above
    pub config: Option<PathBuf>,
    /// The executable to write
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Fail where the lock file would have to change
    #[arg(long)]
    pub locked: bool,
}

#[derive(Subcommand)]
pub enum Dist {
    /// Make the runtime for a distribution; needs Rust and a C compiler
    Build(DistArgs),
}

#[derive(Args)]
pub struct DistArgs {
    /// Feature release of Python
    #[arg(long, value_name = "X.Y", default_value = "3.13")]
    pub python: String,
}
