//! From the files of processes to a trace.

use crate::collect::testing::write;
use crate::profile::{ImportKind, Trace, Use, Used, gather};

const HEADER: &str = r#"{"event":"process","version":1,"python":"3.13.5","process":10,"parent":1,"start":1000,"role":"application","arguments":["app"]}"#;

/// A trace of what processes have written: file name and lines.
fn gathered(files: &[(&str, &[&str])]) -> Result<Trace, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, lines) in files {
        write(folder.path(), &[(name, &lines.join("\n"))]);
    }
    let trace = gather(folder.path(), vec!["app".to_owned()], Some(0));
    let prefix = format!("{}/", folder.path().display());
    trace.map_err(|error| error.to_string().replace(&prefix, ""))
}

#[test]
fn imports_are_nested_within_their_thread() {
    let trace = gathered(&[(
        "10.jsonl",
        &[
            HEADER,
            r#"{"event":"begin","at":10,"thread":0,"module":"a"}"#,
            r#"{"event":"begin","at":20,"thread":1,"module":"x"}"#,
            r#"{"event":"begin","at":30,"thread":0,"module":"a.b"}"#,
            r#"{"event":"use","at":31,"what":"module","name":"a.b"}"#,
            r#"{"event":"use","at":32,"what":"module","name":"a.b"}"#,
            r#"{"event":"end","at":60,"thread":0,"module":"a.b","kind":"packed"}"#,
            r#"{"event":"end","at":70,"thread":1,"module":"x","kind":"failed","detail":"KeyError"}"#,
            r#"{"event":"end","at":110,"thread":0,"module":"a","kind":"built-in"}"#,
            r#"{"event":"finish","at":120}"#,
            "",
        ],
    )])
    .unwrap();
    let process = &trace.processes[0];
    let imports: Vec<_> = process
        .imports
        .iter()
        .map(|i| (i.module.as_str(), i.kind, i.parent, i.start_ns, i.end_ns))
        .collect();
    let expected = [
        ("a", ImportKind::BuiltIn, None, 10, 110),
        ("x", ImportKind::Failed, None, 20, 70),
        ("a.b", ImportKind::Packed, Some(0), 30, 60),
    ];
    assert_eq!(imports, expected);
    assert_eq!(process.self_ns(), [70, 50, 30]);
    assert_eq!(process.uses, [Used { what: Use::Module, name: "a.b".to_owned() }]);
    assert_eq!(process.imports[1].detail.as_deref(), Some("KeyError"));
    assert!(process.finished);
    let stack: Vec<_> = process.stack(2).iter().map(|import| import.module.clone()).collect();
    assert_eq!(stack, ["a", "a.b"]);
}

#[test]
fn a_process_that_was_killed_leaves_what_it_had() {
    let lines = [
        HEADER,
        r#"{"event":"begin","at":10,"thread":0,"module":"a"}"#,
        r#"{"event":"use","at":40,"what":"module","name":"a"}"#,
        r#"{"event":"en"#,
    ];
    let trace = gathered(&[("10.jsonl", &lines)]).unwrap();
    let process = &trace.processes[0];
    assert!(!process.finished);
    let import = &process.imports[0];
    assert_eq!((import.kind, import.total_ns()), (ImportKind::Unfinished, 30));
}

#[test]
fn processes_are_put_together() {
    let child = HEADER.replace("10,\"parent\":1", "9,\"parent\":10").replace("1000", "1500");
    let child = child.replace("application", "python");
    let anew = HEADER.replace("1000", "3000");
    let trace =
        gathered(&[("9.jsonl", &[&child, ""]), ("10.jsonl", &[HEADER, &anew, ""])]).unwrap();
    let processes: Vec<_> = trace
        .processes
        .iter()
        .map(|p| (p.process, p.parent, p.role.as_str(), p.start_ns))
        .collect();
    let expected = [
        (10, None, "application", 0),
        (9, Some(0), "python", 500),
        (10, Some(0), "application", 2000),
    ];
    assert_eq!(processes, expected);
}

#[test]
fn what_is_no_record_is_refused() {
    assert_eq!(gathered(&[]).unwrap_err(), "the application has recorded nothing");
    let error = gathered(&[("1.jsonl", &[HEADER, "{}", ""])]).unwrap_err();
    assert!(
        error.starts_with("`1.jsonl` is not a trace: line 2: missing field `event`"),
        "{error}"
    );
    let error = gathered(&[("1.jsonl", &[r#"{"event":"finish","at":1}"#, ""])]).unwrap_err();
    assert_eq!(error, "`1.jsonl` is not a trace: it does not begin with a process");
    let newer = HEADER.replace("\"version\":1", "\"version\":2");
    let error = gathered(&[("1.jsonl", &[&newer, ""])]).unwrap_err();
    assert!(error.contains("version 2"), "{error}");
}

#[test]
fn the_words_are_those_of_the_runtime() {
    use pyresources::trace::{FAILED, FILE, FOLDER, FOUND, LIBRARY, MODULE, PACKAGE, SOURCE};

    let word = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    for (what, expected) in [
        (Use::Module, MODULE),
        (Use::Source, SOURCE),
        (Use::Found, FOUND),
        (Use::File, FILE),
        (Use::Folder, FOLDER),
        (Use::Package, PACKAGE),
        (Use::Library, LIBRARY),
    ] {
        assert_eq!(word(serde_json::to_value(what).unwrap()), expected);
    }
    assert_eq!(word(serde_json::to_value(ImportKind::Failed).unwrap()), FAILED);
}
