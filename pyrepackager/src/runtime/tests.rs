use fs_err as fs;

use super::{Record, RuntimeError, Shelf, Wanted};
use crate::cache::Cache;
use crate::config::resolved::DistributionRequest::{Unpacked, Version};
use crate::config::resolved::{PythonVersion, Sha256Digest};
use crate::licenses::{Component, ComponentKind, License, LicenseText};
use crate::reporter::Silent;

const TARGET: &str = "x86_64-unknown-linux-gnu";
const PYTHON: PythonVersion = PythonVersion { major: 3, minor: 13 };

fn record() -> Record {
    let mut record = Record::new("0.1.0", TARGET, PYTHON, Sha256Digest([7; 32]));
    record.extensions = vec!["_ssl".to_owned()];
    record.bootstrap = vec![("part".to_owned(), "x = 1\n".to_owned())];
    let license = |license| Component { license, ..Component::new(ComponentKind::Crate, "x") };
    let expression = spdx::Expression::parse("MIT OR Apache-2.0").unwrap();
    let texts = vec![LicenseText { name: "LICENSE".to_owned(), content: b"text".to_vec() }];
    record.set_crates(&[
        Component { texts, ..license(License::from(expression)) },
        license(License::Text("my own terms".to_owned())),
        license(License::Unknown),
    ]);
    record
}

#[test]
fn what_was_stored_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let shelf = Shelf::open(&cache).unwrap();
    let executable = folder.path().join("pyapp");
    fs::write(&executable, "first").unwrap();
    let record = record();
    let request = &Version(PYTHON);
    let wanted = Wanted { version: "0.1.0", target: TARGET, request, added: "", allocator: None };
    let find = || shelf.find(&wanted).unwrap();
    assert_eq!(find(), None);
    let stored = shelf.store(&executable, &executable, &record, &Silent).unwrap();
    assert_eq!(find(), Some(stored.clone()));
    assert_eq!(stored.record, record);
    fs::write(&executable, "second").unwrap();
    shelf.store(&executable, &executable, &record, &Silent).unwrap();
    assert_eq!(fs::read_to_string(&stored.executable).unwrap(), "second");
    let request = &Unpacked(Sha256Digest([7; 32]));
    assert_eq!(shelf.find(&Wanted { request, ..wanted }).unwrap(), Some(stored));
    let request = &Unpacked(Sha256Digest([8; 32]));
    assert_eq!(shelf.find(&Wanted { request, ..wanted }).unwrap(), None);
    assert_eq!(shelf.find(&Wanted { version: "0.2.0", ..wanted }).unwrap(), None);
    assert_eq!(shelf.names().unwrap(), [format!("0.1.0-{TARGET}-0707070707070707")]);
}

#[test]
fn crates_stay_what_they_are() {
    let crates = record().crates();
    assert_eq!(crates[0].license.to_string(), "MIT OR Apache-2.0");
    assert!(matches!(crates[0].license, License::Expression(_)));
    assert_eq!(crates[0].texts[0].content, b"text");
    assert_eq!(crates[1].license, License::Text("my own terms".to_owned()));
    assert_eq!(crates[2].license, License::Unknown);
}

#[test]
fn a_damaged_record_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().join("cache"));
    let shelf = Shelf::open(&cache).unwrap();
    let executable = folder.path().join("pyapp");
    fs::write(&executable, "").unwrap();
    let record = record();
    let stored = shelf.store(&executable, &executable, &record, &Silent).unwrap();
    fs::write(stored.executable.with_file_name("runtime.json"), "{").unwrap();
    let request = &Version(PYTHON);
    let wanted = Wanted { version: "0.1.0", target: TARGET, request, added: "", allocator: None };
    let error = shelf.find(&wanted).unwrap_err();
    assert!(matches!(error, RuntimeError::Record { .. }), "{error}");
    assert!(error.hint().unwrap().contains("made again"));
}
