//! `cargo xtask windll`: the package `pywindll` as a wheel, and its tests.
//!
//! The crate is a workspace of its own, whose tests in Python need the extension module staged
//! beside the package, DLLs that MinGW compiles, and Wine. Where the last two are missing they are
//! installed by the system's package manager; where that does not work, the tests that need them
//! are listed as skipped, with their number.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use end_to_end::{target_folder, workspace};
use fs_err as fs;

use crate::tools::{cargo, run as run_program, virtualenv};

/// The crate's manifest, from the root of the workspace.
pub const MANIFEST: &str = "pywindll/Cargo.toml";
/// Packages of Debian and its like: Wine for x86_64, and the compilers of the tests' DLLs.
const PACKAGES: [&str; 4] = ["wine", "wine64", "gcc-mingw-w64-x86-64", "gcc-mingw-w64-i686"];
/// The programs of the tests in Python.
const TESTS: [&str; 4] = ["test_routines", "test_sessions", "test_command", "test_published"];
/// What the tests use beside the package.
const REQUIREMENTS: &str = "numpy\n";
/// Wheels with DLLs that tests call.
const WHEELS: [&str; 2] = ["pyproj==3.8.0", "soundfile==0.14.0"];

/// Arguments.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Build the wheel, for any CPython from 3.10 on, into `target/wheels`
    Wheel,
    /// Run the crate's tests, and the package's with Python
    Test,
}

/// Runs the task.
pub fn run(args: &Args) -> Result<()> {
    match args.what {
        What::Wheel => wheel().map(|path| println!("{}", path.display())),
        What::Test => test(),
    }
}

/// How the extension module is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Quickly.
    Debug,
    /// As it is shipped.
    Release,
}

/// Compiles the extension module, and lays the package out with it: what `PYTHONPATH` is to name.
pub fn stage(profile: Profile) -> Result<PathBuf> {
    let (folder, flag) = match profile {
        Profile::Debug => ("debug", None),
        Profile::Release => ("release", Some("--release")),
    };
    let target = target_folder().join("pywindll");
    let mut build = cargo(["build", "--manifest-path", MANIFEST, "--lib", "--features", "python"]);
    run_program(build.args(flag).env("CARGO_TARGET_DIR", &target))?;
    let stage = target.join(format!("stage-{folder}"));
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    copy_folder(&workspace().join("pywindll/python"), &stage)?;
    fs::copy(target.join(folder).join("libpywindll.so"), stage.join("pywindll/_native.abi3.so"))?;
    Ok(stage)
}

/// Compiles the tests' DLLs, those that there is a compiler for, and names their folder.
pub fn dlls() -> Result<PathBuf> {
    let folder = target_folder().join("pywindll/dlls");
    run_program(
        Command::new(python()?).arg(workspace().join("pywindll/tests/dll/build.py")).arg(&folder),
    )?;
    Ok(folder)
}

/// The interpreter of the tests.
pub fn python() -> Result<PathBuf> {
    end_to_end::distribution::python()
}

fn wheel() -> Result<PathBuf> {
    let stage = stage(Profile::Release)?;
    let folder = target_folder().join("wheels");
    let mut program = Command::new(python()?);
    program
        .arg(workspace().join("pywindll/wheel.py"))
        .arg(stage)
        .arg(env!("CARGO_PKG_VERSION"))
        .arg(folder);
    let output = program.output().context("wheel.py")?;
    ensure!(output.status.success(), "wheel.py: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().into())
}

/// Every test of the crate and the package.
pub fn test() -> Result<()> {
    install_programs();
    let target = target_folder().join("pywindll");
    let mut tests = cargo(["test", "--quiet", "--manifest-path", MANIFEST]);
    run_program(tests.env("CARGO_TARGET_DIR", &target).env("PYWINDLL_ALLOW_ROOT", "1"))?;
    let stage = stage(Profile::Debug)?;
    let cache = tempfile::tempdir()?;
    let python = virtualenv(&target.join("python"), REQUIREMENTS)?.join("python");
    let mut program = Command::new(&python);
    program.arg(workspace().join("pywindll/tests/python/run.py")).args(TESTS);
    if let Some(wheels) = windows_wheels(&python, &target.join("wheels")) {
        program.env("WINDLL_TEST_WHEELS", wheels);
    }
    program
        .env("PYTHONPATH", stage)
        .env("WINDLL_TEST_DLLS", dlls()?)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    program
        .env("PYWINDLL_ALLOW_ROOT", "1")
        .env("XDG_CACHE_HOME", cache.path())
        .env_remove("DISPLAY");
    run_program(&mut program)?;
    executable()
}

/// Packs an application, the wheel and two DLLs into an executable, and runs it where there is nothing else.
fn executable() -> Result<()> {
    let drivers = dlls()?.join("win64");
    if !drivers.exists() || !is_there("wine") {
        println!("skipped executable: there is no Wine, or no MinGW");
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    copy_folder(&workspace().join("pywindll/tests/executable"), folder.path())?;
    copy_folder(&drivers, &folder.path().join("application/drivers"))?;
    let wheel = wheel()?;
    let wheels = folder.path().join("wheels");
    fs::create_dir(&wheels)?;
    fs::copy(&wheel, wheels.join(wheel.file_name().context("the wheel")?))?;
    let mut build = Command::new(end_to_end::command::packer()?);
    build.args(["build", "pyoxidizer.toml", "--output", "application.exe"]);
    run_program(build.current_dir(folder.path()))?;
    let empty = tempfile::tempdir()?;
    let mut program = Command::new(folder.path().join("application.exe"));
    let output = program.current_dir(empty.path()).env("PYWINDLL_ALLOW_ROOT", "1").output()?;
    let (said, error) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(said == "42 []\n", "the executable with DLLs said {said:?} and {error}");
    println!("executable: {}", said.trim());
    Ok(())
}

/// Downloads wheels for Windows. Without them, the tests that need them are skipped.
fn windows_wheels(python: &Path, folder: &Path) -> Option<PathBuf> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--platform", "win_amd64", "--python-version", "3.12", "--only-binary=:all:"]);
    match run_program(pip.arg("--dest").arg(folder).args(WHEELS)) {
        Ok(()) => Some(folder.to_owned()),
        Err(error) => {
            eprintln!("warning: {error}: tests of published DLLs are skipped");
            None
        }
    }
}

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).exists())
}

/// Installs Wine and MinGW where they are missing. That it does not work is no error: the tests that
/// need them are skipped.
fn install_programs() {
    if is_there("wine") && is_there("x86_64-w64-mingw32-gcc")
        || !Path::new("/usr/bin/apt-get").exists()
    {
        return;
    }
    let mut install = Command::new("apt-get");
    install.args(["install", "--yes", "--no-install-recommends"]).args(PACKAGES);
    if let Err(error) = run_program(install.env("DEBIAN_FRONTEND", "noninteractive")) {
        eprintln!("warning: {error}: tests that need Wine or MinGW are skipped");
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            if entry.file_name() != "__pycache__" {
                copy_folder(&entry.path(), &place)?;
            }
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
