//! What a report looks like.

use super::*;

fn report() -> Report {
    let glibc = |version: &str| Glibc::parse(&format!("GLIBC_{version}"));
    let renamed = Renamed {
        library: "y.libs/libsame.so.1".to_owned(),
        from: "libsame.so.1".to_owned(),
        to: "libabcd.so.1".to_owned(),
    };
    let extension = ExtensionReport {
        module: "y._c".to_owned(),
        file: "y/_c.abi3.so".to_owned(),
        size: 12_345,
        dependencies: vec!["y.libs/libbase.so".to_owned(), "y.libs/libsame.so.1".to_owned()],
        system: vec!["libc.so.6".to_owned(), "libm.so.6".to_owned()],
        glibc: glibc("2.28"),
        own_glibc: glibc("2.28"),
        renamed: vec![renamed.clone()],
    };
    let library = |file: &str, size, soname: &str, version: &str| LibraryReport {
        file: file.to_owned(),
        size,
        soname: Some(soname.to_owned()),
        glibc: glibc(version),
    };
    Report {
        glibc: GlibcReport {
            executable: glibc("2.17"),
            shared_objects: glibc("2.28"),
            asked_by: vec!["y.libs/libsame.so.1".to_owned(), "z.so".to_owned()],
        },
        extensions: vec![extension],
        libraries: vec![
            library("y.libs/libbase.so", 900, "libbase.so", "none"),
            library("y.libs/libsame.so.1", 23_456_789, "libsame.so.1", "2.28"),
        ],
        renamed: vec![renamed],
        from_system: vec![("system.libs/libq.so".to_owned(), "/usr/lib/libq.so".into())],
    }
}

#[test]
fn a_person_and_a_program_can_read_it_and_a_stale_one_goes() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| fs_err::read_to_string(folder.path().join(name)).unwrap();
    report().write(folder.path()).unwrap();
    insta::assert_snapshot!(read("native_libraries.txt"), @"
    Native libraries
    ================

    The application runs on glibc 2.28 or newer, for y.libs/libsame.so.1 and 1 more; the executable itself asks for 2.17.

    Renamed, as there is another library of the same name:

      y.libs/libsame.so.1: libsame.so.1 is called libabcd.so.1

    Taken from the machine of the build:

      system.libs/libq.so: /usr/lib/libq.so

    Extension modules
    -----------------

    y._c
      file:    y/_c.abi3.so, 12 kB
      glibc:   2.28
      loads:   y.libs/libbase.so
               y.libs/libsame.so.1 (called libabcd.so.1)
      system:  libc.so.6 libm.so.6

    Libraries
    ---------

    y.libs/libbase.so: 900 B
    y.libs/libsame.so.1: 23 MB, glibc 2.28
    ");
    let json: serde_json::Value = serde_json::from_str(&read("native_libraries.json")).unwrap();
    assert_eq!(json["glibc"]["shared_objects"], "2.28");
    assert_eq!(json["extensions"][0]["dependencies"][1], "y.libs/libsame.so.1");
    assert_eq!(json["extensions"][0]["renamed"][0]["to"], "libabcd.so.1");
    assert_eq!(json["libraries"][0]["glibc"], serde_json::Value::Null);
    Report::default().write(folder.path()).unwrap();
    assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_floor_is_the_newest_that_anything_asks_for() {
    let mut report = report();
    insta::assert_snapshot!(report.summary(), @"runs on glibc 2.28 or newer, for y.libs/libsame.so.1 and 1 more; the executable itself asks for 2.17");
    report.glibc.executable = Glibc::parse("GLIBC_2.35");
    insta::assert_snapshot!(report.summary(), @"runs on glibc 2.35 or newer, for the executable itself; shared objects ask for 2.28");
    report.glibc.executable = None;
    insta::assert_snapshot!(report.summary(), @"runs on glibc 2.28 or newer, for y.libs/libsame.so.1 and 1 more; what the executable itself asks for is not known");
}
