//! `[python_run]`: what the executable does when it starts.

use std::path::Path;
use std::process::Command;

use end_to_end::application::{run, run_in_empty_folder};
use end_to_end::{Application, Project, distribution};

use crate::terminal;

/// A project that runs as `[python_run]` with the lines `run` says.
fn project(name: &str, run: &str) -> Project {
    Project::new(name, &format!("[python_run]\n{run}\n")).unwrap()
}

fn python() -> Command {
    let mut command = Command::new(distribution::python().unwrap());
    command.env_clear().args(["-I", "-S"]);
    command
}

fn replace_path(text: &str, path: &Path) -> String {
    text.replace(path.to_str().unwrap(), "<path>")
}

#[test]
fn a_prompt_on_a_terminal() {
    let application = project("repl", "mode = \"repl\"").build().unwrap();
    let path = &application.path;

    let inputs = ["6 * 7\n", "import json\n", "json.dumps([1])\n", "1/0\n", "exit(3)\n"];
    let finished = terminal::type_into(path, &inputs);
    let screen = &finished.stdout;
    for part in ["Python 3.13", "\n42\n>>> ", "\n'[1]'\n", "ZeroDivisionError: division by zero"] {
        assert!(screen.contains(part), "{part:?} is not shown: {screen}");
    }
    assert_eq!(finished.code, Some(3));

    let inputs = ["if True:\n", "    print('block')\n", "\n", terminal::CTRL_D];
    let finished = terminal::type_into(path, &inputs);
    assert!(finished.stdout.contains("\nblock\n"), "{}", finished.stdout);
    assert_eq!(finished.code, Some(0));

    let finished = terminal::type_into(path, &[terminal::CTRL_C, "exit()\n"]);
    assert!(finished.stdout.contains("\nKeyboardInterrupt\n>>> "), "{}", finished.stdout);
    assert_eq!(finished.code, Some(0));

    a_program_on_standard_input(&application);
}

/// Without a terminal, a prompt runs the whole input as one program.
fn a_program_on_standard_input(application: &Application) {
    let programs = [
        "print(6 * 7)\nfor i in range(2):\n    print(i)\n",
        "import sys\nprint(sys.argv, __name__)\nsys.exit(4)\n",
        "raise ValueError('piped')\n",
        "if True\n    pass\n",
    ];
    for program in programs {
        let none: [&str; 0] = [];
        let packed = run_in_empty_folder(&mut application.command(none), program).unwrap();
        let expected = run_in_empty_folder(&mut python(), program).unwrap();
        assert_eq!(packed.code, expected.code, "{program}");
        assert_eq!(packed.stderr, expected.stderr, "{program}");
        if !program.contains("argv") {
            assert_eq!(packed.stdout, expected.stdout, "{program}");
        }
    }
}

#[test]
fn a_piece_of_code() {
    let code = r#"
mode = "eval"
code = """
import sys
print(__name__, sys.argv[1:])
def fail():
    sys.exit(int(sys.argv[1]))
fail()
"""
"#;
    let application = project("eval", code).build().unwrap();
    let finished = application.run(["3", "-c"]).unwrap();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(3), "__main__ ['3', '-c']\n"));
    let finished = application.run(["x"]).unwrap();
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.ends_with("ValueError: invalid literal for int() with base 10: 'x'\n"));
}

#[test]
fn code_that_is_no_python() {
    let application = project("eval-wrong", "mode = \"eval\"\ncode = \"1 +\"").build().unwrap();
    let packed = application.run::<&str>([]).unwrap();
    let expected = run_in_empty_folder(python().args(["-c", "1 +"]), "").unwrap();
    assert_eq!(packed, expected);
}

#[test]
fn a_file_beside_the_executable() {
    let application = project("file", "mode = \"file\"\npath = \"start.py\"").build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let source = "import sys, beside\nprint(__name__, sys.argv, beside.WORD)\nsys.exit(6)\n";
    fs_err::write(folder.path().join("start.py"), source).unwrap();
    fs_err::write(folder.path().join("beside.py"), "WORD = 'found'\n").unwrap();
    let mut command = application.command(["one", "--two"]);
    let finished = run(command.current_dir(folder.path()), "").unwrap();
    assert_eq!(finished.stderr, "");
    assert_eq!(finished.stdout, "__main__ ['start.py', 'one', '--two'] found\n");
    assert_eq!(finished.code, Some(6));

    fs_err::remove_file(folder.path().join("start.py")).unwrap();
    let none: [&str; 0] = [];
    let missing = run(application.command(none).current_dir(folder.path()), "").unwrap();
    let expected = run(python().arg("start.py").current_dir(folder.path()), "").unwrap();
    assert_eq!(missing.code, expected.code);
    assert_eq!(
        replace_path(&missing.stderr, &application.path),
        replace_path(&expected.stderr, &distribution::python().unwrap()),
    );
}

#[test]
fn nothing() {
    let application = project("noop", "mode = \"noop\"").build().unwrap();
    let finished = application.run(["ignored"]).unwrap();
    finished.expect_success().unwrap();
    assert_eq!(finished.stdout, "");
}

#[test]
fn a_package_and_its_main_module() {
    let config = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["tool"]

[python_run]
mode = "module"
module = "tool"
"#;
    let project = Project::new("package-main", config).unwrap();
    let project = project.with("tool/__init__.py", "print('package', __name__)\n").unwrap();
    let main = "from . import part\nprint(__name__, __package__, part.__name__)\n";
    let project = project.with("tool/__main__.py", main).unwrap();
    let project = project.with("tool/part.py", "").unwrap();
    let stdout = project.build().unwrap().succeed::<&str>([]).unwrap();
    assert_eq!(stdout, "package tool\n__main__ tool tool.part\n");
}

#[test]
fn modules_that_cannot_be_run() {
    for (name, module) in
        [("no-module", "absent"), ("no-main", "json.decoder.absent"), ("no-package-main", "email")]
    {
        let application =
            project(name, &format!("mode = \"module\"\nmodule = \"{module}\"")).build().unwrap();
        let packed = application.run::<&str>([]).unwrap();
        let expected = run_in_empty_folder(python().args(["-m", module]), "").unwrap();
        let python = distribution::python().unwrap();
        assert_eq!(packed.code, Some(1));
        assert_eq!(
            replace_path(&packed.stderr, &application.path),
            replace_path(&expected.stderr, &python),
        );
    }
}
