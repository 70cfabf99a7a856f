//! Executables of each release of CPython that is supported.
//!
//! What the other tests find out with the default release is not repeated here: each release has one
//! application, whose behavior must be that of its own `python`. `cargo xtask releases` runs these
//! tests; they download packages or take minutes to build CPython, so that others pass them over.

use std::path::PathBuf;
use std::process::Command;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{distribution, scratch_folder};
use pyrepackager::config::resolved::PythonVersion;

use crate::scenarios::{CONFIG, Scenarios};

/// A package without extension modules, from the index.
const PACKAGE: &str = "attrs==25.4.0";

/// What depends on the release: the importer's start, bytecode, tracebacks, the import system,
/// resources, C libraries, and what starts other interpreters.
const SCENARIOS: &[&[&str]] = &[
    &["arguments", "a", "-b"],
    &["exit_number", "3"],
    &["uncaught"],
    &["chained"],
    &["group"],
    &["with_note"],
    &["thread_fails"],
    &["at_exit"],
    &["import_broken"],
    &["import_missing"],
    &["import_from_missing"],
    &["kinds"],
    &["main_module"],
    &["reload_module"],
    &["folder_first"],
    &["specs"],
    &["loader"],
    &["tree"],
    &["read"],
    &["listing"],
    &["again"],
    &["source"],
    &["opened"],
    &["everywhere"],
    &["libraries"],
    &["foreign"],
    &["database"],
    &["pools"],
    &["spawn"],
    &["interpreters"],
    &["write_unicode"],
    &["properties"],
];

/// Scenarios of what came with later releases.
const NEWER: &[(u8, &str)] = &[(11, "group"), (11, "with_note"), (13, "interpreters")];

/// Compares executables of a release with its `python`.
///
/// `may_lack` are the modules over C libraries that the distribution may not have.
fn check(minor: u8, may_lack: &[&str]) {
    let version = PythonVersion { major: 3, minor };
    let archive = distribution::archive_of(version).unwrap();
    let sha256 = distribution::sha256(&archive).unwrap();
    let python = distribution::open(archive.clone()).unwrap();
    assert_eq!(python.version, version);
    let lacks = |name: &&&str| !python.extensions.contains_key(**name);
    let lacking: Vec<&str> = may_lack.iter().filter(lacks).copied().collect();
    let wheel = wheel();
    let config = format!(
        "[python_distribution]\nlocal_path = {archive:?}\nsha256 = \"{sha256}\"\n\
         [[python_packages]]\ntype = \"wheel\"\npath = {wheel:?}\n{CONFIG}"
    );
    let scenarios = Scenarios::build_with(&format!("python3.{minor}"), &config, python);

    let is_there = |name| NEWER.iter().all(|(since, newer)| name != *newer || minor >= *since);
    for arguments in SCENARIOS.iter().filter(|arguments| is_there(arguments[0])) {
        scenarios.same(arguments);
    }
    imports_the_same(&scenarios);
    let libraries = scenarios.run(&["libraries"]);
    let first = format!("lacking: {}", lacking.join(" "));
    assert_eq!(libraries.stdout.lines().next().map(str::trim_end), Some(first.trim_end()));
    if !lacking.contains(&"_ssl") {
        scenarios.same(&["formats"]);
    }
    let packed = scenarios.run(&["packed_file"]);
    assert_eq!(packed.stdout, "__main__ ['x'] beside\n\n", "{}", packed.stderr);
    let package = scenarios.run(&["package"]);
    assert_eq!(package.stdout, "25.4.0 Point(x=1, y=2)\n", "{}", package.stderr);
}

/// Requires that the same modules of the standard library import. What needs a module that is left out
/// is left out with it, so that exceptions are not compared.
fn imports_the_same(scenarios: &Scenarios) {
    let imported = |stdout: &str| -> Vec<String> {
        stdout.lines().filter(|line| !line.contains(' ')).map(str::to_owned).collect()
    };
    let arguments = ["import_library"];
    let expected = run_in_empty_folder(&mut scenarios.python(&arguments), "").unwrap();
    let expected = imported(&expected.stdout);
    assert!(expected.iter().any(|line| line == "asyncio"), "{expected:?}");
    assert_eq!(imported(&scenarios.run(&arguments).stdout), expected);
}

/// Downloads [`PACKAGE`], by the default release's pip: not every distribution has one.
fn wheel() -> PathBuf {
    let folder = scratch_folder().join("releases");
    let mut pip = Command::new(distribution::python().unwrap());
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest"]);
    assert!(pip.arg(&folder).arg(PACKAGE).status().unwrap().success());
    let is_wheel = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "whl");
    let mut files = fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.find(is_wheel).unwrap()
}

/// What the assembled archives lack on Debian 12. On newer systems they may have it.
const OF_NEWER_SYSTEMS: &[&str] = &["_curses", "_decimal", "_hashlib", "_ssl", "termios"];

#[test]
#[ignore = "run by `cargo xtask releases`: needs a source archive, builds CPython"]
fn cpython_3_10_behaves_as_its_python() {
    check(10, &[]);
}

#[test]
#[ignore = "run by `cargo xtask releases`: builds CPython"]
fn cpython_3_11_behaves_as_its_python() {
    check(11, &[]);
}

#[test]
#[ignore = "run by `cargo xtask releases`: needs a source archive, builds CPython"]
fn cpython_3_12_behaves_as_its_python() {
    check(12, &[]);
}

#[test]
#[ignore = "run by `cargo xtask releases`: downloads packages"]
fn cpython_3_14_behaves_as_its_python() {
    check(14, OF_NEWER_SYSTEMS);
}

#[test]
#[ignore = "run by `cargo xtask releases`: downloads packages"]
fn cpython_3_15_behaves_as_its_python() {
    check(15, OF_NEWER_SYSTEMS);
}
