use std::collections::BTreeMap;

use super::*;
use crate::inspect::record::BuildRecord;
use crate::inspect::testing::{MAGIC, add_record, added, blob, record, resources};

/// All files below a folder, with their contents.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
    files.map(|entry| (name(entry.path()), fs::read(entry.path()).unwrap())).collect()
}

fn executable(folder: &Path, blob: &[u8]) -> Executable {
    Executable::read(&added(folder, blob)).unwrap()
}

#[test]
fn everything_lies_where_cpython_looks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("a/b");
    let extracted = extract(&executable(folder.path(), &blob()), &output).unwrap();
    let files = files(&output);
    let pyc =
        |flags: u8, code: &str| [&MAGIC[..], &[flags, 0, 0, 0], &[0; 8], code.as_bytes()].concat();
    let expected = [
        ("os.pyc", pyc(0, "code of os")),
        ("pkg/__init__.py", b"x = 1\n".to_vec()),
        ("pkg/__pycache__/__init__.cpython-399.pyc", pyc(1, "code of pkg")),
        ("pkg/__pycache__/__init__.cpython-399.opt-2.pyc", pyc(1, "code of pkg, 2")),
        ("pkg/native.so", b"no ELF".to_vec()),
        ("l/x.so", b"no ELF either".to_vec()),
        ("pkg/data/long.txt", b"again ".repeat(1000)),
        ("pkg/one.txt", b"the same text".to_vec()),
        ("pkg/two.txt", b"the same text".to_vec()),
        ("my_pkg-1.dist-info/METADATA", b"Name: my-pkg\n".to_vec()),
        (".pyoxidizer/import_system/importer.pyc", pyc(0, "code of the importer")),
        (".pyoxidizer/settings/run_mode", b"module".to_vec()),
        (".pyoxidizer/settings/run_argument", b"pkg".to_vec()),
        (".pyoxidizer/settings/optimize_level", b"0".to_vec()),
        (".pyoxidizer/build.json", serde_json::to_vec(&record()).unwrap()),
    ];
    let expected: BTreeMap<String, Vec<u8>> =
        expected.into_iter().map(|(path, content)| (path.to_owned(), content)).collect();
    assert_eq!(files, expected);
    assert!(output.join("space").is_dir());
    let Extracted { modules, sources, files: others, libraries, bytes, .. } = extracted;
    assert_eq!((modules, sources, others, libraries), (2, 1, 4, 2));
    assert_eq!(bytes, files.values().map(|content| content.len() as u64).sum::<u64>());
}

#[test]
fn an_empty_folder_is_filled_and_another_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    let executable = executable(folder.path(), &blob());
    let output = folder.path().join("output");
    fs::create_dir(&output).unwrap();
    extract(&executable, &output).unwrap();
    let error = extract(&executable, &output).unwrap_err();
    assert!(matches!(&error, InspectError::NotEmpty { path } if *path == output), "{error}");
    let file = folder.path().join("main.c");
    assert!(matches!(extract(&executable, &file), Err(InspectError::File(_))));
}

#[test]
fn libraries_beside_the_executable_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = resources();
    writer.content(Kind::SharedLibrary, "far.so", Role::Dependencies, Vec::new());
    add_record(&mut writer, &record());
    let executable = executable(folder.path(), &writer.finish().unwrap());
    let output = folder.path().join("output");
    let extracted = extract(&executable, &output).unwrap();
    assert_eq!((extracted.libraries, extracted.beside), (2, 1));
    assert!(!output.join("far.so").exists());
}

#[test]
fn nothing_is_written_outside() {
    let folder = tempfile::tempdir().unwrap();
    let names = [
        (Kind::File, "../outside"),
        (Kind::File, "/tmp/outside"),
        (Kind::File, "a/../../outside"),
        (Kind::File, "a//b"),
        (Kind::File, "."),
        (Kind::File, ""),
        (Kind::File, "zero\0"),
        (Kind::SharedLibrary, "../outside.so"),
        (Kind::Module, ".."),
        (Kind::Module, "a//b"),
        (Kind::Module, "../outside"),
        (Kind::Module, ""),
        (Kind::Setting, "../../outside"),
        (Kind::Bootstrap, "../../outside"),
        (Kind::Report, "../outside"),
    ];
    for (kind, name) in names {
        let mut writer = resources();
        let role = if matches!(kind, Kind::Module | Kind::Bootstrap) {
            Role::Bytecode0
        } else {
            Role::Contents
        };
        writer.content(kind, name, role, b"bad".to_vec());
        add_record(&mut writer, &record());
        let executable = executable(folder.path(), &writer.finish().unwrap());
        let before = fs::read_dir(folder.path()).unwrap().count();
        let error = extract(&executable, &folder.path().join("output")).unwrap_err();
        assert!(matches!(error, InspectError::Name { .. }), "{name:?}: {error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "{name:?}");
    }
}

#[test]
fn two_things_of_one_name_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = resources();
    writer.file("os.pyc", b"another".to_vec());
    add_record(&mut writer, &record());
    let executable = executable(folder.path(), &writer.finish().unwrap());
    let error = extract(&executable, &folder.path().join("output")).unwrap_err();
    assert!(matches!(&error, InspectError::Twice { name, .. } if name == "os.pyc"), "{error}");
}

#[test]
fn a_record_tells_of_which_python_bytecode_is() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    let without = executable(folder.path(), &resources().finish().unwrap());
    let error = extract(&without, &output).unwrap_err();
    assert!(matches!(error, InspectError::NoRecord { .. }), "{error}");
    let mut writer = resources();
    let bad = BuildRecord { cache_tag: "../../x".into(), ..record() };
    add_record(&mut writer, &bad);
    let error = extract(&executable(folder.path(), &writer.finish().unwrap()), &output);
    assert!(matches!(error, Err(InspectError::Name { .. })));
}
