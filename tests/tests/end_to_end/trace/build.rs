//! `pyoxidizer build` with `--profile` and `--prune`.

use std::path::Path;

use end_to_end::Application;
use fs_err as fs;
use pyresources::Resources;
use serde_json::Value;

use super::{APPLICATION, build, build_with, traced};

#[test]
fn a_build_leaves_out_what_was_not_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, _) = traced("ordinary", 0, folder.path());
    let profile = folder.path().join("trace.json");
    let profile = profile.to_str().unwrap();
    let (path, _) = build("ordered", &["--profile", profile]);
    let ordered = Application::at(path);
    assert_eq!(ordered.succeed(["ordinary"]).unwrap().as_bytes(), whole.stdout);
    ordered.succeed(["late"]).unwrap();
    // By name, `app` goes before `encodings`; but it is loaded later.
    assert!(!is_before(&APPLICATION, "lib/python3.13/encodings", "app/used"));
    assert!(is_before(&ordered.path, "lib/python3.13/encodings", "app/used"));
    assert!(is_before(&ordered.path, "app/used", "app/deep"));

    let (path, notes) = build("pruned", &["--profile", profile, "--prune"]);
    let pruned = Application::at(path);
    assert!(notes.contains("note: left out, as no traced run has used them: "), "{notes}");
    assert!(notes.contains("the largest of what was left out: "), "{notes}");
    assert_eq!(pruned.succeed(["ordinary"]).unwrap().as_bytes(), whole.stdout);
    assert!(pruned.size().unwrap() + 5_000_000 < ordered.size().unwrap());
    let late = pruned.run(["late"]).unwrap();
    assert_eq!(late.code, Some(1));
    let expected = "    from app import unused\n\
        ModuleNotFoundError: No module named 'app.unused'\n\
        'app.unused' was left out by --prune: no traced run had loaded it\n";
    assert!(late.stderr.ends_with(expected), "{}", late.stderr);
    assert!(!late.stderr.contains("importlib"), "{}", late.stderr);
    let spawn = pruned.run(["spawn"]).unwrap().stderr;
    assert!(spawn.contains("'multiprocessing' was left out by --prune"), "{spawn}");

    // A second run adds what it needs.
    fs::rename(folder.path().join("trace.json"), folder.path().join("first.json")).unwrap();
    traced("late", 0, folder.path());
    let first = folder.path().join("first.json");
    let options = ["--profile", first.to_str().unwrap(), "--profile", profile, "--prune"];
    let (path, _) = build("twice", &options);
    let twice = Application::at(path);
    twice.succeed(["late"]).unwrap();
    assert_eq!(twice.succeed(["ordinary"]).unwrap().as_bytes(), whole.stdout);
}

/// Whether the bytecode of a module lies before that of another one in an executable.
fn is_before(executable: &Path, first: &str, second: &str) -> bool {
    let bytes = crate::command::resources(executable);
    let resources = Resources::parse(&bytes).unwrap();
    let address = |name| {
        let entry = resources.module(name).unwrap().unwrap();
        entry.bytecode(0).unwrap().unwrap().bytes.as_ptr()
    };
    address(first) < address(second)
}

#[test]
fn what_is_no_trace_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    traced("fail", 1, folder.path());
    let good = fs::read_to_string(folder.path().join("trace.json")).unwrap();
    let path = folder.path().join("bad.json");
    let refused = |text: &str| {
        fs::write(&path, text).unwrap();
        let output = folder.path().join("app");
        let finished = build_with(&output, &["--profile", path.to_str().unwrap(), "--prune"]);
        assert_eq!(finished.status.code(), Some(1), "{finished:?}");
        assert!(!output.exists());
        let stderr = String::from_utf8_lossy(&finished.stderr).into_owned();
        stderr.replace(folder.path().to_str().unwrap(), "FOLDER")
    };
    let stderr = refused("");
    assert!(stderr.starts_with("error: `FOLDER/bad.json` is not a trace: the file is empty\n"));
    let other = of_another_python(&good);
    let stderr = refused(&other);
    let expected =
        "error: the trace `FOLDER/bad.json` is of Python 3.9, and the executable is built with";
    assert!(stderr.contains(expected), "{stderr}");
    assert!(stderr.contains("hint: trace the application anew"), "{stderr}");

    let alone = build_with(&folder.path().join("app"), &["--prune"]);
    assert_eq!(alone.status.code(), Some(2));
}

/// The trace with another version of Python.
fn of_another_python(trace: &str) -> String {
    let mut value: Value = serde_json::from_str(trace).unwrap();
    value["python"] = "3.9.1".into();
    value.to_string()
}
