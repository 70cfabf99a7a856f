//! What is packed looks like an installation: a script does the same under `python`.

use std::path::Path;
use std::process::Command;

use end_to_end::{Application, distribution, workspace};

use crate::command::succeed;

#[test]
fn a_script_finds_what_it_finds_under_python() {
    let source = workspace().join("tests/tests/end_to_end/python/installation");
    let folder = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    for entry in fs_err::read_dir(&source).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &folder.path().join(entry.file_name()));
        names.push(entry.file_name().into_string().unwrap());
    }
    let mut arguments = vec!["build", "app.py"];
    for name in names.iter().filter(|name| *name != "app.py" && *name != "__pycache__") {
        arguments.extend(["--include", name.as_str()]);
    }
    succeed(folder.path(), &arguments);

    let output = |mut command: Command| {
        let work = tempfile::tempdir().unwrap();
        let output = command.env_clear().current_dir(&work).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    };
    let mut python = Command::new(distribution::python().unwrap());
    python.args(["-B", "-X", "utf8"]).arg(folder.path().join("app.py"));
    let expected = output(python);
    assert_eq!(expected.0, Some(3), "{}", expected.1);
    let app = Application::at(folder.path().join("app"));
    assert_eq!(output(Command::new(&app.path)), expected);
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs_err::copy(from, to).unwrap();
        return;
    }
    fs_err::create_dir(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}
