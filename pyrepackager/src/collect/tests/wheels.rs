//! Unpacked wheels, distributions that two entries bring, `.pth` files and names that differ in case.

use pyresources::install;

use super::*;
use crate::distribution::Extension;
use crate::wheel::InstalledWheel;

/// An entry at a line with wheels whose files are `files`: each a folder of its own below `root`.
fn wheels(root: &Path, all: &[&[(&str, &str)]]) -> Vec<InstalledWheel> {
    let unpacked = all.iter().enumerate().map(|(index, files)| {
        let folder = root.join(index.to_string());
        fs_err::create_dir_all(folder.join("lib")).unwrap();
        fs_err::create_dir_all(folder.join("prefix")).unwrap();
        write(&folder, files);
        InstalledWheel::for_tests(&folder)
    });
    unpacked.collect()
}

fn source(line: usize) -> PackageSource {
    PackageSource { line, ..entry(PackageSourceKind::Wheel { path: PathBuf::new() }) }
}

#[test]
fn a_wheel_brings_its_modules_and_what_belongs_below_the_prefix() {
    let root = tempfile::tempdir().unwrap();
    let files: &[(&str, &str)] = &[
        ("lib/a.py", ""),
        ("lib/a-1.dist-info/METADATA", "Name: a\nVersion: 1\n"),
        ("lib/a-1.dist-info/RECORD", ""),
        ("lib/beside.txt", ""),
        ("prefix/bin/script.py", ""),
        ("prefix/share/a/data.txt", ""),
    ];
    let provided = BTreeMap::from([(0, wheels(root.path(), &[files]))]);
    let collected =
        collect(&[source(3)], &provided, &distribution(root.path()), &everything()).unwrap();
    assert_eq!(names(&collected), ["a"]);
    assert_eq!(
        files_but_metadata(&collected),
        ["bin/script.py", "lib/python3.13/site-packages/beside.txt", "share/a/data.txt"],
        "a script is no module"
    );
    assert!(collected.notes.is_empty(), "{:?}", collected.notes);
    assert!(collected.archives.contains_key("lib/python3.13/site-packages/a-1.dist-info"));
    assert!(collected.inputs.is_empty(), "{:?}", collected.inputs);
}

fn files_but_metadata(collected: &Collected) -> Vec<&str> {
    files(collected).into_iter().filter(|path| !path.contains(".dist-info/")).collect()
}

#[test]
fn of_a_distribution_that_two_entries_bring_nothing_of_the_earlier_one_stays() {
    let root = tempfile::tempdir().unwrap();
    let record =
        "pkg/__init__.py,,\npkg/gone.py,,\nspace/part/old.py,,\npkg/data.txt,,\n\"my, file\",,\n";
    let old: &[(&str, &str)] = &[
        ("lib/pkg/__init__.py", ""),
        ("lib/pkg/gone.py", ""),
        ("lib/pkg/data.txt", ""),
        ("lib/space/part/old.py", ""),
        ("lib/My_Pkg-1.dist-info/METADATA", "Name: My.Pkg\nVersion: 1\n"),
        ("lib/My_Pkg-1.dist-info/RECORD", record),
    ];
    let new: &[(&str, &str)] = &[
        ("lib/pkg/__init__.py", ""),
        ("lib/my_pkg-2.dist-info/METADATA", "Name: my-pkg\nVersion: 2\n"),
        ("lib/my_pkg-2.dist-info/RECORD", ""),
    ];
    let other: &[(&str, &str)] = &[("lib/space/kept.py", "")];
    let provided = BTreeMap::from([
        (0, wheels(&root.path().join("first"), &[old, other])),
        (1, wheels(&root.path().join("second"), &[new])),
    ]);
    let sources = [source(3), source(7)];
    let collected =
        collect(&sources, &provided, &distribution(root.path()), &everything()).unwrap();
    assert_eq!(names(&collected), ["pkg", "space", "space.kept"]);
    assert_eq!(files_but_metadata(&collected), [""; 0]);
    assert!(!collected.files.contains_key("My_Pkg-1.dist-info/METADATA"));
    insta::assert_snapshot!(collected.notes.join("\n"), @"my-pkg 2 of [[python_packages]] at line 7 is used, not 1 of line 3: the last entry wins; change their order to choose the other");
}

#[test]
fn an_editable_install_gives_way_to_what_lies_beside_its_path_file() {
    let root = tempfile::tempdir().unwrap();
    let site = root.path().join("venv/lib/python3.13/site-packages");
    write(
        root.path(),
        &[
            ("venv/pyvenv.cfg", "version = 3.13.1\n"),
            ("src/mod.py", "from_src = 1\n"),
            ("src/only.py", ""),
            ("src/setup.cfg", ""),
            ("src/build/lib/stale.py", ""),
        ],
    );
    write(
        &site,
        &[
            ("mod.py", ""),
            ("demo.pth", &format!("# comment\n\n{}\n", root.path().join("src").display())),
        ],
    );
    let collected = collect_one(virtualenv(&root.path().join("venv")), root.path()).unwrap();
    assert_eq!(names(&collected), ["mod", "only"]);
    assert_eq!(collected.modules["mod"].source, Some(site.join("mod.py")));
    assert!(collected.inputs.contains(&root.path().join("src/only.py")));
}

#[test]
fn names_that_differ_only_in_case_are_refused() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("pkg/__init__.py", ""), ("pkg/Data.txt", ""), ("pkg/data.txt", "")]);
    let error = collect_one(package_root(root.path(), &["pkg"]), root.path()).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: the files pkg/Data.txt and pkg/data.txt differ only in case | remove or rename one, or leave their package out with `excludes`");
}

#[test]
fn a_finder_of_setuptools_maps_names_to_folders() {
    let root = tempfile::tempdir().unwrap();
    let site = root.path().join("venv/lib/python3.13/site-packages");
    write(
        root.path(),
        &[
            ("venv/pyvenv.cfg", "version = 3.13.1\ninclude-system-site-packages = true\n"),
            ("project/source/__init__.py", ""),
            ("project/source/inner.py", ""),
            ("project/source/data.txt", ""),
            ("project/lib/nspkg/__init__.py", ""),
            ("project/single.py", ""),
        ],
    );
    let place = |path: &str| root.path().join("project").join(path).display().to_string();
    let finder = format!(
        "MAPPING: dict[str, str] = {{'mypkg': '{}', 'ns.nspkg': '{}', 'alone': '{}'}}\n",
        place("source"),
        place("lib/nspkg"),
        place("single"),
    );
    let hook = "import __editable___x_1_finder; __editable___x_1_finder.install()\n";
    let record = "__editable__.x-1.pth,,\nx-1.dist-info/METADATA,,\n";
    write(
        &site,
        &[
            ("__editable__.x-1.pth", hook),
            ("__editable___x_1_finder.py", &finder),
            ("x-1.dist-info/METADATA", "Name: x\nVersion: 1\n"),
            ("x-1.dist-info/RECORD", record),
        ],
    );
    let environment = virtualenv(&root.path().join("venv"));
    let collected = collect_one(environment.clone(), root.path()).unwrap();
    let expected = ["alone", "mypkg", "mypkg.inner", "ns", "ns.nspkg"];
    assert_eq!(names(&collected), expected);
    assert_eq!(
        collected.modules["mypkg.inner"].virtual_path,
        "lib/python3.13/site-packages/mypkg/inner.py"
    );
    assert_eq!(collected.modules["alone"].virtual_path, "lib/python3.13/site-packages/alone.py");
    assert!(collected.files.contains_key("lib/python3.13/site-packages/mypkg/data.txt"));
    assert!(collected.notes.concat().contains("left out, though it sees them"));

    // A later entry with the same distribution replaces what the finder led to.
    let new: &[(&str, &str)] = &[
        ("lib/mypkg/__init__.py", ""),
        ("lib/x-2.dist-info/METADATA", "Name: x\nVersion: 2\n"),
        ("lib/x-2.dist-info/RECORD", "mypkg/__init__.py,,\n"),
    ];
    let provided = BTreeMap::from([(1, wheels(&root.path().join("new"), &[new]))]);
    let sources = [environment, source(9)];
    let collected =
        collect(&sources, &provided, &distribution(root.path()), &everything()).unwrap();
    assert_eq!(names(&collected), ["mypkg"]);
}

#[test]
fn what_excludes_leave_nothing_of_loses_its_metadata() {
    let root = tempfile::tempdir().unwrap();
    let files: &[(&str, &str)] = &[
        ("lib/gone/__init__.py", ""),
        ("lib/gone-1.dist-info/METADATA", "Name: gone\nVersion: 1\n"),
        ("lib/gone-1.dist-info/RECORD", "gone/__init__.py,,\n"),
        ("lib/kept/__init__.py", ""),
        ("lib/kept/tests.py", ""),
        ("lib/kept-1.dist-info/METADATA", "Name: kept\nVersion: 1\n"),
        ("lib/kept-1.dist-info/RECORD", "kept/__init__.py,,\nkept/tests.py,,\n"),
        ("lib/meta-1.dist-info/METADATA", "Name: meta\nVersion: 1\n"),
        ("lib/meta-1.dist-info/RECORD", "meta-1.dist-info/METADATA,,\n"),
    ];
    let provided = BTreeMap::from([(0, wheels(root.path(), &[files]))]);
    let excludes = vec!["gone".to_owned(), "kept.tests".to_owned()];
    let source = PackageSource { excludes, ..source(3) };
    let collected =
        collect(&[source], &provided, &distribution(root.path()), &everything()).unwrap();
    let folders: BTreeSet<&str> =
        files_of(&collected).filter_map(|path| install::split(path).1.split('/').next()).collect();
    assert_eq!(folders, BTreeSet::from(["kept-1.dist-info", "meta-1.dist-info"]));
}

fn files_of(collected: &Collected) -> impl Iterator<Item = &str> {
    collected.files.keys().map(String::as_str)
}

#[test]
fn scripts_of_copies_do_not_count_and_the_last_entry_wins() {
    let root = tempfile::tempdir().unwrap();
    let declare = |target: &str| format!("[console_scripts]\ntool = {target}\n");
    let (first, second, vendored) = (declare("a:main"), declare("b:main"), declare("v:main"));
    let one: &[(&str, &str)] = &[
        ("lib/a.py", ""),
        ("lib/a-1.dist-info/entry_points.txt", &first),
        ("lib/st/__init__.py", ""),
        ("lib/st/_vendor/v-1.dist-info/entry_points.txt", &vendored),
    ];
    let two: &[(&str, &str)] = &[("lib/b.py", ""), ("lib/b-1.dist-info/entry_points.txt", &second)];
    let provided = BTreeMap::from([
        (0, wheels(&root.path().join("one"), &[one])),
        (1, wheels(&root.path().join("two"), &[two])),
    ]);
    let find = |sources: &[PackageSource]| {
        let collected =
            collect(sources, &provided, &distribution(root.path()), &everything()).unwrap();
        find_entry_point("tool", &collected)
    };
    assert_eq!(find(&[source(3)]).unwrap(), "a:main");
    assert_eq!(find(&[source(3), source(7)]).unwrap(), "b:main");
    let error = find(&[source(3), source(3)]).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @r#"a-1.dist-info and b-1.dist-info have a script `tool` each | leave one out, or run its module with `mode = "module"`"#);
}

#[test]
fn a_wheel_does_not_replace_the_standard_library() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), &[("stdlib/json/__init__.py", ""), ("stdlib/os.py", "")]);
    let files: &[(&str, &str)] = &[
        ("lib/json/__init__.py", ""),
        ("lib/json/extra.py", ""),
        ("lib/json/data.txt", ""),
        ("lib/os.cpython-313-x86_64-linux-gnu.so", ""),
        ("lib/_json.py", ""),
        ("lib/own/json.py", ""),
        ("lib/own/__init__.py", ""),
        ("lib/a-1.dist-info/METADATA", "Name: a\nVersion: 1\n"),
    ];
    let provided = BTreeMap::from([(1, wheels(root.path(), &[files]))]);
    let stdlib = PackageSourceKind::Stdlib { exclude_test_modules: true };
    let mut python = distribution(&root.path().join("stdlib"));
    let builtin = Extension { name: "_json".to_owned(), variants: Vec::new() };
    python.extensions.insert("_json".to_owned(), builtin);
    let collected =
        collect(&[entry(stdlib), source(3)], &provided, &python, &everything()).unwrap();
    assert_eq!(names(&collected), ["json", "os", "own", "own.json"]);
    assert!(collected.modules["json"].origin.stdlib);
    assert!(collected.extensions.is_empty() && collected.libraries.is_empty());
    let files = files_but_metadata(&collected);
    let files: Vec<&str> = files.into_iter().map(|path| install::split(path).1).collect();
    let object = "os.cpython-313-x86_64-linux-gnu.so";
    assert_eq!(
        files,
        ["_json.py", "json/__init__.py", "json/data.txt", "json/extra.py", object],
        "they are there to be read"
    );
    assert_eq!(
        collected.notes,
        ["[[python_packages]] at line 3: modules with names of the standard library, which hides \
             them as with python: _json, json, os"]
    );
}
