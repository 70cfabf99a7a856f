//! A reader that was written from the specification, in another language, sees the same.
#![cfg(feature = "write")]
// Helpers of tests, too.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt::Write as _;
use std::process::Command;

use pyresources::{Encoding, Kind, ModuleKind, Resources, Role, Writer};

use common::{ROLES, many, sample};

mod common;

/// What `read_blob.py` prints for a blob.
fn python_dump(blob: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), blob).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/read_blob.py");
    let output = Command::new("python3")
        .args(["-I", "-S", script])
        .arg(file.path())
        .output()
        .expect("the tests need a python3 on the path");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The same from the reader of this crate.
fn own_dump(blob: &[u8]) -> String {
    let mut text = String::new();
    for entry in Resources::parse(blob).unwrap().entries() {
        let entry = entry.unwrap();
        let kind = match entry.kind() {
            Kind::Module => "module",
            Kind::File => "file",
            Kind::Distribution => "distribution",
            Kind::SharedLibrary => "shared library",
            Kind::Bootstrap => "bootstrap",
            Kind::Setting => "setting",
            Kind::Report => "report",
        };
        let module_kind = match entry.module_kind() {
            ModuleKind::Module => "module",
            ModuleKind::Package => "package",
            ModuleKind::Namespace => "namespace",
            ModuleKind::Script => "script",
        };
        writeln!(text, "{kind} ({module_kind}): {}", entry.name()).unwrap();
        for role in ROLES {
            let Some(content) = entry.get(role).unwrap() else { continue };
            let role = match role {
                Role::Bytecode0 => "bytecode 0",
                Role::Bytecode1 => "bytecode 1",
                Role::Bytecode2 => "bytecode 2",
                Role::Source => "source",
                Role::Contents => "contents",
                Role::Extension => "extension",
                Role::Dependencies => "dependencies",
                Role::Digest => "digest",
                Role::Program => "program",
            };
            let encoding = match content.encoding {
                Encoding::Stored => "stored",
                Encoding::Zstd => "zstd",
            };
            let hex: String = content.bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            writeln!(text, "  {role}, {encoding}, {}: {hex}", content.length).unwrap();
        }
    }
    text
}

#[test]
fn both_readers_see_the_same() {
    let empty = Writer::new().finish().unwrap();
    let (many, _) = many(3000);
    for (name, blob) in [("empty", empty), ("sample", sample()), ("many", many)] {
        assert_eq!(python_dump(&blob), own_dump(&blob), "{name}");
    }
}
