//! `[[python_packages]]`: which modules go in, and how.

use std::path::Path;
use std::process::Command;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Project, distribution, workspace};

#[test]
fn the_last_entry_wins_and_excludes_leave_out() {
    let config = r#"
[[python_packages]]
type = "stdlib"
excludes = ["this", "json.tool"]

[[python_packages]]
type = "package-root"
path = "first"
packages = ["main", "shared", "space", "colorsys"]

[[python_packages]]
type = "package-root"
path = "second"
packages = ["shared", "space"]
excludes = ["shared.hidden"]

[python_run]
mode = "module"
module = "main"
"#;
    let main = r#"
import importlib, importlib.util
import colorsys, shared.both, shared.only_first, shared.only_second, space.one, space.two
print(colorsys.WHO, shared.WHO, shared.both.WHO, shared.only_first.WHO, shared.only_second.WHO)
print(space.one.WHO, space.two.WHO, getattr(space, '__file__', None), len(list(space.__path__)) > 0)
for name in ('this', 'json.tool', 'json.decoder', 'shared.hidden', 'unnamed'):
    print(name, importlib.util.find_spec(name) is not None)
"#;
    let project = Project::new("layers", config)
        .and_then(|p| p.with("first/main.py", main))
        .and_then(|p| p.with("first/colorsys.py", "WHO = 'ours'\n"))
        .and_then(|p| p.with("first/unnamed.py", ""))
        .and_then(|p| p.with("first/shared/__init__.py", "WHO = 'first'\n"))
        .and_then(|p| p.with("first/shared/both.py", "WHO = 'first'\n"))
        .and_then(|p| p.with("first/shared/only_first.py", "WHO = 'first'\n"))
        .and_then(|p| p.with("first/space/one.py", "WHO = 'one'\n"))
        .and_then(|p| p.with("second/shared/__init__.py", "WHO = 'second'\n"))
        .and_then(|p| p.with("second/shared/both.py", "WHO = 'second'\n"))
        .and_then(|p| p.with("second/shared/only_second.py", "WHO = 'second'\n"))
        .and_then(|p| p.with("second/shared/hidden.py", ""))
        .and_then(|p| p.with("second/space/two.py", "WHO = 'two'\n"))
        .unwrap();
    let stdout = project.build().unwrap().succeed::<&str>([]).unwrap();
    let expected = "\
ours second second first second
one two None True
this False
json.tool False
json.decoder True
shared.hidden False
unnamed False
";
    assert_eq!(stdout, expected);
}

#[test]
fn each_entry_has_its_level_of_optimisation() {
    let module = r#"
"""The docstring."""
def assertions():
    try:
        assert False
    except AssertionError:
        return True
    return False
print(__name__, assertions(), __doc__ is not None, __debug__)
"#
    .trim_start();
    let mut config = "[[python_packages]]\ntype = \"stdlib\"\n".to_owned();
    let mut main = String::new();
    for level in 0..=2 {
        config += &format!(
            "[[python_packages]]\ntype = \"package-root\"\npath = \".\"\n\
             packages = [\"level{level}\"]\noptimize_level = {level}\n"
        );
        main += &format!("import level{level}; ");
    }
    config += &format!("[python_run]\nmode = \"eval\"\ncode = \"{main}\"\n");
    let project = Project::new("levels", &config)
        .and_then(|p| p.with("level0.py", module))
        .and_then(|p| p.with("level1.py", module))
        .and_then(|p| p.with("level2.py", module))
        .unwrap();
    let stdout = project.build().unwrap().succeed::<&str>([]).unwrap();
    let expected = "\
level0 True True True
level1 False True False
level2 False False False
";
    assert_eq!(stdout, expected);
}

#[test]
fn tests_of_the_standard_library_go_in_on_demand() {
    let build = |name: &str, exclude: bool| {
        let config = format!(
            "[[python_packages]]\ntype = \"stdlib\"\nexclude_test_modules = {exclude}\n\
             [python_run]\nmode = \"eval\"\n\
             code = \"import importlib.util; print(bool(importlib.util.find_spec('test')))\"\n"
        );
        Project::new(name, &config).unwrap().build().unwrap()
    };
    let (with, without) = (build("with-tests", false), build("without-tests", true));
    assert_eq!(with.succeed::<&str>([]).unwrap(), "True\n");
    assert_eq!(without.succeed::<&str>([]).unwrap(), "False\n");
    assert!(with.size().unwrap() > without.size().unwrap() + 5_000_000);
}

#[test]
fn an_application_with_a_package_from_the_package_index() {
    let example = workspace().join("config-examples/rich-demo");
    let toml = fs_err::read_to_string(workspace().join("config-examples/rich-demo.toml")).unwrap();
    let toml = toml
        .replace("../target/demo/venv", "venv")
        .replace("path = \"rich-demo\"", &format!("path = {:?}", example.to_str().unwrap()));
    let project = Project::new("virtualenv", &toml).unwrap();
    let python = virtualenv(&project.path("venv"), &["rich==15.0.0"]);
    let application = project.build().unwrap();
    let sheet = example.join("planets.csv");
    let arguments = [sheet.to_str().unwrap(), "--sort=mass", "--totals"];
    let stdout = application.succeed(arguments).unwrap();
    assert!(stdout.contains("Jupiter") && stdout.contains('╭'), "{stdout}");
    let mut command = Command::new(python);
    command.env_clear().env("PYTHONPATH", &example).env("PYTHONDONTWRITEBYTECODE", "1");
    command.args(["-X", "utf8", "-m", "csvview"]).args(arguments);
    let expected = run_in_empty_folder(&mut command, "").unwrap();
    assert_eq!(stdout, expected.stdout, "{}", expected.stderr);
}

#[test]
fn metadata_of_distributions_is_found() {
    let config = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "virtualenv"
path = "venv"

[[python_packages]]
type = "package-root"
path = "."
packages = ["metadata"]

[python_run]
mode = "module"
module = "metadata"
"#;
    let project = Project::new("metadata", config)
        .and_then(|p| p.with("metadata.py", include_str!("python/metadata.py")))
        .unwrap();
    // The last release of setuptools with pkg_resources.
    let python = virtualenv(&project.path("venv"), &["rich==15.0.0", "setuptools==80.9.0"]);
    let application = project.build().unwrap();
    for name in ["names", "details", "entry_points", "files", "missing", "resources"] {
        let packed = application.run([name]).unwrap();
        let mut command = Command::new(&python);
        command.env_clear().args(["-I", "-X", "utf8", "-W", "ignore"]);
        let expected =
            run_in_empty_folder(command.arg(project.path("metadata.py")).arg(name), "").unwrap();
        assert_eq!((packed.code, &packed.stdout), (Some(0), &expected.stdout), "{}", packed.stderr);
        assert!(!packed.stdout.is_empty(), "{name}");
    }
}

/// Makes a virtual environment of the distribution with some requirements; returns its interpreter.
fn virtualenv(folder: &Path, requirements: &[&str]) -> std::path::PathBuf {
    let succeed = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    succeed(Command::new(distribution::python().unwrap()).args(["-m", "venv"]).arg(folder));
    let python = folder.join("bin/python");
    let pip = ["-m", "pip", "install", "--quiet"];
    succeed(Command::new(&python).args(pip).args(requirements));
    python
}
