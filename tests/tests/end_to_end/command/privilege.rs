//! Executables that have more rights than their users: setuid, setgid, file capabilities.
//!
//! These tests must be run as root, as nobody else can make such files.

use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use end_to_end::Application;
use fs_err as fs;

use super::{fail, folder, succeed};

/// The user who starts the executables, and the owner of setuid ones.
const USER: u32 = 1234;
const OWNER: u32 = 65534;

/// `CAP_NET_RAW`, permitted and effective, as the attribute `security.capability` holds it
/// (`struct vfs_cap_data` of `linux/capability.h`, revision 2).
const NET_RAW: [u32; 5] = [0x0200_0001, 1 << 13, 0, 0, 0];

/// Says who it is, what it takes from the environment and what its Python does.
const SCRIPT: &str = "\
import os, subprocess, sys
print('app', os.geteuid(), sys.executable == os.path.realpath(sys.argv[0]), sys.argv[1:], sys.flags.utf8_mode)
";

/// Code for an interpreter, of which the application is not to run anything.
const CODE: &str = "import os; print('OWNED', os.geteuid())";

/// An executable of [`SCRIPT`], in a folder that every user can read.
fn app(folder: &Path, arguments: &[&str]) -> Application {
    let mut build = vec!["build", "app.py"];
    build.extend(arguments);
    succeed(folder, &build);
    fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
    Application::at(folder.join("app"))
}

fn make_setuid(app: &Application) {
    chown(&app.path, Some(OWNER), Some(OWNER)).unwrap();
    fs::set_permissions(&app.path, std::fs::Permissions::from_mode(0o4755)).unwrap();
}

fn give_capability(app: &Application) {
    let value: Vec<u8> = NET_RAW.into_iter().flat_map(u32::to_le_bytes).collect();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&app.path, "security.capability", &value, flags).unwrap();
}

/// What the executable says when another user starts it.
fn said(app: &Application, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = Command::new(&app.path);
    command.env_clear().envs(variables.iter().copied()).args(arguments);
    let output = command.uid(USER).gid(USER).stdin(Stdio::null()).output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// Tries every variable that makes an executable something else for its own user.
fn assert_only_the_application(app: &Application, euid: u32) {
    let is_app = |said: String| {
        let expected = format!("app {euid} True [");
        // The application shows its arguments, in which the code's text is.
        let is_python = said.lines().any(|line| line.starts_with("OWNED"));
        assert!(said.starts_with(&expected) && !is_python, "{said}");
    };
    is_app(said(app, &[], &[]));
    for mark in ["1", "0"] {
        is_app(said(app, &[("PYEMBED_INTERPRETER", mark)], &["-c", CODE]));
    }
    is_app(said(app, &[("PYEMBED_EXECUTABLE", "/tmp/other")], &[]));
    is_app(said(app, &[("PYTHONEXECUTABLE", "/tmp/other")], &[]));
    is_app(said(app, &[("__PYVENV_LAUNCHER__", "/tmp/other")], &[]));
    is_app(said(app, &[("PYTHONINSPECT", "1"), ("PYTHONPATH", "/tmp")], &[]));
}

#[test]
fn a_setuid_executable_is_nothing_but_the_application() {
    let folder = folder(&[("app.py", SCRIPT)]);
    let app = app(folder.path(), &[]);
    make_setuid(&app);
    assert_only_the_application(&app, OWNER);
    // Worker processes would be the application, which starts workers.
    let workers = "from multiprocessing.spawn import spawn_main; spawn_main()";
    let said = said(&app, &[("PYEMBED_INTERPRETER", "1")], &["-c", workers]);
    assert!(said.starts_with("error: "), "{said}");
}

#[test]
fn a_setgid_executable_is_nothing_but_the_application() {
    let folder = folder(&[("app.py", SCRIPT)]);
    let app = app(folder.path(), &[]);
    chown(&app.path, Some(0), Some(OWNER)).unwrap();
    fs::set_permissions(&app.path, std::fs::Permissions::from_mode(0o2755)).unwrap();
    assert_only_the_application(&app, USER);
}

#[test]
fn a_compressed_setuid_executable_is_nothing_but_the_application() {
    let folder = folder(&[("app.py", SCRIPT)]);
    let app = app(folder.path(), &["--compress"]);
    make_setuid(&app);
    assert_only_the_application(&app, OWNER);
}

#[test]
fn capabilities_belong_to_the_application_and_are_not_lost_silently() {
    let folder = folder(&[("app.py", SCRIPT)]);
    let plain = app(folder.path(), &[]);
    give_capability(&plain);
    assert_only_the_application(&plain, USER);
    let compressed = app(folder.path(), &["--compress"]);
    assert!(said(&compressed, &[], &[]).starts_with("app "));
    give_capability(&compressed);
    let said = said(&compressed, &[], &[]);
    assert!(said.contains("capabilities") && said.contains("--compress"), "{said}");
    assert!(!said.contains("app 1234"), "{said}");
}

#[test]
fn without_more_rights_python_is_there_and_still_under_its_own_name() {
    let folder = folder(&[("app.py", SCRIPT)]);
    let app = app(folder.path(), &[]);
    assert!(said(&app, &[("PYEMBED_INTERPRETER", "1")], &["-c", CODE]).starts_with("OWNED 1234"));
    let executable = said(
        &app,
        &[("PYEMBED_INTERPRETER", "1"), ("PYTHONEXECUTABLE", "/tmp/other")],
        &["-c", "import sys; print(sys.executable)"],
    );
    assert_eq!(executable.trim_end(), app.path.to_str().unwrap());
    let forged = said(&app, &[("PYEMBED_EXECUTABLE", "/tmp/other")], &[]);
    assert!(forged.starts_with("app 1234 True"), "{forged}");
}

#[test]
fn devices_are_not_replaced() {
    let folder = folder(&[("app.py", "print(1)\n")]);
    // A device of its own, like /dev/null.
    let device = folder.path().join("device");
    let made = Command::new("mknod").arg(&device).args(["c", "1", "3"]).status().unwrap();
    assert!(made.success());
    let error = fail(folder.path(), &["build", "app.py", "-o", "device"]);
    assert!(error.contains("it is a device") && error.contains("--output"), "{error}");
    assert!(!fs::metadata(&device).unwrap().is_file());
}

#[test]
fn traces_are_not_written_through_links() {
    let folder = folder(&[("app.py", SCRIPT), ("victim", "untouched")]);
    app(folder.path(), &[]);
    let traces = folder.path().join("traces");
    fs::create_dir(&traces).unwrap();
    // The shell's number is that of the program which takes its place.
    let script = "ln -s ../victim $PYOXIDIZER_TRACE/$$.jsonl; exec ./app";
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).current_dir(folder.path()).env("PYOXIDIZER_TRACE", &traces);
    let output = shell.output().unwrap();
    assert!(output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("cannot be written"), "{stderr}");
    assert_eq!(fs::read_to_string(folder.path().join("victim")).unwrap(), "untouched");
}
