//! The arguments.

use std::ffi::OsString;
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
    /// Run an executable, and write down what it imports and uses
    Trace(TraceArgs),
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
    /// Lay out what is packed in the order in which a run has used it, as `pyoxidizer trace` wrote it down; may be given
    /// several times
    #[arg(long, value_name = "TRACE.JSON")]
    pub profile: Vec<PathBuf>,
    /// Leave out what none of these runs has used
    #[arg(long, requires = "profile")]
    pub prune: bool,
}

#[derive(Args)]
pub struct TraceArgs {
    /// The executable
    pub executable: PathBuf,
    /// The folder for trace.json, trace.svg and trace.txt
    #[arg(short, long, value_name = "FOLDER", default_value = ".")]
    pub output: PathBuf,
    /// Its arguments
    #[arg(last = true)]
    pub arguments: Vec<OsString>,
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
