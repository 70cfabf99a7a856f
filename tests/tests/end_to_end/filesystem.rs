//! Modules in folders and archives, beside those in the executable.

use std::process::Command;

use end_to_end::Project;

const PACKAGES: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "packed"
packages = ["main", "both", "space"]

[python_run]
mode = "module"
module = "main"
"#;

/// Tries to import each argument and prints where it came from; `+PATH` extends sys.path.
const MAIN: &str = r#"
import importlib, sys, os
for argument in sys.argv[1:]:
    if argument.startswith('+'):
        sys.path.insert(0, argument[1:])
        continue
    try:
        module = importlib.import_module(argument)
    except ImportError as error:
        print(argument, type(error).__name__)
    else:
        print(argument, module.WHERE)
"#;

fn project(name: &str, python_config: &str) -> Project {
    Project::new(name, &format!("[python_config]\n{python_config}\n{PACKAGES}"))
        .and_then(|p| p.with("packed/main.py", MAIN))
        .and_then(|p| p.with("packed/both.py", "WHERE = 'packed'\n"))
        .and_then(|p| p.with("packed/space/packed.py", "WHERE = 'packed'\n"))
        .and_then(|p| p.with("folder/both.py", "WHERE = 'folder'\n"))
        .and_then(|p| p.with("folder/alone.py", "WHERE = 'folder'\n"))
        .and_then(|p| p.with("folder/space/folder.py", "WHERE = 'folder'\n"))
        .and_then(|p| p.with("zip/zipped.py", "WHERE = 'archive'\n"))
        .unwrap()
}

#[test]
fn sys_path_is_searched_in_its_order() {
    let project = project("filesystem", "");
    let archive = project.path("zipped.zip");
    let status = Command::new("python3")
        .args(["-m", "zipfile", "-c"])
        .args([&archive, &project.path("zip/zipped.py")])
        .status()
        .unwrap();
    assert!(status.success());
    let folder = format!("+{}", project.path("folder").display());
    let archive = format!("+{}", archive.display());
    let names = ["both", "space.packed", "space.folder", "alone", "zipped", "nowhere"];
    let arguments = [&[folder.as_str(), &archive], &names[..]].concat();
    let stdout = project.build().unwrap().succeed(&arguments).unwrap();
    let expected = "\
both folder
space.packed packed
space.folder folder
alone folder
zipped archive
nowhere ModuleNotFoundError
";
    assert_eq!(stdout, expected);
}

#[test]
fn sys_paths_may_start_at_the_executable() {
    let project = project("sys-paths", "sys_paths = [\"$ORIGIN/plugins\", \"/nowhere\"]");
    let application = project.build().unwrap();
    let plugins = application.path.parent().unwrap().join("plugins");
    fs_err::create_dir_all(&plugins).unwrap();
    fs_err::copy(project.path("folder/alone.py"), plugins.join("alone.py")).unwrap();
    let stdout = application.succeed(["alone", "both"]).unwrap();
    assert_eq!(stdout, "alone folder\nboth packed\n");
}

#[test]
fn folders_are_not_searched_where_the_configuration_forbids_it() {
    let project = project("no-filesystem", "filesystem_importer = false");
    let folder = format!("+{}", project.path("folder").display());
    let stdout = project.build().unwrap().succeed([&folder, "both", "alone"]).unwrap();
    assert_eq!(stdout, "both packed\nalone ModuleNotFoundError\n");
}
