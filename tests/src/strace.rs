//! Which files a program opens.
//!
//! `strace` watches the system calls. Where it is not installed, it is fetched as a package of the
//! operating system and unpacked under Cargo's target folder, which needs no root.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;

use crate::application::{Finished, run_in_empty_folder};
use crate::scratch_folder;

/// Where the package has the program.
const PROGRAM: &str = "usr/bin/strace";

/// A program that was watched.
#[derive(Debug)]
pub struct Watched {
    /// How it ended.
    pub finished: Finished,
    /// Paths of the files that it or its children opened or looked at with success.
    pub opened: Vec<String>,
}

/// Runs `program` with `arguments` in an empty folder with an empty environment and watches it and
/// its children.
///
/// # Errors
/// When `strace` cannot be had or may not watch, or the program does not start.
pub fn watch(program: &Path, arguments: &[&str]) -> Result<Watched> {
    let trace = tempfile::NamedTempFile::new()?;
    let mut command = strace()?;
    // `-y` would add the paths behind descriptors; what counts is what the program names.
    command.args(["-f", "-qq", "-e", "trace=%file", "-o"]).arg(trace.path());
    for (key, _) in std::env::vars_os() {
        command.arg("-E").arg(key);
    }
    command.arg(program).args(arguments);
    let finished = run_in_empty_folder(&mut command, "")?;
    let text = fs::read_to_string(trace.path())?;
    ensure!(text.contains("execve("), "strace saw nothing: {}", finished.stderr);
    Ok(Watched { finished, opened: opened_files(&text) })
}

/// The paths in lines such as `12 openat(AT_FDCWD, "/etc/localtime", O_RDONLY) = 3`.
///
/// Only calls that open count, and only when they succeeded.
fn opened_files(trace: &str) -> Vec<String> {
    let opens = trace.lines().filter(|line| {
        ["openat(", "open(", "openat2("].iter().any(|call| line.contains(call))
            && !line.contains(") = -1 ")
    });
    opens.filter_map(|line| line.split('"').nth(1).map(str::to_owned)).collect()
}

/// A command that starts `strace`.
fn strace() -> Result<Command> {
    if Command::new("strace").arg("-V").output().is_ok_and(|output| output.status.success()) {
        return Ok(Command::new("strace"));
    }
    let root = scratch_folder().join("strace");
    let program = root.join(PROGRAM);
    if !program.is_file() {
        fetch(&root).context("strace is not installed, and cannot be fetched as a package")?;
    }
    // The program's libraries lie beside it. By the loader's option, children do not inherit them.
    let architecture = std::env::consts::ARCH;
    let mut command = Command::new(loader(architecture)?);
    command.arg("--library-path").arg(root.join(format!("usr/lib/{architecture}-linux-gnu")));
    command.arg(program);
    Ok(command)
}

fn loader(architecture: &str) -> Result<&'static str> {
    match architecture {
        "x86_64" => Ok("/lib64/ld-linux-x86-64.so.2"),
        "aarch64" => Ok("/lib/ld-linux-aarch64.so.1"),
        other => bail!("the name of the loader on {other} is not known"),
    }
}

/// Unpacks the package `strace` and those that it needs and the machine lacks into `root`.
///
/// apt works with lists and caches of our own, so that neither root nor `apt-get update` is
/// needed and nothing is installed.
fn fetch(root: &Path) -> Result<()> {
    let apt = scratch_folder().join("apt");
    for folder in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(apt.join(folder))?;
    }
    let options = [
        format!("Dir::State={}", apt.join("state").display()),
        "Dir::State::status=/var/lib/dpkg/status".to_owned(),
        format!("Dir::Cache={}", apt.join("cache").display()),
        "APT::Keep-Downloaded-Packages=true".to_owned(),
        "APT::Sandbox::User=root".to_owned(),
        "APT::Update::Post-Invoke::=true".to_owned(),
        "Debug::NoLocking=true".to_owned(),
    ];
    let get = |arguments: &[&str]| -> Result<()> {
        let mut command = Command::new("apt-get");
        command.args(options.iter().flat_map(|option| ["-o", option]));
        succeed(command.args(arguments))
    };
    get(&["update"])?;
    let install = ["install", "--download-only", "--reinstall", "--yes", "--no-install-recommends"];
    get(&[&install[..], &["strace"]].concat())?;
    // Under its final name the folder is whole.
    let partial = root.with_extension("partial");
    for old in [root, &partial] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    fs::create_dir_all(&partial)?;
    for package in packages(&apt.join("cache/archives"))? {
        succeed(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&partial))?;
    }
    ensure!(partial.join(PROGRAM).is_file(), "the package strace holds no {PROGRAM}");
    Ok(fs::rename(partial, root)?)
}

fn packages(folder: &Path) -> Result<Vec<PathBuf>> {
    let paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|e| e == "deb")).collect())
}

fn succeed(command: &mut Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?} failed:\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::opened_files;

    #[test]
    fn only_opening_with_success_counts() {
        let trace = "\
7 execve(\"/x/pyapp\", [\"/x/pyapp\"], 0x7ffd /* 0 vars */) = 0
7 access(\"/etc/ld.so.preload\", R_OK) = -1 ENOENT (No such file or directory)
7 openat(AT_FDCWD, \"/etc/ld.so.cache\", O_RDONLY|O_CLOEXEC) = 3
7 openat(AT_FDCWD, \"/missing\", O_RDONLY) = -1 ENOENT (No such file or directory)
8 open(\"/etc/localtime\", O_RDONLY) = 4
";
        assert_eq!(opened_files(trace), ["/etc/ld.so.cache", "/etc/localtime"]);
    }
}
