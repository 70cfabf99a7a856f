//! The ways in which programs start `sys.executable`: the table in `docs/python_inside.rst`.

use std::process::Command;

use end_to_end::{Application, workspace};

use crate::command::{folder, succeed};

const SAID: &str = "print('Python')\n";

#[test]
fn programs_start_python_and_the_application_by_sys_executable() {
    let table = workspace().join("docs/idioms.csv");
    let calls = fs_err::read_to_string(&table).unwrap().lines().count() - 1;
    assert!(calls >= 40, "{calls}");
    let folder = folder(&[("app.py", include_str!("python/idioms.py")), ("said.py", SAID)]);
    succeed(folder.path(), &["build", "app.py", "--include", "said.py"]);
    let app = Application::at(folder.path().join("app"));
    let work = tempfile::tempdir().unwrap();
    let mut command = Command::new(&app.path);
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir(work.path()).arg(&table);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(said, format!("{calls} calls\n"), "{errors}");
}

#[test]
fn a_program_that_only_becomes_itself_ends() {
    let code = "import os, sys\nos.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n";
    let folder = folder(&[("app.py", code)]);
    succeed(folder.path(), &["build", "app.py"]);
    let finished = Application::at(folder.path().join("app")).run(["x"]).unwrap();
    assert_eq!(finished.code, Some(1));
    assert!(
        finished.stderr.contains("started the application again several times"),
        "{finished:?}"
    );
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
}
