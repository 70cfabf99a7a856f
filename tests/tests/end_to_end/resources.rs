//! Resources, source and paths of packed modules.

use std::sync::LazyLock;

use end_to_end::Application;
use end_to_end::application::run_in_empty_folder;

use crate::scenarios::{SCENARIOS, project};

/// The application with bytecode alone.
static SOURCELESS: LazyLock<Application> = LazyLock::new(|| {
    let config = r#"
[[python_packages]]
type = "stdlib"
include_source = false

[[python_packages]]
type = "package-root"
path = "."
packages = ["scenarios"]
include_source = false

[python_resources]
compression = "zstd"

[python_run]
mode = "module"
module = "scenarios"
"#;
    project("scenarios-sourceless", config).build().unwrap()
});

/// Requires that scenarios succeed and do what they do under python.
fn same(names: &[&str]) {
    for name in names {
        let finished = SCENARIOS.same(&[name]);
        assert_eq!(finished.code, Some(0), "{name}: {finished:?}");
    }
}

#[test]
fn loaders_answer_as_those_of_files() {
    same(&["loader"]);
}

#[test]
fn resources_are_read_as_from_files() {
    same(&["tree", "read", "missing", "copies"]);
}

#[test]
fn as_file_gives_the_packed_path() {
    let stdout = SCENARIOS.application.succeed(["as_file_path"]).unwrap();
    assert_eq!(stdout, "True True\nTrue\n");
}

#[test]
fn pkgutil_lists_what_is_packed() {
    same(&["listing"]);
}

#[test]
fn modules_are_loaded_again_and_run_by_name() {
    same(&["again"]);
}

#[test]
fn source_is_shown() {
    let finished = SCENARIOS.same(&["source"]);
    assert!(finished.stderr.contains("warnings.warn('a warning', stacklevel=1)"), "{finished:?}");
    assert!(finished.stderr.contains("return 1 / 0"), "{finished:?}");
}

#[test]
fn the_debugger_shows_source_and_stops_at_lines() {
    let commands =
        "step\nstep\nlist\nbreak scenarios.space.inner:6\np number\nreturn\nlist\ncontinue\n";
    let packed =
        run_in_empty_folder(&mut SCENARIOS.application.command(["debugger"]), commands).unwrap();
    let expected = run_in_empty_folder(&mut SCENARIOS.python(&["debugger"]), commands).unwrap();
    SCENARIOS.compare(&packed, &expected);
    assert!(packed.stdout.contains("5  ->\t    result = number * 2"), "{}", packed.stdout);
}

#[test]
fn modules_say_that_they_are_below_the_executable() {
    let stdout = SCENARIOS.application.succeed(["paths"]).unwrap();
    let exe = SCENARIOS.application.path.to_str().unwrap();
    let expected = format!(
        "scenarios {exe}/scenarios/__init__.py {exe}/scenarios/__init__.py\n\
         ['{exe}/scenarios'] False\n\
         scenarios.space None None\n\
         ['{exe}/scenarios/space'] False\n\
         scenarios.space.inner {exe}/scenarios/space/inner.py {exe}/scenarios/space/inner.py\n\
         [] False\n\
         colorsys {exe}/lib/python3.13/colorsys.py {exe}/lib/python3.13/colorsys.py\n\
         [] False\n\
         {exe}/scenarios/resources.py"
    );
    assert!(stdout.starts_with(&expected), "{stdout}");
    assert!(stdout.ends_with("True\nTrue\n"), "{stdout}");
}

#[test]
fn without_source_resources_stay_and_tracebacks_name_lines() {
    for name in ["read", "missing", "copies", "again"] {
        let (packed, with_source) = (SOURCELESS.run([name]).unwrap(), SCENARIOS.run(&[name]));
        // The one resource that is a module's source is not there.
        let expected = match name {
            "read" => with_source.stdout.replacen("True\nTrue\n", "False\nFalse\n", 1),
            _ => with_source.stdout,
        };
        assert_eq!((packed.code, packed.stdout), (Some(0), expected), "{name}: {}", packed.stderr);
    }
    let finished = SOURCELESS.run(["source"]).unwrap();
    assert!(finished.stderr.contains("OSError: could not get source code"), "{finished:?}");
    assert!(finished.stderr.contains("/scenarios/resources.py\", line "), "{finished:?}");
    assert!(SOURCELESS.size().unwrap() < SCENARIOS.application.size().unwrap());
}
