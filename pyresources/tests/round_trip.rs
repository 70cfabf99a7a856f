//! What is written is found again, and damage is noticed.
#![cfg(feature = "write")]

use pyresources::{FormatError, Kind, ModuleKind, Resources, Role, Writer};

/// A blob with an entry of each kind.
fn sample() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.module("pkg", ModuleKind::Package, Some(vec![0xe3, 1, 2]), Some(b"x = 1\n".to_vec()));
    writer.module("pkg.mod", ModuleKind::Module, Some(vec![0xe3]), None);
    writer.module("space", ModuleKind::Namespace, None, None);
    writer.file("pkg/data.txt", b"data".to_vec());
    writer.setting("optimize_level", *b"2");
    // `expect` in a helper of tests is what `unwrap` in a test is.
    #[allow(clippy::expect_used)]
    writer.finish().expect("five small entries fit")
}

#[test]
fn entries_are_found_by_kind_and_name() {
    let blob = sample();
    let resources = Resources::parse(&blob).unwrap();

    let package = resources.module("pkg").unwrap().unwrap();
    assert_eq!(package.module_kind(), Ok(ModuleKind::Package));
    assert_eq!(package.get(Role::Bytecode), Ok(Some(&[0xe3, 1, 2][..])));
    assert_eq!(package.get(Role::Source), Ok(Some(&b"x = 1\n"[..])));

    let module = resources.module("pkg.mod").unwrap().unwrap();
    assert_eq!(module.get(Role::Source), Ok(None));
    assert_eq!(
        resources.module("space").unwrap().unwrap().module_kind(),
        Ok(ModuleKind::Namespace)
    );
    assert_eq!(resources.setting("optimize_level"), Ok(Some(&b"2"[..])));
    assert!(resources.module("pkg.other").unwrap().is_none());
    assert!(resources.module("optimize_level").unwrap().is_none());
}

#[test]
fn entries_are_sorted() {
    let blob = sample();
    let resources = Resources::parse(&blob).unwrap();
    let names: Vec<_> = resources
        .entries()
        .map(|entry| entry.and_then(|entry| Ok((entry.kind()?, entry.name()?))).unwrap())
        .collect();
    assert_eq!(
        names,
        [
            (Kind::Module, "pkg"),
            (Kind::Module, "pkg.mod"),
            (Kind::Module, "space"),
            (Kind::File, "pkg/data.txt"),
            (Kind::Setting, "optimize_level"),
        ]
    );
}

#[test]
fn many_entries_are_all_found() {
    let mut writer = Writer::new();
    let names: Vec<_> = (0..20_000).map(|n| format!("package{}.module{n}", n % 97)).collect();
    for name in &names {
        writer.module(name, ModuleKind::Module, Some(name.as_bytes().to_vec()), None);
    }
    let blob = writer.finish().unwrap();
    let resources = Resources::parse(&blob).unwrap();
    for name in &names {
        let entry = resources.module(name).unwrap().unwrap();
        assert_eq!(entry.get(Role::Bytecode), Ok(Some(name.as_bytes())));
    }
    assert!(resources.module("package1.module0").unwrap().is_none());
}

#[test]
fn an_empty_blob_finds_nothing() {
    let blob = Writer::new().finish().unwrap();
    assert!(Resources::parse(&blob).unwrap().module("os").unwrap().is_none());
}

#[test]
fn what_is_no_blob_is_refused() {
    let blob = sample();
    assert_eq!(Resources::parse(b"").unwrap_err(), FormatError::TooShort { length: 0 });
    assert_eq!(Resources::parse(&[0; 100]).unwrap_err(), FormatError::Magic);
    assert_eq!(
        Resources::parse(&blob[..blob.len() - 1]).unwrap_err(),
        FormatError::Length { found: blob.len() as u64 - 1, expected: blob.len() as u64 }
    );
    let mut newer = blob.clone();
    newer[8] = 9;
    assert_eq!(
        Resources::parse(&newer).unwrap_err(),
        FormatError::Version { found: 9, expected: 1 }
    );
}

/// Every byte of a small blob, changed in several ways, gives an error or an answer, not a panic.
#[test]
fn damage_never_panics() {
    let blob = sample();
    for position in 0..blob.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = blob.clone();
            damaged[position] = value;
            let Ok(resources) = Resources::parse(&damaged) else { continue };
            for entry in resources.entries().flatten() {
                let _ = (entry.name(), entry.kind(), entry.module_kind());
                let _ = (entry.get(Role::Bytecode), entry.get(Role::Contents));
            }
            let _ = resources.module("pkg.mod");
            let _ = resources.setting("nothing");
        }
    }
}

/// The layout is a contract between executables and tools: its bytes do not change by accident.
#[test]
fn golden_bytes() {
    let mut writer = Writer::new();
    writer.module("a", ModuleKind::Module, Some(vec![7]), None);
    let blob = writer.finish().unwrap();
    let hex: String = blob.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        concat!(
            "895079526573 0d0a 01000000 02000000 01000000 01000000",
            "40000000 50000000 68000000 80000000 9000000000000000 9100000000000000",
            "0000000000000000",
        )
        .replace(' ', "")
            + &hex[128..]
    );
    assert_eq!(&blob[0x80..0x81], b"a");
    assert_eq!(&blob[0x90..], [7]);
}
