//! Scripts, projects, packages and wheels without a TOML file.

use end_to_end::Application;
use end_to_end::root::Root;
use fs_err as fs;

use super::{fail, folder, names, said, succeed};
use crate::requirements::make_wheel;

/// A script with two dependencies, one of which has a dependency itself.
const SCRIPT: &str = "\
# /// script
# requires-python = \">=3.11\"
# dependencies = [\"tabulate\", \"humanize\"]
# ///
import humanize
import tabulate

print(tabulate.tabulate([[humanize.intcomma(1234567)]], tablefmt=\"plain\"))
";

#[test]
fn a_script_with_dependencies_runs_in_an_empty_root() {
    let folder = folder(&[("my-tool.py", SCRIPT)]);
    succeed(folder.path(), &["build", "my-tool.py"]);
    assert_eq!(names(folder.path()), ["my-tool", "my-tool.py"], "nothing else is left");
    let made = Application::at(folder.path().join("my-tool"));
    let root = Root::new(&made, &[]).unwrap();
    assert_eq!(root.run_without_proc(&[]).unwrap().stdout.trim(), "1,234,567");

    // The licences are inside.
    let mut command = made.command(["-m", "_licenses"]);
    let output = command.env("PYEMBED_INTERPRETER", "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("humanize") && text.contains("tabulate"), "{text}");

    // What was resolved is kept, so that this asks nobody.
    succeed(folder.path(), &["build", "my-tool.py", "--offline"]);
    let message = fail(folder.path(), &["build", "my-tool.py", "--locked"]);
    assert!(message.contains("my-tool.lock does not hold what"), "{message}");
    succeed(folder.path(), &["build", "my-tool.py", "--lock"]);
    assert_eq!(names(folder.path()), ["my-tool", "my-tool.lock", "my-tool.py"]);
    succeed(folder.path(), &["build", "my-tool.py", "--locked"]);
}

#[test]
fn a_script_brings_what_lies_beside_it() {
    let folder = folder(&[
        ("app.py", "import os, helper, textwrap\nprint(helper.VALUE, textwrap.wrap('a b', 1))\n"),
        ("helper.py", "from package.inner import VALUE\n"),
        ("package/__init__.py", ""),
        ("package/inner.py", "import namespace.leaf as leaf\nVALUE = leaf.VALUE\n"),
        ("namespace/leaf.py", "VALUE = 7\n"),
        ("unrelated.py", "raise SystemExit('never')\n"),
        ("os/notes.txt", "a folder of that name is no package"),
    ]);
    succeed(folder.path(), &["build", "app.py"]);
    let made = Application::at(folder.path().join("app"));
    assert_eq!(made.succeed([""; 0]).unwrap(), "7 ['a', 'b']\n");
    let mut command = made.command(["-c", "import unrelated"]);
    let output = command.env("PYEMBED_INTERPRETER", "1").output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("No module named 'unrelated'"));
}

#[test]
fn a_project_is_its_console_script() {
    let backend = include_str!("../python/backend.py");
    let project = |scripts: &str| {
        format!(
            "[project]\nname = \"my_app\"\nversion = \"1\"\n[project.scripts]\n{scripts}\
             [build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n"
        )
    };
    let code = "import sys\n\ndef main():\n    print('main', sys.argv[1:])\n\ndef other():\n    return 4\n";
    let folder = folder(&[("backend.py", backend), ("my_app.py", code)]);
    let pyproject = folder.path().join("pyproject.toml");
    fs::write(&pyproject, project("my-app = \"my_app:main\"\nother = \"my_app:other\"\n")).unwrap();
    succeed(folder.path(), &["build"]);
    let made = Application::at(folder.path().join("my_app"));
    assert_eq!(made.succeed(["a"]).unwrap(), "main ['a']\n");

    succeed(folder.path(), &["build", ".", "--entry-point", "other"]);
    let made = Application::at(folder.path().join("other"));
    assert_eq!(made.run([""; 0]).unwrap().code, Some(4));

    fs::write(&pyproject, project("a = \"my_app:main\"\nb = \"my_app:other\"\n")).unwrap();
    let message = fail(folder.path(), &["build"]);
    assert!(message.contains("my_app has several console scripts"), "{message}");
    assert!(message.contains("hint: choose with --entry-point: a, b"), "{message}");
    let message = fail(folder.path(), &["build", "--entry-point", "c"]);
    assert!(message.contains("no distribution in the executable has a script `c`"), "{message}");
}

#[test]
fn a_wheel_and_a_package_of_an_index_are_their_console_scripts() {
    let folder = folder(&[]);
    let main = "def main():\n    print('the tool')\n";
    make_wheel(
        folder.path(),
        "the_tool-1.0-py3-none-any.whl",
        &[
            "tool.py",
            main,
            "the_tool-1.0.dist-info/entry_points.txt",
            "[console_scripts]\nthe-tool = tool:main\n",
        ],
    );
    succeed(folder.path(), &["build", "the_tool-1.0-py3-none-any.whl"]);
    let made = Application::at(folder.path().join("the_tool"));
    assert_eq!(made.succeed([""; 0]).unwrap(), "the tool\n");

    succeed(folder.path(), &["build", "pyflakes==3.4.0"]);
    let made = Application::at(folder.path().join("pyflakes"));
    assert!(made.succeed(["--version"]).unwrap().starts_with("3.4.0 Python 3.13"));

    let message = fail(folder.path(), &["build", "six"]);
    assert!(message.contains("six has no console script"), "{message}");
}

/// Says where it is and what lies beside it.
const TOP: &str = "\
import os, pathlib, sys
here = pathlib.Path(__file__)
def main():
    print(here.with_name('support.jar').read_text(), here.parent.joinpath('loose/notes.txt').read_text(), end=' ')
    print(sorted(path.name for path in here.parent.glob('*.jar')), os.path.exists(here.with_name('LICENSE.loose')))
";

/// Imports modules that no Python of today compiles, and reads them.
const OLD: &str = "\
import importlib, importlib.resources
def main():
    for name in 'python2', 'tabs', 'execs':
        try:
            importlib.import_module('odd.' + name)
        except SyntaxError as error:
            text = importlib.resources.files('odd').joinpath(name + '.py').read_text()
            print(name, type(error).__name__, len(text) > 5)
";

#[test]
fn entry_points_in_init_files_and_files_beside_packages() {
    let folder = folder(&[]);
    make_wheel(
        folder.path(),
        "odd-1.0-py3-none-any.whl",
        &[
            "odd/__init__.py",
            "class Tool:\n    @classmethod\n    def run(cls):\n        print('class', cls.__module__)\n",
            "odd/deep/__init__.py",
            "def main():\n    print('deep', __name__)\n",
            "odd_top.py",
            TOP,
            "support.jar",
            "jar",
            "LICENSE.loose",
            "text",
            "loose/notes.txt",
            "notes",
            "odd/python2.py",
            "print 'old'\n",
            "odd/tabs.py",
            "if 1:\n        x = 1\n\ty = 2\n",
            "odd/execs.py",
            "exec 'x = 1' in {}\n",
            "odd/old.py",
            OLD,
            "odd-1.0.data/scripts/old-style",
            "#!python\nimport sys\nprint('script', __name__, sys.argv[1:])\n",
            "odd-1.0.dist-info/entry_points.txt",
            "[console_scripts]\nfirst = odd.__init__:Tool.run\nsecond = odd.deep.__init__:main\n\
             third = odd_top:main\nfourth = odd.old:main\n",
        ],
    );
    let wheel = "odd-1.0-py3-none-any.whl";
    for (script, expected) in [
        ("first", "class odd.__init__\n"),
        ("second", "deep odd.deep.__init__\n"),
        ("third", "jar notes ['support.jar'] True\n"),
        ("fourth", "python2 SyntaxError True\ntabs TabError True\nexecs SyntaxError True\n"),
        ("old-style", "script __main__ []\n"),
    ] {
        succeed(folder.path(), &["build", wheel, "--entry-point", script, "-o", script]);
        let made = Application::at(folder.path().join(script));
        assert_eq!(made.succeed([""; 0]).unwrap(), expected, "{script}");
    }
}

#[test]
fn a_package_with_a_main_module() {
    let folder = folder(&[
        ("tool/__init__.py", "WORD = 'package'\n"),
        ("tool/__main__.py", "from . import WORD\nprint(WORD)\n"),
        ("plain/__main__.py", "import beside\nprint(beside.WORD)\n"),
        ("plain/beside.py", "WORD = 'folder'\n"),
    ]);
    for (name, expected) in [("tool", "package\n"), ("plain", "folder\n")] {
        let output = format!("out/{name}");
        succeed(folder.path(), &["build", name, "-o", &output]);
        assert_eq!(Application::at(folder.path().join(output)).succeed([""; 0]).unwrap(), expected);
    }
}

#[test]
fn run_passes_arguments_and_the_exit_code_on() {
    let folder = folder(&[("app.py", "import sys\nprint(sys.argv[1:])\nsys.exit(5)\n")]);
    let (stdout, stderr, code) = said(folder.path(), &["run", "app.py", "--", "--help", "-q"]);
    assert_eq!((stdout.as_str(), code), ("['--help', '-q']\n", Some(5)), "{stderr}");
    assert_eq!(names(folder.path()), ["app.py"]);
}

#[test]
fn presets_leave_out_source_asserts_and_docstrings() {
    let code = "\"\"\"Docs.\"\"\"\nimport inspect, sys\nassert not __debug__ or 'kept'\n\
                print(__doc__, sys.flags.optimize)\ntry:\n    inspect.getsource(sys.modules[__name__])\n    print('source')\n\
                except OSError:\n    print('none')\n";
    let folder = folder(&[("app.py", code)]);
    let app = |options: &[&str]| {
        succeed(folder.path(), &[&["build", "app.py"], options].concat());
        Application::at(folder.path().join("app")).succeed([""; 0]).unwrap()
    };
    assert_eq!(app(&[]), "Docs. 0\nsource\n");
    assert_eq!(app(&["--strip-source", "--optimize", "2"]), "None 2\nnone\n");
}

#[test]
fn everything_is_told_as_json() {
    let folder = folder(&[("app.py", "")]);
    let (stdout, stderr, code) = said(folder.path(), &["build", "app.py", "--json"]);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let events: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = events.last().unwrap();
    assert_eq!(last["event"], "built");
    assert_eq!(last["path"], "app");
    let (stdout, _, code) = said(folder.path(), &["build", "missing.py", "--json"]);
    let error: serde_json::Value = serde_json::from_str(stdout.trim()).unwrap();
    assert_eq!((&error["event"], code), (&"error".into(), Some(1)));
    assert_eq!(error["hint"], "check the path");
    assert_eq!(succeed(folder.path(), &["build", "app.py", "-q"]), "");
}
