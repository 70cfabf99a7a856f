//! Kinds of extension modules, and errors of those that cannot be imported.

use std::sync::LazyLock;

use end_to_end::root::Root;
use end_to_end::{Application, Project};

use super::compiled::{Compiler, SUFFIX};

const CONFIG: &str = r#"[[python_packages]]
type = "stdlib"
[[python_packages]]
type = "package-root"
path = "src"
packages = ["both", "compressor", "future", "kinds", "multi", "nothing", "packed", "plain",
    "raising", "single", "space", "stable", "symbol", "unsaid"]
[python_run]
mode = "module"
module = "kinds"
"#;

/// A module with single-phase initialisation, and a second one in the same file.
const SINGLE: &str = r#"
#include <Python.h>
static struct PyModuleDef first = {PyModuleDef_HEAD_INIT, "single", NULL, -1};
static struct PyModuleDef second = {PyModuleDef_HEAD_INIT, "second", NULL, -1};
PyMODINIT_FUNC PyInit_single(void) { return PyModule_Create(&first); }
PyMODINIT_FUNC PyInit_second(void) { return PyModule_Create(&second); }
"#;

/// A module that raises while it is made.
const RAISING: &str = r#"
#include <Python.h>
PyMODINIT_FUNC PyInit_raising(void) {
    PyErr_SetString(PyExc_ImportError, "the module itself says no");
    return NULL;
}
"#;

static KINDS: LazyLock<Application> = LazyLock::new(|| {
    let project = Project::new("native-modules", CONFIG).unwrap();
    let project = project.with("src/kinds.py", include_str!("modules.py")).unwrap();
    let compiler = Compiler::new(&project.folder().join("src"));
    let module = |path: &str, answer: &str, flags: &[&str]| {
        compiler.module(&path.replace(".so", SUFFIX), answer, flags);
    };
    module("multi.so", "\"i\", 1", &[]);
    compiler.shared(&format!("single{SUFFIX}"), SINGLE, &[]);
    compiler.module("stable.abi3.so", "\"i\", 3", &["-DPy_LIMITED_API=0x030a0000"]);
    compiler.module("plain.so", "\"i\", 4", &[]);
    // A package that is an extension module, with a module of Python in it.
    module("packed/__init__.so", "\"i\", 5", &[]);
    let project = project.with("src/packed/inner.py", "x = 6\n").unwrap();
    // Namespace packages down to the module.
    module("space/deep/_c.so", "\"i\", 7", &[]);
    // Python code beside an extension module of the same name, which goes first.
    module("both.so", "\"i\", 8", &[]);
    let project = project.with("src/both.py", "def answer(): return -8\n").unwrap();
    compiler.shared(&format!("raising{SUFFIX}"), RAISING, &[]);
    compiler.shared(&format!("nothing{SUFFIX}"), "int unused;", &[]);
    module("symbol.so", "\"i\", value()", &[]);
    // It needs two libraries, of which one uses the other and does not say so.
    let used = "int used(void) { return 10; }";
    let used = compiler.shared("packed/libused.so", used, &["-Wl,-soname,libused.so"]);
    let using = "extern int used(void); int value(void) { return used(); }";
    let using = compiler.shared("packed/libusing.so", using, &["-Wl,-soname,libusing.so"]);
    let (used, using) = (used.display().to_string(), using.display().to_string());
    let flags = ["-Wl,-rpath,$ORIGIN/packed", "-Wl,--no-as-needed", &using, &used];
    module("unsaid.so", "\"i\", value()", &flags);
    module("compressor.so", "\"i\", 9", &["-Wl,--no-as-needed", "-l:libz.so.1"]);
    // A C library that does not exist yet.
    let future = compiler.scratch.path().join("libc.so.6");
    let versions = compiler.scratch.path().join("versions");
    fs_err::write(&versions, "GLIBC_2.99 { global: value; };").unwrap();
    let script = format!("-Wl,--version-script={}", versions.display());
    let flags = ["-nostdlib", "-Wl,-soname,libc.so.6", &script];
    compiler.shared_at(&future, "int value(void) { return 1; }", &flags);
    let future = future.display().to_string();
    module("future.so", "\"i\", value()", &[&future]);
    project.build().unwrap()
});

fn succeeds(scenario: &str) {
    assert_eq!(KINDS.succeed([scenario]).unwrap(), "good\n");
}

#[test]
fn every_kind_is_imported() {
    succeeds("kinds");
}

#[test]
fn interpreters_have_modules_of_their_own() {
    succeeds("interpreters");
}

#[test]
fn two_modules_may_be_in_one_file() {
    succeeds("two_in_one");
}

#[test]
fn modules_are_reloaded_and_their_functions_pickled() {
    succeeds("reload_and_pickle");
}

#[test]
fn variables_of_threads_are_apart() {
    succeeds("threads");
}

#[test]
fn signals_that_arrive_while_libraries_are_loaded_are_handled() {
    succeeds("signals");
}

#[test]
fn a_library_may_use_one_that_it_does_not_say_it_needs() {
    succeeds("unsaid");
}

#[test]
fn libraries_are_found_and_opened() {
    succeeds("find_library");
}

#[test]
fn an_error_names_module_file_and_what_is_missing() {
    let message = |module: &str| KINDS.succeed(["error", module]).unwrap();
    let file = |module: &str| format!("{}/{module}{SUFFIX}", KINDS.path.display());
    assert_eq!(message("raising"), format!("the module itself says no|None|None\n"));
    let expected = |module: &str, words: &str| {
        format!(
            "cannot import the extension module '{module}': {words}|{module}|{}\n",
            file(module)
        )
    };
    let symbol = format!("cannot load symbol{SUFFIX}: symbol{SUFFIX}: undefined symbol: value");
    assert_eq!(message("symbol"), expected("symbol", &symbol));
    let nothing = "dynamic module does not define module export function (PyInit_nothing)";
    assert_eq!(message("nothing"), expected("nothing", nothing));
    let future = message("future");
    assert!(future.contains("version `GLIBC_2.99' not found (required by"), "{future}");
    assert!(future.contains(&format!("future{SUFFIX})")), "{future}");
    assert!(future.contains("(it needs glibc 2.99 or newer)|future|"), "{future}");
}

#[test]
fn a_missing_library_of_the_system_is_named_with_its_package() {
    let root = Root::new(&KINDS, &[]).unwrap();
    let finished = root.run(&["error", "compressor"]).unwrap();
    finished.expect_success().unwrap();
    let words = "libz.so.1: cannot open shared object file: No such file or directory (this machine lacks \
                 libz.so.1: it is in the package zlib1g of Debian and Ubuntu, zlib of Fedora and RHEL)";
    assert_eq!(
        finished.stdout,
        format!(
            "cannot import the extension module 'compressor': cannot load compressor{SUFFIX}: {words}\
             |compressor|/pyapp/compressor{SUFFIX}\n"
        )
    );
}
