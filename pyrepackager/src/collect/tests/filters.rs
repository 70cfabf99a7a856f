//! Entries that leave out what files do not name.

use super::*;

/// Collects a library and what a filter leaves of it.
fn filtered(root: &Path, list: &[u8]) -> Result<Collected, CollectError> {
    write(
        root,
        &[
            ("lib/a.py", ""),
            ("lib/pkg/__init__.py", ""),
            ("lib/pkg/used.py", ""),
            ("lib/pkg/unused.py", ""),
            ("lib/pkg/data.txt", "1"),
            ("lib/pkg/templates/page.html", ""),
            ("lib/pkg/templates/plain.py", ""),
            ("lib/pkg/templates/my-page.py", ""),
            ("lib/other/__init__.py", "pass\n"),
            ("lib/other/my-page.py", ""),
            ("lib/other/data.txt", "2"),
            ("lib/encodings/__init__.py", ""),
            ("lib/encodings/utf_8.py", ""),
            ("lib/encodings/idna.py", ""),
        ],
    );
    let path = root.join("modules.txt");
    fs_err::write(&path, list).unwrap();
    let lib = root.join("lib");
    let sources = [
        entry(PackageSourceKind::Stdlib { exclude_test_modules: true }),
        entry(PackageSourceKind::FilterFileInclude { path }),
    ];
    collect(&sources, &BTreeMap::new(), &distribution(&lib), &everything())
}

/// As [`filtered`], with the lists in files that a pattern matches.
fn filtered_by_several(root: &Path, lists: &[&str]) -> Result<Collected, CollectError> {
    let first = filtered(root, b"a\n");
    assert!(first.is_ok());
    for (index, list) in lists.iter().enumerate() {
        fs_err::write(root.join(format!("list-{index}.txt")), list).unwrap();
    }
    let lib = root.join("lib");
    let glob = format!("{}/list-*.txt", root.display());
    let sources = [
        entry(PackageSourceKind::Stdlib { exclude_test_modules: true }),
        entry(PackageSourceKind::FilterFilesInclude { glob }),
    ];
    collect(&sources, &BTreeMap::new(), &distribution(&lib), &everything())
}

#[test]
fn several_files_are_taken_together() {
    let root = tempfile::tempdir().unwrap();
    let lists = ["a\nencodings.utf_8\n", "", "pkg.used\n"];
    let collected = filtered_by_several(root.path(), &lists).unwrap();
    let named: Vec<_> =
        names(&collected).into_iter().filter(|name| !name.starts_with("pkg.templates")).collect();
    assert_eq!(named, ["a", "encodings", "encodings.utf_8", "pkg", "pkg.used"]);
    let note = collected.notes[0].replace(&root.path().display().to_string(), "ROOT");
    insta::assert_snapshot!(note, @"[[python_packages]] at line 7: 5 of 12 modules and 1 of 3 files left out, with 6 bytes of source and data, which ROOT/list-0.txt, ROOT/list-1.txt, ROOT/list-2.txt do not name");
    assert_eq!(collected.inputs.iter().filter(|path| path.ends_with("list-2.txt")).count(), 1);
}

#[test]
fn a_pattern_that_matches_nothing_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    let error = filtered_by_several(root.path(), &[]).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: no file matches ROOT/list-*.txt | run the application first, so that it writes the lists");
    let error = filtered_by_several(root.path(), &["", "nothing\n"]).unwrap_err();
    insta::assert_snapshot!(message(&error, root.path()), @"[[python_packages]] at line 7: ROOT/list-0.txt, ROOT/list-1.txt name no module that the entries before it bring | name the file that the application wrote into the folder of `write_modules_directory_env`: a module in each line");
}

#[test]
fn a_filter_leaves_what_a_file_names() {
    let root = tempfile::tempdir().unwrap();
    let list = b"# what was loaded\nsys\n\n  pkg.used \n";
    let collected = filtered(root.path(), list).unwrap();
    assert_eq!(
        names(&collected),
        // A file that nothing can import is a resource, and stays with its package.
        [
            "encodings",
            "encodings.utf_8",
            "pkg",
            "pkg.templates",
            "pkg.templates.my-page",
            "pkg.used"
        ]
    );
    assert_eq!(
        files(&collected),
        ["lib/python3.13/pkg/data.txt", "lib/python3.13/pkg/templates/page.html"]
    );
    let note = collected.notes[0].replace(&root.path().display().to_string(), "ROOT");
    insta::assert_snapshot!(note, @"[[python_packages]] at line 7: 6 of 12 modules and 1 of 3 files left out, with 6 bytes of source and data, which ROOT/modules.txt does not name");
}

#[test]
fn a_filter_that_leaves_nothing_is_an_error() {
    let root = tempfile::tempdir().unwrap();
    for list in [&b""[..], b"# nothing\n", b"sys\nno_such_module\n"] {
        let error = filtered(root.path(), list).unwrap_err();
        assert!(matches!(error, CollectError::NamesNothing { line: 7, .. }), "{error}");
        assert!(error.hint().is_some());
    }
    let error = filtered(root.path(), b"pkg\xff\n").unwrap_err();
    assert!(matches!(error, CollectError::NamesNotUtf8 { .. }), "{error}");
}
