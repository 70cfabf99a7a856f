//! How programs end: exit codes, tracebacks, signals.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use end_to_end::{Finished, Project};

use crate::scenarios::SCENARIOS;

const SIGINT: i32 = 2;

#[test]
fn exit_codes_are_those_of_python() {
    let expected = [
        (&["exit_without_value"][..], 0),
        (&["exit_number", "0"], 0),
        (&["exit_number", "5"], 5),
        (&["exit_number", "255"], 255),
        (&["exit_number", "256"], 0),
        (&["exit_number", "-1"], 255),
        (&["exit_number", "1180591620717411303424"], 255),
        (&["exit_true"], 1),
        (&["exit_text"], 1),
        (&["exit_object"], 1),
        (&["exit_group"], 1),
        (&["uncaught"], 1),
        (&["hook_exits"], 7),
        (&["at_exit"], 3),
    ];
    for (arguments, code) in expected {
        let finished = SCENARIOS.same(arguments);
        assert_eq!(finished.code, Some(code), "{arguments:?}");
    }
}

#[test]
fn what_is_written_at_the_end_is_what_python_writes() {
    let names = [
        "chained",
        "group",
        "nested",
        "with_note",
        "own_hook",
        "thread_outlives_main",
        "thread_fails",
    ];
    for name in names {
        SCENARIOS.same(&[name]);
    }
}

#[test]
fn an_exception_in_a_destructor_is_reported() {
    let finished = SCENARIOS.run(&["unraisable"]);
    assert_eq!(finished.code, Some(0));
    let place = format!("{}/scenarios/endings.py", SCENARIOS.application.path.display());
    // No line of source: this report is CPython's own in C, which looks for a file.
    for part in ["Exception ignored in: ", &place, "ValueError: in the destructor\n"] {
        assert!(finished.stderr.contains(part), "{}", finished.stderr);
    }
}

#[test]
fn a_traceback_shows_source_lines_and_no_frame_of_the_import_system() {
    let stderr = SCENARIOS.same(&["import_broken"]).stderr;
    assert!(stderr.contains("ratio = 1 / 0"), "{stderr}");
    assert!(stderr.contains("import scenarios.broken"), "{stderr}");
    assert!(!stderr.contains("importlib"), "{stderr}");
    let stderr = SCENARIOS.same(&["import_missing"]).stderr;
    assert!(stderr.contains("No module named 'scenarios.missing'"), "{stderr}");
    assert!(!stderr.contains("importlib"), "{stderr}");
}

#[test]
fn a_traceback_without_source_has_the_places_only() {
    let config = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["failing"]
include_source = false

[python_run]
mode = "module"
module = "failing"
"#;
    let source = "def fail():\n    raise ValueError('no lines')\n\nfail()\n";
    let project = Project::new("without-source", config).unwrap();
    let application = project.with("failing.py", source).unwrap().build().unwrap();
    let finished = application.run::<&str>([]).unwrap();
    let expected = format!(
        "Traceback (most recent call last):\n  \
         File \"{path}/failing.py\", line 4, in <module>\n  \
         File \"{path}/failing.py\", line 2, in fail\n\
         ValueError: no lines\n",
        path = application.path.display()
    );
    assert_eq!(finished.stderr, expected);
    assert_eq!(finished.code, Some(1));
}

#[test]
fn an_interrupt_that_nobody_catches_ends_the_process_by_signal() {
    assert_eq!(SCENARIOS.same(&["interrupt_itself"]).signal, Some(SIGINT));
    let packed = interrupted(SCENARIOS.application.command(["wait_for_interrupt"]));
    assert_eq!(packed.signal, Some(SIGINT));
    assert!(packed.stderr.ends_with("KeyboardInterrupt\n"), "{}", packed.stderr);
    SCENARIOS.compare(&packed, &interrupted(SCENARIOS.python(&["wait_for_interrupt"])));
}

#[test]
fn an_interrupt_can_be_caught() {
    let finished = interrupted(SCENARIOS.application.command(["catch_interrupt"]));
    finished.expect_success().unwrap();
    assert_eq!(finished.stdout, "caught\n");
}

#[test]
fn other_signals_end_the_process() {
    assert_eq!(SCENARIOS.same(&["kill_itself"]).signal, Some(9));
}

/// Starts a program, sends it `SIGINT` when it has said that it is ready, and waits for its end.
///
/// Shells start background jobs with the signal ignored, which programs inherit; `env` sees to it
/// that ours do not.
fn interrupted(program: Command) -> Finished {
    let mut command = Command::new("/usr/bin/env");
    command.env_clear().arg("--default-signal=INT").arg(program.get_program());
    command.args(program.get_args());
    for (key, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(key, value);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    wait_until_asleep(child.id());
    let kill = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").arg("-c").arg(kill).status().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let status = child.wait().unwrap();
    Finished { code: status.code(), signal: status.signal(), stdout: rest, stderr }
}

/// Waits until a process does nothing: what it prints is read before it goes to sleep.
fn wait_until_asleep(process: u32) {
    let state = || {
        let stat = fs_err::read_to_string(format!("/proc/{process}/stat")).unwrap();
        stat.rsplit(") ").next().and_then(|rest| rest.chars().next())
    };
    while state() != Some('S') {
        std::thread::sleep(Duration::from_millis(10));
    }
}
