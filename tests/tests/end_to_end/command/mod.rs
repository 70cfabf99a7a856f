//! The command `pyoxidizer`: executables made without a linker.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use end_to_end::project::CargoBuild;
use end_to_end::root::{self, Root};
use end_to_end::{Application, Profile, workspace};
use fs_err as fs;

mod bad_input;
mod compressed;
mod interrupt;
mod layouts;
mod privilege;
mod projects;
mod subjects;

/// First bytes of the packed resources, with the version of the format.
const MAGIC: &[u8] = b"\x89PyRes\r\n\x03\0\0\0";

/// The command, with a runtime in the cache.
pub(crate) static COMMAND: LazyLock<PathBuf> =
    LazyLock::new(|| end_to_end::command::command().unwrap());

/// The command in a folder, with no program on the path.
fn pyoxidizer(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(&*COMMAND);
    command.env("PATH", "").current_dir(folder).args(arguments);
    command
}

/// What it says on both streams, and its exit code.
fn said(folder: &Path, arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = pyoxidizer(folder, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), without_reminders(&text(output.stderr)), output.status.code())
}

/// The same without what is told every ten seconds of steps that take long on a busy machine, such as `Resolving x (10 s)`.
fn without_reminders(text: &str) -> String {
    let is_reminder = |line: &str| {
        let seconds = line.trim_end().strip_suffix(" s)").and_then(|line| line.rsplit_once(" ("));
        seconds.is_some_and(|(_, seconds)| seconds.parse::<u32>().is_ok())
    };
    text.split_inclusive('\n').filter(|line| !is_reminder(line)).collect()
}

/// Runs it and requires that it succeeds.
pub fn succeed(folder: &Path, arguments: &[&str]) -> String {
    let (stdout, stderr, code) = said(folder, arguments);
    assert_eq!(code, Some(0), "{stderr}");
    stdout
}

/// The message of a command that fails.
fn fail(folder: &Path, arguments: &[&str]) -> String {
    let (stdout, stderr, code) = said(folder, arguments);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    stderr
}

/// The names of what is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Writes files into a new folder.
pub fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Makes an executable of one of `config-examples/`.
fn make(example: &str, folder: &Path) -> Application {
    let config = workspace().join("config-examples").join(format!("{example}.toml"));
    let stdout = succeed(folder, &["build", config.to_str().unwrap(), "-o", example]);
    assert!(stdout.contains(" MB"), "{stdout}");
    Application::at(folder.join(example))
}

/// The packed resources in an executable; the header says how many bytes they have.
pub fn resources(executable: &Path) -> Vec<u8> {
    let bytes = fs::read(executable).unwrap();
    let start = bytes.windows(MAGIC.len()).position(|window| window == MAGIC).unwrap();
    let length = &bytes[start + 48..start + 56];
    let length = u64::from_le_bytes(length.try_into().unwrap()) as usize;
    bytes[start..start + length].to_vec()
}

#[test]
fn it_makes_what_cargo_makes_without_a_compiler() {
    let folder = tempfile::tempdir().unwrap();
    let made = make("hello", folder.path());
    assert_eq!(made.succeed([""; 0]).unwrap(), "hello world\n");
    let root = Root::new(&made, &[]).unwrap();
    assert_eq!(root.run_without_proc(&[]).unwrap().stdout, "hello world\n");
    assert!(folder.path().join("licenses/README.txt").is_file());

    let mut build = CargoBuild::new("command-hello", Profile::Dev);
    let config = workspace().join("config-examples/hello.toml");
    build.command.current_dir(workspace()).env("PYOXIDIZER_CONFIG", config);
    let linked = build.run().unwrap().expect_application().unwrap();
    assert!(resources(&linked.path) == resources(&made.path), "the same is packed");
}

#[test]
fn the_executable_may_be_moved_stripped_and_started_by_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let made = make("hello", folder.path());
    let says_hello = |path: &Path| {
        let application = Application::at(path.to_owned());
        assert_eq!(application.succeed([""; 0]).unwrap(), "hello world\n", "{}", path.display());
    };
    let copy = folder.path().join("copy");
    fs::copy(&made.path, &copy).unwrap();
    says_hello(&copy);
    assert!(Command::new("strip").arg(&copy).status().unwrap().success());
    says_hello(&copy);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&copy, &link).unwrap();
    says_hello(&link);
}

#[test]
fn it_may_be_renamed_while_it_runs_and_lie_where_nothing_can_be_written() {
    let code = "import sys\nprint('started', flush=True)\nsys.stdin.read()\n\
                import colorsys, sqlite3\nprint('ended')\n";
    let folder = folder(&[("app.py", code)]);
    succeed(folder.path(), &["build", "app.py"]);
    let made = Application::at(folder.path().join("app"));
    let mut command = made.command([""; 0]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let renamed = folder.path().join("renamed");
    fs::rename(&made.path, &renamed).unwrap();
    drop(child.stdin.take());
    output.read_to_string(&mut line).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(line, "started\nended\n");

    // Nothing of the folder can be changed, not even by root.
    let script =
        "mount --bind \"$0\" \"$0\" && mount -o remount,ro,bind \"$0\" && exec \"$0/renamed\"";
    let mut command = root::unshare().unwrap();
    command.args(["--mount", "sh", "-c", script]).arg(folder.path()).stdin(Stdio::null());
    let finished = command.output().unwrap();
    assert_eq!(String::from_utf8_lossy(&finished.stdout), "started\nended\n", "{finished:?}");
}

#[test]
fn a_loader_may_be_told_to_run_it() {
    let folder = folder(&[("app.py", "print('hello')\n")]);
    for options in [&[][..], &["--compress"]] {
        succeed(folder.path(), &[&["build", "app.py"], options].concat());
        let app = folder.path().join("app");
        let (loader, _) = root::loader_and_c_library(&app).unwrap();
        let finished = Command::new(loader).env_clear().arg(&app).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&finished.stdout), "hello\n", "{finished:?}");
    }
}

#[test]
fn an_executable_that_was_cut_short_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let made = make("hello", folder.path());
    let length = fs::metadata(&made.path).unwrap().len();
    let file = fs::File::options().write(true).open(&made.path).unwrap();
    file.into_file().set_len(length - 2_000_000).unwrap();
    let finished = made.run([""; 0]).unwrap();
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.stderr.contains("the file was cut short or changed"), "{finished:?}");
}
