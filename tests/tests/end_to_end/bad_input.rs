//! What `cargo build` says to mistakes: one clear error, and everything is usable afterwards.

use std::path::Path;
use std::process::Command;

use end_to_end::project::CargoBuild;
use end_to_end::{Profile, Project, distribution};

const STDLIB: &str = "[[python_packages]]\ntype = \"stdlib\"\n";

/// Builds, requires that it fails without a panic, and returns what our build script wrote: what
/// Cargo adds is cut off.
fn failure(project: &Project) -> String {
    message_of(project.cargo(Profile::Dev))
}

/// As [`failure`], for a build that sees something special.
pub fn message_of(build: CargoBuild) -> String {
    let stderr = build.run().unwrap().expect_failure().unwrap();
    let (_, ours) = stderr.split_once("--- stderr\n").unwrap_or(("", &stderr));
    let errors = ours.lines().filter(|line| line.trim_start().starts_with("error")).count();
    assert_eq!(errors, 1, "not one error:\n{stderr}");
    ours.trim_end().lines().map(str::trim_start).collect::<Vec<_>>().join("\n")
}

/// Requires that every text is part of `message`.
pub fn assert_contains(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not said:\n{message}");
    }
}

#[test]
fn an_unknown_key() {
    let project = Project::new(
        "bad-key",
        "[python_run]\nmode = \"noop\"\n\n[python_config]\noptimise_level = 1\n",
    )
    .unwrap();
    let message = failure(&project);
    assert_contains(
        &message,
        &["app.toml:5:1", "unknown key `optimise_level`", "hint: did you mean `optimize_level`?"],
    );
    // A good file afterwards is all that it takes.
    project.write("app.toml", "[python_run]\nmode = \"eval\"\ncode = \"print(1)\"\n").unwrap();
    assert_eq!(project.build().unwrap().succeed::<&str>([]).unwrap(), "1\n");
}

#[test]
fn text_that_is_no_toml() {
    let project = Project::new("bad-toml", "[python_run\nmode = 1\n").unwrap();
    assert_contains(&failure(&project), &["app.toml:1:"]);
}

#[test]
fn a_file_that_is_not_there() {
    let project = Project::new("bad-config-path", "").unwrap();
    fs_err::remove_file(project.path("app.toml")).unwrap();
    assert_contains(&failure(&project), &["app.toml", "PYOXIDIZER_CONFIG"]);
}

#[test]
fn a_wrong_hash() {
    let archive = Project::new("bad-hash-archive", "").unwrap();
    archive.write("archive.tar.zst", "not what was promised").unwrap();
    let path = archive.path("archive.tar.zst");
    let found = distribution::sha256(&path).unwrap();
    let promised = "a".repeat(64);
    let project = Project::new("bad-hash", &local_archive(&path, &promised)).unwrap();
    let message = failure(&project);
    assert_contains(&message, &[&promised, &found, path.to_str().unwrap(), "hint: "]);
}

#[test]
fn an_archive_that_is_none() {
    let archive = Project::new("bad-archive-file", "").unwrap();
    archive.write("archive.tar.zst", "neither zstd nor tar").unwrap();
    let path = archive.path("archive.tar.zst");
    let hash = distribution::sha256(&path).unwrap();
    let project = Project::new("bad-archive", &local_archive(&path, &hash)).unwrap();
    assert_contains(&failure(&project), &[path.to_str().unwrap(), "hint: "]);
}

fn local_archive(path: &Path, sha256: &str) -> String {
    format!("[python_distribution]\nlocal_path = {path:?}\nsha256 = \"{sha256}\"\n")
}

#[test]
fn an_archive_that_is_not_there() {
    let config = local_archive(Path::new("missing.tar.zst"), &"a".repeat(64));
    let project = Project::new("bad-archive-path", &config).unwrap();
    let place = project.path("missing.tar.zst");
    assert_contains(&failure(&project), &["app.toml:2:", place.to_str().unwrap()]);
}

#[test]
fn an_address_that_nobody_answers() {
    // Port 9 of this machine: connections are refused at once.
    let config = format!(
        "[python_distribution]\nurl = \"http://127.0.0.1:9/cpython.tar.zst\"\nsha256 = \"{}\"\n",
        "b".repeat(64)
    );
    let message = failure(&Project::new("bad-url", &config).unwrap());
    assert_contains(&message, &["http://127.0.0.1:9/cpython.tar.zst", "hint: "]);
}

#[test]
fn a_folder_that_is_not_there() {
    let config = format!(
        "{STDLIB}\n[[python_packages]]\ntype = \"package-root\"\npath = \"absent\"\npackages = [\"x\"]\n"
    );
    let project = Project::new("bad-folder", &config).unwrap();
    let place = project.path("absent");
    assert_contains(&failure(&project), &["app.toml:6:", place.to_str().unwrap()]);
}

#[test]
fn a_package_that_is_not_there() {
    let config = format!(
        "{STDLIB}\n[[python_packages]]\ntype = \"package-root\"\npath = \".\"\npackages = [\"helo\"]\n"
    );
    let project = Project::new("bad-package", &config).unwrap();
    let project = project.with("hello/__init__.py", "").unwrap();
    let message = failure(&project);
    assert_contains(&message, &["helo", project.folder().to_str().unwrap(), "hint: "]);
}

#[test]
fn a_module_with_a_syntax_error() {
    let config = format!(
        "{STDLIB}\n[[python_packages]]\ntype = \"package-root\"\npath = \".\"\npackages = [\"app\"]\n\n\
         [python_run]\nmode = \"module\"\nmodule = \"app\"\n"
    );
    let project = Project::new("bad-module", &config).unwrap();
    let project = project.with("app.py", "print('one')\nif True print('two')\n").unwrap();
    let place = format!("{}:2", project.path("app.py").display());
    let message = failure(&project);
    assert_contains(&message, &[&place, "app", "syntax"]);
    project.write("app.py", "print('one')\n").unwrap();
    assert_eq!(project.build().unwrap().succeed::<&str>([]).unwrap(), "one\n");
}

#[test]
fn an_extension_that_there_is_not() {
    let config = "[python_extensions]\npolicy = \"explicit-includes\"\nincludes = [\"_sqlite\"]\n";
    let message = failure(&Project::new("bad-extension", config).unwrap());
    assert_contains(&message, &["_sqlite", "_sqlite3"]);
}

#[test]
fn no_c_compiler() {
    let project = Project::new("bad-compiler", "[python_run]\nmode = \"noop\"\n").unwrap();
    // Crates that are compiled by now need none; the variable CC would have them compiled again.
    project.build().unwrap().succeed::<&str>([]).unwrap();
    project.write("app.toml", "[python_run]\nmode = \"repl\"\n").unwrap();
    project.write("bin/.keep", "").unwrap();
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    let rustc = Path::new(str::from_utf8(&sysroot).unwrap().trim_end()).join("bin/rustc");
    fs_err::os::unix::fs::symlink(rustc, project.path("bin/rustc")).unwrap();
    let mut build = project.cargo(Profile::Dev);
    build.command.env("PATH", project.path("bin"));
    let stderr = build.run().unwrap().expect_failure().unwrap();
    assert_contains(&stderr, &["error: ", "C compiler", "hint: ", "gcc"]);
    project.write("app.toml", "[python_run]\nmode = \"noop\"\n").unwrap();
    project.build().unwrap().succeed::<&str>([]).unwrap();
}
