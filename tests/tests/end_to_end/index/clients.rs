//! Programs that take from the index: from the served one, and from the static one on a plain web server.

use std::path::Path;

use fs_err as fs;
use serde_json::Value;

use super::{Served, Shelf, fail, succeed};

/// Runs a test with both.
fn with_both(shelf: &Shelf, test: impl Fn(&Served)) {
    test(&shelf.serve(&[]));
    test(&shelf.site());
}

/// An empty folder.
fn target(shelf: &Shelf) -> std::path::PathBuf {
    let folder = shelf.home.path().join("target");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

/// The versions that `module` has in a folder.
fn version(target: &Path, module: &str) -> String {
    fs::read_to_string(target.join(format!("{module}.py"))).unwrap()
}

/// A requirements file with hashes.
fn pinned(shelf: &Shelf, tool: &str) -> std::path::PathBuf {
    let helper = shelf.sha256("helper-1.0-py3-none-any.whl");
    let text = format!("the-tool==1.0 --hash=sha256:{tool}\nhelper==1.0 --hash=sha256:{helper}\n");
    shelf.write("requirements.txt", &text)
}

#[test]
fn pip_and_uv_install_with_hashes() {
    let shelf = Shelf::filled();
    let tool = shelf.sha256("The_Tool-1.0-py3-none-any.whl");
    with_both(&shelf, |served| {
        for program in ["pip", "uv"] {
            let install = |requirements: &Path, target: &Path| {
                let mut command = shelf.client(program);
                match program {
                    "pip" => command.args(["install", "--index-url"]),
                    _ => command.args(["pip", "install", "--default-index"]),
                };
                command.arg(served.simple()).args(["--require-hashes", "-r"]).arg(requirements);
                command.arg("--target").arg(target);
                command
            };
            let folder = target(&shelf);
            succeed(&mut install(&pinned(&shelf, &tool), &folder));
            assert_eq!(version(&folder, "the_tool"), "VERSION = '1.0'\n");
            assert_eq!(version(&folder, "helper"), "VERSION = '1.0'\n");
            let wrong = pinned(&shelf, &"0".repeat(64));
            let said = fail(&mut install(&wrong, &target(&shelf)));
            let words = ["DO NOT MATCH", "Hash mismatch", "hash mismatch", "not match"];
            assert!(words.iter().any(|word| said.contains(word)), "{said}");
        }
    });
}

#[test]
fn requirements_are_resolved_by_metadata_alone() {
    let shelf = Shelf::filled();
    with_both(&shelf, |served| {
        let report = shelf.home.path().join("report.json");
        let mut pip = shelf.client("pip");
        pip.args(["install", "--dry-run", "--quiet", "--target", "none", "--index-url"]);
        succeed(pip.arg(served.simple()).arg("--report").arg(&report).arg("the-tool"));
        let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
        let mut found: Vec<_> = report["install"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| {
                let metadata = &item["metadata"];
                format!(
                    "{}=={}",
                    metadata["name"].as_str().unwrap(),
                    metadata["version"].as_str().unwrap()
                )
            })
            .collect();
        found.sort();
        assert_eq!(found, ["The_Tool==1.0", "helper==1.0"]);

        let requirements = shelf.write("requirements.in", "the-tool\n");
        let mut uv = shelf.client("uv");
        uv.args(["pip", "compile", "--generate-hashes", "--default-index"]).arg(served.simple());
        let said = succeed(uv.arg(requirements));
        let tool = shelf.sha256("The_Tool-1.0-py3-none-any.whl");
        assert!(said.contains("the-tool==1.0") && said.contains("helper==1.0"), "{said}");
        assert!(said.contains(&tool), "{said}");

        served.wait_for(&["/files/the-tool/The_Tool-1.0-py3-none-any.whl.metadata"]);
        let lines = served.lines.lock().unwrap();
        let is_wheel = |line: &String| line.contains("/files/") && !line.contains(".metadata");
        assert!(!lines.iter().any(is_wheel), "{lines:?}");
    });
}

#[test]
fn prereleases_and_other_pythons_are_chosen_when_they_are_meant() {
    let shelf = Shelf::filled();
    with_both(&shelf, |served| {
        for (program, pre) in [("pip", &["--pre"][..]), ("uv", &["--prerelease", "allow"])] {
            let install = |arguments: &[&str]| {
                let folder = target(&shelf);
                let mut command = shelf.client(program);
                match program {
                    "pip" => command.args(["install", "--index-url"]),
                    _ => command.args(["pip", "install", "--default-index"]),
                };
                succeed(command.arg(served.simple()).arg("--target").arg(&folder).args(arguments));
                folder
            };
            let folder = install(&["the-tool"]);
            assert_eq!(version(&folder, "the_tool"), "VERSION = '1.0'\n");
            // Neither the yanked file nor the one for another Python.
            assert_eq!(version(&folder, "helper"), "VERSION = '1.0'\n");
            let folder = install(&[pre, &["the_tool"]].concat());
            assert_eq!(version(&folder, "the_tool"), "VERSION = '2.0b1'\n");
        }
    });
}

#[test]
fn yanked_files_are_for_who_asks_for_their_version() {
    let shelf = Shelf::filled();
    with_both(&shelf, |served| {
        let folder = target(&shelf);
        let mut pip = shelf.client("pip");
        pip.args(["install", "helper==1.1", "--index-url"]).arg(served.simple());
        let said = succeed(pip.arg("--target").arg(&folder));
        assert!(said.contains("it breaks things"), "{said}");
        let mut uv = shelf.client("uv");
        uv.args(["pip", "install", "helper==1.1", "--default-index"]).arg(served.simple());
        let said = succeed(uv.arg("--target").arg(target(&shelf)));
        assert!(said.contains("it breaks things"), "{said}");
        let mut pip = shelf.client("pip");
        pip.args(["install", "helper>=1.1", "--target", "none", "--index-url"]);
        let said = fail(pip.arg(served.simple()));
        assert!(said.contains("No matching distribution found for helper>=1.1"), "{said}");
    });
}

#[test]
fn broken_wheels_are_left_out_and_the_rest_is_served() {
    let shelf = Shelf::filled();
    let served = shelf.serve(&[]);
    let mut pip = shelf.client("pip");
    pip.args(["install", "broken", "--target", "none", "--index-url"]).arg(served.simple());
    let said = fail(&mut pip);
    assert!(said.contains("No matching distribution found for broken"), "{said}");
    served.wait_for(&["broken-1.0-py3-none-any.whl", "left out", "not a whole zip archive"]);
    served.wait_for(&["all files were looked into", "\"left_out\":1"]);
}

#[test]
fn poetry_locks_and_installs() {
    let shelf = Shelf::filled();
    with_both(&shelf, |served| {
        let project = format!(
            "[project]\nname = \"app\"\nversion = \"1.0\"\nrequires-python = \">=3.13,<4\"\n\
             dependencies = [\"the-tool (>=1.0)\"]\n\
             [tool.poetry]\npackage-mode = false\n\
             [[tool.poetry.source]]\nname = \"ours\"\nurl = \"{}\"\npriority = \"primary\"\n",
            served.simple()
        );
        shelf.write("pyproject.toml", &project);
        let poetry = |arguments: &[&str]| {
            let mut poetry = shelf.client("poetry");
            poetry
                .env("POETRY_VIRTUALENVS_IN_PROJECT", "1")
                .arg("--no-interaction")
                .args(arguments);
            succeed(&mut poetry)
        };
        poetry(&["lock"]);
        let lock = fs::read_to_string(shelf.home.path().join("poetry.lock")).unwrap();
        let hash = shelf.sha256("helper-1.0-py3-none-any.whl");
        assert!(lock.contains(&hash) && lock.contains("name = \"the-tool\""), "{lock}");
        poetry(&["install"]);
        let python = shelf.home.path().join(".venv/bin/python");
        let mut command = std::process::Command::new(python);
        let said = succeed(command.args(["-c", "import the_tool, helper; print(helper.VERSION)"]));
        assert_eq!(said, "1.0\n");
        for name in [".venv", "poetry.lock"] {
            let path = shelf.home.path().join(name);
            if path.is_dir() {
                fs::remove_dir_all(path).unwrap()
            } else {
                fs::remove_file(path).unwrap()
            }
        }
    });
}

#[test]
fn wheels_of_the_public_index_are_served_as_they_are() {
    // The clients' own wheels, of which some have hundreds of requirements and odd metadata.
    let shelf = Shelf::new();
    let mut pip = shelf.client("pip");
    succeed(pip.args(["download", "--quiet", "twine==7.0.0", "-d"]).arg(shelf.folder.path()));
    let count = fs::read_dir(shelf.folder.path()).unwrap().count();
    assert!(count > 10);
    let served = shelf.serve(&[]);
    served.wait_for(&["all files were looked into", "\"left_out\":0"]);
    let mut uv = shelf.client("uv");
    uv.args(["pip", "install", "twine", "--default-index"]).arg(served.simple());
    succeed(uv.arg("--target").arg(target(&shelf)));
}
