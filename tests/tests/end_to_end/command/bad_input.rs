//! What a person can get wrong: one clear error, and nothing is lost or left.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use end_to_end::Application;
use fs_err as fs;

use super::{COMMAND, fail, folder, names, pyoxidizer, said, succeed};

#[test]
fn names_of_nothing() {
    let folder = folder(&[
        ("bad.py", "def f(:\n"),
        ("old.py", "# /// script\n# requires-python = \"<3\"\n# ///\n"),
    ]);
    let fails = |what: &str, words: &[&str]| {
        let message = fail(folder.path(), &["build", what]);
        assert!(message.starts_with("error: "), "{message}");
        words.iter().for_each(|word| assert!(message.contains(word), "{word}: {message}"));
        assert_eq!(names(folder.path()), ["bad.py", "old.py"]);
    };
    fails("missing.py", &["there is no", "missing.py", "hint: "]);
    fails("bad.py", &["bad.py:1: invalid syntax", "hint: "]);
    fails("old.py", &["old.py requires Python <3", "hint: there are Python 3.10"]);
    fails(
        "no-such-package-of-that-name",
        &["`no-such-package-of-that-name` cannot be resolved", "hint: "],
    );
    fails(".", &["holds no application", "hint: "]);
    let message = fail(folder.path(), &["build", "bad.py", "--target", "aarch64-apple-darwin"]);
    assert!(message.contains("for aarch64-apple-darwin are made on such a machine"), "{message}");
    let (_, stderr, code) = said(folder.path(), &["build", "bad.py", "--python", "2.7"]);
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.contains("there are Python 3.10 to 3.15"), "{stderr}");
}

#[test]
fn places_that_cannot_be_written() {
    let folder = folder(&[("app.py", "print(1)\n"), ("out/kept.txt", ""), ("file", "")]);
    let fails = |output: &str, words: &str| {
        let message = fail(folder.path(), &["build", "app.py", "-o", output]);
        assert!(message.contains(&format!("cannot write `{output}`")), "{message}");
        assert!(message.contains(words) && message.contains("hint: "), "{message}");
        assert_eq!(names(folder.path()), ["app.py", "file", "out"]);
        assert_eq!(names(&folder.path().join("out")), ["kept.txt"]);
    };
    fails("out", "it is a folder");
    fails("file/app", "caused by: ");
    fails("/proc/app", "caused by: ");
}

#[test]
fn an_executable_that_runs_is_replaced() {
    let code = "import sys\nprint('started', flush=True)\nsys.stdin.read()\nimport colorsys\nprint('ended')\n";
    let folder = folder(&[("app.py", code)]);
    succeed(folder.path(), &["build", "app.py"]);
    let made = Application::at(folder.path().join("app"));
    let mut command = made.command([""; 0]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    fs::write(folder.path().join("app.py"), "print('new')\n").unwrap();
    succeed(folder.path(), &["build", "app.py"]);
    assert_eq!(made.succeed([""; 0]).unwrap(), "new\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "started\nended\n");
    assert_eq!(names(folder.path()), ["app", "app.py"]);
}

#[test]
fn a_cache_that_cannot_be_used() {
    let folder = folder(&[("app.py", ""), ("file", "")]);
    let mut command = pyoxidizer(folder.path(), &["build", "app.py"]);
    let output =
        command.env("PYOXIDIZER_CACHE", folder.path().join("file/cache")).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("file/cache") && message.contains("PYOXIDIZER_CACHE"), "{message}");

    // One without a runtime, where there is no Cargo to make it.
    let mut command = pyoxidizer(folder.path(), &["build", "app.py"]);
    let output = command.env("PYOXIDIZER_CACHE", folder.path().join("cache")).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("there is no runtime for"), "{message}");
    assert!(message.contains("hint: `pyoxidizer dist build` makes it"), "{message}");
    assert!(!folder.path().join("app").exists());
}

#[test]
fn a_disk_that_is_full() {
    let folder = folder(&[("app.py", "print(1)\n")]);
    fs::write(folder.path().join("app"), "old").unwrap();
    // No file may be larger; the signal that comes with it is ignored, as on a full disk.
    let script = "trap '' XFSZ; ulimit -f 10000; exec \"$0\" build app.py";
    let mut command = std::process::Command::new("bash");
    let output =
        command.args(["-c", script]).arg(&*COMMAND).current_dir(folder.path()).output().unwrap();
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot write `app`") && message.contains("caused by: "), "{message}");
    assert_eq!(names(folder.path()), ["app", "app.py"]);
    assert_eq!(fs::read_to_string(folder.path().join("app")).unwrap(), "old");
}

#[test]
fn options_that_a_toml_file_has_itself() {
    let folder = folder(&[("app.toml", "[[python_packages]]\ntype = \"stdlib\"\n")]);
    let message = fail(folder.path(), &["build", "app.toml", "--with", "rich"]);
    assert!(
        message.contains("--with is not for TOML files: write `[[python_packages]]`"),
        "{message}"
    );
    fs::write(folder.path().join("app.toml"), "[python_run]\nmode = \"modul\"\n").unwrap();
    let message = fail(folder.path(), &["build", "app.toml"]);
    assert!(message.contains("app.toml:2:8") && message.contains("^^^^^^^"), "{message}");
}

#[test]
fn the_executable_may_be_run_by_all_who_may_read_it() {
    let folder = folder(&[("app.py", "")]);
    succeed(folder.path(), &["build", "app.py"]);
    let mode = fs::metadata(folder.path().join("app")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, (mode & 0o444) >> 2, "{mode:o}");
}
