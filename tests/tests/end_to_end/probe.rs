//! Leaving out what an application does not load: `write_modules_directory_env` and the filter.

use end_to_end::Project;
use end_to_end::application::run_in_empty_folder;

const CONFIG: &str = r#"
[python_config]
write_modules_directory_env = "APP_MODULES"

[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["app"]
# FILTER
[python_run]
mode = "module"
module = "app"
"#;

const MAIN: &str = "import json, importlib.util, app.used\n\
                    print(json.dumps(app.used.WORD))\n\
                    print([importlib.util.find_spec(n) is None for n in ('app.unused', 'asyncio')])\n";

#[test]
fn a_second_build_leaves_out_what_the_first_did_not_load() {
    let project = Project::new("probe", CONFIG)
        .and_then(|p| p.with("app/__init__.py", ""))
        .and_then(|p| p.with("app/__main__.py", MAIN))
        .and_then(|p| p.with("app/used.py", "WORD = 'used'\n"))
        .and_then(|p| p.with("app/unused.py", ""))
        .unwrap();
    let first = project.build().unwrap();
    let size = first.size().unwrap();
    assert_eq!(first.succeed::<&str>([]).unwrap(), "\"used\"\n[False, False]\n");

    let folder = tempfile::tempdir().unwrap();
    let lists = folder.path().join("lists");
    for _ in 0..2 {
        let mut command = first.command::<&str>([]);
        command.env("APP_MODULES", &lists);
        run_in_empty_folder(&mut command, "").unwrap().expect_success().unwrap();
    }
    let paths: Vec<_> =
        fs_err::read_dir(&lists).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(paths.len(), 2, "each process writes a file of its own: {paths:?}");
    let list = fs_err::read_to_string(&paths[0]).unwrap();
    let position = |name: &str| list.lines().position(|line| line == name);
    // In the order of loading.
    assert!(position("encodings").unwrap() < position("json.decoder").unwrap(), "{list}");
    assert!(position("json.decoder").unwrap() < position("app.used").unwrap(), "{list}");
    assert_eq!(position("app.unused"), None);

    project.write("modules.txt", &list).unwrap();
    let filter = "[[python_packages]]\ntype = \"filter-file-include\"\npath = \"modules.txt\"\n";
    project.write("app.toml", &CONFIG.replace("# FILTER\n", filter)).unwrap();
    let second = project.build().unwrap();
    assert_eq!(second.succeed::<&str>([]).unwrap(), "\"used\"\n[True, True]\n");
    assert!(second.size().unwrap() + 5_000_000 < size);
}

#[test]
fn the_interpreter_starts_whatever_the_list_says() {
    // The search of sys.path has needs of its own, and a process that is `python` always does it.
    for (name, python_config) in [
        ("probe-short-list", ""),
        ("probe-short-list-search", "[python_config]\nsys_paths = [\"$ORIGIN/plugins\"]\n"),
    ] {
        let config = format!(
            "{python_config}\
             [[python_packages]]\ntype = \"stdlib\"\n\
             [[python_packages]]\ntype = \"package-root\"\npath = \".\"\npackages = [\"app\"]\n\
             [[python_packages]]\ntype = \"filter-file-include\"\npath = \"modules.txt\"\n\
             [python_run]\nmode = \"module\"\nmodule = \"app\"\n"
        );
        let project = Project::new(name, &config)
            .and_then(|p| p.with("app.py", "print('started')\n"))
            .and_then(|p| p.with("modules.txt", "app\n"))
            .unwrap();
        assert_eq!(project.build().unwrap().succeed::<&str>([]).unwrap(), "started\n");
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_reported() {
    let config = "[python_config]\nwrite_modules_directory_env = \"APP_MODULES\"\n\
                  [python_run]\nmode = \"eval\"\ncode = \"print(1)\"\n";
    let application = Project::new("probe-unwritable", config).unwrap().build().unwrap();
    let mut command = application.command::<&str>([]);
    command.env("APP_MODULES", "/dev/null/folder");
    let finished = run_in_empty_folder(&mut command, "").unwrap();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "1\n"));
    assert!(finished.stderr.contains("error: the list of loaded modules was not written"));
    assert!(finished.stderr.contains("/dev/null/folder"), "{finished:?}");
}
