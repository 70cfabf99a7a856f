//! `pyembed/src/c/loader_files.c` alone, where something disturbs it that Python code cannot bring about.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;

use fs_err as fs;
use tempfile::TempDir;

/// Where the library is in its file; `loader.c` has the same.
const OFFSET: usize = 8192;

/// The folder with the program and the file that the library is in.
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.c"), "int value(void) { return 42; }").unwrap();
    compile(folder.path(), &["-shared", "-fPIC", "-o", "libx.so", "x.c"]);
    let mut inside = vec![0; OFFSET];
    inside.extend(fs::read(folder.path().join("libx.so")).unwrap());
    fs::write(folder.path().join("inside"), inside).unwrap();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pyembed/src/c");
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/native/loader.c");
    let tested = sources.join("loader_files.c");
    let paths = [&sources, &program, &tested].map(|path| path.to_str().unwrap());
    let flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", "loader", "-I"];
    compile(folder.path(), &[&flags[..], &paths, &["-ldl"]].concat());
    folder
});

fn compile(folder: &Path, arguments: &[&str]) {
    let output = Command::new("gcc").args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn run(scenario: &str) -> Output {
    let mut command = Command::new("timeout");
    command.args(["60", "sh", "-c", "ulimit -c 0; exec ./loader \"$0\"", scenario]);
    command.current_dir(FOLDER.path()).output().unwrap()
}

fn succeeds(scenario: &str) {
    let output = run(scenario);
    assert!(output.status.success() && output.stdout == b"good\n", "{output:?}");
}

#[test]
fn a_library_is_loaded_from_inside_a_file() {
    succeeds("nothing");
}

#[test]
fn another_thread_changes_the_group_of_all() {
    succeeds("group");
}

#[test]
fn a_handler_mends_a_fault_and_returns() {
    succeeds("fault");
}

#[test]
fn a_sandbox_has_its_own_signal() {
    succeeds("trap");
    const SIGSYS: i32 = 31;
    let output = run("deadly-trap");
    let status = output.status;
    // `timeout` ends as its command does.
    assert!(status.signal() == Some(SIGSYS) || status.code() == Some(128 + SIGSYS), "{output:?}");
}

#[test]
fn the_loader_of_an_old_c_library_opens_it() {
    succeeds("old");
}
