//! Extension modules and libraries: what names tell, and what hides what.

use super::*;

const OWN: &str = ".cpython-313-x86_64-linux-gnu.so";

/// Collects the packages `names` of a folder with these empty files.
fn collect_files(names: &[&str], files: &[&str]) -> Result<(Collected, String), String> {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        write(root.path(), &[(&file.replace("OWN", OWN), "")]);
    }
    match collect_one(package_root(root.path(), names), root.path()) {
        Ok(collected) => {
            let notes = collected.notes.join("\n");
            Ok((collected, notes))
        }
        Err(error) => Err(message(&error, root.path())),
    }
}

fn extensions(collected: &Collected) -> Vec<String> {
    let extensions = collected.extensions.values();
    extensions.map(|e| format!("{} {}", e.name, e.virtual_path.replace(OWN, "OWN"))).collect()
}

fn libraries(collected: &Collected) -> Vec<String> {
    collected.libraries.keys().map(|path| path.replace(OWN, "OWN")).collect()
}

#[test]
fn the_module_for_this_very_python_goes_first() {
    let (collected, notes) = collect_files(
        &["pkg"],
        &[
            "pkg/__init__.py",
            "pkg/_cOWN",
            "pkg/_c.abi3.so",
            "pkg/_c.cpython-312-x86_64-linux-gnu.so",
        ],
    )
    .unwrap();
    assert_eq!(extensions(&collected), ["pkg._c pkg/_cOWN"]);
    assert_eq!(libraries(&collected), ["pkg/_cOWN"]);
    assert!(notes.contains("left out: pkg/_c.cpython-312-x86_64-linux-gnu.so"), "{notes}");
    assert!(notes.contains("left out: pkg/_c.abi3.so"), "{notes}");
}

#[test]
fn one_for_another_python_alone_is_an_error() {
    let error =
        collect_files(&["pkg"], &["pkg/__init__.py", "pkg/_c.cpython-312-x86_64-linux-gnu.so"])
            .unwrap_err();
    insta::assert_snapshot!(error, @r#"[[python_packages]] at line 7: ROOT/pkg/_c.cpython-312-x86_64-linux-gnu.so is the extension module pkg._c for cpython-312-x86_64-linux-gnu, which this Python cannot load | it should end in .cpython-313-x86_64-linux-gnu.so or .abi3.so or .so: install the package for this Python, or leave the module out with `excludes = ["pkg._c"]`"#);
}

#[test]
fn one_for_another_python_beside_its_source_is_a_note() {
    let other = "pkg/fast.cpython-312-x86_64-linux-gnu.so";
    let (collected, notes) =
        collect_files(&["pkg"], &["pkg/__init__.py", "pkg/fast.py", other]).unwrap();
    assert_eq!(names(&collected), ["pkg", "pkg.fast"]);
    assert!(collected.extensions.is_empty() && collected.libraries.is_empty());
    assert!(notes.contains(other), "{notes}");
}

#[test]
fn a_source_stays_beside_its_extension_module() {
    let (collected, _) =
        collect_files(&["black"], &["black/__init__.py", "black/nodes.py", "black/nodesOWN"])
            .unwrap();
    assert_eq!(names(&collected), ["black", "black.nodes"]);
    assert_eq!(extensions(&collected), ["black.nodes black/nodesOWN"]);
}

#[test]
fn extension_modules_make_namespace_packages_and_are_packages() {
    let (collected, notes) = collect_files(
        &["google", "pkg"],
        &["google/_upb/_message.abi3.so", "pkg/__init__OWN", "pkg/sub.py", "pkg/data.txt"],
    )
    .unwrap();
    assert_eq!(names(&collected), ["google", "google._upb", "pkg.sub"]);
    assert_eq!(
        extensions(&collected),
        ["google._upb._message google/_upb/_message.abi3.so", "pkg pkg/__init__OWN"]
    );
    assert_eq!(collected.extensions["pkg"].kind, ModuleKind::Package);
    assert_eq!(files(&collected), ["pkg/data.txt"]);
    assert_eq!(notes, "");
}

#[test]
fn a_package_hides_an_extension_module_and_that_a_bare_folder() {
    let (collected, notes) = collect_files(
        &["pkg"],
        &["pkg/__init__.py", "pkg/aOWN", "pkg/a/__init__.py", "pkg/bOWN", "pkg/b/hidden.py"],
    )
    .unwrap();
    assert_eq!(names(&collected), ["pkg", "pkg.a"]);
    assert_eq!(extensions(&collected), ["pkg.b pkg/bOWN"]);
    assert_eq!(libraries(&collected), ["pkg/bOWN"]);
    assert!(notes.contains(&format!("pkg/a{OWN}, pkg/b")), "{notes}");
}

#[test]
fn excludes_take_extension_modules_and_libraries_along() {
    let root = tempfile::tempdir().unwrap();
    for file in ["pkg/__init__.py", "pkg/_c.abi3.so", "pkg/_d.abi3.so", "pkg/lib/libx.so.1"] {
        write(root.path(), &[(file, "")]);
    }
    let mut source = package_root(root.path(), &["pkg"]);
    source.excludes = vec!["pkg._c".to_owned(), "pkg.lib".to_owned()];
    let collected = collect_one(source, root.path()).unwrap();
    assert_eq!(extensions(&collected), ["pkg._d pkg/_d.abi3.so"]);
    assert_eq!(libraries(&collected), ["pkg/_d.abi3.so"]);
}

#[test]
fn of_two_entries_the_later_one_brings_the_extension_module() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for file in ["pkg/__init__.py", "pkg/a.abi3.so", "pkg/b.py", "pkg/c.abi3.so"] {
        write(one.path(), &[(file, "")]);
    }
    for file in ["pkg/__init__.py", "pkg/a.py", "pkg/b.abi3.so"] {
        write(two.path(), &[(file, "")]);
    }
    let sources = [package_root(one.path(), &["pkg"]), package_root(two.path(), &["pkg"])];
    let collected =
        collect(&sources, &BTreeMap::new(), &distribution(one.path()), &everything()).unwrap();
    assert_eq!(names(&collected), ["pkg", "pkg.a"]);
    assert_eq!(extensions(&collected), ["pkg.b pkg/b.abi3.so", "pkg.c pkg/c.abi3.so"]);
    assert_eq!(libraries(&collected), ["pkg/b.abi3.so", "pkg/c.abi3.so"]);
}
