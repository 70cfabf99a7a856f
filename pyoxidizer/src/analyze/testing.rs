//! An analysis for tests, of no executable.

use pyrepackager::imports::{Circumstance, Reach};
use pyrepackager::inspect::Analysis;
use pyrepackager::inspect::analysis::{
    GlibcFloor, LibraryFacts, Node, NodeKind, Part, PartKind, Run,
};
use pyrepackager::inspect::record::{ComponentRecord, ImporterRecord, LackingRecord};
use pyrepackager::licenses::ComponentKind;
use pyrepackager::native::Glibc;
use pyrepackager::native::elf::Requirement;

/// A name that is markup.
pub const MARKUP: &str = "</script><script>alert('&amp;')</script>";

fn leaf(name: &str, kind: NodeKind, part: PartKind, stored: u64, unpacked: u64) -> Node {
    let parts = vec![Part { kind: part, stored, unpacked }];
    Node { name: name.to_owned(), kind, stored, unpacked, parts, children: Vec::new() }
}

fn node(name: &str, kind: NodeKind, children: Vec<Node>) -> Node {
    Node {
        name: name.to_owned(),
        kind,
        stored: children.iter().map(|child| child.stored).sum(),
        unpacked: children.iter().map(|child| child.unpacked).sum(),
        parts: Vec::new(),
        children,
    }
}

fn tree() -> Node {
    let functions = Node {
        parts: Vec::new(),
        ..leaf("functions", NodeKind::Section, PartKind::Index, 9_000_000, 9_000_000)
    };
    let library = leaf("_x.so", NodeKind::Library, PartKind::Library, 2_000_000, 2_500_000);
    let own = leaf("__init__", NodeKind::Module, PartKind::Bytecode, 40_000, 90_000);
    let file = leaf(MARKUP, NodeKind::File, PartKind::File, 500, 500);
    let package = node("thing", NodeKind::Package, vec![library, own, file]);
    let os = leaf("os", NodeKind::Module, PartKind::Bytecode, 123_456, 200_000);
    let children = vec![
        node("machine code", NodeKind::MachineCode, vec![functions]),
        node("Some-Thing 2.0", NodeKind::Distribution, vec![package]),
        node("Python standard library", NodeKind::Stdlib, vec![os]),
    ];
    node("app", NodeKind::Executable, children)
}

fn component(kind: ComponentKind, name: &str, version: &str, license: &str) -> ComponentRecord {
    ComponentRecord {
        kind,
        name: name.to_owned(),
        version: Some(version.to_owned()),
        license: Some(license.to_owned()),
        spdx: true,
        used_by: Vec::new(),
    }
}

/// An analysis with everything that can be said.
pub fn analysis() -> Analysis {
    let glibc = |version: &str, symbols: &[&str]| {
        let version = Glibc::parse(&format!("GLIBC_{version}")).unwrap();
        let symbols = symbols.iter().map(|symbol| (*symbol).to_owned()).collect();
        Requirement { version, symbols }
    };
    let own = glibc("2.17", &["clock_gettime"]);
    let library = LibraryFacts {
        file: "thing/_x.so".to_owned(),
        module: Some("thing._x".to_owned()),
        size: 2_500_000,
        stored: 2_000_000,
        soname: None,
        needs: Vec::new(),
        needed_by: Vec::new(),
        system: vec!["libc.so.6".to_owned()],
        glibc: Some(glibc("2.34", &["stat", "fstat"])),
        from_system: false,
    };
    let lacking = |module: &str, when| LackingRecord { module: module.to_owned(), line: 7, when };
    let missing =
        |module: &str, reach, imports| ImporterRecord { module: module.to_owned(), reach, imports };
    let tree = tree();
    Analysis {
        name: "app".to_owned(),
        compressed: None,
        size: tree.stored,
        application: Some("app".to_owned()),
        made_by: Some("pyrepackager 0.1.0".to_owned()),
        python: Some("3.13.5".to_owned()),
        target: Some("x86_64-unknown-linux-gnu".to_owned()),
        run: Run { mode: "entry-point".to_owned(), argument: Some("thing:main".to_owned()) },
        native_load: "memory".to_owned(),
        tree,
        glibc: GlibcFloor {
            version: Glibc::parse("GLIBC_2.34"),
            executable: Some(own),
            set_by_executable: false,
            set_by: vec![library.file.clone()],
        },
        libraries: vec![library],
        components: vec![
            component(ComponentKind::Python, "CPython", "3.13.5", "Python-2.0"),
            component(ComponentKind::Distribution, "Some-Thing", "2.0", "MIT"),
            component(ComponentKind::Crate, "ruzstd", "0.9.0", "MIT"),
        ],
        missing: vec![
            missing(
                "thing",
                Reach::Used,
                vec![
                    lacking("absent", Circumstance::Required),
                    lacking("later", Circumstance::Deferred),
                    lacking("extra", Circumstance::Optional),
                ],
            ),
            missing(
                "thing.tests",
                Reach::Unreached,
                vec![
                    lacking("pytest", Circumstance::Required),
                    lacking("extra", Circumstance::Required),
                ],
            ),
        ],
    }
}
