//! `objects` in `[[extension_modules]]`: extension modules that are linked from files of the user's.

use std::path::Path;
use std::process::Command;

use end_to_end::{Outcome, Profile, Project, distribution};

/// C source of an extension module with a function `answer`, which returns a number that the C expression gives.
fn module(name: &str, declared: &str, answer: &str) -> String {
    let last = name.rsplit('.').next().unwrap();
    format!(
        r#"
#include <Python.h>
{declared}
static PyObject *answer(PyObject *module, PyObject *nothing) {{ return PyLong_FromLong({answer}); }}
static PyMethodDef methods[] = {{{{"answer", answer, METH_NOARGS, NULL}}, {{NULL}}}};
static struct PyModuleDef definition = {{
    PyModuleDef_HEAD_INIT, .m_name = "{name}", .m_size = -1, .m_methods = methods
}};
PyMODINIT_FUNC PyInit_{last}(void) {{ return PyModule_Create(&definition); }}
"#
    )
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Compiles the C source to the object `name` beside the project's TOML file.
fn object(project: &Project, name: &str, source: &str) {
    let file = project.path(&format!("{name}.c"));
    fs_err::write(&file, source).unwrap();
    let include = distribution::distribution().unwrap().include;
    run(Command::new("gcc")
        .args(["-c", "-O1", "-fPIC", "-o"])
        .arg(project.path(name))
        .arg(&file)
        .arg("-I")
        .arg(include));
}

/// Compiles the C sources to a static library beside the project's TOML file.
fn library(project: &Project, name: &str, sources: &[&str]) {
    let objects: Vec<String> =
        (0..sources.len()).map(|index| format!("{name}.{index}.o")).collect();
    for (object_name, source) in objects.iter().zip(sources) {
        object(project, object_name, source);
    }
    let objects = objects.iter().map(|object| project.path(object));
    run(Command::new("ar").arg("rcs").arg(project.path(name)).args(objects));
}

fn entry(name: &str, objects: &[&str], more: &str) -> String {
    format!("[[extension_modules]]\nname = \"{name}\"\nobjects = {objects:?}\n{more}\n")
}

/// What the project's application prints that is built by Cargo, and by the command.
fn prints(project: &Project, expected: &str) {
    let application = project.build().unwrap();
    assert_eq!(application.succeed::<&str>([]).unwrap(), expected);
    let executable = project.path("made");
    let mut command = Command::new(end_to_end::command::command().unwrap());
    command.args(["build", "--output"]).arg(&executable).arg(project.path("app.toml"));
    run(&mut command);
    let application = end_to_end::Application::at(executable);
    assert_eq!(application.succeed::<&str>([]).unwrap(), expected);
}

fn evaluates(code: &str) -> String {
    format!("[python_run]\nmode = \"eval\"\ncode = \"\"\"{code}\"\"\"\n")
}

#[test]
fn modules_are_linked_from_objects_and_static_libraries() {
    let config = [
        &*evaluates(
            "import sys, one, two, package.three, zlib\n\
             print(one.answer(), two.answer(), package.three.answer(), zlib.crc32(b'x'))\n\
             print(*(name in sys.builtin_module_names for name in ('one', 'two', 'package.three')))\n\
             print(package.three.__name__, package.three.__spec__.origin)",
        ),
        "[[python_packages]]\ntype = \"stdlib\"\n[[python_packages]]\ntype = \"package-root\"\npath = \"src\"\npackages = [\"package\"]\n",
        &entry("one", &["one.o", "libvalue.a"], ""),
        &entry("two", &["libtwo.a"], "libraries = [\"m\"]"),
        &entry("package.three", &["three.o"], ""),
    ]
    .concat();
    let project = Project::new("added-extensions", &config).unwrap();
    let project = project.with("src/package/__init__.py", "").unwrap();
    // A function of a name that another module and CPython's own zlib have, too.
    object(
        &project,
        "one.o",
        &module("one", "int value(void); int inflate(void);", "value() + inflate()"),
    );
    library(
        &project,
        "libvalue.a",
        &["int value(void) { return 40; }", "int inflate(void) { return 2; }"],
    );
    library(
        &project,
        "libtwo.a",
        &[
            &module(
                "two",
                "int value(void); double cbrt(double); volatile double two = 27;",
                "value() + (long)cbrt(two)",
            ),
            "int value(void) { return 4; }",
        ],
    );
    // One that uses the copy of a library that Python is linked with.
    let declared = "unsigned long zlibCompileFlags(void);";
    object(&project, "three.o", &module("package.three", declared, "zlibCompileFlags() != 0"));
    prints(&project, "42 7 1 2363233923\nTrue True True\npackage.three built-in\n");

    // A change of an object is noticed.
    object(&project, "one.o", &module("one", "", "5"));
    let application = project.build().unwrap();
    assert!(application.succeed::<&str>([]).unwrap().starts_with("5 7 1 "));
}

/// A crate of the type `staticlib` with an extension module, as `pyo3` makes them.
#[test]
fn a_module_comes_from_a_static_library_of_rust() {
    let config =
        evaluates("import rusty; print(rusty.double(21))") + &entry("rusty", &["librusty.a"], "");
    let project = Project::new("added-rust", &config).unwrap();
    let source = r#"
        use std::ffi::{c_char, c_int, c_long, c_void};
        type Function = unsafe extern "C" fn(*mut c_void, *mut c_void) -> *mut c_void;
        #[repr(C)] struct Method(*const c_char, Option<Function>, c_int, *const c_char);
        #[repr(C)] struct Definition([usize; 5], *const c_char, *const c_char, isize, *mut Method, [usize; 4]);
        unsafe extern "C" {
            fn PyModule_Create2(definition: *mut Definition, version: c_int) -> *mut c_void;
            fn PyLong_AsLong(number: *mut c_void) -> c_long;
            fn PyLong_FromLong(number: c_long) -> *mut c_void;
        }
        unsafe extern "C" fn double(_: *mut c_void, number: *mut c_void) -> *mut c_void {
            // Memory, threads and panics of a standard library of its own.
            let number = unsafe { PyLong_AsLong(number) };
            let doubled = std::thread::spawn(move || vec![number; 2].iter().sum()).join().unwrap();
            assert!(std::panic::catch_unwind(|| panic!("caught")).is_err());
            unsafe { PyLong_FromLong(doubled) }
        }
        #[unsafe(no_mangle)]
        pub extern "C" fn PyInit_rusty() -> *mut c_void {
            const ONE_ARGUMENT: c_int = 8;
            std::panic::set_hook(Box::new(|_| {}));
            let methods = [
                Method(c"double".as_ptr(), Some(double), ONE_ARGUMENT, std::ptr::null()),
                Method(std::ptr::null(), None, 0, std::ptr::null()),
            ];
            let methods = Box::leak(Box::new(methods)).as_mut_ptr();
            // An immortal object without a type, as `PyModuleDef_HEAD_INIT` gives.
            let head = [1, 0, 0, 0, 0];
            let definition = Definition(head, c"rusty".as_ptr(), std::ptr::null(), -1, methods, [0; 4]);
            unsafe { PyModule_Create2(Box::leak(Box::new(definition)), 3) }
        }
    "#;
    fs_err::write(project.path("rusty.rs"), source).unwrap();
    run(Command::new("rustc")
        .args(["--edition=2024", "--crate-type=staticlib", "--crate-name=rusty", "-O", "--out-dir"])
        .arg(project.folder())
        .arg(project.path("rusty.rs")));
    let application = project.build().unwrap();
    assert_eq!(application.succeed::<&str>([]).unwrap(), "42\n");
}

fn message(name: &str, config: &str, write: impl Fn(&Project)) -> String {
    let project = Project::new(name, &(evaluates("1") + config)).unwrap();
    write(&project);
    let outcome: Outcome = project.cargo(Profile::Dev).run().unwrap();
    let folder = format!("{}/", project.folder().display());
    outcome.expect_failure().unwrap().replace(&folder, "")
}

#[track_caller]
fn says(message: &str, expected: &[&str]) {
    for expected in expected {
        assert!(message.contains(expected), "{expected:?} is not in:\n{message}");
    }
}

#[test]
fn files_that_cannot_be_linked_are_named() {
    let none = |_: &Project| {};
    let said = message("added-missing", &entry("one", &["nowhere.o"], ""), none);
    says(&said, &["app.toml:", "`objects`: nowhere.o does not exist"]);

    let said = message("added-text", &entry("one", &["one.o"], ""), |project| {
        fs_err::write(project.path("one.o"), "no object").unwrap();
    });
    says(&said, &["the extension module `one` cannot be linked", "`one.o` is no object file"]);

    let said = message("added-function", &entry("one", &["other.o"], ""), |project| {
        object(project, "other.o", &module("other", "", "1"));
    });
    says(&said, &["none of its objects defines `PyInit_one`", "there is PyInit_other"]);

    let said = message("added-symbol", &entry("one", &["one.o"], ""), |project| {
        object(project, "one.o", &module("one", "int nowhere(void);", "nowhere()"));
    });
    says(&said, &["nothing defines the symbol `nowhere`, which `one.o` needs", "`libraries`"]);

    let said = message("added-packed", &entry("json.decoder", &["decoder.o"], ""), |project| {
        object(project, "decoder.o", &module("decoder", "", "1"));
    });
    says(&said, &["app.toml:", "a module \"json.decoder\" is packed, too", "rename one"]);

    let said = message("added-core", &entry("sys", &["sys.o"], ""), |project| {
        object(project, "sys.o", &module("sys", "", "1"));
    });
    says(&said, &["\"sys\" cannot be left out"]);

    let said = message("added-both", &entry("one", &["app.toml"], "variant = \"x\""), none);
    says(&said, &["`objects` and `variant` exclude one another"]);
    let alone = "[[extension_modules]]\nname = \"math\"\nlibraries = [\"m\"]\n";
    says(&message("added-alone", alone, none), &["`libraries` says nothing without `objects`"]);
    let said =
        message("added-name", &entry("one", &["app.toml"], "libraries = [\"libm.so\"]"), none);
    says(&said, &["`libm.so` is not the name of a library", "after `-l`"]);
}

/// An extension module of the distribution is replaced by another of its name.
#[test]
fn one_of_the_distribution_is_replaced() {
    let config =
        evaluates("import _json; print(_json.answer())") + &entry("_json", &["json.o"], "");
    let project = Project::new("added-instead", &config).unwrap();
    object(&project, "json.o", &module("_json", "", "3"));
    assert!(Path::new(&project.path("json.o")).exists());
    assert_eq!(project.build().unwrap().succeed::<&str>([]).unwrap(), "3\n");
}
