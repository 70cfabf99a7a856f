use std::io::Read as _;

use serde_json::{Value, json};

use super::*;

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// A library with one member, written as `ar` writes it.
fn library(member: &str, content: &str) -> Vec<u8> {
    let mut data = EMPTY_LIBRARY.to_vec();
    data.extend(
        format!("{member:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, 0, 644, content.len())
            .into_bytes(),
    );
    data.extend(content.as_bytes());
    data
}

/// An archive such as those built here, with a few extensions.
fn ours(folder: &Path, format: &str) -> PathBuf {
    let json = json!({
        "target_triple": TARGET,
        "python_version": "3.13.5",
        "python_major_minor_version": "3.13",
        "python_implementation_hex_version": 51_185_136,
        "python_implementation_version": ["3", "13", "5", "final", "0"],
        "python_bytecode_magic_number": "f30d0d0a",
        "python_config_vars": {"CC": "gcc", "LIBS": "-lm"},
        "tcl_library_path": null,
        "build_info": {"object_file_format": format},
    });
    let files = [
        ("build/Objects/abstract.o", "abstract".into()),
        ("build/Modules/main.o", "main".into()),
        ("build/Modules/_ssl.o", "ssl".into()),
        ("build/Modules/sha2module.o", "sha2".into()),
        ("build/Modules/_hashes/Hacl_Hash_MD5.o", "moved".into()),
        ("build/Modules/md5module.o", "md5".into()),
        ("build/lib/libssl.a", library("ssl.o", "ssl!")),
        ("build/lib/libcrypto.a", library("crypto.o", "key!")),
        ("build/lib/libHacl_Hash_SHA2.a", library("Hacl_Hash_SHA2.o", "hash")),
        ("install/bin/python3.13", "#!".into()),
        (
            "install/lib/python3.13/lib-dynload/_tkinter.cpython-313-x86_64-linux-gnu.so",
            "shared".into(),
        ),
        ("licenses/LICENSE.zlib.txt", "zlib's own".into()),
        ("licenses/LICENSE.hacl.txt", "HACL's own".into()),
        ("PYTHON.json", serde_json::to_vec(&json).unwrap()),
    ];
    let files: [(&str, Vec<u8>); 14] = files;
    let mut tar = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(if path.contains("bin") { 0o755 } else { 0o644 });
        tar.append_data(&mut header, format!("python/{path}"), content.as_slice()).unwrap();
    }
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "python/install/bin/python3", "python3.13").unwrap();
    let archive = folder.join("ours.tar.zst");
    let tar = tar.into_inner().unwrap();
    fs::write(&archive, zstd::encode_all(tar.as_slice(), 1).unwrap()).unwrap();
    archive
}

/// Names in the archive in their order, and its `PYTHON.json`.
fn content(archive: &Path) -> (Vec<String>, Value) {
    let mut names = Vec::new();
    let mut json = Value::Null;
    let decoder = zstd::Decoder::new(fs::File::open(archive).unwrap()).unwrap();
    for entry in tar::Archive::new(decoder).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_string_lossy().into_owned();
        if name == "python/PYTHON.json" {
            let mut text = Vec::new();
            entry.read_to_end(&mut text).unwrap();
            json = serde_json::from_slice(&text).unwrap();
        }
        names.push(name);
    }
    (names, json)
}

#[test]
fn json_of_a_reshaped_archive_is_the_published_one() {
    let folder = tempfile::tempdir().unwrap();
    let ours = ours(folder.path(), "llvm-bitcode:22.1.8");
    let reshaped = reshape(&ours, folder.path()).unwrap();
    let name = reshaped.archive.file_name().unwrap().to_str().unwrap();
    assert_eq!(name, "cpython-3.13.5+20261021-x86_64-unknown-linux-gnu-pgo+lto-full.tar.zst");
    let (names, json) = content(&reshaped.archive);
    assert_eq!(names[0], "python/PYTHON.json");
    assert!(names.contains(&"python/install/bin/python3".to_owned()));
    assert!(!names.iter().any(|name| name.ends_with('/')));
    let info = &json["build_info"];
    assert_eq!(info["object_file_format"], "llvm-bitcode:%22.1.8");
    assert_eq!(info["core"]["objs"], json!(["build/Objects/abstract.o", "build/Modules/main.o"]));
    let ssl = &info["extensions"]["_ssl"][0];
    let order: Vec<_> =
        ssl["links"].as_array().unwrap().iter().map(|link| link["name"].as_str()).collect();
    assert_eq!(order, [Some("crypto"), Some("ssl")]);
    assert_eq!(ssl["licenses"], json!(["Apache-2.0", "OpenSSL"]));
    assert_eq!(json["python_version"], "3.13.5");
    assert_eq!(json["python_abi_tag"], "");
    assert_eq!(json["python_config_vars"]["CC"], "gcc");
    assert_eq!(json["python_config_vars"]["LIBS"], "-lpthread -ldl -lutil");
}

#[test]
fn objects_stand_where_published_archives_have_them() {
    let folder = tempfile::tempdir().unwrap();
    let reshaped = reshape(&ours(folder.path(), "elf"), folder.path()).unwrap();
    let (names, json) = content(&reshaped.archive);
    let has = |name: &str| names.contains(&format!("python/{name}"));
    assert!(has("build/Modules/_hacl/Hacl_Hash_SHA2.o"), "taken from the library");
    assert!(has("build/Modules/_hacl/Hacl_Hash_MD5.o"), "moved from another folder");
    assert!(!has("build/lib/libHacl_Hash_SHA2.a"));
    assert!(!has("build/Modules/_hashes/Hacl_Hash_MD5.o"));
    let extensions = json["build_info"]["extensions"].as_object().unwrap();
    for name in extensions.keys() {
        for object in strings(&extensions[name][0]["objs"]) {
            assert!(has(object), "{name} names {object}");
        }
        for library in static_libraries(&extensions[name][0]) {
            assert!(has(library), "{name} names {library}");
        }
    }
    assert!(extensions.contains_key("_sha2") && extensions.contains_key("sys"));
    assert!(extensions["_tkinter"][0]["shared_lib"].is_string());
    for name in ["_dbm", "_testcapi", "zlib"] {
        assert!(!extensions.contains_key(name) && reshaped.left_out.contains(&name.to_owned()));
    }
}

#[test]
fn license_texts_are_those_of_published_archives() {
    let folder = tempfile::tempdir().unwrap();
    let reshaped = reshape(&ours(folder.path(), "elf"), folder.path()).unwrap();
    let (names, _) = content(&reshaped.archive);
    let has = |name: &str| names.contains(&format!("python/licenses/LICENSE.{name}.txt"));
    assert!(has("zlib") && has("openssl-1.1") && has("openssl-3"));
    assert!(!has("hacl") && !has("zlib-ng"));
}

#[test]
fn archives_of_unknown_releases_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let archive = ours(folder.path(), "elf");
    let scratch = tempfile::tempdir().unwrap();
    pack::unpack(&archive, scratch.path()).unwrap();
    let json = scratch.path().join("python/PYTHON.json");
    let text = fs::read_to_string(&json).unwrap().replace("\"3.13\"", "\"3.9\"");
    fs::write(&json, text).unwrap();
    let other = folder.path().join("other.tar.zst");
    pack::pack(&scratch.path().join("python"), &other).unwrap();
    let error = reshape(&other, folder.path()).unwrap_err();
    assert_eq!(error.to_string(), "nothing is known of CPython 3.9 for x86_64-unknown-linux-gnu");
}
