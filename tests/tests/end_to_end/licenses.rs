//! What goes in, said beside the executable and by it.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::application::{Finished, run, run_in_empty_folder};
use end_to_end::project::{Lock, Profile};
use end_to_end::{Application, Project, distribution, scratch_folder};
use fs_err as fs;
use serde_json::Value;

use crate::bad_input::{assert_contains, message_of};

const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"

[[python_packages]]
type = "virtualenv"
path = "venv"

[python_run]
mode = "eval"
code = "pass"

[licenses]
embed = true
"#;

/// SHA-256 that an installer wrote.
const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// A project with distributions of several kinds.
fn project(name: &str, config: &str) -> Project {
    let url = format!(
        r#"{{"url": "file:///x.whl", "archive_info": {{"hashes": {{"sha256": "{DIGEST}"}}}}}}"#
    );
    let files = [
        ("demo/__init__.py", ""),
        (
            "Demo.Pkg-1.2.dist-info/METADATA",
            "Metadata-Version: 2.4\nName: Demo.Pkg\nVersion: 1.2\nLicense-Expression: MIT OR \
             GPL-3.0-only\nLicense-File: LICENSE.txt\n",
        ),
        ("Demo.Pkg-1.2.dist-info/licenses/LICENSE.txt", "Terms of demo: ☕\n"),
        ("Demo.Pkg-1.2.dist-info/direct_url.json", url.as_str()),
        (
            "plain-3.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: plain\nVersion: 3\nClassifier: License :: OSI Approved \
             :: ISC License (ISCL)\n",
        ),
        ("odd-0.dist-info/METADATA", "Name: odd\nVersion: 0\nLicense: as you like\n"),
    ];
    let project = Project::new(name, config).unwrap();
    project.write("venv/pyvenv.cfg", "version = 3.13\n").unwrap();
    for (path, text) in files {
        project.write(&format!("venv/lib/python3.13/site-packages/{path}"), text).unwrap();
    }
    project
}

/// Builds, and returns the executable and the files of its folder of licences: path and content.
fn build(project: &Project) -> (Application, Vec<(String, String)>) {
    let lock = Lock::acquire().unwrap();
    let outcome = project.cargo(Profile::Dev).run_holding(&lock).unwrap();
    let application = outcome.expect_application().unwrap();
    let folder = scratch_folder().join("target/debug/licenses");
    let mut files = Vec::new();
    read(&folder, &folder, &mut files);
    files.sort();
    (application, files)
}

fn read(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned()));
        }
    }
}

/// What `python -m _licenses ARGUMENTS` does in an executable.
fn module(application: &Application, arguments: &[&str]) -> Finished {
    let mut command = application.command(["-I", "-m", "_licenses"]);
    command.args(arguments).env("PYEMBED_INTERPRETER", "1");
    run_in_empty_folder(&mut command, "").unwrap()
}

#[test]
fn everything_that_goes_in_is_named_with_its_license() {
    let (application, files) = build(&project("licenses", CONFIG));
    let content = |name: &str| {
        let found = files.iter().find(|(path, _)| path == name);
        &found.unwrap_or_else(|| panic!("no {name}")).1
    };

    let readme = content("README.txt");
    for line in [
        &["CPython", "Python-2.0"][..],
        &["libz", "Zlib", "libraries/libz"],
        &["Demo.Pkg 1.2", "MIT OR GPL-3.0-only", "distributions/Demo.Pkg"],
        &["plain 3", "ISC", "distributions/plain"],
        &["odd 0", "as you like", "(no text)"],
        &["pyembed 0.1.0", "MIT OR Apache-2.0", "crates/pyembed-0.1.0"],
        &["pyo3 ", "MIT OR Apache-2.0"],
        &["std ", "MIT OR Apache-2.0"],
    ] {
        let has = |row: &str| line.iter().all(|word| row.contains(word));
        assert!(readme.lines().any(has), "{line:?}\n{readme}");
    }
    for absent in ["pyrepackager", "proc-macro2", "syn "] {
        assert!(!readme.contains(absent), "{absent} is not linked");
    }
    assert_eq!(content("distributions/Demo.Pkg/LICENSE.txt"), "Terms of demo: ☕\n");
    assert!(content("distributions/plain/SPDX-ISC.txt").contains("Permission to use, copy"));
    assert!(content("python/LICENSE.cpython.txt").contains("PYTHON SOFTWARE FOUNDATION"));
    assert!(content("crates/pyembed-0.1.0/LICENSE-MIT").contains("Permission is hereby granted"));

    let sbom = content("sbom.cdx.json");
    let printed = module(&application, &["--sbom"]);
    assert_eq!((printed.code, &printed.stdout), (Some(0), sbom), "{}", printed.stderr);
    let listed = module(&application, &["--list"]);
    assert!(listed.stdout.contains("plain 3") && listed.stdout.contains("pyo3 "), "{listed:?}");
    let demo = module(&application, &["demo_pkg"]);
    assert!(demo.stdout.contains("Terms of demo: ☕"), "{demo:?}");
    let all = module(&application, &[]);
    assert!(all.stdout.starts_with(&listed.stdout) && all.stdout.contains("Terms of demo: ☕"));
    assert_eq!(module(&application, &["absent"]).code, Some(1));
    assert_eq!(module(&application, &["--wrong"]).code, Some(2));
}

#[test]
fn the_bill_of_materials_is_valid_for_an_independent_validator() {
    let (_, files) = build(&project("sbom", CONFIG));
    let (_, sbom) = files.iter().find(|(path, _)| path == "sbom.cdx.json").unwrap();
    let document: Value = serde_json::from_str(sbom).unwrap();
    let components = document["components"].as_array().unwrap();
    let demo = components.iter().find(|one| one["name"] == "Demo.Pkg").unwrap();
    assert_eq!(demo["purl"], "pkg:pypi/demo-pkg@1.2");
    assert_eq!(demo["hashes"][0]["content"], DIGEST);
    let zlib = components.iter().find(|one| one["name"] == "libz").unwrap();
    assert_eq!(zlib["hashes"][0]["alg"], "SHA-256");
    let users = zlib["properties"].as_array().unwrap().iter().map(|one| &one["value"]);
    assert!(users.clone().any(|user| user == "zlib"), "{:?}", users.collect::<Vec<_>>());

    let validator = validator();
    let validate = |text: &str| {
        let mut command = Command::new(&validator);
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/python/validate_sbom.py");
        run(command.args(["-X", "utf8"]).arg(script), text).unwrap()
    };
    let valid = validate(sbom);
    assert_eq!(valid.code, Some(0), "{}", valid.stderr);
    assert_eq!(valid.stdout.lines().count(), components.len());
    assert!(valid.stdout.contains("library Demo.Pkg 1.2\n"), "{}", valid.stdout);
    for (from, to) in [("\"library\"", "\"libary\""), ("urn:uuid:", "uuid:")] {
        let refused = validate(&sbom.replace(from, to));
        assert!(refused.stderr.contains("not valid"), "{to} passes: {}", refused.stdout);
    }
}

#[test]
fn licenses_that_are_not_permitted_end_the_build() {
    let config = |rules: &str| CONFIG.replace("embed = true", rules);
    let project = project("denied-licenses", &config("deny = [\"ISC\"]"));
    let refused = |rules: &str| {
        project.write("app.toml", &config(rules)).unwrap();
        message_of(project.cargo(Profile::Dev))
    };
    let message = refused("deny = [\"ISC\"]");
    assert_contains(
        &message,
        &["[licenses] at line 13", "Python package plain 3", "ISC", "hint: "],
    );
    assert!(!message.contains("Demo.Pkg"), "{message}");
    // Demo.Pkg can be used under MIT, so that only its other choice is denied.
    let message = refused("deny = [\"GPL-3.0\"]\nallow = [\"MIT\"]");
    assert_contains(&message, &["plain 3", "odd 0", "CPython 3.13.5", "clarify"]);
    assert!(!message.contains("Demo.Pkg"), "{message}");
    let allowed = "allow = [\"MIT\", \"ISC\", \"Python-2.0\", \"CNRI-Python\", \"Apache-2.0\", \
                   \"BSD-2-Clause\", \"BSD-3-Clause\", \"Beerware\", \"X11\", \"Zlib\", \"BSL-1.0\", \
                   \"bzip2-1.0.6\", \"LicenseRef-Public-Domain\"]\nclarify = [\"odd = MIT\"]";
    project.write("app.toml", &config(allowed)).unwrap();
    project.build().unwrap().succeed::<&str>([]).unwrap();
}

#[test]
fn an_application_with_few_modules_prints_its_licenses() {
    let config = format!(
        "{CONFIG}\n[[python_packages]]\ntype = \"filter-file-include\"\npath = \"modules.txt\"\n"
    );
    let project = project("few-licenses", &config);
    project.write("modules.txt", "demo\nlinecache\n").unwrap();
    let (application, _) = build(&project);
    // `-c` needs `linecache`; `runpy`, which `-m` needs, is not there.
    let code = "import _licenses; _licenses.main(['--list'])";
    let mut command = application.command(["-c", code]);
    let listed = run_in_empty_folder(command.env("PYEMBED_INTERPRETER", "1"), "").unwrap();
    listed.expect_success().unwrap();
    assert!(listed.stdout.contains("plain 3"), "{listed:?}");
}

/// An interpreter with the validator that CycloneDX's makers publish; installed once.
fn validator() -> PathBuf {
    let folder = scratch_folder().join("validator");
    let python = folder.join("bin/python");
    let succeeds =
        |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
    if !succeeds(Command::new(&python).args(["-c", "import cyclonedx.schema, jsonschema"])) {
        let base = distribution::python().unwrap();
        assert!(succeeds(Command::new(base).args(["-m", "venv", "--clear"]).arg(&folder)));
        let requirement = "cyclonedx-python-lib[json-validation]==11.12.0";
        let mut pip = Command::new(&python);
        assert!(succeeds(pip.args(["-m", "pip", "install", "--quiet", requirement])));
    }
    python
}
