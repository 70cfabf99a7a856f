//! `[python_config]`: how the interpreter is set up.

use end_to_end::{Application, Project};
use serde_json::{Value, json};

const PACKAGES: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["settings"]

[python_run]
mode = "module"
module = "settings"
"#;

fn settings(name: &str, python_config: &str) -> Application {
    let config = format!("[python_config]\n{python_config}\n{PACKAGES}");
    let project = Project::new(name, &config).unwrap();
    project.with("settings.py", include_str!("python/settings.py")).unwrap().build().unwrap()
}

/// What the application says in an environment with these variables.
fn ask(application: &Application, variables: &[(&str, &str)]) -> Value {
    let mut command = application.command(["argument"]);
    command.envs(variables.iter().copied());
    let finished = end_to_end::application::run_in_empty_folder(&mut command, "").unwrap();
    finished.expect_success().unwrap();
    serde_json::from_str(&finished.stdout).unwrap()
}

/// Variables that change what `python` does.
const VARIABLES: [(&str, &str); 5] = [
    ("PYTHONWARNINGS", "ignore"),
    ("PYTHONPATH", "/from/the/environment"),
    ("PYTHONHASHSEED", "0"),
    ("PYTHONOPTIMIZE", "2"),
    ("PYTHONHOME", "/nowhere"),
];

#[test]
fn by_default_the_environment_does_not_count() {
    let application = settings("settings-default", "");
    let found = ask(&application, &VARIABLES);
    let path = application.path.to_str().unwrap();
    assert_eq!(found["dont_write_bytecode"], true);
    // The application may look for files of its user's, as under `python FILE`.
    assert_eq!(found["flags"]["isolated"], 0);
    assert_eq!(found["flags"]["safe_path"], false);
    assert_eq!(found["flags"]["ignore_environment"], 1);
    assert_eq!(found["flags"]["no_site"], 1);
    assert_eq!(found["flags"]["no_user_site"], 1);
    assert_eq!(found["flags"]["optimize"], 0);
    assert_eq!(found["flags"]["utf8_mode"], 1);
    assert_eq!(found["site"], false);
    assert_eq!(found["packed assertions"], true);
    assert_eq!(found["compiled assertions"], true);
    assert_eq!(found["argv"], json!([path, "argument"]));
    assert_eq!(found["executable"], path);
    assert_eq!(found["warnings"], json!([]));
    assert_eq!(found["encoding"], "utf-8");
    assert_eq!(found["write_through"], false);
    assert!(!found["path"].to_string().contains("/from/the/environment"), "{found}");
    assert!(!found["prefix"].to_string().contains("/nowhere"), "{found}");
    let again = ask(&application, &VARIABLES);
    assert_ne!(found["hash"], again["hash"], "hashes are not randomised");
}

#[test]
fn every_setting_can_be_turned_round() {
    let application = settings(
        "settings-other",
        r#"
program_name = "another-name"
optimize_level = 2
dont_write_bytecode = false
ignore_environment = false
no_site = false
no_user_site_directory = false
unbuffered_stdio = true
stdio_encoding = "latin-1:replace"
"#,
    );
    let variables = [VARIABLES[0], VARIABLES[1], VARIABLES[2]];
    let found = ask(&application, &variables);
    assert_eq!(found["dont_write_bytecode"], false);
    assert_eq!(found["flags"]["isolated"], 0);
    assert_eq!(found["flags"]["ignore_environment"], 0);
    assert_eq!(found["flags"]["no_site"], 0);
    assert_eq!(found["flags"]["no_user_site"], 0);
    assert_eq!(found["flags"]["optimize"], 2);
    assert_eq!(found["site"], true);
    assert_eq!(found["compiled assertions"], false);
    // The level of packed modules is that of their entry under [[python_packages]].
    assert_eq!(found["packed assertions"], true);
    assert_eq!(found["warnings"], json!(["ignore"]));
    assert_eq!(found["encoding"], "iso8859-1");
    assert_eq!(found["errors"], "replace");
    assert_eq!(found["write_through"], true);
    assert_eq!(found["hash"], ask(&application, &variables)["hash"], "the seed was given");
}

#[test]
fn the_encoding_of_the_streams_is_used() {
    let config = "[python_config]\nstdio_encoding = \"latin-1:replace\"\n\
                  [python_run]\nmode = \"eval\"\ncode = \"print('na\\u00efve \\u03a9')\"\n";
    let application = Project::new("stdio-encoding", config).unwrap().build().unwrap();
    let none: [&str; 0] = [];
    let output = application.command(none).output().unwrap();
    assert_eq!(output.stdout, b"na\xefve ?\n");
}

#[test]
fn unbuffered_output_is_there_before_the_process_ends() {
    let code = "import os; print('first', end=''); os._exit(0)";
    let run = |name: &str, unbuffered: bool| {
        let config = format!(
            "[python_config]\nunbuffered_stdio = {unbuffered}\n\
             [python_run]\nmode = \"eval\"\ncode = \"{code}\"\n"
        );
        Project::new(name, &config).unwrap().build().unwrap().succeed::<&str>([]).unwrap()
    };
    assert_eq!(run("unbuffered", true), "first");
    assert_eq!(run("buffered", false), "");
}
