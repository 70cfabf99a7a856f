//! What is written is found again, and what is no blob is refused.
#![cfg(feature = "write")]

use std::collections::BTreeSet;

use pyresources::{
    Content, Encoding, FormatError, Kind, ModuleKind, Resources, Role, WriteError, Writer,
};

use common::{KINDS, many, sample, stored};

mod common;

#[test]
fn entries_are_found_by_kind_and_name() {
    let blob = sample();
    let resources = Resources::parse(&blob).unwrap();

    let package = resources.module("pkg").unwrap().unwrap();
    assert_eq!((package.name(), package.kind()), ("pkg", Kind::Module));
    assert_eq!(package.module_kind(), ModuleKind::Package);
    assert_eq!(package.get(Role::Bytecode0), Ok(Some(stored(&[0xe3, 1, 2]))));
    assert_eq!(package.get(Role::Source), Ok(Some(stored(b"x = 1\n"))));
    assert_eq!(package.get(Role::Extension), Ok(None));

    let namespace = resources.module("space").unwrap().unwrap();
    assert_eq!(namespace.module_kind(), ModuleKind::Namespace);
    assert_eq!(namespace.bytecode(0), Ok(None));
    let distribution = resources.find(Kind::Distribution, "my_pkg").unwrap().unwrap();
    assert_eq!(distribution.get(Role::Contents), Ok(Some(stored(b"My.pkg-1.dist-info"))));
    let bootstrap = resources.find(Kind::Bootstrap, "importer").unwrap().unwrap();
    assert_eq!(bootstrap.bytecode(0), Ok(Some(stored(&[0xe3, 9]))));
    assert_eq!(resources.setting("optimize_level"), Ok(Some(&b"2"[..])));

    assert!(resources.module("pkg.other").unwrap().is_none());
    assert!(resources.module("importer").unwrap().is_none());
    assert_eq!(resources.setting("pkg"), Ok(None));
}

#[test]
fn an_encoded_content_says_what_it_stands_for() {
    let blob = sample();
    let resources = Resources::parse(&blob).unwrap();
    let file = resources.find(Kind::File, "pkg/data.txt").unwrap().unwrap();
    let expected = Content { bytes: b"short", encoding: Encoding::Zstd, length: 1000 };
    assert_eq!(file.get(Role::Contents), Ok(Some(expected)));
}

#[test]
fn the_nearest_level_of_bytecode_is_given() {
    let mut writer = Writer::new();
    for (name, levels) in [("both", &[0, 2][..]), ("one", &[1]), ("all", &[0, 1, 2])] {
        for level in levels {
            let role = Role::bytecode(*level).unwrap();
            writer.content(Kind::Module, name, role, vec![*level]);
        }
    }
    let blob = writer.finish().unwrap();
    let resources = Resources::parse(&blob).unwrap();
    for (name, expected) in [("both", [0, 0, 2, 2]), ("one", [1; 4]), ("all", [0, 1, 2, 2])] {
        let entry = resources.module(name).unwrap().unwrap();
        let found =
            [0, 1, 2, 3].map(|preferred| entry.bytecode(preferred).unwrap().unwrap().bytes[0]);
        assert_eq!(found, expected, "{name}");
    }
}

/// Also where the buckets of the index flow over.
#[test]
fn many_entries_are_all_found() {
    let (blob, truth) = many(20_000);
    let resources = Resources::parse(&blob).unwrap();
    let names: BTreeSet<_> = truth.keys().map(|(kind, name, _)| (*kind, name)).collect();
    for ((kind, name, role), bytes) in &truth {
        let entry = resources.find(*kind, name).unwrap().unwrap();
        assert_eq!(entry.get(*role), Ok(Some(stored(bytes))));
        for other in KINDS {
            let found = resources.find(other, name).unwrap();
            assert_eq!(found.is_some(), names.contains(&(other, name)), "{other:?} {name:?}");
        }
        assert!(resources.find(*kind, &format!("{name}?")).unwrap().is_none());
    }
    assert_eq!(resources.entries().count(), names.len());
    let bucket_count = u32::from_le_bytes(blob[12..16].try_into().unwrap()) as usize;
    let overflows = (1..=bucket_count).filter(|bucket| blob[64 * bucket + 5] == 1).count();
    assert!(overflows > 10, "{overflows} of {bucket_count} buckets flow over");
}

#[test]
fn entries_are_sorted() {
    let blob = sample();
    let resources = Resources::parse(&blob).unwrap();
    let names: Vec<_> =
        resources.entries().map(|entry| entry.map(|e| (e.kind(), e.name())).unwrap()).collect();
    assert_eq!(
        names,
        [
            (Kind::Module, "pkg"),
            (Kind::Module, "pkg/native"),
            (Kind::Module, "space"),
            (Kind::File, "pkg/data.txt"),
            (Kind::Distribution, "my_pkg"),
            (Kind::SharedLibrary, "other.libs/libx.so.1"),
            (Kind::SharedLibrary, "pkg.libs/libx.so.1"),
            (Kind::SharedLibrary, "pkg/native.so"),
            (Kind::Bootstrap, "importer"),
            (Kind::Setting, "optimize_level"),
            (Kind::Report, "build.json"),
        ]
    );
}

#[test]
fn an_extension_module_leads_to_its_library_and_that_to_what_it_needs() {
    let blob = sample();
    let resources = Resources::parse(&blob).unwrap();
    let module = resources.module("pkg/native").unwrap().unwrap();
    let path = module.get(Role::Extension).unwrap().unwrap();
    let path = std::str::from_utf8(path.bytes).unwrap();
    let object = resources.find(Kind::SharedLibrary, path).unwrap().unwrap();
    assert_eq!(object.get(Role::Contents), Ok(Some(stored(b"\x7fELF"))));
    let needed = object.get(Role::Dependencies).unwrap().unwrap();
    let library = std::str::from_utf8(needed.bytes).unwrap();
    let library = resources.find(Kind::SharedLibrary, library).unwrap().unwrap();
    assert_eq!(library.get(Role::Contents), Ok(Some(stored(b"\x7fELF lib"))));
    assert_eq!(library.get(Role::Dependencies), Ok(None));
}

#[test]
fn libraries_begin_at_pages() {
    let mut writer = Writer::new();
    writer.content(Kind::File, "data", Role::Contents, vec![1; 5000]);
    for (name, byte) in [("a.so", 2), ("b.so", 3)] {
        writer.content(Kind::SharedLibrary, name, Role::Contents, vec![byte; 4097]);
    }
    let blob = writer.finish().unwrap();
    let resources = Resources::parse(&blob).unwrap();
    for name in ["a.so", "b.so"] {
        let entry = resources.find(Kind::SharedLibrary, name).unwrap().unwrap();
        let bytes = entry.get(Role::Contents).unwrap().unwrap().bytes;
        assert_eq!((bytes.as_ptr() as usize - blob.as_ptr() as usize) % 4096, 0, "{name}");
    }
}

#[test]
fn equal_byte_strings_are_stored_once() {
    let bytes: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let length = |names: &[&str]| {
        let mut writer = Writer::new();
        for name in names {
            writer.content(Kind::SharedLibrary, *name, Role::Contents, bytes.clone());
        }
        let blob = writer.finish().unwrap();
        let resources = Resources::parse(&blob).unwrap();
        let contents = names.iter().map(|name| {
            let entry = resources.find(Kind::SharedLibrary, name).unwrap().unwrap();
            entry.get(Role::Contents).unwrap().unwrap().bytes
        });
        assert!(contents.clone().all(|content| content == bytes));
        let places: BTreeSet<_> = contents.map(<[u8]>::as_ptr).collect();
        assert_eq!(places.len(), 1);
        blob.len()
    };
    assert!(length(&["a.so", "b.so", "c.so"]) < length(&["a.so"]) + 400);
}

#[test]
fn adding_a_module_again_replaces_it() {
    let mut writer = Writer::new();
    writer.module("a", ModuleKind::Package);
    writer.content(Kind::Module, "a", Role::Source, b"old".to_vec());
    writer.module("a", ModuleKind::Module);
    let blob = writer.finish().unwrap();
    let entry = Resources::parse(&blob).unwrap().module("a").unwrap().unwrap();
    assert_eq!((entry.module_kind(), entry.has(Role::Source)), (ModuleKind::Module, false));
}

#[test]
fn the_bytes_do_not_depend_on_the_order_of_adding() {
    let mut names: Vec<_> = (0..100).map(|n| format!("m{}", n * 37 % 100)).collect();
    let write = |names: &[String]| {
        let mut writer = Writer::new();
        for name in names {
            writer.content(Kind::Module, name, Role::Bytecode0, name.clone().into_bytes());
            writer.file(name, vec![1]);
        }
        writer.finish().unwrap()
    };
    let blob = write(&names);
    names.reverse();
    assert_eq!(write(&names), blob);
}

#[test]
fn what_is_read_first_lies_first() {
    let mut writer = Writer::new();
    for (name, byte) in [("a", b'a'), ("b", b'b'), ("c", b'c')] {
        writer.content(Kind::Module, name, Role::Bytecode0, vec![byte; 8]);
        writer.content(Kind::Module, name, Role::Source, vec![byte.to_ascii_uppercase(); 8]);
        writer.content(Kind::SharedLibrary, name, Role::Contents, vec![byte + 10; 8]);
    }
    writer.file("f", vec![b'f'; 8]);
    writer.setting("s", [b's'; 8]);
    let plain = writer.finish().unwrap();
    for (kind, name) in [
        (Kind::Module, "c"),
        (Kind::File, "f"),
        (Kind::SharedLibrary, "b"),
        (Kind::Module, "nowhere"),
        (Kind::Module, "a"),
        (Kind::Module, "c"),
    ] {
        writer.read_next(kind, name);
    }
    let ordered = writer.finish().unwrap();
    let letters = |blob: &[u8]| {
        let data = &blob[blob.len() - 16 * 8..];
        let kept = data.iter().filter(|byte| byte.is_ascii_alphabetic()).step_by(8);
        String::from_utf8(kept.copied().collect()).unwrap()
    };
    assert!(letters(&plain).ends_with("sabcfklmABC"), "{}", letters(&plain));
    assert!(letters(&ordered).ends_with("scfablkmCAB"), "{}", letters(&ordered));
    let resources = Resources::parse(&ordered).unwrap();
    for (name, byte) in [("a", b'a'), ("b", b'b'), ("c", b'c')] {
        let entry = resources.module(name).unwrap().unwrap();
        assert_eq!(entry.bytecode(0).unwrap(), Some(stored(&[byte; 8])));
    }
}

#[test]
fn settings_and_the_import_system_stay_uncompressed() {
    for kind in [Kind::Setting, Kind::Bootstrap] {
        let mut writer = Writer::new();
        writer.content_encoded(kind, "x", Role::Contents, Encoding::Zstd, vec![0], 1);
        assert_eq!(writer.finish(), Err(WriteError::Encoded { kind }));
    }
}

#[test]
fn an_empty_blob_finds_nothing() {
    let blob = Writer::new().finish().unwrap();
    let resources = Resources::parse(&blob).unwrap();
    assert!(resources.module("os").unwrap().is_none());
    assert!(resources.entries().next().is_none());
    assert!(resources.children(Kind::Module, "").next().is_none());
}

#[test]
fn what_is_no_blob_is_refused() {
    let blob = sample();
    let error = |bytes: &[u8]| Resources::parse(bytes).unwrap_err();
    let changed = |position: usize, value: u8| {
        let mut bytes = blob.clone();
        bytes[position] = value;
        error(&bytes)
    };
    assert_eq!(error(b""), FormatError::TooShort { length: 0 });
    assert_eq!(error(&[0; 100]), FormatError::Magic);
    let (found, expected) = (blob.len() as u64 - 1, blob.len() as u64);
    assert_eq!(error(&blob[1..]), FormatError::Magic);
    assert_eq!(error(&blob[..blob.len() - 1]), FormatError::Length { found, expected });
    assert_eq!(changed(8, 1), FormatError::Version { found: 1, expected: 3 });
    assert_eq!(changed(12, 0), FormatError::Header);
}

#[test]
fn errors_say_what_is_damaged() {
    let texts = [
        (
            FormatError::TooShort { length: 3 },
            "packed resources of 3 bytes have no room for a header",
        ),
        (FormatError::Bucket { index: 4 }, "bucket 4 of the index is not valid"),
        (FormatError::Section { name: "strings" }, "the strings lie outside the file"),
        (
            FormatError::Content { index: 5, role: Role::Bytecode1 },
            "packed resources are damaged: the bytecode of entry 5 is not valid",
        ),
    ];
    for (error, text) in texts {
        assert!(error.to_string().ends_with(text), "{error}");
    }
}

/// The layout is a contract between executables and tools: its bytes do not change by accident.
#[test]
fn golden_bytes() {
    let lines = include_str!("sample.hex").lines();
    let digits: String =
        lines.map(|line| line.split('#').next().unwrap_or_default().replace(' ', "")).collect();
    let hex: String = sample().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, digits);
}
