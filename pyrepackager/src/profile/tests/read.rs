//! From traces to a profile.

use std::path::PathBuf;

use super::{json, read, trace};
use crate::config::resolved::PythonVersion;
use crate::profile::{FORMAT, Profile, Use};

#[test]
fn several_traces_are_one_profile() {
    let first = trace("3.13.5", &[(Use::Module, "b"), (Use::Module, "a")]);
    let second = trace("3.13.1", &[(Use::Module, "c"), (Use::Module, "b"), (Use::File, "f")]);
    let profile = read(&[json(&first), json(&second)]).unwrap();
    let names: Vec<&str> = profile.order().map(|(_, name)| name).collect();
    assert_eq!(names, ["b", "a", "c", "f"]);
    assert_eq!(profile.imported.iter().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(profile.check(PythonVersion { major: 3, minor: 13 }).is_ok());
    let error = profile.check(PythonVersion { major: 3, minor: 12 }).unwrap_err().to_string();
    assert!(error.ends_with("is of Python 3.13, and the executable is built with Python 3.12"));
}

#[test]
fn what_is_no_trace_is_refused() {
    let mut newer = trace("3.13.5", &[]);
    newer.version = 2;
    let unknown = json(&trace("3.13.5", &[(Use::File, "f")])).replace("\"file\"", "\"flie\"");
    for (text, expected) in [
        (String::new(), "`0.json` is not a trace: the file is empty"),
        ("[".to_owned(), "`0.json` is not a trace: it is no JSON: EOF while parsing a list"),
        (
            "{\"modules\": []}".to_owned(),
            "`0.json` is not a trace: it does not say `\"format\": \"pyoxidizer-trace\"`",
        ),
        (
            format!("{{\"format\": \"{FORMAT}\", \"version\": 1}}"),
            "`0.json` is not a trace: missing field `python`",
        ),
        (json(&newer), "`0.json` has version 2 of the format of traces, and this program knows 1"),
        (json(&trace("3.13.5", &[])), "the trace `0.json` is empty: it names no module"),
        (json(&trace("pypy", &[])), "`0.json` is not a trace: \"pypy\" is no version of Python"),
        (unknown, "`0.json` is not a trace: processes[0].uses[0].what: unknown variant `flie`"),
    ] {
        let error = read(&[text]).unwrap_err().replace("version 1", "1");
        assert!(error.starts_with(expected), "{error}\n{expected}");
    }
    assert!(
        Profile::read(&[PathBuf::from("/nowhere/t.json")], true)
            .unwrap_err()
            .to_string()
            .contains("/nowhere/t.json")
    );
}
