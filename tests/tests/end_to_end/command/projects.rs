//! `pyoxidizer init`, `dist` and `completions`.

use std::process::Command;

use end_to_end::{Application, scratch_folder};
use fs_err as fs;

use super::{fail, folder, names, pyoxidizer, said, succeed};

#[test]
fn a_new_python_project_is_built_and_run() {
    let folder = folder(&[]);
    succeed(folder.path(), &["init", "my-app"]);
    let project = folder.path().join("my-app");
    let (stdout, stderr, code) = said(&project, &["run", "--", "you"]);
    assert_eq!((stdout.as_str(), code), ("hello you\n", Some(0)), "{stderr}");
    succeed(&project, &["build"]);
    assert_eq!(Application::at(project.join("my-app")).succeed([""; 0]).unwrap(), "hello world\n");
    let message = fail(folder.path(), &["init", "my-app"]);
    assert!(message.contains("`my-app` is there already"), "{message}");
    let message = fail(folder.path(), &["init", "1 a"]);
    assert!(message.contains("`1 a` cannot be the name of a project"), "{message}");
    assert_eq!(names(folder.path()), ["my-app"]);
}

#[test]
fn a_new_rust_project_is_built_by_cargo() {
    let folder = folder(&[]);
    succeed(folder.path(), &["init", "--rust", "my-app"]);
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.current_dir(folder.path().join("my-app")).args(["run", "-q", "--", "you"]);
    // Another application of this kind has its crates there.
    build.env("CARGO_TARGET_DIR", scratch_folder().join("rust-app"));
    let output = build.env_remove("PYOXIDIZER_CONFIG").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hello you\n");
}

#[test]
fn the_cache_is_listed_and_cleaned() {
    let folder = folder(&[("cache/builds/old/file", "1234"), ("cache/kept/file", "")]);
    let cache = folder.path().join("cache");
    let with_cache = |arguments: &[&str]| {
        let output =
            pyoxidizer(folder.path(), arguments).env("PYOXIDIZER_CACHE", &cache).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(with_cache(&["dist", "list"]).contains("Runtimes:"));
    let listed: serde_json::Value =
        serde_json::from_str(&with_cache(&["dist", "list", "--json"])).unwrap();
    assert_eq!(listed["runtimes"], serde_json::json!([]));
    with_cache(&["dist", "clean"]);
    assert!(cache.join("builds/old").exists(), "it is in use, perhaps");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(25 * 60 * 60);
    let builds = fs::File::open(cache.join("builds/old")).unwrap();
    builds.into_file().set_modified(old).unwrap();
    with_cache(&["dist", "clean"]);
    assert!(!cache.join("builds/old").exists() && cache.join("kept").exists());
    with_cache(&["dist", "clean", "--all"]);
    assert_eq!(names(&cache), [""; 0]);

    let (stdout, ..) = said(folder.path(), &["dist", "list"]);
    assert!(stdout.contains("cpython-3.13") && stdout.contains("CPython 3.13 for "), "{stdout}");
}

#[test]
fn shells_complete_the_commands() {
    let folder = folder(&[]);
    for shell in ["bash", "zsh", "fish"] {
        let script = succeed(folder.path(), &["completions", shell]);
        assert!(script.contains("pyoxidizer") && script.contains("entry-point"), "{script}");
    }
}
