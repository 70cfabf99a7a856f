//! Each row of the pinned table, as an archive of small files that holds what the published one
//! does.

use std::fmt::Write as _;

use published::{absent_files, python_json, rows, texts};

use super::*;
use crate::distribution::pinned;
use crate::distribution::testing::TARGET;

#[test]
fn facts_are_about_the_rows_of_the_pinned_table() {
    let pinned: Vec<_> = pinned::built_in()
        .into_iter()
        .map(|row| {
            let name = row.url.rsplit('/').next().unwrap().replace("%2B", "+");
            (name, row.target)
        })
        .collect();
    assert_eq!(pinned.len(), rows().count());
    for row in rows() {
        let json = python_json(row).unwrap();
        let (version, options) =
            (json["python_version"].as_str().unwrap(), json["build_options"].as_str().unwrap());
        let begin = format!("cpython-{version}+");
        let end = format!("-{}-{options}-full.tar.zst", row.target());
        let is_it = |(name, target): &(String, String)| {
            *target == row.target() && name.starts_with(&begin) && name.ends_with(&end)
        };
        assert!(pinned.iter().any(is_it), "{begin}…{end} is not in the table");
    }
}

/// The snapshot has, for each row, the number of extensions, of extensions that are shared libraries,
/// of objects of the core, and of objects of extensions.
#[test]
fn each_row_is_read_completely() {
    let mut summary = String::new();
    for row in rows() {
        let json = python_json(row).unwrap();
        let (_scratch, python) = open(&json);
        let info = &json["build_info"];
        let variants = || python.extensions.values().flat_map(|extension| &extension.variants);
        for (name, extension) in &python.extensions {
            let entry = &info["extensions"][name][0];
            let variant = &extension.variants[0];
            assert_eq!(variant.objects.len(), entry["objs"].as_array().unwrap().len(), "{name}");
            assert_eq!(variant.links.len(), entry["links"].as_array().unwrap().len(), "{name}");
            assert_eq!(variant.in_core, entry["in_core"], "{name}");
            assert_eq!(variant.required, entry["required"], "{name}");
            assert_eq!(variant.shared_library.is_some(), entry["shared_lib"].is_string(), "{name}");
        }
        writeln!(
            summary,
            "{} {}: {} {} {} {}",
            row.release(),
            row.target(),
            python.extensions.len(),
            variants().filter(|variant| variant.shared_library.is_some()).count(),
            python.core.objects.len(),
            variants().map(|variant| variant.objects.len()).sum::<usize>(),
        )
        .unwrap();
        let library = python.core.static_library.is_some();
        assert_eq!(library, info["core"]["static_lib"].is_string());
        assert_eq!(python.extensions.len(), info["extensions"].as_object().unwrap().len());
        assert_eq!(python.full_version, json["python_version"]);
        assert_eq!(python.target_triple, row.target());
    }
    insta::assert_snapshot!(summary, @r"
    3.10 x86_64-unknown-linux-gnu: 102 8 111 120
    3.10 aarch64-unknown-linux-gnu: 102 8 111 120
    3.10 x86_64-apple-darwin: 101 8 111 121
    3.10 aarch64-apple-darwin: 101 8 111 121
    3.10 x86_64-pc-windows-msvc: 86 21 233 62
    3.11 x86_64-unknown-linux-gnu: 104 8 117 119
    3.11 aarch64-unknown-linux-gnu: 104 8 117 119
    3.11 x86_64-apple-darwin: 103 8 117 120
    3.11 aarch64-apple-darwin: 103 8 117 120
    3.11 x86_64-pc-windows-msvc: 88 21 233 62
    3.12 x86_64-unknown-linux-gnu: 105 9 126 159
    3.12 aarch64-unknown-linux-gnu: 105 9 126 159
    3.12 x86_64-apple-darwin: 104 9 125 159
    3.12 aarch64-apple-darwin: 104 9 125 159
    3.12 x86_64-pc-windows-msvc: 89 22 233 63
    3.13 x86_64-unknown-linux-gnu: 106 10 148 184
    3.13 aarch64-unknown-linux-gnu: 106 10 148 184
    3.13 x86_64-apple-darwin: 107 10 147 186
    3.13 aarch64-apple-darwin: 107 10 147 186
    3.13 x86_64-pc-windows-msvc: 90 21 233 63
    3.14 x86_64-unknown-linux-gnu: 109 9 161 200
    3.14 aarch64-unknown-linux-gnu: 109 9 159 200
    3.14 x86_64-apple-darwin: 110 9 160 202
    3.14 aarch64-apple-darwin: 110 9 158 202
    3.14 x86_64-pc-windows-msvc: 94 23 233 63
    3.15 x86_64-unknown-linux-gnu: 110 9 170 218
    3.15 aarch64-unknown-linux-gnu: 110 9 168 218
    3.15 x86_64-apple-darwin: 111 9 169 220
    3.15 aarch64-apple-darwin: 111 9 167 220
    3.15 x86_64-pc-windows-msvc: 95 23 233 63
    ");
}

#[test]
fn license_texts_that_published_archives_lack_are_skipped() {
    let linux = |row: &Row| row.target() == TARGET;
    for row in rows().filter(linux) {
        let (_scratch, python) = open(&python_json(row).unwrap());
        let there = texts(row).unwrap();
        for (name, extension) in &python.extensions {
            for text in &extension.variants[0].license_paths {
                let file = text.file_name().unwrap().to_str().unwrap();
                assert!(there.contains(&file), "{row:?}: {name} has {file}");
            }
        }
        let zlib = &python.extensions["zlib"].variants[0];
        assert_eq!(zlib.licenses, Some(vec!["Zlib".to_owned()]));
        assert_eq!(zlib.license_paths, [python.root.join("licenses/LICENSE.zlib.txt")]);
    }
}

/// They were built with OpenSSL 3, whose libraries have other names than the publisher's list.
#[test]
fn windows_archives_name_libraries_that_they_lack() {
    let row = Row::new("3.13", "x86_64-pc-windows-msvc").unwrap();
    let mut entries = entries_of(&python_json(row).unwrap());
    let absent = absent_files(row).unwrap();
    assert!(absent.contains(&"install/DLLs/libssl-1_1-x64.dll"));
    entries.retain(|entry| !absent.iter().any(|path| entry.concerns(path)));
    let scratch = Scratch::new();
    let (path, sha256) = scratch.write(&zstd(&tar(&entries)));
    let root = super::super::super::unpack(&path, &sha256, &scratch.cache, &Silent).unwrap();
    let python = Distribution::open(&root, sha256).unwrap();
    // What lies beside them is all the same to the shared objects that Windows archives have.
    let missing = &python.extensions["_hashlib"].variants[0].missing;
    assert_eq!(missing, &["install/DLLs/libcrypto-1_1-x64.dll"]);
    let named = "_hashlib (install/DLLs/libcrypto-1_1-x64.dll)";
    assert!(python.notes.iter().any(|note| note.contains(named)), "{:?}", python.notes);
}

#[test]
fn an_archive_of_the_published_shape_is_read() {
    let mut json = published_json();
    json["python_version"] = json!("3.13.5");
    json["build_info"]["object_file_format"] = json!("llvm-bitcode:22.1.8");
    json["build_info"]["extensions"]["_ssl"][0]["links"].as_array_mut().unwrap().reverse();
    let scratch = Scratch::new();
    let (path, _) = scratch.write(&archive(&json));
    let reshaped = published::reshape(&path, scratch.folder.path()).unwrap();
    assert!(reshaped.left_out.contains(&"_sha2".to_owned()), "it has no object");
    let python = scratch.resolve(&fs::read(&reshaped.archive).unwrap()).unwrap();
    assert_eq!(python.full_version, "3.13.5");
    let llvm = LlvmVersion { major: 22, minor: 1, patch: 8 };
    assert_eq!(python.object_format, ObjectFormat::LlvmBitcode(llvm));
    let ssl = &python.extensions["_ssl"].variants[0];
    let library = |name: &str| Library::Static {
        name: name.to_owned(),
        path: python.root.join(format!("build/lib/lib{name}.a")),
    };
    assert_eq!(ssl.links, ["crypto", "ssl"].map(library));
    assert_eq!(python.extensions["_testcapi"].variants[0].shared_library.iter().count(), 1);
}
