//! Named tasks for people who work on this project: `cargo xtask NAME`.
//!
//! * `demo`: packages a small real application and shows what came out.
//! * `test`: every check that a change must pass; continuous integration calls just this.
//! * `bench`: measurements for `docs/performance.rst`.
//! * `endings`: awkward endings of Rust applications, thousands of times.
//! * `sanitize`: Rust applications under AddressSanitizer.
//! * `fuzz`: damaged packed resources, for as long as one likes.
//! * `compatibility`: programs and wheels of the package index in executables, for `docs/compatibility.rst`.
//! * `cpython-tests`: CPython's own tests inside an executable, for `docs/compliance.rst`.
//! * `schema`: the JSON schema of the TOML file.
//! * `picture`: the picture of a report in the documentation.
//! * `dist`, `pins`: Python distributions.
//! * `releases`: executables of each release of CPython.
//! * `facts`: what published distributions hold, for tests.
//! * `windll`: the wheel of `pywindll`, and its tests.
//! * `console`, `tools`: steps with their durations, and the programs that tasks call.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod compatibility;
mod console;
mod cpython_tests;
mod demo;
mod dist;
mod endings;
mod facts;
mod fuzz;
mod picture;
mod pins;
mod releases;
mod sanitize;
mod schema;
mod test;
mod tools;
mod windll;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks for people who work on this project")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Package a small real application, run it, and show its size, speed and opened files.
    Demo,
    /// Run every check: format, lints, documentation, unit tests, end-to-end tests.
    Test(test::Args),
    /// Measure, and write the figures into the documentation.
    Bench(bench::Args),
    /// End Rust applications with Python in awkward ways, thousands of times, and print what went wrong.
    Endings(endings::Args),
    /// Run the tests of Rust applications with Python under AddressSanitizer.
    Sanitize(sanitize::Args),
    /// Fuzz the reader of packed resources, and print how often each target ran.
    Fuzz(fuzz::Args),
    /// Use programs and wheels of the package index in executables, for docs/compatibility.rst.
    Compatibility(compatibility::Args),
    /// Run CPython's own tests inside an executable, and write docs/compliance.rst.
    CpythonTests(cpython_tests::Args),
    /// Build a CPython distribution archive on this machine.
    Dist(dist::Args),
    /// Write the table of published distribution archives anew.
    Pins(pins::Args),
    /// Compare executables of each release of CPython with its own interpreter.
    Releases(releases::Args),
    /// Derive what published archives hold from their publisher's build scripts, for tests.
    Facts(facts::Args),
    /// Make docs/images/report.png anew: what `pyoxidizer analyze` says of a real application.
    Picture,
    /// Write the JSON schema of the TOML file anew.
    Schema,
    /// Build the wheel of pywindll, or run its tests.
    Windll(windll::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            error.chain().skip(1).for_each(|cause| eprintln!("caused by: {cause}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Demo => demo::run(),
        Task::Test(args) => test::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Endings(args) => endings::run(&args),
        Task::Sanitize(args) => sanitize::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Compatibility(args) => compatibility::run(&args),
        Task::CpythonTests(args) => cpython_tests::run(&args),
        Task::Dist(args) => dist::run(args),
        Task::Pins(args) => pins::run(args),
        Task::Releases(args) => releases::run(&args),
        Task::Facts(args) => facts::run(&args),
        Task::Picture => picture::run(),
        Task::Schema => schema::run(),
        Task::Windll(args) => windll::run(&args),
    }
}
