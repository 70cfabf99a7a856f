use std::collections::BTreeMap;
use std::path::Path;

use pyresources::{Encoding, Resources, setting};

use super::*;
use crate::collect::testing::{distribution, write};
use crate::collect::{DataFile, Module, ModuleKind, Origin};
use crate::config;
use crate::config::resolved::{Compression, OptimizeLevel};
use crate::reporter::Silent;

const BOOTSTRAP: [(&str, &str); 2] = [(setting::BOOTSTRAP_MODULE, "x = 1\n"), ("glue", "y = 2\n")];

fn origin(line: usize) -> Origin {
    Origin { line, stdlib: false }
}

/// A module whose file is `root/PATH`.
fn module(root: &Path, name: &str, path: &str, kind: ModuleKind) -> Module {
    Module {
        name: name.to_owned(),
        kind,
        source: (kind != ModuleKind::Namespace).then(|| root.join(path)),
        virtual_path: path.to_owned(),
        optimize_level: OptimizeLevel::Two,
        include_source: name == "pkg",
        importable: !name.contains('-'),
        origin: origin(1),
    }
}

/// Packs what lies in `root`: modules by name, path and kind, files by path and entry.
fn packed(
    root: &Path,
    modules: &[(&str, &str, ModuleKind)],
    files: &[(&str, usize)],
    compression: Compression,
) -> Vec<u8> {
    write(root, &[("importlib/_bootstrap_external.py", "z = 3\n")]);
    let modules = modules.iter().map(|(name, path, kind)| module(root, name, path, *kind));
    let files = files.iter().map(|(path, line)| DataFile {
        source: root.join(path),
        virtual_path: (*path).to_owned(),
        origin: origin(*line),
    });
    let collected = Collected {
        modules: modules.map(|module| (module.name.clone(), module)).collect(),
        files: files.map(|file| (file.virtual_path.clone(), file)).collect(),
        ..Collected::default()
    };
    let mut config = config::locate(None, root, "x86_64-unknown-linux-gnu").unwrap();
    config.resources.compression = compression;
    let compressed = [(COMPRESSED.to_owned(), b"again ".repeat(200))];
    let input = Input {
        config: &config,
        distribution: &distribution(root),
        collected: &collected,
        libraries: &[],
        run: &Run::of(&config.run, &collected).unwrap(),
        bootstrap: &BOOTSTRAP,
        compressed_files: &compressed,
        profile: None,
        pruned: &[],
        report: b"{}",
    };
    pack(&input, &Cache::at(root.join("cache")), &Silent).unwrap()
}

/// A file that is compressed in any case.
const COMPRESSED: &str = "extra/compressed.txt";

#[test]
fn what_the_build_says_of_itself_is_no_file_of_the_application() {
    let root = tempfile::tempdir().unwrap();
    let (contents, _) = contents(&packed(root.path(), &[], &[], Compression::None));
    let named: Vec<_> = contents.keys().filter(|(_, name, _)| name.contains("build")).collect();
    assert_eq!(named, [&(Kind::Report, report::BUILD.to_owned(), Role::Contents)]);
}

/// Byte strings by kind, name and role.
type Contents = BTreeMap<(Kind, String, Role), Vec<u8>>;

/// Every byte string, decompressed, and how many were compressed.
fn contents(blob: &[u8]) -> (Contents, usize) {
    const ROLES: [Role; 5] =
        [Role::Bytecode0, Role::Bytecode1, Role::Bytecode2, Role::Source, Role::Contents];
    let mut all = BTreeMap::new();
    let mut compressed = 0;
    for entry in Resources::parse(blob).unwrap().entries() {
        let entry = entry.unwrap();
        for role in ROLES {
            let Some(content) = entry.get(role).unwrap() else { continue };
            let bytes = match content.encoding {
                Encoding::Stored => content.bytes.to_vec(),
                Encoding::Zstd => {
                    compressed += 1;
                    zstd::bulk::decompress(content.bytes, content.length as usize).unwrap()
                }
            };
            assert_eq!(bytes.len() as u64, content.length);
            all.insert((entry.kind(), entry.name().to_owned(), role), bytes);
        }
    }
    (all, compressed)
}

#[test]
fn modules_have_bytecode_at_their_level_and_source_where_wanted() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("pkg/__init__.py", "a = 1\n"), ("m.py", "b = 2\n"), ("t-t.py", "(\n")]);
    let modules = [
        ("pkg", "pkg/__init__.py", ModuleKind::Package),
        ("m", "m.py", ModuleKind::Module),
        ("t-t", "t-t.py", ModuleKind::Module),
        ("space", "space", ModuleKind::Namespace),
    ];
    let blob = packed(root.path(), &modules, &[], Compression::None);
    let resources = Resources::parse(&blob).unwrap();
    let entry = |name: &str| resources.module(name).unwrap().unwrap();
    let has = |name: &str| [Role::Bytecode2, Role::Source].map(|role| entry(name).has(role));
    assert_eq!(has("pkg"), [true, true]);
    assert_eq!(has("m"), [true, false]);
    assert_eq!(has("t-t"), [false, true]);
    assert_eq!(has("space"), [false, false]);
    assert!(!entry("pkg").has(Role::Bytecode0));
    assert_eq!(entry("pkg").module_kind(), pyresources::ModuleKind::Package);
    assert_eq!(entry("space").module_kind(), pyresources::ModuleKind::Namespace);
}

#[test]
fn the_import_system_is_no_module() {
    let root = tempfile::tempdir().unwrap();
    let blob = packed(root.path(), &[], &[], Compression::Zstd);
    let resources = Resources::parse(&blob).unwrap();
    for name in [setting::BOOTSTRAP_MODULE, setting::REPLACED_BOOTSTRAP, "glue"] {
        let entry = resources.find(Kind::Bootstrap, name).unwrap().unwrap();
        assert_eq!(entry.get(Role::Bytecode0).unwrap().unwrap().encoding, Encoding::Stored);
        assert!(resources.module(name).unwrap().is_none(), "{name}");
    }
    assert_eq!(resources.setting(setting::OPTIMIZE_LEVEL), Ok(Some(&b"0"[..])));
}

#[test]
fn distributions_lead_to_their_metadata_folders() {
    let root = tempfile::tempdir().unwrap();
    let files = [
        ("My.Pkg-2.dist-info/METADATA", "Name: My.Pkg\nVersion: 2\n"),
        ("My.Pkg-2.dist-info/RECORD", ""),
        ("my_pkg-1.dist-info/METADATA", "Name: my-pkg\nVersion: 1\n"),
        ("old-1.egg-info/PKG-INFO", "Name: Old\n"),
        ("pkg/data.txt", "data"),
    ];
    write(root.path(), &files);
    for (lines, winner) in [([1, 1, 2], "my_pkg-1.dist-info"), ([2, 2, 1], "My.Pkg-2.dist-info")] {
        let lines = lines.into_iter().chain([1, 1]);
        let paths: Vec<_> = files.iter().map(|(path, _)| *path).zip(lines).collect();
        let blob = packed(root.path(), &[], &paths, Compression::None);
        let (contents, _) = contents(&blob);
        let distributions: Vec<_> = contents
            .iter()
            .filter(|((kind, ..), _)| *kind == Kind::Distribution)
            .map(|((_, name, _), folder)| (name.as_str(), folder.as_slice()))
            .collect();
        assert_eq!(distributions, [("my_pkg", winner.as_bytes()), ("old", b"old-1.egg-info")]);
        assert_eq!(contents[&(Kind::File, "pkg/data.txt".into(), Role::Contents)], b"data");
    }
}

#[test]
fn compression_changes_no_content() {
    let root = tempfile::tempdir().unwrap();
    let long = "x = 'the same again and again'\n".repeat(200);
    // Digits of a chaotic map: what zstd saves of them is less than what counts.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(2000)
    .collect();
    write(root.path(), &[("m.py", &long), ("pkg/small", "aaaa"), ("pkg/long", &long)]);
    fs_err::write(root.path().join("pkg/noise"), noise).unwrap();
    let modules = [("m", "m.py", ModuleKind::Module)];
    let files = [("pkg/small", 1), ("pkg/long", 1), ("pkg/noise", 1)];
    let plain = packed(root.path(), &modules, &files, Compression::None);
    let small = packed(root.path(), &modules, &files, Compression::Zstd);
    assert_eq!(small, packed(root.path(), &modules, &files, Compression::Zstd));
    let (expected, none) = contents(&plain);
    let (found, some) = contents(&small);
    assert_eq!(found, expected);
    // One file is compressed in any case.
    assert_eq!((none, some), (1, 3), "the module's bytecode and the long file");
    assert_eq!(found[&(Kind::File, COMPRESSED.into(), Role::Contents)], b"again ".repeat(200));
    assert!(small.len() < plain.len());
}
