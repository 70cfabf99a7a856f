//! Which files a program opens, and how much it writes.
//!
//! `strace` watches the system calls. Where it is not installed, it is fetched as a package of the
//! operating system and unpacked under Cargo's target folder, which needs no root.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use fs_err as fs;

use crate::application::{Finished, run_in_empty_folder};
use crate::scratch_folder;

/// Where the package has the program.
const PROGRAM: &str = "usr/bin/strace";

/// The system calls that write.
const WRITES: [&str; 7] =
    ["write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range"];

/// A program that was watched.
#[derive(Debug)]
pub struct Watched {
    /// How it ended.
    pub finished: Finished,
    /// Paths of the files that it or its children opened or looked at with success.
    pub opened: Vec<String>,
    /// Bytes that it or its children wrote into files of a file system, by a call for that; writing into
    /// mapped memory is not seen.
    pub written: u64,
}

/// Runs `program` with `arguments` in an empty folder with an empty environment and watches it and
/// its children.
///
/// # Errors
/// When `strace` cannot be had or may not watch, or the program does not start.
pub fn watch(program: &Path, arguments: &[&str]) -> Result<Watched> {
    let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
    watch_in(program, &arguments, &[])
}

/// As [`watch`], with an environment.
///
/// # Errors
/// When `strace` cannot be had or may not watch, or the program does not start.
pub fn watch_in(
    program: &Path,
    arguments: &[OsString],
    environment: &[(&str, &OsStr)],
) -> Result<Watched> {
    let folder = tempfile::tempdir()?;
    let mut command = strace()?;
    // A file for each process: in one for all, their calls would be cut into halves. `-y` says what a
    // descriptor is of; what is written is not wanted.
    command
        .args(["-ff", "-qq", "-y", "-s", "0", "-e"])
        .arg(format!("trace=%file,{}", WRITES.join(",")));
    command.arg("-o").arg(folder.path().join("trace"));
    for (key, _) in std::env::vars_os() {
        command.arg("-E").arg(key);
    }
    for (key, value) in environment {
        let mut setting = OsString::from(key);
        setting.push("=");
        setting.push(value);
        command.arg("-E").arg(setting);
    }
    command.arg(program).args(arguments);
    let finished = run_in_empty_folder(&mut command, "")?;
    let mut text = String::new();
    for entry in fs::read_dir(folder.path())? {
        text += &fs::read_to_string(entry?.path())?;
    }
    ensure!(text.contains("execve("), "strace saw nothing: {}", finished.stderr);
    Ok(Watched { finished, opened: opened_files(&text), written: written_bytes(&text) })
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

/// The sum of what lines such as `pwrite64(3</tmp/x>, ""..., 512, 0) = 512` say.
///
/// What is not in a file system has no path there, such as `pipe:[7]`, or one of those that are passed over:
/// a device, or a file in memory.
fn written_bytes(trace: &str) -> u64 {
    let bytes = |line: &str| -> Option<u64> {
        let (call, rest) = line.split_once('(')?;
        // The others begin with the descriptor that they write to.
        let rest = match call {
            "copy_file_range" => rest.split_once(", ")?.1.split_once(", ")?.1,
            _ => rest,
        };
        WRITES.contains(&call).then_some(())?;
        let target = rest.split_once('<')?.1;
        let is_file = target.starts_with('/')
            && !["/dev/", "/proc/", "/sys/", "/memfd:"].iter().any(|p| target.starts_with(p));
        is_file.then_some(())?;
        line.rsplit_once(" = ")?.1.split_whitespace().next()?.parse().ok()
    };
    trace.lines().filter_map(bytes).sum()
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
    use super::*;

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

    #[test]
    fn what_goes_into_files_counts() {
        let trace = "\
write(1<pipe:[7]>, \"\"..., 12) = 12
write(3</tmp/a>, \"\"..., 100) = 100
write(3</tmp/a>, \"\"..., 100) = -1 ENOSPC (No space left on device)
writev(4</memfd:x>(deleted), [{iov_base=\"\"..., iov_len=5}], 1) = 5
sendfile(5</tmp/b>, 3</tmp/a>, NULL, 20) = 20
copy_file_range(3</tmp/a>, NULL, 5</tmp/b>, NULL, 4, 0) = 4
copy_file_range(3</tmp/a>, NULL, 1</dev/null>, NULL, 2, 0) = 2
read(3</tmp/a>, \"\"..., 1000) = 1000
";
        assert_eq!(written_bytes(trace), 124);
    }

    #[test]
    fn children_are_watched_too() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo 12345; head -c 1000 /dev/zero >$ROOT/a; (cat $ROOT/a $ROOT/a >$ROOT/b)";
        let arguments = ["-c", script].map(OsString::from);
        let environment =
            [("PATH", OsStr::new("/usr/bin:/bin")), ("ROOT", folder.path().as_os_str())];
        let watched = watch_in(Path::new("/bin/sh"), &arguments, &environment).unwrap();
        assert_eq!(watched.finished.stdout, "12345\n");
        assert_eq!(watched.written, 3000, "{watched:?}");
        let of_a = watched.opened.iter().filter(|path| path.ends_with("/a")).count();
        assert_eq!(of_a, 3, "written once and read twice: {watched:?}");
    }
}
