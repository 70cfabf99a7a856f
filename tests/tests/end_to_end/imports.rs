//! Imports: packages, built-in, frozen and extension modules.

use std::process::Command;

use end_to_end::application::run_in_empty_folder;
use end_to_end::distribution;

use crate::scenarios::SCENARIOS;

#[test]
fn every_module_of_the_standard_library_imports_as_under_python() {
    let finished = SCENARIOS.same(&["import_library"]);
    let imported = finished.stdout.lines().filter(|line| !line.contains(' ')).count();
    assert!(imported > 200, "only {imported} modules could be imported");
}

#[test]
fn every_extension_of_the_distribution_imports() {
    let distribution = distribution::distribution().unwrap();
    let mut arguments = vec!["import_each"];
    arguments.extend(distribution.extensions.keys().map(String::as_str));
    assert!(arguments.len() > 60, "{arguments:?}");
    let stdout = SCENARIOS.application.succeed(&arguments).unwrap();
    let expected: Vec<String> =
        arguments[1..].iter().map(|name| format!("{name} {name}")).collect();
    assert_eq!(stdout.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn names_that_no_module_has_are_refused_as_under_python() {
    SCENARIOS.same(&["odd_names"]);
}

#[test]
fn modules_of_each_kind_know_where_they_are_from() {
    SCENARIOS.same(&["kinds"]);
}

#[test]
fn packed_folders_that_stand_first_on_sys_path_go_first() {
    SCENARIOS.same(&["folder_first"]);
}

#[test]
fn the_main_module_knows_what_it_is() {
    SCENARIOS.same(&["main_module"]);
}

#[test]
fn modules_are_found_and_reloaded() {
    SCENARIOS.same(&["specs"]);
    SCENARIOS.same(&["reload_module"]);
    SCENARIOS.same(&["import_from_missing"]);
}

#[test]
fn modules_are_imported_lazily() {
    SCENARIOS.same(&["lazy"]);
    SCENARIOS.same(&["loader_state"]);
}

#[test]
fn the_builtins_of_the_module_site_are_there() {
    for scenario in ["site_builtins", "exit_builtin"] {
        let packed = SCENARIOS.run(&[scenario]);
        let python = SCENARIOS.python(&[scenario]);
        // Its first argument is `-S`.
        let mut command = Command::new(python.get_program());
        command
            .env_clear()
            .envs(python.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.args(python.get_args().skip(1));
        let expected = run_in_empty_folder(&mut command, "").unwrap();
        SCENARIOS.compare(&packed, &expected);
    }
}

#[test]
fn a_namespace_package_has_none_for_a_file() {
    SCENARIOS.same(&["namespace_file"]);
}
