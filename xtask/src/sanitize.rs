//! The end-to-end tests of Rust applications, and their awkward endings, under AddressSanitizer.

use anyhow::{Context as _, Result};
use end_to_end::sanitizer;

use crate::console::step;
use crate::tools::{cargo, run as run_program};

/// The modules of end-to-end tests whose programs are Rust packages, and so compiled for the sanitizer.
const TESTS: [&str; 4] = ["embedding::", "options::", "interop::", "allocators::"];

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// How often the program that ends in awkward ways is started
    #[arg(long, default_value_t = 450)]
    starts: usize,
}

/// Runs them.
///
/// # Errors
/// When something does not compile, a test fails, or the sanitizer has found something.
pub fn run(args: &Args) -> Result<()> {
    let mut tests = cargo(["test", "--quiet", "--no-fail-fast", "--package", "end-to-end"]);
    tests.args(["--test", "end_to_end", "--"]).args(TESTS).env(sanitizer::VARIABLE, "1");
    // For processes that inherit the environment of the tests.
    tests.env(sanitizer::SETTINGS_VARIABLE, sanitizer::SETTINGS);
    step("tests", || run_program(&mut tests))?;
    let this = std::env::current_exe().context("this program does not know its own path")?;
    let mut endings = std::process::Command::new(this);
    endings.args(["endings", "--starts", &args.starts.to_string()]);
    step("endings", || run_program(endings.env(sanitizer::VARIABLE, "1")))
}
