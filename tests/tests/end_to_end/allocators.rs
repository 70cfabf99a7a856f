//! Which allocator serves Python's memory: `[allocator]`.

use std::process::{Command, Output};
use std::sync::LazyLock;

use end_to_end::project::CargoBuild;
use end_to_end::{Application, Profile, Project, command, workspace};

/// A program that says where its memory comes from: `tests/embedding/src/bin/allocators.rs`.
static PROGRAM: LazyLock<Application> = LazyLock::new(|| {
    let mut build = CargoBuild::new("allocators", Profile::Dev)
        .executable("allocators", &["--locked", "--bin", "allocators"]);
    let command = build.command.current_dir(workspace().join("tests/embedding"));
    command.env_remove("PYO3_CONFIG_FILE");
    build.run().unwrap().expect_application().unwrap()
});

/// Has the program do something, and ends it after a while if it does not end.
fn run(backend: &str, serves: &str, action: &str, environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new("timeout");
    command.arg("120").arg(&PROGRAM.path).args([backend, serves, action]);
    command.env_remove("PYTHONMALLOC").env_remove("PYTHONDEVMODE");
    command.envs(environment.iter().copied()).output().unwrap()
}

/// What the program prints, which has to succeed.
fn printed(backend: &str, serves: &str, action: &str, environment: &[(&str, &str)]) -> String {
    let output = run(backend, serves, action, environment);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{backend} {serves} {action}: {output:?} {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// All that an allocator can be asked to serve together.
const SERVED: [&str; 4] = ["raw", "raw,mem,obj", "raw,arenas", "mem,obj,debug"];

/// Which kinds of memory come from mimalloc: of the raw domain, small objects and large ones; and whether there are debug
/// hooks.
fn origin(backend: &str, serves: &str, environment: &[(&str, &str)]) -> [bool; 4] {
    let text = printed(backend, serves, "origin", environment);
    let words = text.trim_end().split(", ");
    let values: Vec<bool> = words.map(|words| words.ends_with(" true")).collect();
    values.try_into().unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn mimalloc_serves_the_domains_that_it_is_to_serve() {
    let origin = |backend, serves| origin(backend, serves, &[]);
    assert_eq!(origin("default", "raw,mem,obj,arenas"), [false, false, false, false]);
    assert_eq!(origin("default", "debug"), [false, false, false, true]);
    assert_eq!(origin("mimalloc", "raw"), [true, false, true, false]);
    assert_eq!(origin("mimalloc", "mem,obj"), [false, true, true, false]);
    assert_eq!(origin("mimalloc", "arenas"), [false, true, false, false]);
    assert_eq!(origin("mimalloc", "raw,mem,obj,debug"), [true, true, true, true]);
}

#[test]
fn rust_serves_the_domains_that_it_is_to_serve() {
    let counts = |serves| printed("rust", serves, "count", &[]);
    assert_eq!(counts("mem"), "0 for each object, 64 MB, 0 MB\n");
    assert_eq!(counts("raw"), "0 for each object, 64 MB, 0 MB\n");
    // A tuple of one object has 48 bytes.
    assert_eq!(counts("arenas"), "0 for each object, 0 MB, 40 MB\n");
    assert_eq!(counts("raw,obj"), "1 for each object, 64 MB, 56 MB\n");
}

#[test]
fn the_environment_names_another_allocator_or_adds_debug_hooks() {
    let all = "raw,mem,obj";
    let with = |variable, value| origin("mimalloc", all, &[(variable, value)]);
    assert_eq!(with("PYTHONMALLOC", "default"), [true, true, true, false]);
    assert_eq!(with("PYTHONMALLOC", "debug"), [true, true, true, true]);
    assert_eq!(with("PYTHONDEVMODE", "1"), [true, true, true, true]);
    assert_eq!(with("PYTHONMALLOC", "pymalloc"), [false, false, false, false]);
    assert_eq!(with("PYTHONMALLOC", "pymalloc_debug"), [false, false, false, true]);
    assert_eq!(with("PYTHONMALLOC", "malloc"), [false, false, false, false]);
    assert_eq!(with("PYTHONMALLOC", "malloc_debug"), [false, false, false, true]);
    let unknown = run("mimalloc", all, "origin", &[("PYTHONMALLOC", "mine")]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("PYTHONMALLOC: unknown allocator"));
}

#[test]
fn threads_and_forked_processes_use_any_allocator() {
    for backend in ["rust", "mimalloc"] {
        for serves in SERVED {
            for action in ["threads", "processes"] {
                printed(backend, serves, action, &[]);
            }
        }
        for serves in ["raw", "raw,mem,obj"] {
            printed(backend, serves, "forks", &[]);
        }
    }
}

#[test]
fn programs_end_and_report_with_any_allocator() {
    for backend in ["default", "rust", "mimalloc"] {
        for serves in SERVED {
            printed(backend, serves, "reports", &[]);
            // CPython's hooks do not survive a thread that frees while the interpreter ends.
            if !serves.contains("debug") {
                (0..20).for_each(|_| drop(printed(backend, serves, "end", &[])));
            }
        }
    }
}

const HELLO: &str = "[[python_packages]]\ntype = \"stdlib\"\ninclude_source = false\n\n\
                     [python_run]\nmode = \"eval\"\ncode = \"print(len(bytearray(300 << 20)))\"\n\n";

#[test]
fn an_allocator_that_is_not_compiled_in_ends_the_build() {
    let config = format!("{HELLO}[allocator]\nbackend = \"jemalloc\"\n");
    let project = Project::new("allocator-not-compiled-in", &config).unwrap();
    let message = project.cargo(Profile::Dev).run().unwrap().expect_failure().unwrap();
    let expected =
        "error: `backend = \"jemalloc\"` in [allocator] needs the feature `jemalloc` of `pyembed`";
    assert!(message.contains(expected), "{message}");
    assert!(message.contains("app.toml:9"), "{message}");
    assert!(message.contains("features = [\"jemalloc\"]"), "{message}");
}

#[test]
fn the_command_makes_a_runtime_with_an_allocator() {
    let config = format!("{HELLO}[allocator]\nbackend = \"mimalloc\"\n");
    let project = Project::new("allocator-of-the-command", &config).unwrap();
    let executable = project.path("app");
    let mut build = Command::new(command::command().unwrap());
    build.args(["-q", "build", "app.toml", "-o"]).arg(&executable).current_dir(project.folder());
    command::succeed(&mut build).unwrap();
    let mut application = Application::at(executable).command([""; 0]);
    let output = application.env("MIMALLOC_SHOW_STATS", "1").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "314572800\n");
    let stats = String::from_utf8_lossy(&output.stderr).into_owned();
    let peak = stats.lines().find(|line| line.trim_start().starts_with("reserved"));
    assert!(peak.is_some(), "{stats}");
    let bill = fs_err::read_to_string(project.path("licenses/sbom.cdx.json")).unwrap();
    assert!(bill.contains("libmimalloc-sys"));
}
