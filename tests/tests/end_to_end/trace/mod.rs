//! `pyoxidizer trace`: what it writes; `build`: builds by that.

mod build;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use end_to_end::{Project, distribution};
use fs_err as fs;
use serde_json::Value;

use crate::command::COMMAND;

const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["app"]

[python_run]
mode = "module"
module = "app"
"#;

const MAIN: &str = r#"
import os, signal, sys, threading
import app.used

def in_thread():
    import app.threaded

def ordinary():
    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    try:
        import app.absent
    except ImportError as error:
        print(error)
    with open(os.path.join(os.path.dirname(__file__), "opened.txt")) as file:
        print(file.read())
    print(sorted(os.listdir(os.path.join(os.path.dirname(__file__), "listed"))))

def fork():
    child = os.fork()
    if child == 0:
        import app.forked
        os._exit(0)
    os.waitpid(child, 0)

def spawn():
    import multiprocessing
    process = multiprocessing.get_context("spawn").Process(target=app.used.in_process)
    process.start()
    process.join()
    assert process.exitcode == 0

def close():
    os.closerange(3, 1000)
    with open("/dev/null") as null:
        import app.threaded

def kill():
    import app.killing

def execute():
    os.execv(sys.executable, [sys.executable, "ordinary"])

def late():
    from app import unused

def fail():
    sys.exit(3)

if __name__ == "__main__":
    globals()[sys.argv[1]]()
"#;

const FILES: [(&str, &str); 10] = [
    ("app/__init__.py", ""),
    ("app/__main__.py", MAIN),
    ("app/used.py", "import app.deep\n\ndef in_process():\n    import app.spawned\n"),
    ("app/deep.py", "import time\ntime.sleep(0.3)\n"),
    ("app/threaded.py", ""),
    ("app/forked.py", ""),
    ("app/spawned.py", ""),
    ("app/killing.py", "import os, signal, app.deep\nos.kill(os.getpid(), signal.SIGKILL)\n"),
    ("app/unused.py", "x = 1\n"),
    ("app/opened.txt", "opened"),
];

static PROJECT: LazyLock<Project> = LazyLock::new(|| {
    let project = Project::new("trace", CONFIG).unwrap();
    for (path, text) in FILES {
        project.write(path, text).unwrap();
    }
    for path in ["app/listed/a.txt", "app/listed/b.txt", "app/other.txt"] {
        project.write(path, "").unwrap();
    }
    project
});

static APPLICATION: LazyLock<PathBuf> = LazyLock::new(|| {
    let (path, _) = build("whole", &[]);
    path
});

/// Makes the application; what the command says on standard error comes with it.
fn build(name: &str, options: &[&str]) -> (PathBuf, String) {
    let output = PROJECT.path(name).join("app");
    let finished = build_with(&output, options);
    let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
    assert!(finished.status.success(), "{stderr}");
    (output, stderr)
}

fn build_with(output: &Path, options: &[&str]) -> Output {
    let mut command = Command::new(&*COMMAND);
    command.arg("build").arg(PROJECT.path("app.toml")).arg("-o").arg(output).args(options);
    command.output().unwrap()
}

/// Traces the application into a folder.
fn trace(mode: &str, folder: &Path) -> Output {
    let mut command = Command::new(&*COMMAND);
    command.current_dir(folder).arg("trace").arg(&*APPLICATION).args(["--", mode]);
    command.output().unwrap()
}

/// As [`trace`], with the trace that was written; the command must have ended so.
fn traced(mode: &str, code: i32, folder: &Path) -> (Output, Value) {
    let finished = trace(mode, folder);
    assert_eq!(finished.status.code(), Some(code), "{finished:?}");
    let text = fs::read(folder.join("trace.json")).unwrap();
    (finished, serde_json::from_slice(&text).unwrap())
}

/// Names of what a process has imported, or used in a way, in their order.
fn names<'a>(process: &'a Value, what: &str) -> Vec<&'a str> {
    let (list, key) = if what == "import" { ("imports", "module") } else { ("uses", "name") };
    let entries = process[list].as_array().unwrap().iter();
    let entries = entries.filter(|entry| list == "imports" || entry["what"] == what);
    entries.map(|entry| entry[key].as_str().unwrap()).collect()
}

fn import<'a>(process: &'a Value, module: &str) -> &'a Value {
    let imports = process["imports"].as_array().unwrap();
    imports.iter().find(|import| import["module"] == module).unwrap()
}

#[test]
fn a_run_is_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let (finished, trace) = traced("ordinary", 0, folder.path());
    let stdout = String::from_utf8_lossy(&finished.stdout);
    assert_eq!(stdout, "No module named 'app.absent'\nopened\n['a.txt', 'b.txt']\n");
    assert_eq!(trace["exit_code"], 0);
    assert_eq!(trace["command"], serde_json::json!(["app", "ordinary"]));
    let process = &trace["processes"][0];
    assert_eq!(process["finished"], true);

    let imports = names(process, "import");
    let position = |name| imports.iter().position(|found| *found == name).unwrap();
    let order = ["encodings", "threading", "app.used", "app.deep", "app.threaded", "app.absent"];
    assert!(order.map(position).is_sorted(), "{imports:?}");
    let deep = import(process, "app.deep");
    assert_eq!(deep["parent"], position("app.used"));
    assert_eq!(deep["kind"], "packed");
    let nanoseconds = |key: &str| deep[key].as_u64().unwrap();
    assert!(nanoseconds("end_ns") - nanoseconds("start_ns") > 300_000_000, "{deep}");
    let absent = import(process, "app.absent");
    assert_eq!(
        (&absent["kind"], &absent["detail"]),
        (&"failed".into(), &"ModuleNotFoundError".into())
    );
    assert_eq!(import(process, "time")["kind"], "built-in");
    assert_ne!(import(process, "app.threaded")["thread"], deep["thread"]);
    assert!(!imports.contains(&"app.unused"));

    let modules = names(process, "module");
    assert!(modules.contains(&"app/__main__") && modules.contains(&"app/deep"), "{modules:?}");
    assert_eq!(names(process, "file"), ["app/opened.txt"]);
    assert_eq!(names(process, "folder"), ["app/listed"]);

    let list = fs::read_to_string(folder.path().join("trace.txt")).unwrap();
    let line = |name: &str| {
        list.lines().position(|line| line.trim_end().ends_with(&format!(" {name}"))).unwrap()
    };
    assert!(["encodings", "threading", "app.used", "app.deep"].map(line).is_sorted(), "{list}");
    let stderr = String::from_utf8_lossy(&finished.stderr);
    let slowest = stderr.lines().nth(1).unwrap();
    assert!(slowest.ends_with(" ms  app.deep"), "{stderr}");
}

#[test]
fn the_flame_graph_is_an_image_with_the_names() {
    const READ: &str = "import sys, xml.dom.minidom\n\
        document = xml.dom.minidom.parse(sys.argv[1])\n\
        print(document.documentElement.tagName)\n\
        for title in document.getElementsByTagName('title'):\n    print(title.firstChild.data)\n";
    let folder = tempfile::tempdir().unwrap();
    traced("ordinary", 0, folder.path());
    let mut python = Command::new(distribution::python().unwrap());
    python.args(["-c", READ]).arg(folder.path().join("trace.svg"));
    let output = python.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with("svg\n"), "{text} {}", String::from_utf8_lossy(&output.stderr));
    for name in ["encodings (", "app.used (", "app.deep (", "app.absent ("] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}: {text}");
    }
}

#[test]
fn other_processes_are_traced_too() {
    let folder = tempfile::tempdir().unwrap();
    let (_, trace) = traced("fork", 0, folder.path());
    let child = &trace["processes"][1];
    assert_eq!((&child["parent"], &child["finished"]), (&0.into(), &false.into()), "{child}");
    assert_eq!(names(child, "import"), ["app.forked"]);
    assert!(!names(&trace["processes"][0], "import").contains(&"app.forked"));

    let (_, trace) = traced("spawn", 0, folder.path());
    let processes = trace["processes"].as_array().unwrap();
    let spawned = |process: &&Value| names(process, "import").contains(&"app.spawned");
    let child = processes.iter().find(spawned).unwrap();
    assert_eq!((&child["role"], &child["parent"]), (&"python".into(), &0.into()));

    let (_, trace) = traced("execute", 0, folder.path());
    let processes = trace["processes"].as_array().unwrap();
    assert_eq!(processes.len(), 2);
    assert_eq!(processes[0]["process"], processes[1]["process"]);
    assert_eq!(processes[0]["finished"], false);
    assert!(names(&processes[1], "import").contains(&"app.threaded"));
}

#[test]
fn a_run_that_fails_is_written_down_too() {
    let folder = tempfile::tempdir().unwrap();
    let (finished, trace) = traced("fail", 1, folder.path());
    assert_eq!(trace["exit_code"], 3);
    assert_eq!(trace["processes"][0]["finished"], true);
    let stderr = String::from_utf8_lossy(&finished.stderr);
    assert!(stderr.contains("error: the application has ended with the exit code 3"), "{stderr}");

    let (finished, trace) = traced("kill", 1, folder.path());
    assert_eq!(trace["exit_code"], Value::Null);
    let process = &trace["processes"][0];
    assert_eq!(process["finished"], false);
    assert_eq!(import(process, "app.killing")["kind"], "unfinished");
    assert_eq!(import(process, "app.deep")["kind"], "packed");
    let stderr = String::from_utf8_lossy(&finished.stderr);
    assert!(stderr.contains("was ended by a signal: 9 (SIGKILL)"), "{stderr}");

    // The file of the trace is closed, and its number may be that of another one.
    let (_, trace) = traced("close", 0, folder.path());
    assert!(names(&trace["processes"][0], "import").contains(&"app.threaded"));
}

#[test]
fn what_is_not_ours_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = |path: &Path| {
        let mut command = Command::new(&*COMMAND);
        let finished = command.current_dir(&folder).arg("trace").arg(path).output().unwrap();
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        assert!(finished.stdout.is_empty());
        String::from_utf8_lossy(&finished.stderr).into_owned()
    };
    let stderr = run(Path::new("/bin/true"));
    let expected = "error: `/bin/true` is no executable made by this packager: ";
    assert!(stderr.starts_with(expected), "{stderr}");
    assert!(run(Path::new("/nowhere/app")).contains("`/nowhere/app`"));

    let short = folder.path().join("short");
    let bytes = fs::read(&*APPLICATION).unwrap();
    fs::write(&short, &bytes[..bytes.len() - 1_000_000]).unwrap();
    assert!(run(&short).contains("` was cut short: "), "{}", run(&short));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(left, [short]);
}
