//! `cargo xtask cpython-tests`: CPython's own tests inside an executable.
//!
//! Every test file of the standard library runs once with the distribution's python and once inside
//! an executable of the same distribution, each in a process of its own; `docs/compliance.rst` says
//! how the results differ, and why. The distribution is one with CPython's test modules
//! (`cargo xtask dist --with-test-modules`), without which many files have nothing to test.
//!
//! * `files`: the test files and the modules that they consist of.
//! * `process`: one run of one file; `run_one.py` is what runs.
//! * `results`: what a run found out, and the comparison of two.
//! * `reasons`: why files cannot pass, from `reasons.toml`.
//! * `page`: the page.

mod files;
mod page;
mod process;
mod reasons;
mod results;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use end_to_end::distribution::{
    distribution_in, sha256, test_modules_archive, test_modules_request,
};
use end_to_end::{Application, Profile, Project, target_folder, workspace};
use fs_err as fs;
use pyrepackager::distribution::Distribution;
use pyrepackager::policy::is_test_module;

use crate::console::step;
use files::TestFile;
use process::{Runner, Side};
use reasons::Reasons;
use results::{Comparison, Results};

/// The page.
const PAGE: &str = "docs/compliance.rst";

/// What the executable is built from, besides the distribution.
const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"
exclude_test_modules = false
"#;

/// The archive with CPython's test modules, and what is in it.
struct Archive {
    path: PathBuf,
    sha256: String,
    distribution: Distribution,
}

impl Archive {
    fn get() -> Result<Self> {
        let path = test_modules_archive()?;
        let sha256 = sha256(&path)?;
        let distribution = distribution_in(&path, &sha256)?;
        Ok(Self { path, sha256, distribution })
    }

    /// The TOML file. Test modules go into an executable only by name.
    fn config(&self) -> String {
        let Self { path, sha256, .. } = self;
        let mut text = format!(
            "[python_distribution]\nlocal_path = {path:?}\nsha256 = \"{sha256}\"\n{CONFIG}"
        );
        for name in self.distribution.extensions.keys().filter(|name| is_test_module(name)) {
            text += &format!("\n[[extension_modules]]\nname = \"{name}\"\n");
        }
        text
    }
}

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    /// Run only the test files that these patterns name, and write no page
    #[arg(long, value_name = "GLOB")]
    only: Vec<String>,
    /// Files that are run at the same time
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Seconds after which a run is ended
    #[arg(long, default_value_t = 300)]
    timeout: u64,
    /// Run python's side again, whose results are otherwise kept
    #[arg(long)]
    fresh_python: bool,
    /// Write the page from the results that are there, without running anything
    #[arg(long)]
    report: bool,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    let archive = step("a Python distribution with test modules", Archive::get)?;
    let python = &archive.distribution;
    let library = python.stdlib.join("test");
    // What python's side gave with another distribution does not count.
    let folder = target_folder().join("cpython-tests").join(test_modules_request().recipe());
    let mut files = files::list(&library)?;
    if !args.only.is_empty() {
        files.retain(|file| args.only.iter().any(|pattern| glob(pattern, &file.name)));
    }
    if !args.report {
        let application = step("an executable with the tests", || build(&archive))?;
        let runner = Runner {
            python: python.python_exe.clone(),
            application: application.path,
            folder: folder.clone(),
            timeout: Duration::from_secs(args.timeout),
        };
        step("test files", || run_all(&files, &runner, args.jobs, args.fresh_python))?;
    }
    let comparisons =
        files.iter().map(|file| compare(&folder, file)).collect::<Result<Vec<Comparison>>>()?;
    let reasons = Reasons::read(&library)?;
    let text = page::page(&python.full_version, &comparisons, &reasons);
    println!("{}", page::summary(&comparisons, &reasons));
    if args.only.is_empty() {
        fs::write(workspace().join(PAGE), text)?;
        eprintln!("written to {PAGE}");
    }
    Ok(())
}

fn build(archive: &Archive) -> Result<Application> {
    let project = Project::new("cpython-tests", &archive.config())?;
    project.cargo(Profile::Release).run()?.expect_application()
}

/// Runs all files on both sides, `jobs` files at a time.
fn run_all(files: &[TestFile], runner: &Runner, jobs: usize, fresh_python: bool) -> Result<()> {
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = run_file(file, runner, fresh_python) {
                next.store(files.len(), Ordering::Relaxed);
                *failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(work);
        }
    });
    match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

fn run_file(file: &TestFile, runner: &Runner, fresh_python: bool) -> Result<()> {
    let mut line = file.name.clone();
    for side in [Side::Python, Side::Executable] {
        let kept = side == Side::Python && !fresh_python && runner.result(file, side).exists();
        let outcome = if kept { "kept".to_owned() } else { runner.run(file, side)? };
        line += &format!("  {side}: {outcome}");
    }
    eprintln!("{line}");
    Ok(())
}

fn compare(folder: &Path, file: &TestFile) -> Result<Comparison> {
    let read = |side: Side| -> Result<Results> {
        let path: PathBuf = process::result_path(folder, file, side);
        Results::read(&path).with_context(|| format!("{} has no results", file.name))
    };
    Ok(Comparison::new(&file.name, &read(Side::Python)?, &read(Side::Executable)?))
}

/// Whether `name` is what `pattern` stands for, in which `*` stands for anything.
fn glob(pattern: &str, name: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == name };
    let Some(rest) = name.strip_prefix(before) else { return false };
    (0..=rest.len()).any(|start| rest.is_char_boundary(start) && glob(after, &rest[start..]))
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(glob("test_json", "test_json"));
        assert!(glob("test_*_file", "test_zip_file"));
        assert!(glob("*.Test.*", "a.b.Test.c"));
        assert!(!glob("test_*", "json"));
        assert!(!glob("test_json", "test_json5"));
    }
}
