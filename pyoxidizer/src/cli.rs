//! The arguments. What stands here as documentation is what `--help` prints.

use std::ffi::OsString;
#[cfg(feature = "index")]
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};
use clap_complete::Shell;
use pyrepackager::config::resolved::{BundledAllocator, OptimizeLevel, PythonVersion};

/// Makes one executable of a Python application
#[derive(Parser)]
#[command(
    name = "pyoxidizer",
    version,
    about,
    disable_help_subcommand = true,
    max_term_width = 100
)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 wrong arguments.")]
pub struct Cli {
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Messages")]
pub struct OutputArgs {
    /// Tell every step, and how long it took
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Tell nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell everything as JSON, one object a line, on the standard output
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make an executable of a script, a project, a package or a TOML file
    #[command(after_help = BUILD_EXAMPLES)]
    Build(BuildArgs),
    /// Make an executable and run it; what it gives is the exit code
    Run(RunArgs),
    /// Run an executable, and write down what it imports and uses
    Trace(TraceArgs),
    /// Say what is in an executable, and how large it is
    Analyze(AnalyzeArgs),
    /// Write what is in an executable as files
    Extract(ExtractArgs),
    /// Make a project to start from
    Init(InitArgs),
    /// Write the libraries and headers by which a program in C or C++ embeds an application
    GenerateEmbeddingArtifacts(EmbeddingArgs),
    /// Python distributions and runtimes in the cache
    #[command(subcommand)]
    Dist(Dist),
    /// A package index of a folder of wheels and source distributions
    #[cfg(feature = "index")]
    #[command(subcommand)]
    Index(Index),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Do the work of the build script of `pyembed`, which calls this
    #[command(hide = true)]
    BuildScript(BuildScriptArgs),
}

#[derive(Args)]
pub struct BuildScriptArgs {
    /// `version`: print the version of this command as a packer
    pub request: Option<String>,
}

const BUILD_EXAMPLES: &str = "\
Examples:
  pyoxidizer build hello.py            a script, with what its PEP 723 header requires
  pyoxidizer build .                   the project in this folder
  pyoxidizer build black               a program from the package index
  pyoxidizer build app.toml -o out/app what a TOML file says";

#[derive(Args)]
pub struct BuildArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// The executable to write; by default in this folder, with the application's name
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Write no executable but packed resources, for a Rust program that adds them to its own at run time
    #[arg(long, conflicts_with_all = ["check", "compress", "entry_point"])]
    pub resources_only: bool,
    /// Then try whether what the application imports at its start can be imported
    #[arg(long)]
    pub check: bool,
}

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// Arguments for the application
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

/// What is made, and how.
#[derive(Args)]
pub struct SubjectArgs {
    /// A script, the folder of a project, a wheel, a requirement such as `black==25.1.0`, or a TOML file; by
    /// default the pyoxidizer.toml or the project of this folder or one above
    #[arg(value_name = "WHAT", value_hint = ValueHint::AnyPath)]
    pub what: Option<OsString>,
    /// Feature release of Python; by default what the application requires
    #[arg(long, value_name = "X.Y")]
    pub python: Option<PythonVersion>,
    /// The machine that the executable is for, as Rust calls it: so far only this one
    #[arg(long, value_name = "TRIPLE")]
    pub target: Option<String>,
    /// The console script that runs, where there are several
    #[arg(long, value_name = "NAME")]
    pub entry_point: Option<String>,
    /// An extra of the project that goes in
    #[arg(long = "extra", value_name = "NAME")]
    pub extras: Vec<String>,
    /// A further requirement that goes in
    #[arg(long, value_name = "REQUIREMENT")]
    pub with: Vec<String>,
    /// Pack a file or folder, which the application finds beside its script; may be repeated
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub include: Vec<PathBuf>,
    /// Leave a module out, and all below it; may be repeated
    #[arg(long, value_name = "MODULE")]
    pub exclude: Vec<String>,
    /// Pack a library of this machine, with those that it needs; may be repeated
    #[arg(long, value_name = "SONAME")]
    pub include_system: Vec<String>,
    /// Set a key of pyoxidizer.toml, such as `python_config.optimize_level=2`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub config: Vec<String>,
    /// Compress the executable: a third of the size, some 50 ms more at each start
    #[arg(long)]
    pub compress: bool,
    /// Leave all source out: tracebacks show no lines
    #[arg(long)]
    pub strip_source: bool,
    /// As `python -O`: 1 leaves asserts out, 2 docstrings as well
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pub optimize: Option<OptimizeLevel>,
    /// Lay out what is packed in the order in which a run has used it, as `pyoxidizer trace` wrote it down; may be
    /// given several times
    #[arg(long, value_name = "TRACE.JSON", value_hint = ValueHint::FilePath)]
    pub profile: Vec<PathBuf>,
    /// Leave out what none of these runs has used
    #[arg(long, requires = "profile")]
    pub prune: bool,
    /// Write the lock file beside what is built, rather than remembering for a day in the cache
    #[arg(long)]
    pub lock: bool,
    /// Fail if the lock file is out of date
    #[arg(long, conflicts_with_all = ["lock", "upgrade"])]
    pub locked: bool,
    /// Look for newer versions of what is required
    #[arg(long, conflicts_with = "offline")]
    pub upgrade: bool,
    /// Ask no package index
    #[arg(long)]
    pub offline: bool,
}

#[derive(Args)]
pub struct EmbeddingArgs {
    #[command(flatten)]
    pub subject: SubjectArgs,
    /// The folder to write: new, empty, or one that this has written before
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
}

#[derive(Args)]
pub struct TraceArgs {
    /// The executable
    #[arg(value_hint = ValueHint::FilePath)]
    pub executable: PathBuf,
    /// The folder for trace.json, trace.svg and trace.txt
    #[arg(short, long, value_name = "FOLDER", default_value = ".", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// Its arguments
    #[arg(last = true, value_name = "ARGS")]
    pub arguments: Vec<OsString>,
}

#[derive(Args)]
pub struct AnalyzeArgs {
    /// The executable
    #[arg(value_name = "EXE", value_hint = ValueHint::FilePath)]
    pub executable: PathBuf,
    /// Write a page for browsers, which is one file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub html: Option<PathBuf>,
}

#[derive(Args)]
pub struct ExtractArgs {
    /// The executable
    #[arg(value_name = "EXE", value_hint = ValueHint::FilePath)]
    pub executable: PathBuf,
    /// The folder to fill, new or empty; by default NAME-extracted in this folder
    #[arg(short, long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub output: Option<PathBuf>,
}

#[derive(Args)]
pub struct InitArgs {
    /// The folder to make, which names the project
    #[arg(value_hint = ValueHint::DirPath)]
    pub name: PathBuf,
    /// A Rust application that embeds Python
    #[arg(long)]
    pub rust: bool,
}

#[cfg(feature = "index")]
#[derive(Subcommand)]
pub enum Index {
    /// Serve it by HTTP, for pip, uv, twine and browsers
    Serve(IndexServeArgs),
    /// Write it as static files, for any web server
    Build(IndexBuildArgs),
}

#[cfg(feature = "index")]
#[derive(Args)]
pub struct IndexServeArgs {
    /// The folder of wheels and source distributions, in any layout
    #[arg(value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// The address and port to listen on; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8087")]
    pub listen: SocketAddr,
    /// Take uploads of who has a token of this file, which has one on each line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub upload_token_file: Option<PathBuf>,
    /// Serve only who has a token of this file, or of the other
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub read_token_file: Option<PathBuf>,
    /// Size that an uploaded file has at most, in bytes or with kB, MB or GB behind it
    #[arg(long, value_name = "SIZE", default_value = "1GB", value_parser = bytes)]
    pub upload_limit: u64,
    /// Send clients to another index for projects that the folder does not have
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub fallback: Option<String>,
    /// Never send them there for this project, or for those whose names begin so: `ours-*`; may be repeated
    #[arg(long, value_name = "NAME", requires = "fallback")]
    pub private: Vec<String>,
}

#[cfg(feature = "index")]
#[derive(Args)]
pub struct IndexBuildArgs {
    /// The folder of wheels and source distributions, in any layout
    #[arg(value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// The folder to write: new, empty, or one that this has written before
    #[arg(short, long, value_name = "SITE", value_hint = ValueHint::DirPath)]
    pub output: PathBuf,
    /// The address that the site will have, for the install lines on its pages
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub url: Option<String>,
}

#[derive(Subcommand)]
pub enum Dist {
    /// List what the cache has
    List,
    /// Download a Python distribution, or build it where none is published
    Get(DistArgs),
    /// Make the runtime of a distribution; needs Rust and a C compiler
    Build(RuntimeArgs),
    /// Remove what no build needs any more
    Clean {
        /// Remove all that is in the cache
        #[arg(long)]
        all: bool,
    },
}

#[derive(Args)]
pub struct DistArgs {
    /// Feature release of Python
    #[arg(long, value_name = "X.Y", default_value = "3.13")]
    pub python: PythonVersion,
}

#[derive(Args)]
pub struct RuntimeArgs {
    #[command(flatten)]
    pub distribution: DistArgs,
    /// Compile an allocator in, for `[allocator]`: mimalloc, jemalloc or snmalloc
    #[arg(long, value_name = "NAME")]
    pub allocator: Option<BundledAllocator>,
}

fn level(text: &str) -> Result<OptimizeLevel, String> {
    match text {
        "0" => Ok(OptimizeLevel::Zero),
        "1" => Ok(OptimizeLevel::One),
        "2" => Ok(OptimizeLevel::Two),
        _ => Err("there are 0, 1 and 2".to_owned()),
    }
}

#[cfg(feature = "index")]
fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 3] = [("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];

    let unit = UNITS.iter().find_map(|(name, size)| Some((text.strip_suffix(name)?, *size)));
    let (number, size) = unit.unwrap_or((text, 1));
    let number: Option<u64> = number.trim_end().parse().ok();
    number
        .and_then(|number| number.checked_mul(size))
        .ok_or_else(|| "a size is a whole number, perhaps with kB, MB or GB behind it".to_owned())
}
