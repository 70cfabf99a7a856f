//! Different and equal libraries of one name.

use super::*;

#[test]
fn of_different_libraries_with_one_soname_each_user_gets_its_own() {
    let packages = Packages::new();
    for (name, value) in [("x", 1), ("y", 2)] {
        let library = format!("{name}.libs/libsame.so.1");
        let rpath = format!("-Wl,-rpath,$ORIGIN/../{name}.libs");
        let code = format!("int same(void) {{ return {value}; }}");
        packages.library(&library, "libsame.so.1", &code, &[]).object(
            &format!("{name}/_c.abi3.so"),
            "int same(void); int f(void) { return same(); }",
            &[&library],
            &[&rpath],
        );
    }
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let [renamed] = libraries.report.renamed.as_slice() else { panic!("{:?}", libraries.report) };
    assert_eq!(
        (renamed.library.as_str(), renamed.from.as_str()),
        ("y.libs/libsame.so.1", "libsame.so.1")
    );
    assert_eq!(renamed.to.len(), renamed.from.len());
    let patched = |path: &str| {
        let library = libraries.libraries.iter().find(|l| l.virtual_path == path).unwrap();
        let file = packages.path("patched");
        fs_err::write(&file, library.patched.as_ref()?).unwrap();
        Some(file)
    };
    assert_eq!(patched("x.libs/libsame.so.1").or(patched("x/_c.abi3.so")), None);
    assert_eq!(
        readelf(&patched("y.libs/libsame.so.1").unwrap(), "SONAME"),
        std::slice::from_ref(&renamed.to)
    );
    assert_eq!(readelf(&patched("y/_c.abi3.so").unwrap(), "NEEDED")[0], renamed.to);
}

#[test]
fn equal_libraries_are_one() {
    let packages = Packages::new();
    for name in ["x", "y"] {
        let library = format!("{name}.libs/libsame.so.1");
        let rpath = format!("-Wl,-rpath,$ORIGIN/../{name}.libs");
        packages.library(&library, "libsame.so.1", "int same(void) { return 1; }", &[]).object(
            &format!("{name}/_c.abi3.so"),
            "int same(void); int f(void) { return same(); }",
            &[&library],
            &[&rpath],
        );
    }
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    assert!(libraries.report.renamed.is_empty());
    assert_eq!(dependencies(&libraries)["y/_c.abi3.so"], ["x.libs/libsame.so.1"]);
}

/// Opens files in order, and calls the function `f` of those that have one.
const LOADER: &str = "
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
    for (int i = 1; i < argc; i++) {
        void *object = dlopen(argv[i], RTLD_NOW);
        if (!object) return puts(dlerror()), 1;
        int (*f)(void) = (int (*)(void))dlsym(object, \"f\");
        if (f) printf(\"%d\\n\", f());
    }
    return 0;
}";

/// Has the loader of this machine load what goes in, without any search path, and returns what the functions `f`
/// of the extension modules say.
fn load(packages: &Packages, libraries: &Libraries) -> String {
    let elsewhere = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (number, library) in libraries.libraries.iter().enumerate() {
        let bytes = library.patched.clone();
        let bytes = bytes.unwrap_or_else(|| fs_err::read(&library.source).unwrap());
        let file = elsewhere.path().join(number.to_string());
        fs_err::write(&file, bytes).unwrap();
        files.push((library.dependencies.len(), file));
    }
    files.sort();
    let (source, program) = (packages.path("loader.c"), elsewhere.path().join("loader"));
    fs_err::write(&source, LOADER).unwrap();
    assert!(Command::new("gcc").arg("-o").args([&program, &source]).status().unwrap().success());
    let output = Command::new(program).args(files.iter().map(|(_, file)| file)).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Two packages, `x` and `y`, whose extension modules each need a library of the same SONAME that is their own.
/// Symbols have a version when `flags` of the libraries give them one.
fn two(flags: &[&str]) -> Packages {
    let packages = Packages::new();
    for (name, value) in [("x", 1), ("y", 2)] {
        let library = format!("{name}.libs/libsame.so.1");
        let code = format!("int same(void) {{ return {value}; }}");
        let flags = [&["-Wl,-soname,libsame.so.1", "-nostdlib"], flags].concat();
        packages.object(&library, &code, &[], &flags).object(
            &format!("{name}/_c.abi3.so"),
            "int same(void); int f(void) { return same(); }",
            &[&library],
            &[&format!("-Wl,-rpath,$ORIGIN/../{name}.libs")],
        );
    }
    packages
}

#[test]
fn versioned_symbols_are_found_in_the_library_of_the_new_name() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("versions");
    fs_err::write(&script, "SAME_1 { global: same; local: *; };").unwrap();
    let packages = two(&[&format!("-Wl,--version-script={}", script.display())]);
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let new = &libraries.report.renamed[0].to;
    let user = libraries.libraries.iter().find(|l| l.virtual_path == "y/_c.abi3.so").unwrap();
    let file = folder.path().join("patched");
    fs_err::write(&file, user.patched.as_ref().unwrap()).unwrap();
    let shown = Command::new("readelf").args(["-VW"]).arg(&file).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains(&format!("File: {new}  Cnt: 1")), "{shown}");
    assert!(!shown.contains("libsame"), "{shown}");
    // The loader checks the versions too.
    assert_eq!(load(&packages, &libraries), "1\n2\n");
}

#[test]
fn objects_with_one_kind_of_hash_table_and_without_section_headers_are_renamed() {
    for style in ["sysv", "gnu", "both"] {
        let packages = two(&[&format!("-Wl,--hash-style={style}")]);
        for file in packages.collected().libraries.values() {
            let mut bytes = fs_err::read(&file.source).unwrap();
            let whole = (elf::parse(&bytes).unwrap(), elf::names(&bytes).unwrap());
            strip_section_headers(&mut bytes);
            let stripped = (elf::parse(&bytes).unwrap(), elf::names(&bytes).unwrap());
            assert_eq!(stripped, whole, "{style} {}", file.virtual_path);
            fs_err::write(&file.source, bytes).unwrap();
        }
        let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
        assert_eq!(libraries.report.renamed.len(), 1);
        assert_eq!(load(&packages, &libraries), "1\n2\n", "{style}");
    }
}

fn strip_section_headers(bytes: &mut [u8]) {
    bytes[0x28..0x30].fill(0);
    bytes[0x3c..0x40].fill(0);
}

#[test]
fn names_that_share_their_bytes_with_the_soname_stay() {
    // Symbols whose names are the end of the SONAME, and the other way round.
    let resolve = |symbol: &str| {
        let packages = Packages::new();
        for name in ["x", "y"] {
            let library = format!("{name}.libs/libsame.so.1");
            let code = format!(
                "int same(void) __asm__(\"{symbol}\"); int same(void) {{ return 1; }} int {name};"
            );
            packages.library(&library, "libsame.so.1", &code, &[]).object(
                &format!("{name}/_c.abi3.so"),
                &format!("int same(void) __asm__(\"{symbol}\"); int f(void) {{ return same(); }}"),
                &[&library],
                &[&format!("-Wl,-rpath,$ORIGIN/../{name}.libs")],
            );
        }
        let libraries = packages.resolve(&NativeLibrariesConfig::default());
        libraries.map(|libraries| load(&packages, &libraries)).map_err(|error| error.to_string())
    };
    for shared in [".so.1", "same.so.1"] {
        assert_eq!(resolve(shared).unwrap(), "1\n1\n", "{shared}");
    }
    for shared in ["bsame.so.1", "prefix_libsame.so.1"] {
        assert_eq!(
            resolve(shared).unwrap_err(),
            "x.libs/libsame.so.1 and y.libs/libsame.so.1 are different libraries of the same name \
             libsame.so.1, which cannot be changed",
            "{shared}"
        );
    }
}

#[test]
fn a_library_gives_way_to_the_systems_of_the_same_soname() {
    let packages = Packages::new();
    packages
        .library("x.libs/libz.so.1", "libz.so.1", "int z(void) { return 1; }", &[])
        .object(
            "x/_c.abi3.so",
            "int z(void); int f(void) { return z(); }",
            &["x.libs/libz.so.1"],
            &["-Wl,-rpath,$ORIGIN/../x.libs"],
        )
        .object("y/_c.abi3.so", "int f(void) { return 2; }", &["x.libs/libz.so.1"], &[]);
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let [renamed] = libraries.report.renamed.as_slice() else { panic!("{:?}", libraries.report) };
    assert_eq!(renamed.library, "x.libs/libz.so.1");
    let [x, y] = libraries.report.extensions.as_slice() else { panic!("{:?}", libraries.report) };
    assert!(!x.system.contains(&"libz.so.1".to_owned()), "{x:?}");
    assert!(y.system.contains(&"libz.so.1".to_owned()) && y.renamed.is_empty(), "{y:?}");
}

#[test]
fn libraries_are_equal_down_to_what_they_need_in_turn() {
    let packages = Packages::new();
    for (name, value) in [("x", 1), ("y", 2)] {
        let library = |stem: &str| format!("{name}.libs/lib{stem}.so");
        let last = format!("int c(void) {{ return {value}; }}");
        packages
            .library(&library("c"), "libc_of_us.so", &last, &[])
            .library(
                &library("b"),
                "libb.so",
                "int c(void); int b(void) { return c(); }",
                &[&library("c")],
            )
            .library(
                &library("a"),
                "liba.so",
                "int b(void); int a(void) { return b(); }",
                &[&library("b")],
            )
            .object(
                &format!("{name}/_c.abi3.so"),
                "int a(void); int f(void) { return a(); }",
                &[&library("a")],
                &[&format!("-Wl,-rpath,$ORIGIN/../{name}.libs")],
            );
    }
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let renamed: Vec<&str> = libraries.report.renamed.iter().map(|r| r.library.as_str()).collect();
    assert_eq!(renamed, ["y.libs/liba.so", "y.libs/libb.so", "y.libs/libc.so"]);
    assert_eq!(load(&packages, &libraries), "1\n2\n");
}
