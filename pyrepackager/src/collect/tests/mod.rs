mod beside;
mod extensions;
mod filters;
mod wheels;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;
use crate::collect::testing::{distribution, entry, everything, python, write};
use crate::config::resolved::PackageSource;

fn package_root(path: &Path, packages: &[&str]) -> PackageSource {
    let packages = packages.iter().map(|&name| name.to_owned()).collect();
    entry(PackageSourceKind::PackageRoot { path: path.to_owned(), packages })
}

fn virtualenv(path: &Path) -> PackageSource {
    entry(PackageSourceKind::Virtualenv { path: path.to_owned() })
}

fn collect_one(source: PackageSource, stdlib: &Path) -> Result<Collected, CollectError> {
    collect(&[source], &BTreeMap::new(), &distribution(stdlib), &everything())
}

fn names(collected: &Collected) -> Vec<&str> {
    collected.modules.keys().map(String::as_str).collect()
}

fn files(collected: &Collected) -> Vec<&str> {
    collected.files.keys().map(String::as_str).collect()
}

fn message(error: &CollectError, root: &Path) -> String {
    let text = format!("{error} | {}", error.hint().unwrap_or_default());
    text.replace(&root.display().to_string(), "ROOT")
}

#[test]
fn a_package_root_gives_what_is_named_and_nothing_else() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("app/__init__.py", ""),
            ("app/core.py", ""),
            ("app/data/table.csv", ""),
            ("app/plugins/one.py", ""),
            ("app/my-script.py", ""),
            ("app/a.b.py", ""),
            ("app/__pycache__/core.cpython-313.pyc", ""),
            ("single.py", ""),
            ("other/__init__.py", ""),
            ("apple.py", ""),
        ],
    );
    let collected =
        collect_one(package_root(root.path(), &["app", "single"]), root.path()).unwrap();
    assert_eq!(
        names(&collected),
        ["app", "app.core", "app.my-script", "app.plugins", "app.plugins.one", "single"]
    );
    assert_eq!(files(&collected), ["app/a.b.py", "app/data/table.csv"]);
    assert_eq!(collected.notes, [""; 0]);
    let kind = |name: &str| collected.modules[name].kind;
    assert_eq!(kind("app"), ModuleKind::Package);
    assert_eq!(kind("app.core"), ModuleKind::Module);
    assert_eq!(kind("app.plugins"), ModuleKind::Namespace);
    assert_eq!(collected.modules["app"].virtual_path, "app/__init__.py");
    assert_eq!(collected.modules["app.plugins"].virtual_path, "app/plugins");
    assert_eq!(collected.modules["app.plugins"].source, None);
    assert!(!collected.modules["app.my-script"].importable);
    assert!(collected.modules["app.core"].importable);
    assert_eq!(collected.modules["app"].origin, Origin { line: 7, stdlib: false });
}

#[test]
fn inputs_are_the_files_and_folders_that_decide() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("app/__init__.py", ""),
            ("app/data/table.csv", ""),
            ("app/__pycache__/x.pyc", ""),
            ("left/__init__.py", ""),
        ],
    );
    let collected = collect_one(package_root(root.path(), &["app"]), root.path()).unwrap();
    let inputs: Vec<PathBuf> = ["app", "app/__init__.py", "app/data", "app/data/table.csv"]
        .map(|name| root.path().join(name))
        .to_vec();
    assert_eq!(collected.inputs, inputs);
}

#[test]
fn excludes_take_a_module_with_all_below_it() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("app/__init__.py", ""),
            ("app/tests/__init__.py", ""),
            ("app/tests/deep/data.txt", ""),
            ("app/testsuite.py", ""),
            ("app/one.py", ""),
        ],
    );
    let mut source = package_root(root.path(), &["app"]);
    source.excludes = vec!["app.tests".to_owned(), "app.one".to_owned()];
    let collected = collect_one(source, root.path()).unwrap();
    assert_eq!(names(&collected), ["app", "app.testsuite"]);
    assert_eq!(files(&collected), [""; 0]);
}

#[test]
fn a_name_that_is_not_there_is_an_error_with_the_nearest_names() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("requests/__init__.py", ""), ("zebra.py", ""), ("empty/x.txt", "")]);
    let error = collect_one(package_root(root.path(), &["request"]), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @r#"[[python_packages]] at line 7: no package or module "request" in ROOT | did you mean "requests"?"#);
    let error = collect_one(package_root(root.path(), &["a/b"]), root.path()).unwrap_err();
    assert!(matches!(error, CollectError::NotAName { .. }), "{error}");
    let gone = root.path().join("gone");
    let error = collect_one(package_root(&gone, &["a"]), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: there is no folder ROOT/gone | `path` is relative to the TOML file's folder");
}

#[test]
fn data_beside_modules_is_named_as_these_are() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[("app.py", ""), ("assets/x.txt", ""), ("assets/sub/y.txt", ""), ("logo.png", "")],
    );
    let source = package_root(root.path(), &["app.py", "assets", "logo.png"]);
    let collected = collect_one(source, root.path()).unwrap();
    assert_eq!(names(&collected), ["app"]);
    assert_eq!(files(&collected), ["assets/sub/y.txt", "assets/x.txt", "logo.png"]);
    fs_err::create_dir(root.path().join("nothing")).unwrap();
    let error = collect_one(package_root(root.path(), &["nothing"]), root.path()).unwrap_err();
    assert!(matches!(error, CollectError::PackageNotFound { .. }), "{error}");
}

#[test]
fn of_one_name_the_package_goes_before_the_module_and_the_module_before_the_bare_folder() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[("both/__init__.py", ""), ("both.py", ""), ("bare/hidden.py", ""), ("bare.py", "")],
    );
    let collected = collect_one(package_root(root.path(), &["both", "bare"]), root.path()).unwrap();
    assert_eq!(names(&collected), ["bare", "both"]);
    assert_eq!(collected.modules["both"].kind, ModuleKind::Package);
    assert_eq!(collected.modules["bare"].kind, ModuleKind::Module);
    let note = collected.notes.concat();
    assert!(note.ends_with("left out: both.py, bare"), "{note}");
}

#[test]
fn python_finds_the_same_modules() {
    const FIND: &str = "import sys, importlib.util\nsys.path.insert(0, sys.argv[1])\n\
        for name in sys.argv[2:]:\n    \
        spec = importlib.util.find_spec(name)\n    print(name, spec.origin)\n";
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("pkg/__init__.py", ""),
            ("pkg/same.py", ""),
            ("pkg/same/__init__.py", ""),
            ("pkg/same/x.py", ""),
            ("pkg/space/deep/y.py", ""),
            ("pkg/2to3.py", ""),
            ("pkg/plain.py", ""),
            ("pkg/plain/hidden.py", ""),
        ],
    );
    let collected = collect_one(package_root(root.path(), &["pkg"]), root.path()).unwrap();
    let mut arguments = vec![root.path()];
    arguments.extend(collected.modules.keys().map(Path::new));
    let expected: Vec<String> = collected
        .modules
        .values()
        .map(|module| match &module.source {
            Some(path) => format!("{} {}", module.name, path.display()),
            None => format!("{} None", module.name),
        })
        .collect();
    let found = python(FIND, &arguments);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
    assert_eq!(expected.len(), 8);
}

#[cfg(unix)]
#[test]
fn names_that_are_not_utf8_and_loops_of_links_are_errors() {
    use std::os::unix::ffi::OsStrExt;

    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("app/__init__.py", "")]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs_err::write(root.path().join("app").join(name), "").unwrap();
    let error = collect_one(package_root(root.path(), &["app"]), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: the file name ROOT/app/caf�.txt is not UTF-8 | rename the file");

    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("app/sub/__init__.py", "")]);
    fs_err::os::unix::fs::symlink("../../app", root.path().join("app/sub/again")).unwrap();
    let error = collect_one(package_root(root.path(), &["app"]), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: the symbolic link ROOT/app/sub/again leads back to ROOT/app | remove the link");
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_those_to_nothing_are_noted() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("app/__init__.py", ""), ("elsewhere/m.py", "")]);
    let link = |target: &str, name: &str| {
        fs_err::os::unix::fs::symlink(target, root.path().join(name)).unwrap();
    };
    link("../elsewhere", "app/linked");
    link("nobody@host.1", "app/.#core.py");
    let collected = collect_one(package_root(root.path(), &["app"]), root.path()).unwrap();
    assert_eq!(names(&collected), ["app", "app.linked", "app.linked.m"]);
    assert!(collected.notes.concat().contains(".#core.py"), "{:?}", collected.notes);
}

#[test]
fn a_virtualenv_gives_packages_metadata_and_notes() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("pyvenv.cfg", "home = /usr/bin\nversion = 3.13.5\n"),
            ("lib/python3.13/site-packages/rich/__init__.py", ""),
            ("lib/python3.13/site-packages/rich/py.typed", ""),
            ("lib/python3.13/site-packages/rich-14.0.dist-info/METADATA", ""),
            ("lib/python3.13/site-packages/fast/__init__.py", ""),
            ("lib/python3.13/site-packages/fast/_c.cpython-313-x86_64-linux-gnu.so", ""),
            ("lib/python3.13/site-packages/fast/_c.cpython-39-darwin.so", ""),
            ("lib/python3.13/site-packages/fast.libs/libz-1a2b.so.1", ""),
            ("lib/python3.13/site-packages/fast/bare.pyc", ""),
            ("lib/python3.13/site-packages/README.txt", ""),
            (
                "lib/python3.13/site-packages/paths.pth",
                "# comment\n\n/srv/code\nimport os; os.x()\n",
            ),
        ],
    );
    let collected = collect_one(virtualenv(root.path()), root.path()).unwrap();
    assert_eq!(names(&collected), ["fast", "rich"]);
    assert_eq!(
        files(&collected),
        [
            "lib/python3.13/site-packages/README.txt",
            "lib/python3.13/site-packages/rich-14.0.dist-info/METADATA",
            "lib/python3.13/site-packages/rich/py.typed"
        ]
    );
    let notes = [collected.notes.clone(), collected.details.clone()].concat().join("\n");
    let notes = notes.replace(&root.path().display().to_string(), "ROOT");
    insta::assert_snapshot!(notes, @"
    [[python_packages]] at line 7: ROOT/lib/python3.13/site-packages/paths.pth adds a folder that does not exist: /srv/code
    [[python_packages]] at line 7: paths.pth is not run; it has code for the start of the interpreter: import os; os.x()
    [[python_packages]] at line 7: extension modules for another Python or platform left out: fast/_c.cpython-39-darwin.so
    [[python_packages]] at line 7: modules without source are not supported, left out: fast/bare.pyc
    ");
    let object = "lib/python3.13/site-packages/fast/_c.cpython-313-x86_64-linux-gnu.so";
    assert_eq!(collected.extensions["fast._c"].virtual_path, object);
    let libraries: Vec<&str> = collected.libraries.keys().map(String::as_str).collect();
    assert_eq!(libraries, ["lib/python3.13/site-packages/fast.libs/libz-1a2b.so.1", object]);
    assert!(collected.inputs.contains(&root.path().join("pyvenv.cfg")));
    assert!(collected.inputs.contains(&root.path().join("lib/python3.13/site-packages")));
}

#[cfg(unix)]
#[test]
fn lib64_counts_once_when_it_is_a_link_and_adds_when_it_is_not() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("pyvenv.cfg", ""), ("lib/python3.13/site-packages/a.py", "")]);
    fs_err::os::unix::fs::symlink("lib", root.path().join("lib64")).unwrap();
    let collected = collect_one(virtualenv(root.path()), root.path()).unwrap();
    assert!(collected.inputs.iter().all(|path| !path.starts_with(root.path().join("lib64"))));

    fs_err::remove_file(root.path().join("lib64")).unwrap();
    write(root.path(), &[("lib64/python3.13/site-packages/b.py", "")]);
    let collected = collect_one(virtualenv(root.path()), root.path()).unwrap();
    assert_eq!(names(&collected), ["a", "b"]);
}

#[test]
fn a_virtualenv_must_be_one_of_the_same_python() {
    let root = tempfile::tempdir().unwrap();
    let error = collect_one(virtualenv(root.path()), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: ROOT is no virtual environment: it holds no pyvenv.cfg | `path` is the environment's root, the folder that `python -m venv` was given");

    write(root.path(), &[("pyvenv.cfg", ""), ("lib/python3.11/site-packages/a.py", "")]);
    let error = collect_one(virtualenv(root.path()), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: the virtual environment ROOT is one of Python 3.11, the distribution is Python 3.13 | make the environment with Python 3.13, or set `version` in [python_distribution]");
}

#[test]
fn a_virtualenv_of_windows_tells_its_version_in_pyvenv_cfg() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[("pyvenv.cfg", "version_info = 3.13.1.final.0\n"), ("Lib/site-packages/a.py", "")],
    );
    assert_eq!(names(&collect_one(virtualenv(root.path()), root.path()).unwrap()), ["a"]);
    write(root.path(), &[("pyvenv.cfg", "version = 3.12.1\n")]);
    let error = collect_one(virtualenv(root.path()), root.path()).unwrap_err();
    assert!(error.to_string().contains("Python 3.12, the distribution is Python 3.13"), "{error}");
}

#[test]
fn the_standard_library_comes_without_tests_and_without_what_is_installed_into_it() {
    let lib = tempfile::tempdir().unwrap();
    write(
        lib.path(),
        &[
            ("os.py", ""),
            ("json/__init__.py", ""),
            ("test/__init__.py", ""),
            ("idlelib/__init__.py", ""),
            ("json/schema.txt", ""),
            ("json/tests/__init__.py", ""),
            ("site-packages/pip/__init__.py", ""),
            ("lib-dynload/_x.cpython-313-x86_64-linux-gnu.so", ""),
            ("config-3.13-x86_64-linux-gnu/python-config.py", ""),
            ("ensurepip/__init__.py", ""),
            ("ensurepip/_bundled/pip-25.0-py3-none-any.whl", ""),
            ("LICENSE.txt", ""),
        ],
    );
    let all = |exclude_test_modules| {
        collect_one(entry(PackageSourceKind::Stdlib { exclude_test_modules }), lib.path()).unwrap()
    };
    let collected = all(true);
    // Neither what needs tkinter, which this distribution does not have, nor what installs pip.
    assert_eq!(names(&collected), ["json", "os"]);
    assert_eq!(files(&collected), ["lib/python3.13/json/schema.txt"]);
    assert!(collected.inputs.is_empty() && collected.notes.is_empty());
    assert!(collected.modules["os"].origin.stdlib);
    assert_eq!(names(&all(false)), ["ensurepip", "json", "json.tests", "os", "test"]);
}

/// A path below the folder of the standard library.
fn in_stdlib(path: &str) -> &str {
    path.strip_prefix("lib/python3.13/").unwrap()
}

#[test]
fn whatever_the_library_s_own_tests_read_goes_in() {
    let lib = tempfile::tempdir().unwrap();
    let modules = [
        "test/__init__.py",
        // Wrong on purpose.
        "test/bad_coding.py",
        "test/tokenizedata/__init__.py",
        "test/tokenizedata/badsyntax_3131.py",
        "test/test_lib2to3/__init__.py",
        "test/test_lib2to3/data/crlf.py",
        "test/test_zipfile/_path/write-alpharep.py",
        "test/audit-tests.py",
    ];
    let others = [
        "test/data/README",
        "test/certdata/ca/cert.pem",
        "test/certdata/capath/b1930218.0",
        "test/zip_cp437_header.zip",
        "test/tokenizedata/latin1.txt",
        "test/test_importlib/resources/data01/subdirectory/binary.file",
        "test/test_importlib/metadata/data/example-21.12-py3.6.egg",
        // No import reaches these.
        "test/data/v1.0/module.py",
        "test/data/.hidden.py",
        "test/data/.py",
    ];
    for name in modules.iter().chain(&others) {
        write(lib.path(), &[(name, "")]);
    }
    let mut source = entry(PackageSourceKind::Stdlib { exclude_test_modules: false });
    source.include_source = false;
    let collected = collect_one(source, lib.path()).unwrap();
    let with_file = collected.modules.values().filter(|module| module.source.is_some());
    let found: BTreeSet<&str> = with_file.map(|module| in_stdlib(&module.virtual_path)).collect();
    assert_eq!(found, BTreeSet::from(modules));
    let files: BTreeSet<&str> = collected.files.keys().map(|path| in_stdlib(path)).collect();
    assert_eq!(files, BTreeSet::from(others));
}

#[test]
fn what_lies_in_a_folder_that_cannot_be_imported_can_be_read() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("app/__init__.py", ""),
            ("app/0001_initial.py", ""),
            ("app/my-templates/page.py", ""),
            ("app/my-templates/sub/page.py", ""),
        ],
    );
    let mut source = package_root(root.path(), &["app"]);
    source.include_source = false;
    let collected = collect_one(source, root.path()).unwrap();
    let readable = collected.modules.values().filter(|module| module.include_source);
    let readable: Vec<&str> = readable
        .filter(|module| module.source.is_some())
        .map(|module| module.name.as_str())
        .collect();
    assert_eq!(readable, ["app.my-templates.page", "app.my-templates.sub.page"]);
}

#[test]
fn the_standard_library_of_a_real_python_is_complete() {
    const STDLIB: &str = "import os; print(os.path.dirname(os.__file__), end='')";
    const NAMES: &str = "import sys, importlib.util\nfor name in sys.stdlib_module_names:\n    \
        spec = importlib.util.find_spec(name)\n    \
        if spec and (spec.origin or '').endswith('.py'): print(name)\n";
    let lib = PathBuf::from(python(STDLIB, &[]));
    let source = entry(PackageSourceKind::Stdlib { exclude_test_modules: true });
    let collected = collect_one(source, &lib).unwrap();
    let names = python(NAMES, &[]);
    let expected: BTreeSet<&str> = names.lines().collect();
    // The made-up distribution links no `_tkinter`; pip cannot be installed into an executable.
    let left_out = ["ensurepip", "idlelib", "tkinter", "turtle", "turtledemo"];
    let missing: Vec<_> = expected
        .iter()
        .filter(|name| !collected.modules.contains_key(**name) && !left_out.contains(name))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(expected.len() > 100 && collected.modules.len() > 400);
    assert!(!collected.modules.contains_key("test"));
}

#[test]
fn the_last_entry_to_provide_a_name_wins() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(
        one.path(),
        &[
            ("pkg/__init__.py", ""),
            ("pkg/old.py", ""),
            ("gone/__init__.py", ""),
            ("gone/sub.py", ""),
            ("gone/data.txt", ""),
            ("kept/__init__.py", ""),
            ("kept/old.py", ""),
            ("plain.py", ""),
        ],
    );
    write(
        two.path(),
        &[
            ("pkg/__init__.py", ""),
            ("pkg/new.py", ""),
            ("gone.py", ""),
            ("kept/new.py", ""),
            ("plain/sub.py", ""),
        ],
    );
    let packages = ["pkg", "gone", "kept", "plain"];
    let sources = [package_root(one.path(), &packages), package_root(two.path(), &packages)];
    let collected =
        collect(&sources, &BTreeMap::new(), &distribution(one.path()), &everything()).unwrap();
    assert_eq!(
        names(&collected),
        ["gone", "kept", "kept.new", "kept.old", "pkg", "pkg.new", "pkg.old", "plain", "plain.sub"]
    );
    assert_eq!(files(&collected), [""; 0]);
    let from = |name: &str, root: &Path| {
        collected.modules[name].source.as_ref().is_some_and(|path| path.starts_with(root))
    };
    assert!(from("pkg", two.path()) && from("pkg.old", one.path()) && from("gone", two.path()));
    assert!(from("kept", one.path()));
    assert_eq!(collected.modules["plain"].kind, ModuleKind::Namespace);
}
