//! Projects and scripts as people have them, and what the command adds to them.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use end_to_end::Application;
use fs_err as fs;

use super::{fail, folder, names, pyoxidizer, said, succeed};

fn run(folder: &Path, name: &str) -> String {
    Application::at(folder.join(name)).succeed([""; 0]).unwrap()
}

const SETUP: &str = "\
from setuptools import setup
setup(name='Old-Tool', version='1', packages=['oldtool'],
      entry_points={'console_scripts': ['old-tool = oldtool:main']})
";

#[test]
fn a_project_with_setup_py_alone_is_its_script() {
    let folder = folder(&[
        ("setup.py", SETUP),
        ("oldtool/__init__.py", "def main():\n    print('old', __file__.split('/')[-3:])\n"),
    ]);
    succeed(folder.path(), &["build", ".", "-o", "out"]);
    assert_eq!(run(folder.path(), "out"), "old ['site-packages', 'oldtool', '__init__.py']\n");
}

#[test]
fn a_project_that_is_not_installed_is_its_main_script() {
    let folder = folder(&[
        (
            "pyproject.toml",
            "[project]\nname = \"my-app\"\nversion = \"0.1\"\ndependencies = [\"tabulate\"]\n",
        ),
        ("main.py", "import helper, tabulate\nprint(tabulate.__name__, helper.VALUE)\n"),
        ("helper.py", "VALUE = 1\n"),
    ]);
    succeed(folder.path(), &["build", "."]);
    assert_eq!(run(folder.path(), "main"), "tabulate 1\n");
    succeed(folder.path(), &["build", "main.py", "-o", "other"]);
    assert_eq!(run(folder.path(), "other"), "tabulate 1\n");
}

#[test]
fn the_executable_does_not_fall_on_the_package() {
    let folder = folder(&[
        (
            "pyproject.toml",
            "[project]\nname = \"flat\"\nversion = \"1\"\n[project.scripts]\nflat = \"flat:main\"\n\
             [build-system]\nrequires = [\"setuptools\"]\nbuild-backend = \"setuptools.build_meta\"\n",
        ),
        ("flat/__init__.py", "def main():\n    print('flat')\n"),
    ]);
    succeed(folder.path(), &["build", "."]);
    assert_eq!(run(folder.path(), "dist/flat"), "flat\n");
    assert_eq!(names(&folder.path().join("flat")), ["__init__.py"]);
}

#[test]
fn versions_of_another_tools_lock_file_are_kept() {
    let folder = folder(&[
        (
            "pyproject.toml",
            "[project]\nname = \"locked\"\nversion = \"1\"\ndependencies = [\"tabulate\"]\n",
        ),
        ("main.py", "from importlib.metadata import version\nprint(version('tabulate'))\n"),
        (
            "uv.lock",
            "version = 1\n[[package]]\nname = \"tabulate\"\nversion = \"0.8.10\"\n\
             source = { registry = \"x\" }\n",
        ),
    ]);
    succeed(folder.path(), &["build", "."]);
    assert_eq!(run(folder.path(), "main"), "0.8.10\n");
}

#[test]
fn a_new_tag_is_a_new_version() {
    let folder = folder(&[
        (
            "tagged/pyproject.toml",
            "[project]\nname = \"tagged\"\ndynamic = [\"version\"]\n\
             [project.scripts]\ntagged = \"tagged:main\"\n\
             [build-system]\nrequires = [\"setuptools\", \"setuptools-scm\"]\n\
             build-backend = \"setuptools.build_meta\"\n[tool.setuptools_scm]\n",
        ),
        (
            "tagged/tagged/__init__.py",
            "def main():\n    from importlib.metadata import version\n    print(version('tagged'))\n",
        ),
    ]);
    let project = folder.path().join("tagged");
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]).args(arguments);
        assert!(git.current_dir(&project).status().unwrap().success());
    };
    git(&["init", "-q"]);
    git(&["add", "."]);
    git(&["commit", "-qm", "first"]);
    git(&["tag", "v1.0"]);
    let version = || {
        // The build asks git.
        let mut command = pyoxidizer(folder.path(), &["build", "tagged", "-o", "out"]);
        let output = command.env("PATH", std::env::var_os("PATH").unwrap()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        run(folder.path(), "out")
    };
    assert_eq!(version(), "1.0\n");
    git(&["commit", "-q", "--allow-empty", "-m", "second"]);
    git(&["tag", "v2.0"]);
    assert_eq!(version(), "2.0\n");
}

#[test]
fn a_link_leads_to_the_script_and_what_lies_beside_it() {
    let folder = folder(&[
        ("real/tool.py", "import helper\nprint(helper.VALUE)\n"),
        ("real/helper.py", "VALUE = 'beside'\n"),
    ]);
    symlink("real/tool.py", folder.path().join("tool.py")).unwrap();
    succeed(folder.path(), &["build", "tool.py"]);
    assert_eq!(run(folder.path(), "tool"), "beside\n");

    // A link to the link under another name, and the script by a link to its folder.
    fs::create_dir(folder.path().join("bin")).unwrap();
    symlink("../tool.py", folder.path().join("bin/other-name.py")).unwrap();
    symlink("real", folder.path().join("linked")).unwrap();
    for (script, output) in [("bin/other-name.py", "first"), ("linked/tool.py", "second")] {
        succeed(folder.path(), &["build", script, "-o", output]);
        assert_eq!(run(folder.path(), output), "beside\n");
    }
}

#[test]
fn strings_name_packages_and_data_beside_a_script() {
    let folder = folder(&[
        (
            "manage.py",
            "import importlib, os\nname = os.environ.setdefault('SETTINGS', 'site1.settings')\n\
             print(importlib.import_module(name).VALUE)\n\
             print(os.path.exists(os.path.join(os.path.dirname(__file__), 'words.txt')))\n",
        ),
        ("site1/__init__.py", ""),
        ("site1/settings.py", "VALUE = 7\n"),
        ("words.txt", "text"),
    ]);
    let (_, stderr, code) = said(folder.path(), &["build", "manage.py"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    assert!(stderr.contains("not packed: words.txt; `--include words.txt` packs it"), "{stderr}");
    assert_eq!(run(folder.path(), "manage"), "7\nFalse\n");
    let (_, stderr, _) = said(folder.path(), &["build", "manage.py", "--include", "words.txt"]);
    assert_eq!(stderr, "");
    assert_eq!(run(folder.path(), "manage"), "7\nTrue\n");
}

/// A script for a tool that unpacks an application, unchanged.
const VIEWER: &str = "\
import os, sys
folder = getattr(sys, '_MEIPASS', os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(folder, 'data/greeting.txt')) as text:
    print(text.read(), sys.frozen, os.path.isdir(folder + '/data'))
";

#[test]
fn data_lies_below_the_executable_as_beside_the_script() {
    let folder =
        folder(&[("viewer.py", VIEWER), ("data/greeting.txt", "hello"), ("elsewhere/x.txt", "")]);
    let include = ["--include", "data", "--include", "elsewhere/x.txt"];
    succeed(folder.path(), &[&["build", "viewer.py"], &include[..]].concat());
    assert_eq!(run(folder.path(), "viewer"), "hello True True\n");
    let message = fail(folder.path(), &["build", "viewer.py", "--include", "absent.txt"]);
    assert!(message.contains("absent.txt"), "{message}");
}

#[test]
fn settings_come_from_the_command_the_script_and_the_project() {
    let script = "# /// script\n# dependencies = []\n#\n# [tool.pyoxidizer.python_config]\n\
                  # optimize_level = 2\n# ///\nimport sys\nprint(sys.flags.optimize)\n";
    let folder = folder(&[("app.py", script)]);
    succeed(folder.path(), &["build", "app.py"]);
    assert_eq!(run(folder.path(), "app"), "2\n");
    succeed(folder.path(), &["build", "app.py", "--config", "python_config.optimize_level=1"]);
    assert_eq!(run(folder.path(), "app"), "1\n");

    let wrong = |setting: &str| fail(folder.path(), &["build", "app.py", "--config", setting]);
    let message = wrong("python_config.optimise_level=1");
    assert!(message.contains("--config:") && message.contains("optimize_level"), "{message}");
    assert!(wrong("nonsense").contains("--config:"));
    fs::write(folder.path().join("app.py"), script.replace("= 2", "= 7")).unwrap();
    let message = fail(folder.path(), &["build", "app.py"]);
    assert!(message.contains("app.py:5:20"), "{message}");
}

#[test]
fn modules_are_left_out_by_name() {
    let code = "try:\n    import colorsys\nexcept ImportError as error:\n    print(error)\n";
    let folder = folder(&[("app.py", code)]);
    succeed(folder.path(), &["build", "app.py", "--exclude", "colorsys"]);
    assert_eq!(run(folder.path(), "app"), "No module named 'colorsys'\n");
}

#[test]
fn imports_are_checked_after_the_build() {
    let folder = folder(&[
        ("good.py", "import json, helper\nraise SystemExit('not run')\n"),
        ("bad.py", "import json\nimport helper.absent\n"),
        ("helper.py", ""),
    ]);
    succeed(folder.path(), &["build", "good.py", "--check"]);
    let message = fail(folder.path(), &["build", "bad.py", "--check"]);
    assert!(message.contains("cannot import helper.absent"), "{message}");
    assert!(message.contains("ModuleNotFoundError"), "{message}");
}

#[test]
fn a_list_of_requirements_is_no_script() {
    let folder = folder(&[("requirements.txt", "tabulate\n")]);
    let message = fail(folder.path(), &["build", "requirements.txt"]);
    assert!(message.contains("requirements.txt is no script"), "{message}");
    assert!(message.contains("--with NAME"), "{message}");
}

#[test]
fn environments_are_made_and_used() {
    let code =
        "import subprocess, sys, venv\nvenv.create(sys.argv[1], with_pip=True, symlinks=True)\n";
    let folder = folder(&[("app.py", code)]);
    succeed(folder.path(), &["build", "app.py"]);
    let environment = folder.path().join("env");
    let app = Application::at(folder.path().join("app"));
    app.succeed([environment.to_str().unwrap()]).unwrap();
    let said = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(environment.join("bin").join(program));
        let output = command.env_clear().args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let code = "import sys; print(sys.prefix, sys.executable, hasattr(sys, 'frozen'))";
    let path = environment.display();
    assert_eq!(said("python", &["-c", code]), format!("{path} {path}/bin/python False\n"));
    assert!(said("pip", &["--version"]).contains(&format!(" from {path}/lib/")));
}
