//! Processes that programs start from `sys.executable`.

use std::process::Command;

use end_to_end::application::run_in_empty_folder;

use crate::scenarios::{CONFIG, SCENARIOS, project};

#[test]
fn multiprocessing_works_with_every_start_method() {
    for name in ["pools", "workers"] {
        let finished = SCENARIOS.same(&[name]);
        assert_eq!(finished.code, Some(0), "{name}: {finished:?}");
    }
}

#[test]
fn workers_do_not_start_workers_without_end() {
    let finished = SCENARIOS.same(&["bomb"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
}

#[test]
fn interpreters_start_in_every_way() {
    for name in ["interpreters", "other_ways"] {
        let finished = SCENARIOS.same(&[name]);
        assert_eq!(finished.code, Some(0), "{name}: {finished:?}");
    }
}

#[test]
fn a_packed_file_is_run_by_its_path() {
    let stdout = SCENARIOS.application.succeed(["packed_file"]).unwrap();
    assert_eq!(stdout, "__main__ ['x'] beside\n\n");
}

#[test]
fn an_application_that_starts_itself_is_the_application() {
    for (way, arguments) in [
        ("execv", "['anew', 'execv']"),
        ("argv", "['anew', 'argv']"),
        ("arguments", "['anew', 'arguments']"),
        ("execv-argv", "['anew', 'execv-argv']"),
    ] {
        let stdout = SCENARIOS.application.succeed(["anew", way]).unwrap();
        assert_eq!(stdout, format!("the application, anew {arguments}\n"), "{way}");
    }
}

#[test]
fn arguments_never_make_the_application_python() {
    let script = SCENARIOS.application.path.display().to_string();
    for first in ["-c", "-m", "-I", "--help", "-V", "--multiprocessing-fork", "x.py", &script] {
        let finished = SCENARIOS.run(&[first, "print('python')"]);
        assert!(finished.stderr.contains(&format!("no scenario {first:?}").replace('"', "'")));
    }
    let stdout = SCENARIOS.application.succeed(["own_arguments", "-c", "print(1)"]).unwrap();
    assert_eq!(stdout, "('-c', 'print(1)') False\n");
}

#[test]
fn an_application_started_by_a_script_is_the_application() {
    // The script is no process of the application's, though it was started by one.
    let exe = &SCENARIOS.application.path;
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.sh");
    fs_err::write(&script, format!("#!/bin/sh\n{:?} own_arguments -c x\n", exe.display())).unwrap();
    let code = format!(
        "import subprocess; subprocess.run(['/bin/sh', {:?}], check=True)",
        script.display().to_string()
    );
    let mut command = Command::new(exe);
    command.env_clear().env("PYEMBED_INTERPRETER", "1").args(["-c", &code]);
    let finished = run_in_empty_folder(&mut command, "").unwrap();
    finished.expect_success().unwrap();
    assert_eq!(finished.stdout, "('-c', 'x') False\n");
}

#[test]
fn interpreter_mode_can_be_switched_off() {
    let config = format!("[python_config]\ninterpreter_mode = \"never\"\n{CONFIG}");
    let application = project("scenarios-never", &config).build().unwrap();
    let finished = application.run(["interpreters"]).unwrap();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(!finished.stdout.contains("['-c'"), "{finished:?}");
    let finished = application.run(["spawn"]).unwrap();
    let reason = "built with interpreter_mode = \"never\"; use its start method \"fork\"";
    assert!(finished.stderr.contains(reason), "{finished:?}");
    assert_eq!(finished.stdout, "1\n", "{finished:?}");
}
