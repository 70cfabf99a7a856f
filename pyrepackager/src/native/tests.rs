//! Shared objects made by the compiler of this machine, read by `readelf` for comparison.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

mod bad_input;
mod names;
mod report;

use super::*;
use crate::collect::{Collected, ExtensionModule, ModuleKind, Origin, SharedLibrary};
use crate::config::resolved::NativeLibrariesConfig;

const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// A folder of shared objects.
struct Packages(tempfile::TempDir);

impl Packages {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Compiles `code` to a shared object that needs the libraries at `needed`.
    fn object(&self, name: &str, code: &str, needed: &[&str], flags: &[&str]) -> &Self {
        let path = self.path(name);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        let source = self.path("source.c");
        fs_err::write(&source, code).unwrap();
        let output = Command::new("gcc")
            .args(["-shared", "-fPIC", "-nostartfiles", "-Wl,--no-as-needed", "-o"])
            .arg(&path)
            .arg(&source)
            .args(needed.iter().map(|library| self.path(library)))
            .args(flags)
            .output()
            .expect("the tests need gcc");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs_err::remove_file(source).unwrap();
        self
    }

    fn library(&self, name: &str, soname: &str, code: &str, needed: &[&str]) -> &Self {
        self.object(name, code, needed, &[&format!("-Wl,-soname,{soname}"), "-nostdlib"])
    }

    /// What a scan would find: names ending in `.abi3.so` are extension modules.
    fn collected(&self) -> Collected {
        let mut collected = Collected::default();
        let origin = Origin { line: 7, stdlib: false };
        let root = self.0.path();
        for entry in walkdir::WalkDir::new(root).into_iter().map(Result::unwrap) {
            if !entry.file_type().is_file() {
                continue;
            }
            let virtual_path = entry.path().strip_prefix(root).unwrap().display().to_string();
            if let Some(stem) = virtual_path.strip_suffix(".abi3.so") {
                let name = stem.replace('/', ".");
                let (kind, virtual_path) = (ModuleKind::Module, virtual_path.clone());
                let extension = ExtensionModule { name: name.clone(), kind, virtual_path, origin };
                collected.extensions.insert(name, extension);
            }
            let (source, root) = (entry.path().to_owned(), root.to_owned());
            let library = SharedLibrary { source, virtual_path, root, origin };
            collected.libraries.insert(library.virtual_path.clone(), library);
        }
        collected
    }

    fn resolve(&self, config: &NativeLibrariesConfig) -> Result<Libraries, NativeError> {
        resolve(config, TRIPLE, &mut self.collected())
    }

    fn error(&self) -> String {
        let error = self.resolve(&NativeLibrariesConfig::default()).unwrap_err();
        let text = format!("{error} | {}", error.hint().unwrap_or_default());
        text.replace(&self.0.path().display().to_string(), "ROOT")
    }
}

fn dependencies(libraries: &Libraries) -> BTreeMap<&str, Vec<&str>> {
    let all = libraries.libraries.iter();
    all.map(|l| (l.virtual_path.as_str(), l.dependencies.iter().map(String::as_str).collect()))
        .collect()
}

/// The names in brackets that `readelf -d` shows for a tag.
fn readelf(path: &Path, tag: &str) -> Vec<String> {
    let output = Command::new("readelf").args(["-dW"]).arg(path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text.lines().filter(|line| line.contains(&format!("({tag})")));
    lines
        .map(|line| line[line.find('[').unwrap() + 1..line.rfind(']').unwrap()].to_owned())
        .collect()
}

/// The hash by which the loader finds a version.
fn version_hash(name: &str) -> u32 {
    name.bytes().fold(0, |hash: u32, byte| {
        let hash = (hash << 4).wrapping_add(byte.into());
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

#[test]
fn a_version_that_is_marked_as_weak_is_not_asked_for() {
    let packages = Packages::new();
    let code = "int puts(const char *); int sem_clockwait(void) __attribute__((weak));\n\
                int f(void) { return sem_clockwait ? sem_clockwait() : puts(\"\"); }";
    packages.object("x/_c.abi3.so", code, &[], &[]);
    let path = packages.path("x/_c.abi3.so");
    let mut data = fs_err::read(&path).unwrap();
    let newest = elf::glibc(&data).unwrap().unwrap();

    // Linkers do not mark it by themselves, and the loader then insists on it.
    let hash = version_hash(&format!("GLIBC_{newest}")).to_le_bytes();
    let place = data.windows(4).position(|window| window == hash).unwrap();
    data[place + 4] |= 2;
    fs_err::write(&path, &data).unwrap();
    let output = Command::new("readelf").args(["-VW"]).arg(&path).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("Flags: WEAK"));
    assert!(elf::glibc(&data).unwrap().unwrap() < newest);
}

#[test]
fn what_is_read_is_what_readelf_shows() {
    let packages = Packages::new();
    packages.library("x.libs/libx.so.1", "libx.so.1", "int x(void) { return 1; }", &[]).object(
        "x/_c.abi3.so",
        "int x(void); int puts(const char *); int f(void) { return puts(\"\") + x(); }",
        &["x.libs/libx.so.1"],
        &["-Wl,-rpath,$ORIGIN/../x.libs:/opt/x"],
    );
    let path = packages.path("x/_c.abi3.so");
    let object = elf::parse(&fs_err::read(&path).unwrap()).unwrap();
    assert_eq!(object.needed, readelf(&path, "NEEDED"));
    assert_eq!(object.needed[0], "libx.so.1");
    let search: Vec<_> = [readelf(&path, "RUNPATH"), readelf(&path, "RPATH")].concat();
    assert_eq!(vec![object.search.join(":")], search);
    assert_eq!((object.soname.clone(), object.machine), (None, 62));
    assert!(object.glibc.is_some());
    let library = elf::parse(&fs_err::read(packages.path("x.libs/libx.so.1")).unwrap()).unwrap();
    assert_eq!(library.soname.as_deref(), Some("libx.so.1"));
    assert_eq!(library.glibc, None);
}

#[test]
fn libraries_are_found_by_the_search_path_and_come_before_what_needs_them() {
    let packages = Packages::new();
    packages
        .library("x.libs/libb.so", "libb.so", "int b(void) { return 1; }", &[])
        .library(
            "x.libs/liba.so",
            "liba.so",
            "int b(void); int a(void) { return b(); }",
            &["x.libs/libb.so"],
        )
        .object(
            "x/_c.abi3.so",
            "int a(void); int f(void) { return a(); }",
            &["x.libs/liba.so"],
            &["-Wl,-rpath,$ORIGIN/../x.libs"],
        );
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let expected: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("x.libs/liba.so", vec!["x.libs/libb.so"]),
        ("x.libs/libb.so", vec![]),
        ("x/_c.abi3.so", vec!["x.libs/libb.so", "x.libs/liba.so"]),
    ]);
    assert_eq!(dependencies(&libraries), expected);
    let report = &libraries.report.extensions[0];
    assert_eq!((report.module.as_str(), report.renamed.len()), ("x._c", 0));
    assert_eq!(report.system, ["libc.so.6"]);
    assert_eq!(report.size, fs_err::metadata(packages.path("x/_c.abi3.so")).unwrap().len());
}

#[test]
fn circles_are_packed_and_libraries_without_soname_are_errors() {
    let packages = Packages::new();
    packages
        .library("x/libb.so", "libb.so", "int b(void) { return 1; }", &[])
        .library("x/liba.so", "liba.so", "int a(void) { return 1; }", &["x/libb.so"])
        .library("x/libb.so", "libb.so", "int b(void) { return 1; }", &["x/liba.so"])
        .object(
            "x/_c.abi3.so",
            "int f(void) { return 1; }",
            &["x/liba.so"],
            &["-Wl,-rpath,$ORIGIN"],
        );
    let resolved = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let extension = &resolved.report.extensions[0];
    assert_eq!(extension.dependencies, ["x/libb.so", "x/liba.so"]);
    let circle = "libraries need one another in a circle: x/liba.so → x/libb.so → x/liba.so";
    assert!(resolved.details.iter().any(|line| line == circle), "{:?}", resolved.details);

    let packages = Packages::new();
    packages.object("libplain.so", "int p(void) { return 1; }", &[], &["-nostdlib"]).object(
        "_c.abi3.so",
        "int f(void) { return 1; }",
        &[],
        &[&format!("-L{}", packages.0.path().display()), "-lplain", "-Wl,-rpath,$ORIGIN"],
    );
    insta::assert_snapshot!(packages.error(), @"ROOT/_c.abi3.so needs libplain.so, and ROOT/libplain.so has no SONAME: loaded from memory, it is not found under that name | `patchelf --set-soname libplain.so libplain.so` gives it that name");
}
