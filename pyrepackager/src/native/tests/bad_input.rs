//! Objects that cannot be loaded, and libraries that are missing.

use super::*;

#[test]
fn what_nothing_provides_is_left_to_the_system_unless_it_is_taken_from_this_machine() {
    let packages = Packages::new();
    let elsewhere = Packages::new();
    elsewhere.library("libmine.so.1", "libmine.so.1", "int m(void) { return 1; }", &[]);
    let folder = elsewhere.0.path().display().to_string();
    packages.object(
        "x/_c.abi3.so",
        "int m(void); int f(void) { return m(); }",
        &[],
        &[&format!("{folder}/libmine.so.1"), &format!("-Wl,-rpath,$ORIGIN/../../out:{folder}")],
    );
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    insta::assert_snapshot!(libraries.details[0].replace(&folder, "ELSEWHERE"), @"x/_c.abi3.so needs the library libmine.so.1, which no package brings; searched: $ORIGIN/../../out (which leaves the packages), ELSEWHERE (which leaves the packages), the packages; this machine has ELSEWHERE/libmine.so.1");
    let note = check(&libraries.missing, |_| true).unwrap().unwrap();
    insta::assert_snapshot!(note, @"libraries expected on the machine where the executable runs: libmine.so.1 (for x); `--include-system libmine.so.1` packs that of this machine");
    let include_system = vec!["libmine.so.1".to_owned(), "libother.so".to_owned()];
    let config = NativeLibrariesConfig { include_system, ..Default::default() };
    let libraries = packages.resolve(&config).unwrap();
    assert_eq!(dependencies(&libraries)["x/_c.abi3.so"], ["system.libs/libmine.so.1"]);
    assert_eq!(libraries.inputs, [elsewhere.path("libmine.so.1")]);
    assert!(libraries.notes.iter().any(|note| note.contains("nothing needs libother.so")));
}

#[test]
fn extension_modules_that_cannot_be_loaded_are_errors() {
    let packages = Packages::new();
    packages.object("x/_c.abi3.so", "int f(void) { return 1; }", &[], &[]);
    let path = packages.path("x/_c.abi3.so");
    let whole = fs_err::read(&path).unwrap();
    let with = |bytes: &[u8]| {
        fs_err::write(&path, bytes).unwrap();
        packages.error()
    };
    let cut = with(&whole[..whole.len() / 2]);
    assert!(
        cut.starts_with("ROOT/x/_c.abi3.so cannot be loaded as a shared object: it is cut short"),
        "{cut}"
    );
    insta::assert_snapshot!(with(b"#!/bin/sh"), @r#"ROOT/x/_c.abi3.so cannot be loaded as a shared object: it is no ELF file | install the package again, or leave the module out with `excludes = ["x._c"]` in [[python_packages]]"#);
    let mut other = whole.clone();
    other[18] = 183;
    insta::assert_snapshot!(with(&other), @r#"ROOT/x/_c.abi3.so is for the processor aarch64, the executable is for x86_64 | install the package for the target of the build, or leave the module out with `excludes = ["x._c"]` in [[python_packages]]"#);
    let mut of_32_bits = whole.clone();
    of_32_bits[4] = 1;
    insta::assert_snapshot!(with(&of_32_bits), @r#"ROOT/x/_c.abi3.so cannot be loaded as a shared object: it is for a 32-bit little-endian machine, not a 64-bit little-endian one | install the package again, or leave the module out with `excludes = ["x._c"]` in [[python_packages]]"#);
    let mut big_endian = whole.clone();
    big_endian[5] = 2;
    insta::assert_snapshot!(with(&big_endian), @r#"ROOT/x/_c.abi3.so cannot be loaded as a shared object: it is for a 64-bit big-endian machine, not a 64-bit little-endian one | install the package again, or leave the module out with `excludes = ["x._c"]` in [[python_packages]]"#);
    let mut executable = whole.clone();
    executable[16] = 2;
    insta::assert_snapshot!(with(&executable), @r#"ROOT/x/_c.abi3.so cannot be loaded as a shared object: it is an ELF file of the type 2, not a shared object | install the package again, or leave the module out with `excludes = ["x._c"]` in [[python_packages]]"#);
}

#[test]
fn a_library_for_another_machine_goes_in_as_a_file() {
    let packages = Packages::new();
    packages.library("x/libx.so", "libx.so", "int x(void) { return 1; }", &[]);
    let path = packages.path("x/libx.so");
    let mut bytes = fs_err::read(&path).unwrap();
    bytes[18] = 183;
    fs_err::write(&path, bytes).unwrap();
    let mut collected = packages.collected();
    let libraries = resolve(&NativeLibrariesConfig::default(), TRIPLE, &mut collected).unwrap();
    assert!(libraries.libraries.is_empty() && collected.libraries.is_empty());
    assert!(collected.files.contains_key("x/libx.so"));
    assert!(libraries.details[0].contains("aarch64"), "{:?}", libraries.details);
}

/// A small object with everything that is read in it.
fn small() -> Vec<u8> {
    let packages = Packages::new();
    packages.library("libx.so.1", "libx.so.1", "int x(void) { return 1; }", &[]).object(
        "_c.abi3.so",
        "int x(void); int puts(const char *); int PyInit__c(void) { return puts(\"\") + x(); }",
        &["libx.so.1"],
        &["-Wl,-rpath,$ORIGIN", "-Wl,-z,max-page-size=4096", "-s"],
    );
    fs_err::read(packages.path("_c.abi3.so")).unwrap()
}

fn read_all(bytes: &[u8]) -> bool {
    let parsed = elf::parse(bytes).is_ok();
    let _ = (elf::names(bytes), elf::glibc(bytes), elf::exports_module(bytes, "_c"));
    parsed
}

#[test]
fn every_prefix_of_an_object_is_refused() {
    let mut whole = small();
    for has_sections in [true, false] {
        if !has_sections {
            whole[0x28..0x30].fill(0);
            whole[0x3c..0x40].fill(0);
        }
        assert!(read_all(&whole) && elf::exports_module(&whole, "_c"));
        // Section headers lie at the end; without them, the last segment ends the object.
        let end = (0..=whole.len()).rev().find(|end| !read_all(&whole[..*end])).unwrap() + 1;
        assert!(!has_sections || end == whole.len());
        for length in 0..end {
            assert!(!read_all(&whole[..length]), "{length}");
        }
    }
}

#[test]
fn no_value_in_an_object_does_harm() {
    let whole = small();
    let mut refused = 0;
    for place in (0..whole.len()).step_by(4) {
        for value in [0, 1, 0x7fff_fff8, u64::from(u32::MAX), u64::MAX - 7, u64::MAX] {
            for width in [2, 4, 8] {
                let mut bytes = whole.clone();
                let end = (place + width).min(bytes.len());
                bytes[place..end].copy_from_slice(&value.to_le_bytes()[..end - place]);
                refused += usize::from(!read_all(&bytes));
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn an_object_for_another_c_library_is_refused() {
    let packages = Packages::new();
    let elsewhere = Packages::new();
    let musl = "libc.musl-x86_64.so.1";
    elsewhere.library(musl, musl, "int m(void) { return 1; }", &[]);
    let library = elsewhere.path(musl).display().to_string();
    packages.object("x/_c.abi3.so", "int f(void) { return 1; }", &[], &[&library, "-nostdlib"]);
    insta::assert_snapshot!(packages.error(), @r#"ROOT/x/_c.abi3.so is for the C library musl, the executable is for glibc | install the package for the target of the build, or leave the module out with `excludes = ["x._c"]` in [[python_packages]]"#);

    let packages = Packages::new();
    packages.object(
        "_c.abi3.so",
        "int puts(const char *); int f(void) { return puts(\"\"); }",
        &[],
        &[],
    );
    let triple = "x86_64-unknown-linux-musl";
    let config = NativeLibrariesConfig::default();
    let error = resolve(&config, triple, &mut packages.collected()).unwrap_err().to_string();
    assert!(error.ends_with("is for the C library glibc, the executable is for musl"), "{error}");
}

#[test]
fn a_search_path_that_leaves_the_packages_is_told() {
    let packages = Packages::new();
    for name in ["a", "b"] {
        let rpath = "-Wl,-rpath,$ORIGIN:$ORIGIN/../../x.libs:/opt/x/lib:lib";
        packages.object(&format!("{name}/_c.abi3.so"), "int f(void) { return 1; }", &[], &[rpath]);
    }
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    insta::assert_snapshot!(libraries.details.join("\n"), @"
    the search path of a/_c.abi3.so and 1 more leaves the packages with $ORIGIN/../../x.libs: nothing goes in from there, but the loader looks there where the executable runs
    the search path of a/_c.abi3.so and 1 more leaves the packages with /opt/x/lib: nothing goes in from there, but the loader looks there where the executable runs
    the search path of a/_c.abi3.so and 1 more leaves the packages with lib: nothing goes in from there, but the loader looks there where the executable runs
    ");
}

#[test]
fn what_even_this_machine_lacks_is_an_error_for_those_who_need_it() {
    let packages = Packages::new();
    let elsewhere = Packages::new();
    let folder = elsewhere.0.path().display().to_string();
    elsewhere
        .library("libbase.so.3", "libbase.so.3", "int b(void) { return 1; }", &[])
        .object(
            "libmine.so.1",
            "int m(void) { return 1; }",
            &["libbase.so.3"],
            &["-Wl,-soname,libmine.so.1", "-Wl,-rpath,$ORIGIN"],
        )
        .library("libgone.so.2", "libgone.so.2", "int g(void) { return 1; }", &[]);
    // Where objects look, there is one for another processor.
    packages.library("x/libgone.so.2", "libgone.so.2", "int g(void) { return 1; }", &[]);
    let mut foreign = fs_err::read(packages.path("x/libgone.so.2")).unwrap();
    foreign[18] = 183;
    let needed = ["libmine.so.1", "libgone.so.2"].map(|name| format!("{folder}/{name}"));
    packages.object(
        "x/_c.abi3.so",
        "int f(void) { return 1; }",
        &[],
        &[&needed[0], &needed[1], &format!("-Wl,-rpath,$ORIGIN:{folder},-rpath-link,{folder}")],
    );
    fs_err::write(packages.path("x/libgone.so.2"), foreign).unwrap();
    fs_err::remove_file(elsewhere.path("libgone.so.2")).unwrap();
    let libraries = packages.resolve(&NativeLibrariesConfig::default()).unwrap();
    let error = check(&libraries.missing, |module| module == "x._c").unwrap_err();
    let text = format!("{error} | {}", error.hint().unwrap()).replace(&folder, "ELSEWHERE");
    insta::assert_snapshot!(text, @"x/_c.abi3.so needs the library libgone.so.2, which no package brings; searched: $ORIGIN (x, where it is for the processor aarch64), ELSEWHERE (which leaves the packages), the packages | install libgone.so.2 on this machine and add `--include-system libgone.so.2`, or leave the module out with `--exclude x._c`; in a TOML file these are `include_system` in [native_libraries] and `excludes` in [[python_packages]]");
    // Whoever imports the module may be prepared to do without it.
    let note = check(&libraries.missing, |_| false).unwrap().unwrap();
    assert!(note.contains(": libgone.so.2, libmine.so.1 (for x);"), "{note}");

    // What a library of this machine needs goes in with it.
    let include_system = vec!["libmine.so.1".to_owned()];
    let config = NativeLibrariesConfig { include_system, ..Default::default() };
    let libraries = packages.resolve(&config).unwrap();
    assert_eq!(
        dependencies(&libraries)["x/_c.abi3.so"],
        ["system.libs/libbase.so.3", "system.libs/libmine.so.1"]
    );
}

#[test]
fn libraries_that_cannot_be_taken_along_are_refused() {
    let packages = Packages::new();
    let elsewhere = Packages::new();
    elsewhere.library("libgone.so.2", "libgone.so.2", "int g(void) { return 1; }", &[]);
    let library = elsewhere.path("libgone.so.2").display().to_string();
    packages.object("x/_c.abi3.so", "int f(void) { return 1; }", &[], &[&library]);
    let error = |name: &str| {
        let include_system = vec![name.to_owned()];
        let config = NativeLibrariesConfig { include_system, ..Default::default() };
        let error = packages.resolve(&config).unwrap_err();
        let text = format!("{error} | {}", error.hint().unwrap());
        // The folders are this machine's.
        let searched = text.find("; searched: ").zip(text.find(" | "));
        let text =
            searched.map_or(text.clone(), |(start, end)| text[..start].to_owned() + &text[end..]);
        text.replace(&packages.0.path().display().to_string(), "ROOT")
    };
    insta::assert_snapshot!(error("libgone.so.2"), @"[native_libraries] include_system names libgone.so.2, which ROOT/x/_c.abi3.so needs, and this machine does not have it | install libgone.so.2 on this machine, or take it from the list");
    insta::assert_snapshot!(error("libc.so.6"), @"[native_libraries] include_system names libc.so.6, which belongs to the system's C library or loader | take libc.so.6 from the list: it stays outside; link on an older system to run on older ones");
    assert!(error("ld-linux-x86-64.so.2").contains("belongs to the system"));
}

#[test]
fn the_packages_own_library_goes_before_this_machines() {
    let packages = Packages::new();
    let elsewhere = Packages::new();
    elsewhere.library("libmine.so.1", "libmine.so.1", "int m(void) { return 1; }", &[]);
    packages.library("x.libs/libmine.so.1", "libmine.so.1", "int m(void) { return 2; }", &[]);
    let folder = elsewhere.0.path().display();
    for (name, rpath) in [("x", format!("$ORIGIN/../x.libs:{folder}")), ("y", format!("{folder}"))]
    {
        packages.object(
            &format!("{name}/_c.abi3.so"),
            "int m(void); int f(void) { return m(); }",
            &["x.libs/libmine.so.1"],
            &[&format!("-Wl,-rpath,{rpath}")],
        );
    }
    let include_system = vec!["libmine.so.1".to_owned()];
    let config = NativeLibrariesConfig { include_system, ..Default::default() };
    let libraries = packages.resolve(&config).unwrap();
    let dependencies = dependencies(&libraries);
    assert_eq!(dependencies["x/_c.abi3.so"], ["x.libs/libmine.so.1"]);
    assert_eq!(dependencies["y/_c.abi3.so"], ["system.libs/libmine.so.1"]);
    assert_eq!(libraries.report.renamed.len(), 1);
}
