//! What is left out, and what stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ModuleKind::{Module as M, Namespace as N, Package as P};

use super::{json, read, trace};
use crate::collect::testing::write;
use crate::collect::{
    Collected, DataFile, ExtensionModule, Module, ModuleKind, Origin, SharedLibrary,
};
use crate::config::resolved::OptimizeLevel;
use crate::imports::{Circumstance, Import as Statement, Scan, Scans};
use crate::native::Library;
use crate::profile::{Needs, ProfileError, Pruned, Use, notes, prune};

const ORIGIN: Origin = Origin { line: 1, stdlib: false };

/// What was collected: modules by name and kind, files and libraries by path, extension modules by name and path.
/// A file that ends in `RECORD` holds the paths that it is given.
struct Collection<'a> {
    modules: &'a [(&'a str, ModuleKind)],
    files: &'a [(&'a str, &'a str)],
    extensions: &'a [(&'a str, &'a str)],
    libraries: &'a [&'a str],
}

impl Collection<'_> {
    fn collected(&self, root: &Path) -> Collected {
        let mut collected = Collected::default();
        for (name, kind) in self.modules {
            let path = name.replace('.', "/");
            let virtual_path = match kind {
                ModuleKind::Module => format!("{path}.py"),
                ModuleKind::Package => format!("{path}/__init__.py"),
                ModuleKind::Namespace => path,
            };
            let module = Module {
                name: (*name).to_owned(),
                kind: *kind,
                source: (*kind != ModuleKind::Namespace).then(|| root.join(&virtual_path)),
                virtual_path,
                optimize_level: OptimizeLevel::Zero,
                include_source: true,
                importable: true,
                origin: ORIGIN,
            };
            collected.modules.insert(module.name.clone(), module);
        }
        for (path, text) in self.files {
            write(root, &[(path, text)]);
            let (source, virtual_path) = (root.join(path), (*path).to_owned());
            let file = DataFile { source, virtual_path, origin: ORIGIN };
            collected.files.insert(file.virtual_path.clone(), file);
        }
        for (name, path) in self.extensions {
            let (name, virtual_path) = ((*name).to_owned(), (*path).to_owned());
            let extension =
                ExtensionModule { name, kind: ModuleKind::Module, virtual_path, origin: ORIGIN };
            collected.extensions.insert(extension.name.clone(), extension);
        }
        let paths = self.libraries.iter().copied().chain(self.extensions.iter().map(|(_, p)| *p));
        for path in paths {
            let (source, virtual_path) = (root.join(path), path.to_owned());
            let library =
                SharedLibrary { source, virtual_path, root: root.to_owned(), origin: ORIGIN };
            collected.libraries.insert(library.virtual_path.clone(), library);
        }
        collected
    }
}

fn keys<T>(map: &BTreeMap<String, T>) -> Vec<&str> {
    map.keys().map(String::as_str).collect()
}

/// Prunes a collection by a run that used these things; `main` is what runs.
fn pruned(
    collection: &Collection<'_>,
    uses: &[(Use, &str)],
    needs: &Needs<'_>,
) -> (Collected, Pruned) {
    let folder = tempfile::tempdir().unwrap();
    let mut collected = collection.collected(folder.path());
    let profile = read(&[json(&trace("3.13.5", uses))]).unwrap();
    let pruned = prune(&profile, &mut collected, needs).unwrap();
    (collected, pruned)
}

#[test]
fn what_was_not_used_is_left_out() {
    let collection = Collection {
        modules: &[
            ("app", P),
            ("app.__main__", M),
            ("app.extra", M),
            ("app.used", M),
            ("space", N),
            ("space.one", M),
            ("space.two", M),
            ("gone", P),
            ("gone.sub", M),
            ("seen", M),
            ("plugins", P),
            ("plugins.a", M),
            ("plugins.deep", P),
            ("plugins.deep.x", M),
            ("read", M),
        ],
        files: &[
            ("app/data.txt", ""),
            ("app/LICENSE", ""),
            ("app/other.txt", ""),
            ("gone/LICENSE", ""),
            ("app/list/a.txt", ""),
            ("app/list/sub/b.txt", ""),
        ],
        extensions: &[],
        libraries: &[],
    };
    let uses = [
        (Use::Module, "app/used"),
        (Use::Module, "space/one"),
        (Use::Found, "seen"),
        (Use::Package, "plugins"),
        (Use::File, "app/data.txt"),
        (Use::File, "read.py"),
        (Use::Folder, "app/list"),
    ];
    let main = ["app".to_owned()];
    let scans = Scans::default();
    let needs = Needs { main: &main, scans: &scans, libraries: &[] };
    let (collected, pruned) = pruned(&collection, &uses, &needs);
    assert_eq!(
        keys(&collected.modules),
        [
            "app",
            "app.__main__",
            "app.used",
            "plugins",
            "plugins.a",
            "plugins.deep",
            "read",
            "seen",
            "space",
            "space.one"
        ]
    );
    assert_eq!(keys(&collected.files), ["app/LICENSE", "app/data.txt", "app/list/a.txt"]);
    assert_eq!(pruned.names, ["app.extra", "gone", "plugins.deep.x", "space.two"]);
    let sizes =
        [("gone".to_owned(), 3_000_000), ("gone/x".to_owned(), 500_000), ("b/c".to_owned(), 1)];
    assert_eq!(
        notes(&pruned, &sizes),
        [
            "left out, as no traced run has used them: 5 of 15 modules, 3 of 6 files, 0 of 0 libraries; \
             3.5 MB before compression",
            "the largest of what was left out: gone (3.5 MB), b (0.0 MB)",
        ]
    );
}

#[test]
fn what_the_interpreter_may_need_stays() {
    let collection = Collection {
        modules: &[
            ("app", M),
            ("codecs", M),
            ("encodings", P),
            ("encodings.cp437", M),
            ("traceback", M),
            ("linecache", M),
            ("lazy", M),
            ("pkg", P),
            ("pkg.sub", M),
            ("pkg.other", M),
        ],
        files: &[],
        extensions: &[],
        libraries: &[],
    };
    let statement = |circumstance, level, module: &str, names: &[&str]| Statement {
        line: 1,
        circumstance,
        level,
        module: module.to_owned(),
        names: names.iter().map(|&name| name.to_owned()).collect(),
    };
    let scan = |imports| Scan { imports, ..Scan::default() };
    let traceback = scan(vec![
        statement(Circumstance::Required, 0, "linecache", &[]),
        statement(Circumstance::Deferred, 0, "lazy", &[]),
        statement(Circumstance::Required, 0, "pkg.sub", &["name"]),
    ]);
    let sub = scan(vec![statement(Circumstance::Required, 1, "", &["other"])]);
    let scans = Scans {
        modules: [("traceback".to_owned(), traceback), ("pkg.sub".to_owned(), sub)].into(),
        code: None,
    };
    let needs = Needs { main: &[], scans: &scans, libraries: &[] };
    let (_, pruned) = pruned(&collection, &[(Use::Module, "app")], &needs);
    assert_eq!(keys(&pruned.removed.modules), ["lazy"]);
}

#[test]
fn libraries_stay_with_what_needs_them() {
    let collection = Collection {
        modules: &[("a", P)],
        files: &[],
        extensions: &[("a.native", "a/native.so"), ("b.native", "b/native.so"), ("c", "c.so")],
        libraries: &["a.libs/one.so", "b.libs/one.so", "two.so", "three.so"],
    };
    let library = |path: &str, dependencies: &[&str]| Library {
        virtual_path: path.to_owned(),
        source: PathBuf::new(),
        patched: None,
        dependencies: dependencies.iter().map(|&path| path.to_owned()).collect(),
    };
    // `c` was looked for and not loaded.
    let libraries = [library("a/native.so", &["a.libs/one.so"]), library("c.so", &["two.so"])];
    let scans = Scans::default();
    let needs = Needs { main: &[], scans: &scans, libraries: &libraries };
    let uses = [
        (Use::Module, "a"),
        (Use::Found, "a/native"),
        (Use::Found, "c"),
        (Use::Library, "a/native.so"),
        (Use::Library, "a.libs/one.so"),
    ];
    let (collected, pruned) = pruned(&collection, &uses, &needs);
    assert_eq!(keys(&collected.extensions), ["a.native", "c"]);
    assert_eq!(
        keys(&collected.libraries),
        ["a.libs/one.so", "a/native.so", "b.libs/one.so", "c.so", "two.so"]
    );
    assert_eq!(keys(&pruned.removed.libraries), ["b/native.so", "three.so"]);
    assert!(notes(&pruned, &[])[0].contains("1 of 4 libraries"), "{:?}", notes(&pruned, &[]));
}

#[test]
fn metadata_stays_with_what_is_left_of_a_distribution() {
    let collection = Collection {
        modules: &[("a", M), ("a_more", M), ("b", M), ("c", M)],
        files: &[
            ("a-1.dist-info/RECORD", "a.py,,\na_more.py,,\na-1.dist-info/RECORD,,\n"),
            ("a-1.dist-info/licenses/LICENSE", ""),
            ("b-1.dist-info/RECORD", "b.py,,\nb-1.dist-info/RECORD,,\n"),
            ("b-1.dist-info/LICENSE", ""),
            ("c-1.dist-info/RECORD", "c.py,,\nc-1.dist-info/METADATA,,\n"),
            ("c-1.dist-info/METADATA", ""),
            ("only-1.dist-info/RECORD", "../../bin/only,,\nonly-1.dist-info/RECORD,,\n"),
            ("old.egg-info/PKG-INFO", ""),
        ],
        extensions: &[],
        libraries: &[],
    };
    let scans = Scans::default();
    let needs = Needs { main: &[], scans: &scans, libraries: &[] };
    let uses = [(Use::Module, "a"), (Use::File, "c-1.dist-info/METADATA")];
    let (_, pruned) = pruned(&collection, &uses, &needs);
    let gone: BTreeSet<&str> =
        pruned.removed.files.keys().map(|path| path.split_once('/').unwrap().0).collect();
    assert_eq!(gone.into_iter().collect::<Vec<_>>(), ["b-1.dist-info"]);
}

#[test]
fn a_trace_of_another_application_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let collection =
        Collection { modules: &[("a", M)], files: &[], extensions: &[], libraries: &[] };
    let mut collected = collection.collected(folder.path());
    let profile = read(&[json(&trace("3.13.5", &[(Use::Module, "b")]))]).unwrap();
    let scans = Scans::default();
    let needs = Needs { main: &[], scans: &scans, libraries: &[] };
    let error = prune(&profile, &mut collected, &needs).unwrap_err();
    assert!(matches!(error, ProfileError::Foreign { .. }), "{error:?}");
    assert_eq!(collected.modules.len(), 1);
}
