//! `cargo xtask picture`: the picture of a report in the documentation.

use std::path::Path;

use anyhow::Result;
use end_to_end::browser::{Browser, View};
use end_to_end::workspace;
use fs_err as fs;

use crate::tools::{cargo, run as run_program};

/// The application, one of `config-examples/`.
const EXAMPLE: &str = "black";

/// The part of the page that is shown, in pixels.
const WIDTH: u32 = 1200;
const HEIGHT: u32 = 1216;

/// Runs the task.
pub fn run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (executable, page) = (folder.path().join(EXAMPLE), folder.path().join("report.html"));
    let config = workspace().join(format!("config-examples/{EXAMPLE}.toml"));
    command(&["dist".as_ref(), "build".as_ref()])?;
    command(&["build".as_ref(), &config, "-o".as_ref(), &executable])?;
    command(&["analyze".as_ref(), &executable, "--html".as_ref(), &page])?;
    let mut browser = Browser::open(&page, View::light(WIDTH, HEIGHT))?;
    let picture = workspace().join("docs/images/report.png");
    fs::write(&picture, browser.screenshot(WIDTH, HEIGHT.into())?)?;
    eprintln!("{}", picture.display());
    Ok(())
}

/// Runs the command `pyoxidizer`.
fn command(arguments: &[&Path]) -> Result<()> {
    let mut command = cargo(["run", "--quiet", "--package", "pyoxidizer", "--"]);
    run_program(command.args(arguments))
}
