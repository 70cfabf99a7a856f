//! Options of the interpreter in `[python_config]`: what Python sees of them, compared with `python` and its options.

use std::process::Command;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Finished, Project, distribution};
use serde_json::{Value, json};

use crate::terminal;

const PACKAGES: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["options"]

[python_run]
mode = "module"
module = "options"
"#;

const PROGRAM: &str = include_str!("python/options.py");

/// What `python` is told where an application is told nothing.
const DEFAULTS: [&str; 6] = ["-E", "-s", "-S", "-B", "-X", "utf8"];

/// What the program prints in an executable and under `python`.
struct Pair {
    packed: Value,
    python: Value,
    /// What the executable wrote to standard error.
    stderr: String,
}

impl Pair {
    /// The program with options: those of the TOML file, and those of `python`, both with these variables.
    fn new(
        name: &str,
        python_config: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let config = format!("[python_config]\n{python_config}\n{PACKAGES}");
        let project = Project::new(name, &config).unwrap().with("options.py", PROGRAM).unwrap();
        let application = project.build().unwrap();
        let run = |command: &mut Command| {
            command.envs(variables.iter().copied());
            let finished = run_in_empty_folder(command, "").unwrap();
            assert_eq!(finished.code, Some(0), "{finished:?}");
            finished
        };
        let packed = run(&mut application.command([""; 0]));
        let mut command = Command::new(distribution::python().unwrap());
        command.env_clear().args(arguments).arg(project.path("options.py"));
        let python = run(&mut command);
        Self { packed: parsed(&packed), python: parsed(&python), stderr: packed.stderr }
    }

    /// Requires that both know the same, but for hashes.
    fn assert_same(&self) {
        let without_hashes = |value: &Value| {
            let mut value = value.clone();
            value["hash"].take();
            value["child"]["options"]["hash"].take();
            value
        };
        let (packed, python) = (without_hashes(&self.packed), without_hashes(&self.python));
        for (name, value) in python.as_object().unwrap() {
            assert_eq!(packed[name], *value, "{name}");
        }
    }
}

fn parsed(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout).unwrap()
}

/// The hash of the program under `python` with a seed.
fn hash_with(seed: &str) -> Value {
    let mut command = Command::new(distribution::python().unwrap());
    command.env_clear().env("PYTHONHASHSEED", seed).args(["-c", "print(hash('text'))"]);
    let finished = run_in_empty_folder(&mut command, "").unwrap();
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn options_are_those_of_python() {
    let config = r#"
x_options = ["own=1"]
warn_options = ["error::ResourceWarning", "ignore::FutureWarning", "error::ResourceWarning"]
dev_mode = true
tracemalloc = 5
import_time = 1
perf_profiling = 1
verbose = 1
quiet = true
bytes_warning = 2
warn_default_encoding = true
hash_seed = 42
int_max_str_digits = 1000
cpu_count = 3
code_debug_ranges = false
show_ref_count = true
parser_debug = true
safe_path = true
check_hash_pycs_mode = "always"
pycache_prefix = "/nowhere"
utf8_mode = true
"#;
    let own = [
        "-Werror::ResourceWarning",
        "-Wignore::FutureWarning",
        "-Werror::ResourceWarning",
        "-v",
        "-q",
        "-bb",
        "-d",
        "-P",
        "--check-hash-based-pycs",
        "always",
    ];
    let x_options = [
        "own=1",
        "dev",
        "tracemalloc=5",
        "importtime",
        "perf",
        "warn_default_encoding",
        "int_max_str_digits=1000",
        "cpu_count=3",
        "no_debug_ranges",
        "showrefcount",
        "pycache_prefix=/nowhere",
    ];
    let x_options = x_options.iter().flat_map(|option| ["-X", option]);
    let arguments: Vec<&str> = DEFAULTS.into_iter().chain(own).chain(x_options).collect();
    let pair = Pair::new("options-all", config, &arguments, &[]);
    pair.assert_same();
    let found = &pair.packed;
    assert_eq!((&found["faulthandler"], &found["tracemalloc"]), (&json!(true), &json!(5)));
    assert_eq!((&found["perf"], &found["positions"]), (&json!(true), &json!(false)));
    // In its Python processes, too, which have no argument for it.
    assert_eq!(found["hash"], hash_with("42"));
    assert_eq!(found["child"]["options"]["hash"], found["hash"]);
    assert!(pair.stderr.contains("import time: "), "{}", pair.stderr);
    assert!(pair.stderr.contains("import 'json.decoder' # "), "{}", pair.stderr);
}

#[test]
fn isolated_mode_is_that_of_python() {
    let config = "isolated = true\nfaulthandler = true\nutf8_mode = true";
    let arguments = ["-I", "-S", "-B", "-X", "utf8", "-X", "faulthandler"];
    Pair::new("options-isolated", config, &arguments, &[("PYTHONVERBOSE", "1")]).assert_same();
}

#[test]
fn x_options_do_what_they_do_for_python() {
    let config = r#"
x_options = ["utf8=0", "dev", "tracemalloc", "tracemalloc=7", "warn_default_encoding", "int_max_str_digits=700"]
"#;
    let arguments = "-E -s -S -B -X utf8=0 -X dev -X tracemalloc -X tracemalloc=7 -X warn_default_encoding \
                     -X int_max_str_digits=700";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let pair = Pair::new("options-x", config, &arguments, &[("LC_ALL", "C")]);
    pair.assert_same();
    assert_eq!(pair.packed["filesystem encoding"], "ascii");
}

#[test]
fn what_is_given_goes_before_the_environment() {
    let config =
        "ignore_environment = false\nhash_seed = 42\nfaulthandler = false\nutf8_mode = true";
    let variables = [
        ("PYTHONHASHSEED", "7"),
        ("PYTHONTRACEMALLOC", "3"),
        ("PYTHONFAULTHANDLER", "1"),
        ("PYTHONUTF8", "0"),
    ];
    let arguments = ["-s", "-S", "-B", "-X", "utf8"];
    let pair = Pair::new("options-environment", config, &arguments, &variables);
    assert_eq!(pair.packed["hash"], hash_with("42"));
    assert_eq!(pair.packed["flags"]["utf8_mode"], 1);
    assert_eq!(
        (&pair.packed["faulthandler"], &pair.packed["tracemalloc"]),
        (&json!(false), &json!(3))
    );
    // A process that is Python goes by its environment.
    let child = &pair.packed["child"]["options"];
    assert_eq!(child["hash"], hash_with("7"));
    assert_eq!(child["faulthandler"], true);
}

#[test]
fn options_that_python_has_no_argument_for() {
    let code = r#"this is no Python
import os
# The module `signal` sets a handler itself.
status = dict(line.split(':', 1) for line in open('/proc/self/status'))
print(int(status['SigCgt'], 16) >> 1 & 1, int(status['SigIgn'], 16) >> 12 & 1)
print(os.environ.get('LC_CTYPE'))
"#;
    let config = r#"
[python_config]
skip_source_first_line = true
install_signal_handlers = false
configure_c_stdio = false
malloc_stats = true
coerce_c_locale = 1
coerce_c_locale_warn = true

[python_run]
mode = "file"
path = "PATH"
"#;
    let project = Project::new("options-c", "").unwrap().with("code.py", code).unwrap();
    let path = project.path("code.py");
    project.write("app.toml", &config.replace("PATH", path.to_str().unwrap())).unwrap();
    let application = project.build().unwrap();
    let finished = application.run([""; 0]).unwrap();
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.stdout, "0 0\nC.UTF-8\n");
    assert!(finished.stderr.contains("Python detected LC_CTYPE=C"), "{}", finished.stderr);
    assert!(finished.stderr.contains("arenas allocated total"), "{}", finished.stderr);
}

#[test]
fn a_prompt_follows_what_runs() {
    let config = r#"
[python_config]
inspect = true

[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "package-root"
path = "."
packages = ["asks"]

[python_run]
mode = "module"
module = "asks"
"#;
    let code = "import sys\nanswer = 42\nsys.exit('leaves')\n";
    let project = Project::new("options-inspect", config).unwrap().with("asks.py", code).unwrap();
    let application = project.build().unwrap();
    let finished = terminal::type_into(&application.path, &["answer + 1\n", "exit(3)\n"]);
    for part in ["SystemExit", "leaves", "\n43\n>>> "] {
        assert!(finished.stdout.contains(part), "{part:?} is not shown: {}", finished.stdout);
    }
    assert!(!finished.stdout.contains("Python 3."), "{}", finished.stdout);
    assert_eq!(finished.code, Some(3));
    // Nobody is there.
    let finished = application.run([""; 0]).unwrap();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""), "{finished:?}");
    assert!(finished.stderr.contains("SystemExit: leaves"), "{finished:?}");
}
