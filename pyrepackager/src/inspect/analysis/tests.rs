use std::path::Path;

use pyresources::{Kind, Role};

use super::*;
use crate::inspect::record::LibraryRecord;
use crate::inspect::testing::{add_record, added, blob, record, resources, runtime};
use crate::licenses::ComponentKind;
use crate::native::Glibc;

fn analysis(folder: &Path, blob: &[u8]) -> Analysis {
    Analysis::of(&Executable::read(&added(folder, blob)).unwrap()).unwrap()
}

fn child<'a>(node: &'a Node, name: &str) -> &'a Node {
    let found = node.children.iter().find(|child| child.name == name);
    found.unwrap_or_else(|| panic!("{name} is not in {node:?}"))
}

fn check_sum(node: &Node) {
    if !node.children.is_empty() {
        let sum: u64 = node.children.iter().map(|child| child.stored).sum();
        assert_eq!(node.stored, sum, "{}", node.name);
        assert!(node.children.windows(2).all(|pair| pair[0].stored >= pair[1].stored));
        node.children.iter().for_each(check_sum);
    }
}

#[test]
fn every_byte_belongs_to_somebody() {
    let folder = tempfile::tempdir().unwrap();
    let blob = blob();
    let linked = runtime(folder.path(), Some(&blob));
    let linked = Analysis::of(&Executable::read(&linked).unwrap()).unwrap();
    let analysis = analysis(folder.path(), &blob);
    for analysis in [&analysis, &linked] {
        check_sum(&analysis.tree);
        assert_eq!(analysis.tree.stored, analysis.size);
        assert!(child(child(&analysis.tree, "machine code"), "functions").stored > 0);
    }
    let packed = |analysis: &Analysis| {
        let tree = &analysis.tree;
        tree.children
            .iter()
            .filter(|c| c.kind != NodeKind::MachineCode)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(packed(&analysis), packed(&linked));
    assert_eq!(packed(&analysis).iter().map(|child| child.stored).sum::<u64>(), blob.len() as u64);
}

#[test]
fn modules_and_files_are_in_packages_of_their_owners() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = resources();
    let mut record = record();
    record.components.push(ComponentRecord {
        kind: ComponentKind::Distribution,
        name: "My.Pkg".into(),
        version: Some("1".into()),
        license: None,
        spdx: false,
        used_by: Vec::new(),
    });
    add_record(&mut writer, &record);
    let analysis = analysis(folder.path(), &writer.finish().unwrap());
    let run = Run { mode: "module".into(), argument: Some("pkg".into()) };
    assert_eq!((&analysis.run, analysis.made_by.as_deref()), (&run, Some("tests")));
    let os = child(child(&analysis.tree, "Python standard library"), "os");
    assert_eq!((os.kind, os.stored, os.unpacked), (NodeKind::Module, 10, 10));
    let package = child(child(&analysis.tree, "My.Pkg 1"), "pkg");
    let names: Vec<_> = package.children.iter().map(|child| child.name.as_str()).collect();
    assert_eq!(names, ["__init__", "data", "one.txt", "native.so", "two.txt"]);
    let own = child(package, "__init__");
    assert_eq!((own.kind, own.stored), (NodeKind::Module, 11 + 14 + 6));
    assert_eq!(own.parts.len(), 3);
    let long = child(child(package, "data"), "long.txt");
    assert_eq!((long.kind, long.unpacked), (NodeKind::File, 6000));
    assert!(long.stored < 100);
    // Equal bytes are there once.
    let texts = ["one.txt", "two.txt"].map(|name| child(package, name).stored);
    assert_eq!(texts, [13, 0]);
    child(child(&analysis.tree, "of nobody known"), "l");
    let leaves = analysis.tree.leaves();
    assert!(leaves.iter().any(|(path, _)| path == &["My.Pkg 1", "pkg", "data", "long.txt"]));
    assert_eq!(leaves.iter().map(|(_, leaf)| leaf.stored).sum::<u64>(), analysis.size);
}

#[test]
fn libraries_tell_who_needs_them() {
    let folder = tempfile::tempdir().unwrap();
    let analysis = analysis(folder.path(), &blob());
    let [library, module] = &analysis.libraries[..] else { panic!("{:?}", analysis.libraries) };
    assert_eq!((library.file.as_str(), library.size, library.stored), ("l/x.so", 13, 13));
    assert_eq!(library.needed_by, ["pkg.native"]);
    assert_eq!(
        (module.module.as_deref(), &module.needs[..]),
        (Some("pkg.native"), &["l/x.so".into()][..])
    );
}

/// With `load = "files"`, libraries lie beside the executable, and the build has said what they are.
#[test]
fn libraries_beside_the_executable_are_known_from_the_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = resources();
    writer.content(Kind::SharedLibrary, "far.so", Role::Dependencies, b"l/x.so".to_vec());
    let library = LibraryRecord {
        file: "far.so".into(),
        size: 5_000_000,
        glibc: Glibc::parse("GLIBC_9.9"),
        system: vec!["libm.so.6".into()],
        from_system: true,
    };
    add_record(&mut writer, &BuildRecord { libraries: vec![library], ..record() });
    let analysis = analysis(folder.path(), &writer.finish().unwrap());
    let far = &analysis.libraries[0];
    assert_eq!((far.file.as_str(), far.size, far.stored), ("far.so", 5_000_000, 0));
    assert_eq!((&far.system[..], far.from_system), (&["libm.so.6".to_owned()][..], true));
    let GlibcFloor { version, set_by, set_by_executable, .. } = analysis.glibc;
    assert_eq!((version, set_by_executable), (Glibc::parse("GLIBC_9.9"), false));
    assert_eq!(set_by, ["far.so"]);
    check_sum(&analysis.tree);
}

#[test]
fn what_the_executable_asks_of_glibc_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let GlibcFloor { version, executable, set_by_executable, set_by } =
        analysis(folder.path(), &blob()).glibc;
    let own = executable.unwrap();
    assert!(own.symbols.contains(&"__libc_start_main".to_owned()), "{own:?}");
    assert_eq!((version, set_by_executable, set_by.len()), (Some(own.version), true, 0));
}

#[test]
fn older_executables_have_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let analysis = analysis(folder.path(), &resources().finish().unwrap());
    assert_eq!((&analysis.python, &analysis.made_by), (&None, &None));
    check_sum(&analysis.tree);
    child(child(&analysis.tree, "of nobody known"), "pkg");
}
