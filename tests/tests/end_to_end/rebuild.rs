//! When `cargo build` has something to do.

use std::path::Path;

use end_to_end::application::run_in_empty_folder;
use end_to_end::project::{CargoBuild, Lock};
use end_to_end::{Application, Profile, Project, workspace};

const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "src"
packages = ["main"]

[python_run]
mode = "module"
module = "main"
"#;

/// What a build did: whether anything was compiled, and what the executable prints.
type Round = (bool, String);

fn build(project: &Project, alone: &Lock) -> Round {
    let outcome = project.cargo(Profile::Dev).run_holding(alone).unwrap();
    let compiled = outcome.stderr.contains("Compiling");
    (compiled, outcome.expect_application().unwrap().succeed::<&str>([]).unwrap())
}

fn round(compiled: bool, output: &str) -> Round {
    (compiled, output.to_owned())
}

#[test]
fn a_build_does_what_changes_ask_for_and_nothing_else() {
    let project = Project::new("rebuild", CONFIG).unwrap();
    let project = project.with("src/main.py", "print('first')\n").unwrap();
    // Builds of other tests in between would leave something to do.
    let alone = Lock::acquire().unwrap();
    assert_eq!(build(&project, &alone), round(true, "first\n"));
    assert_eq!(build(&project, &alone), round(false, "first\n"));

    project.write("notes.txt", "beside the TOML file\n").unwrap();
    project.write("src/other.py", "not named in the TOML file\n").unwrap();
    assert_eq!(build(&project, &alone), round(false, "first\n"));

    project.write("src/main.py", "print('second')\n").unwrap();
    assert_eq!(build(&project, &alone), round(true, "second\n"));
    assert_eq!(build(&project, &alone), round(false, "second\n"));

    let changed = format!("{CONFIG}\n[python_config]\nunbuffered_stdio = true\n");
    project.write("app.toml", &changed).unwrap();
    assert_eq!(build(&project, &alone), round(true, "second\n"));
    assert_eq!(build(&project, &alone), round(false, "second\n"));
}

#[test]
fn without_the_variable_the_nearest_file_upwards_counts() {
    let project = Project::new("upwards", "").unwrap();
    let eval = |word: &str| format!("[python_run]\nmode = \"eval\"\ncode = \"print('{word}')\"\n");
    project.write("pyoxidizer.toml", &eval("above")).unwrap();
    project.write("inner/deeper/file", "").unwrap();
    let printed = |folder: &str| {
        let application = build_in(&project.path(folder), "upwards");
        application.succeed::<&str>([]).unwrap()
    };
    project.write("inner/pyoxidizer.toml", &eval("nearer")).unwrap();
    assert_eq!(printed("inner/deeper"), "nearer\n");
    assert_eq!(printed("."), "above\n");
    project.write("inner/pyoxidizer.toml", &eval("changed")).unwrap();
    assert_eq!(printed("inner/deeper"), "changed\n");
}

#[test]
fn without_any_file_the_built_in_default_counts() {
    // Outside of the workspace, whose own file would be found.
    let folder = tempfile::tempdir().unwrap();
    let application = build_in(folder.path(), "default");
    let none: [&str; 0] = [];
    let finished =
        run_in_empty_folder(&mut application.command(none), "import json; print(json)").unwrap();
    finished.expect_success().unwrap();
    assert!(finished.stdout.starts_with("<module 'json' from "), "{}", finished.stdout);
}

/// Builds with Cargo called in a folder outside of the workspace's root, and no variable set.
fn build_in(folder: &Path, name: &str) -> Application {
    let manifest = workspace().join("Cargo.toml");
    let arguments = ["--package", "pyapp", "--manifest-path", manifest.to_str().unwrap()];
    let mut build = CargoBuild::new(name, Profile::Dev).executable("pyapp", &arguments);
    // Cargo reads .cargo/config.toml of the folder it is called in and those above, too.
    let pyo3_config = workspace().join("pyembed/pyo3-config.txt");
    build.command.current_dir(folder).env("PYO3_CONFIG_FILE", pyo3_config);
    // As a shell does when it changes the folder.
    build.command.env("PWD", folder);
    build.run().unwrap().expect_application().unwrap()
}
