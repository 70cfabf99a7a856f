//! Different libraries of one name, and symbols that the executable has, too.

use end_to_end::Project;

use super::compiled::{Compiler, SUFFIX};

const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"
[[python_packages]]
type = "package-root"
path = "src"
packages = ["captured", "one", "two", "wide", "main"]
[python_run]
mode = "module"
module = "main"
"#;

const MAIN: &str = r#"
import pyexpat
import sqlite3
import ssl
import sys
import zlib

own = (sqlite3.sqlite_version, zlib.ZLIB_RUNTIME_VERSION, pyexpat.EXPAT_VERSION)
if len(sys.argv) > 1:
    own = None
import captured._c
import one._c
import two._c
import wide

# Each has the library that it was linked with, though both are called libsame.so.1.
assert (one._c.answer(), two._c.answer()) == (1, 2)
assert captured._c.answer() == ('own sqlite', 'own zlib', 'own expat', 'own openssl')
now = (sqlite3.sqlite_version, zlib.ZLIB_RUNTIME_VERSION, pyexpat.EXPAT_VERSION)
assert own in (None, now) and 'own' not in ''.join(now)
assert ssl.OPENSSL_VERSION.startswith('OpenSSL ')
connection = sqlite3.connect(':memory:')
assert connection.execute('SELECT sqlite_version()').fetchone()[0] == sqlite3.sqlite_version
assert zlib.decompress(zlib.compress(b'x' * 1000)) == b'x' * 1000
assert [wide.load(number) for number in range(60)] == list(range(60))
print('good')
"#;

/// Loads libraries with variables of threads by their paths.
const WIDE: &str = r#"
import ctypes
import os

def load(number):
    path = os.path.join(os.path.dirname(__file__), f'libwide{number}.so')
    return ctypes.CDLL(path).get()
"#;

/// Functions of libraries that are linked into the executable.
const CAPTURE: &str = r#"
const char *sqlite3_libversion(void) { return "own sqlite"; }
const char *zlibVersion(void) { return "own zlib"; }
const char *XML_ExpatVersion(void) { return "own expat"; }
const char *OpenSSL_version(int type) { return "own openssl"; }
"#;

#[test]
fn each_gets_its_own() {
    let project = Project::new("native-conflicts", CONFIG).unwrap();
    let project = project.with("src/main.py", MAIN).unwrap();
    let project = project.with("src/wide/__init__.py", WIDE).unwrap();
    let compiler = Compiler::new(&project.folder().join("src"));
    let linked = |library: &std::path::Path| {
        ["-Wl,-rpath,$ORIGIN".to_owned(), library.display().to_string()]
    };
    for (package, value) in [("one", 1), ("two", 2)] {
        let library = compiler.shared(
            &format!("{package}/libsame.so.1"),
            &format!("int value(void) {{ return {value}; }}"),
            &["-Wl,-soname,libsame.so.1"],
        );
        let flags = linked(&library);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        compiler.module(&format!("{package}/_c{SUFFIX}"), "\"i\", value()", &flags);
    }
    let library =
        compiler.shared("captured/libcapture.so", CAPTURE, &["-Wl,-soname,libcapture.so"]);
    let declared = "-include";
    let header = compiler.scratch.path().join("capture.h");
    let declarations = CAPTURE.lines().filter_map(|line| Some(line.split_once(" {")?.0));
    fs_err::write(&header, declarations.map(|line| format!("{line};\n")).collect::<String>())
        .unwrap();
    let flags =
        [linked(&library).to_vec(), vec![declared.to_owned(), header.display().to_string()]];
    let flags = flags.concat();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    compiler.module(
        &format!("captured/_c{SUFFIX}"),
        "\"ssss\", sqlite3_libversion(), zlibVersion(), XML_ExpatVersion(), OpenSSL_version(0)",
        &flags,
    );
    // More variables of threads than fit into what the loader keeps for libraries that come late.
    for number in 0..60 {
        compiler.shared(
            &format!("wide/libwide{number}.so"),
            &format!(
                "static __thread int values[256] = {{{number}}}; int get(void) {{ return values[0]; }}"
            ),
            &[],
        );
    }
    let application = project.build().unwrap();
    assert_eq!(application.succeed([""; 0]).unwrap(), "good\n");
    // The wheel's own copies come first.
    assert_eq!(application.succeed(["first"]).unwrap(), "good\n");
}
