use published::Row;
use serde_json::{Value, json};

use super::super::model::{LlvmVersion, ObjectFormat};
use super::super::testing::{Entry, Scratch, TARGET, entries_of, published_json, tar, zstd};
use super::*;
use crate::reporter::Silent;

mod published_rows;

fn archive(json: &Value) -> Vec<u8> {
    zstd(&tar(&entries_of(json)))
}

/// Opens the archive of another target than that of [`Scratch::resolve()`].
fn open(json: &Value) -> (Scratch, Distribution) {
    let scratch = Scratch::new();
    let (path, sha256) = scratch.write(&archive(json));
    let root = super::super::unpack(&path, &sha256, &scratch.cache, &Silent).unwrap();
    let python = Distribution::open(&root, sha256).unwrap();
    (scratch, python)
}

/// What a change of a published `PYTHON.json` leads to; the other files stay.
fn failure(change: impl FnOnce(&mut Value)) -> String {
    let mut json = published_json();
    change(&mut json);
    failure_of_text(&serde_json::to_vec(&json).unwrap())
}

fn failure_of_text(text: &[u8]) -> String {
    let mut entries = entries_of(&published_json());
    entries[0] = Entry::file("python/PYTHON.json", text);
    without_digest(&Scratch::new().failure(&zstd(&tar(&entries))))
}

/// The folder in the cache has a hash for a name, which varies with the compressor.
fn without_digest(text: &str) -> String {
    let start = text.find("distributions/").unwrap() + "distributions/".len();
    format!("{}SHA256{}", &text[..start], &text[start + 64..])
}

/// Wraps what all errors of `PYTHON.json` have around them.
fn content(problem: &str) -> String {
    format!(
        "the distribution in `DIR/NAME` cannot be used\ncause: \
         `DIR/cache/distributions/SHA256/python/PYTHON.json`: {problem}\nhint: the archive is not \
         as its publisher's format asks for; choose another one, or leave out `local_path` and \
         `url` to get a known one"
    )
}

fn remove(map: &mut Value, key: &str) {
    assert!(map.as_object_mut().unwrap().remove(key).is_some(), "{key}");
}

#[test]
fn folders_of_tcl_are_those_that_are_there_listed_or_not() {
    let folders = |change: &dyn Fn(&mut Value)| -> Vec<String> {
        let mut json = published_json();
        change(&mut json);
        let mut entries = entries_of(&json);
        for file in ["tcl9.0/init.tcl", "tk9.0/tk.tcl", "itcl4.3.8/x.tcl", "pkgconfig/x.pc"] {
            entries.push(Entry::file(&format!("python/install/lib/{file}"), ""));
        }
        let python = Scratch::new().resolve(&zstd(&tar(&entries))).unwrap();
        let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
        python.tcl_library.iter().map(name).collect()
    };
    // `thread3.0.6` is listed and missing, `tcl9.0` is there and not listed, as really published.
    assert_eq!(folders(&|_| {}), ["itcl4.3.8", "tcl9.0", "tk9.0"]);
    let not_listed = folders(&|json| remove(json, "tcl_library_paths"));
    assert_eq!(not_listed, ["tcl9.0", "tk9.0"]);
    assert_eq!(folders(&|json| remove(json, "tcl_library_path")), Vec::<String>::new());
    assert_eq!(
        folders(&|json| json["tcl_library_path"] = json!("install/none")),
        Vec::<String>::new()
    );
    let outside = failure(|json| json["tcl_library_paths"] = json!(["../../../x"]));
    let key = "key `tcl_library_paths[0]` names `install/lib/../../../x`, which lies outside of the \
               distribution";
    assert_eq!(outside, content(key));
}

#[test]
fn a_published_archive_is_read_completely() {
    let scratch = Scratch::new();
    let python = scratch.resolve(&archive(&published_json())).unwrap();
    let root = &python.root;
    assert!(root.starts_with(scratch.cache.root()) && root.ends_with("python"));
    assert_eq!(python.version, PythonVersion { major: 3, minor: 13 });
    assert_eq!(python.full_version, "3.13.17");
    assert_eq!(python.target_triple, "x86_64-unknown-linux-gnu");
    assert_eq!(python.python_exe, root.join("install/bin/python3.13"));
    assert_eq!(python.stdlib, root.join("install/lib/python3.13"));
    assert_eq!(python.include, root.join("install/include/python3.13"));
    assert_eq!(python.cache_tag, "cpython-313");
    assert_eq!(python.bytecode_magic, [0xf3, 0x0d, 0x0d, 0x0a]);
    assert_eq!(python.extension_suffixes, [".cpython-313-x86_64-linux-gnu.so", ".abi3.so", ".so"]);
    assert_eq!(python.stdlib_test_packages.len(), 12);
    assert!(python.stdlib_test_packages.contains(&"idlelib.idle_test".to_owned()));
    let llvm = LlvmVersion { major: 22, minor: 1, patch: 3 };
    assert_eq!(python.object_format, ObjectFormat::LlvmBitcode(llvm));
    assert_eq!(python.licenses, ["Python-2.0", "CNRI-Python"]);
    assert_eq!(python.license_path, Some(root.join("licenses/LICENSE.cpython.txt")));
}

#[test]
fn the_core_has_no_inittab_and_no_build_tool() {
    let scratch = Scratch::new();
    let python = scratch.resolve(&archive(&published_json())).unwrap();
    let objects: Vec<_> =
        python.core.objects.iter().map(|path| path.strip_prefix(&python.root).unwrap()).collect();
    let expected = [
        "build/Objects/abstract.o",
        "build/Parser/parser.o",
        "build/Python/ceval.o",
        "build/Python/frozen.o",
        "build/Modules/gcmodule.o",
        "build/Modules/getpath.o",
        "build/Modules/main.o",
    ];
    assert_eq!(objects, expected.map(Path::new));
    let system = |name: &str| Library::System(name.to_owned());
    assert_eq!(python.core.links, ["pthread", "dl", "util"].map(system));
    assert_eq!(python.core.inittab_cflags, ["-std=c99", "-DNDEBUG", "-DPy_BUILD_CORE"]);
}

#[test]
fn extensions_are_read_completely() {
    let scratch = Scratch::new();
    let python = scratch.resolve(&archive(&published_json())).unwrap();
    assert_eq!(python.extensions.len(), 11);
    let only = |name: &str| {
        assert_eq!(python.extensions[name].name, name);
        assert_eq!(python.extensions[name].variants.len(), 1);
        &python.extensions[name].variants[0]
    };
    assert_eq!((&only("sys").init_fn, only("sys").in_core), (&None, true));
    assert_eq!(only("_imp").init_fn.as_deref(), Some("PyInit__imp"));
    assert!(only("_codecs").required && !only("_codecs").in_core);
    assert!(!only("_abc").required);
    assert_eq!(only("_abc").licenses, None);
    let ssl = only("_ssl");
    let library = |name: &str| Library::Static {
        name: name.to_owned(),
        path: python.root.join(format!("build/lib/lib{name}.a")),
    };
    assert_eq!(ssl.links, [library("crypto"), library("ssl")], "in the order of their names");
    assert_eq!(ssl.objects, [python.root.join("build/Modules/_ssl.o")]);
    assert_eq!(ssl.licenses, Some(vec!["Apache-2.0".to_owned(), "OpenSSL".to_owned()]));
    let texts = ["licenses/LICENSE.openssl-1.1.txt", "licenses/LICENSE.openssl-3.txt"];
    assert_eq!(ssl.license_paths, texts.map(|path| python.root.join(path)));
    assert!(only("_sqlite3").public_domain && !ssl.public_domain);
    let shared = only("_testcapi").shared_library.as_ref().unwrap();
    assert!(shared.ends_with("lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so"));
}

#[test]
fn variants_keep_their_order() {
    let mut json = published_json();
    let variants = json["build_info"]["extensions"]["readline"].as_array_mut().unwrap();
    let mut other = variants[0].clone();
    variants[0]["variant"] = json!("libedit");
    other["variant"] = json!("readline");
    other["links"] = json!([{"name": "readline", "path_static": "build/lib/libreadline.a"}]);
    variants.push(other);
    let python = Scratch::new().resolve(&archive(&json)).unwrap();
    let variants: Vec<_> =
        python.extensions["readline"].variants.iter().map(|v| v.variant.as_str()).collect();
    assert_eq!(variants, ["libedit", "readline"]);
}

#[test]
fn older_formats_lack_keys_that_are_not_needed() {
    let mut json = published_json();
    let read = |json: &Value| Scratch::new().resolve(&archive(json)).unwrap().full_version;
    json["version"] = json!("7");
    remove(&mut json, "build_options");
    assert_eq!(read(&json), "3.13.17");
    json["version"] = json!("6");
    assert_eq!(read(&json), "3.13.17");
    json["version"] = json!("5");
    remove(&mut json, "python_paths_abstract");
    remove(&mut json, "python_config_vars");
    json["link_mode"] = json!("static");
    assert_eq!(read(&json), "3.13.17");
}

#[test]
fn an_apple_archive_links_frameworks() {
    let row = Row::new("3.13", "aarch64-apple-darwin").unwrap();
    let (_scratch, python) = open(&published::python_json(row).unwrap());
    let llvm = LlvmVersion { major: 22, minor: 1, patch: 3 };
    assert_eq!(python.object_format, ObjectFormat::LlvmBitcode(llvm));
    let framework = Library::Framework("CoreFoundation".to_owned());
    assert_eq!(python.core.links, [Library::System("dl".to_owned()), framework]);
}

#[test]
fn older_windows_archives_do_not_say_what_is_required() {
    let row = Row::new("3.10", "x86_64-pc-windows-msvc").unwrap();
    let mut json = published::python_json(row).unwrap();
    let ssl = &mut json["build_info"]["extensions"]["_ssl"][0];
    remove(ssl, "required");
    let (_scratch, python) = open(&json);
    assert_eq!(python.object_format, ObjectFormat::Coff);
    let ssl = &python.extensions["_ssl"].variants[0];
    let library = |name: &str| {
        let path = python.root.join(format!("install/DLLs/{name}.dll"));
        Library::Dynamic { name: name.to_owned(), path }
    };
    let system = |name: &str| Library::System(name.to_owned());
    let links = [library("libcrypto-1_1-x64"), library("libssl-1_1-x64")];
    assert_eq!(ssl.links[..2], [system("crypt32"), system("ws2_32")]);
    assert_eq!(ssl.links[2..], links);
    assert!(!ssl.required && ssl.shared_library.is_some());
}

#[test]
fn both_spellings_of_licence_paths_count() {
    let mut json = published_json();
    let ssl = &mut json["build_info"]["extensions"]["_ssl"][0];
    ssl["license_path"] = json!("licenses/LICENSE.cpython.txt");
    let python = Scratch::new().resolve(&archive(&json)).unwrap();
    let licences =
        ["cpython", "openssl-1.1", "openssl-3"].map(|name| format!("licenses/LICENSE.{name}.txt"));
    let ssl = &python.extensions["_ssl"].variants[0];
    assert_eq!(ssl.license_paths, licences.map(|path| python.root.join(path)));
}

#[test]
fn deep_frozen_modules_are_part_of_the_core() {
    let mut json = published_json();
    let entries = |json: &Value| {
        let mut entries = entries_of(json);
        let name = "python/build/Python/deepfreeze/deepfreeze.o";
        entries.push(Entry::file(name, "object"));
        zstd(&tar(&entries))
    };
    let count = |json: &Value| {
        let python = Scratch::new().resolve(&entries(json)).unwrap();
        let is_it = |path: &&PathBuf| path.ends_with("build/Python/deepfreeze/deepfreeze.o");
        python.core.objects.iter().filter(is_it).count()
    };
    assert_eq!(count(&json), 1);
    let objects = json["build_info"]["core"]["objs"].as_array_mut().unwrap();
    objects.push(json!("build/Python/deepfreeze/deepfreeze.o"));
    assert_eq!(count(&json), 1);
}

#[test]
fn unknown_keys_are_passed_over() {
    let mut json = published_json();
    json["new"] = json!({"deep": [1, 2]});
    json["build_info"]["new"] = json!(true);
    json["build_info"]["extensions"]["_ssl"][0]["links"][0]["new"] = json!(1.5);
    Scratch::new().resolve(&archive(&json)).unwrap();
}

#[test]
fn a_missing_key_is_named() {
    let missing = |key: &str| content(&format!("key `{key}`: missing"));
    assert_eq!(failure(|json| remove(json, "python_version")), missing("python_version"));
    assert_eq!(
        failure(|json| remove(&mut json["python_paths"], "include")),
        missing("python_paths.include")
    );
    assert_eq!(
        failure(|json| remove(&mut json["build_info"]["core"], "objs")),
        missing("build_info.core.objs")
    );
    assert_eq!(
        failure(|json| remove(&mut json["build_info"]["extensions"]["_ssl"][0], "init_fn")),
        missing("build_info.extensions._ssl[0].init_fn")
    );
}

#[test]
fn a_value_of_the_wrong_type_is_named() {
    assert_eq!(
        failure(|json| json["build_info"]["core"]["objs"][3] = json!(4)),
        content("key `build_info.core.objs[3]`: invalid type: integer `4`, expected a string")
    );
    assert_eq!(
        failure(|json| json["build_info"]["extensions"]["_ssl"][0]["in_core"] = json!("yes")),
        content(
            "key `build_info.extensions._ssl[0].in_core`: invalid type: string \"yes\", expected \
             a boolean"
        )
    );
    assert_eq!(
        failure(|json| json["build_info"]["extensions"]["_ssl"] = json!([])),
        content("key `build_info.extensions._ssl`: no variant is listed")
    );
}

#[test]
fn a_value_without_sense_is_shown() {
    assert_eq!(
        failure(|json| json["python_bytecode_magic_number"] = json!("f30d0dxx")),
        content("key `python_bytecode_magic_number`: `f30d0dxx` is not 8 hexadecimal digits")
    );
    assert_eq!(
        failure(|json| json["python_major_minor_version"] = json!("three")),
        content("key `python_major_minor_version`: `three` is not a version such as 3.13")
    );
    assert_eq!(
        failure(|json| json["build_info"]["object_file_format"] = json!("wasm")),
        content("key `build_info.object_file_format`: `wasm` is not known")
    );
}

#[test]
fn an_object_that_the_archive_lacks_is_named() {
    let json = published_json();
    for (wanted, key) in [
        ("build/Python/ceval.o", "build_info.core.objs[2]"),
        ("install/bin/python3.13", "python_exe"),
    ] {
        let mut entries = entries_of(&json);
        entries.retain(|entry| !entry.concerns(wanted));
        let scratch = Scratch::new();
        let shown = without_digest(&scratch.failure(&zstd(&tar(&entries))));
        let problem = format!("key `{key}` names `{wanted}`, which the distribution lacks");
        assert_eq!(shown, content(&problem));
    }
}

#[test]
fn what_an_executable_can_do_without_is_noted_where_it_is_missing() {
    let json = published_json();
    let gone = ["build/Modules/_ssl.o", "build/lib/libssl.a", "licenses/LICENSE.cpython.txt"];
    let mut entries = entries_of(&json);
    entries.retain(|entry| !gone.iter().any(|path| entry.concerns(path)));
    let python = Scratch::new().resolve(&zstd(&tar(&entries))).unwrap();
    let ssl = &python.extensions["_ssl"].variants[0];
    assert_eq!(ssl.missing, ["build/Modules/_ssl.o", "build/lib/libssl.a"]);
    assert!(ssl.objects.is_empty());
    assert_eq!(python.license_path, None);
    let notes = python.notes.join("\n");
    insta::assert_snapshot!(notes, @r"
    the archive names texts of licenses that it does not have: licenses/LICENSE.cpython.txt, licenses/LICENSE.zlib-ng.txt
    the archive names files of extension modules that it does not have: _ssl (build/Modules/_ssl.o, build/lib/libssl.a)
    the archive names folders of Tcl that it does not have: install/lib/itcl4.3.8, install/lib/thread3.0.6, install/lib/tk9.0
    ");
}

#[test]
fn the_level_of_the_processor_is_split_from_the_target() {
    let mut json = published_json();
    let read = |json: &Value| Scratch::new().resolve(&archive(json)).unwrap();
    assert_eq!(read(&json).cpu_level, X86Level::V1);
    json["target_triple"] = json!("x86_64_v2-unknown-linux-gnu");
    let python = read(&json);
    assert_eq!((&*python.target_triple, python.cpu_level), (TARGET, X86Level::V2));
    assert_eq!(
        split_cpu_level("x86_64_v5-unknown-linux-gnu").0,
        "x86_64_v5-unknown-linux-gnu",
        "there is no such level"
    );
}

#[test]
fn other_kinds_of_python_are_refused_with_a_sentence() {
    let refused = |change: fn(&mut Value)| {
        let mut json = published_json();
        change(&mut json);
        without_digest_if_any(&Scratch::new().failure(&archive(&json)))
    };
    let free_threaded = refused(|json| json["python_abi_tag"] = json!("t"));
    insta::assert_snapshot!(free_threaded, @r"
    the distribution in `DIR/NAME` is a free-threaded one, which is not supported yet
    hint: choose an archive without `freethreaded` in its name
    ");
    let by_option = |json: &mut Value| json["build_options"] = json!("freethreaded+pgo+lto");
    assert_eq!(refused(by_option), free_threaded);
    insta::assert_snapshot!(refused(|json| json["target_triple"] = json!("x86_64-unknown-linux-musl")), @r"
    the distribution in `DIR/NAME` is for x86_64-unknown-linux-musl, the build is for x86_64-unknown-linux-gnu
    hint: executables for musl cannot be made yet; choose the archive whose name has `x86_64-unknown-linux-gnu` in it
    ");
    insta::assert_snapshot!(refused(|json| json["target_triple"] = json!("aarch64-unknown-linux-gnu")), @r"
    the distribution in `DIR/NAME` is for aarch64-unknown-linux-gnu, the build is for x86_64-unknown-linux-gnu
    hint: choose the archive whose name has `x86_64-unknown-linux-gnu` in it
    ");
    insta::assert_snapshot!(refused(|json| json["python_major_minor_version"] = json!("3.16")), @r"
    the distribution in `DIR/NAME` cannot be used
    cause: `DIR/cache/distributions/SHA256/python/PYTHON.json`: CPython 3.16 is not supported, 3.10 to 3.15 are
    hint: use an archive of CPython 3.10 to 3.15, or update this tool
    ");
}

/// As [`without_digest`], where there is one.
fn without_digest_if_any(text: &str) -> String {
    if text.contains("distributions/") { without_digest(text) } else { text.to_owned() }
}

#[test]
fn a_debug_build_is_taken_where_it_is_named() {
    let mut json = published_json();
    json["python_abi_tag"] = json!("d");
    json["build_options"] = json!("debug");
    assert!(!Scratch::new().resolve(&archive(&json)).unwrap().free_threaded);
}

#[test]
fn a_path_that_leaves_the_distribution_is_refused() {
    for path in ["../outside.o", "/etc/passwd", "build/../../../x.o", ""] {
        let shown = failure(|json| json["build_info"]["core"]["objs"][0] = json!(path));
        let problem = format!(
            "key `build_info.core.objs[0]` names `{path}`, which lies outside of the distribution"
        );
        assert_eq!(shown, content(&problem));
    }
}

#[test]
fn another_format_is_refused() {
    for version in ["4", "9", "eight"] {
        assert_eq!(
            failure(|json| json["version"] = json!(version)),
            format!(
                "the distribution in `DIR/NAME` cannot be used\ncause: \
                 `DIR/cache/distributions/SHA256/python/PYTHON.json`: key `version`: format \
                 {version} is not supported, 5 to 8 are\nhint: use an archive of \
                 python-build-standalone from 2020-08 or later, or update this tool when the \
                 archive is newer than it"
            )
        );
    }
    assert_eq!(failure(|json| remove(json, "version")), content("key `version`: missing"));
    assert_eq!(failure(|json| json["version"] = json!(8)), content("key `version`: not a string"));
}

#[test]
fn what_is_not_json_is_refused() {
    let shown = failure_of_text(b"{\n  \"version\": ");
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines[1..3],
        [
            "cause: `DIR/cache/distributions/SHA256/python/PYTHON.json` is not JSON",
            "cause: EOF while parsing a value at line 2 column 13",
        ]
    );
    let shown = failure_of_text(b"[]");
    assert_eq!(shown, content("key `version`: the file does not hold a map"));
}
