use super::*;

const USER: &str = "int second(void); int PyInit_user(void) { return second(); }";

#[test]
fn what_is_selected_is_all_where_nothing_is_missing() {
    let mut scene = Scene::new();
    scene.c_extension(
        "plain",
        "int printf(); int PyInit_plain(void) { return printf(\"\"); }",
        &[],
    );
    scene.c_extension("other", "int PyInit_other(void) { return 2; }", &[]);
    let objects = scene.objects(&["plain"]).unwrap();
    assert_eq!(file_names(&objects.files), ["core.o", "plain.o"]);
    assert_eq!((objects.libraries, objects.pulled), (vec![], vec![]));
    assert_eq!(scene.details.lines(), Vec::<String>::new());
}

#[test]
fn a_library_that_no_selected_extension_names_is_pulled_in() {
    let mut scene = Scene::new();
    let library = scene.library("z", "int crc32(void) { return 7; }");
    scene.c_extension(
        "zlib",
        "int PyInit_zlib(void) { return 2; }",
        &[library.clone(), Library::System("m".into())],
    );
    scene.c_extension(
        "binascii",
        "int crc32(void); int PyInit_binascii(void) { return crc32(); }",
        &[],
    );
    let objects = scene.objects(&["binascii"]).unwrap();
    assert_eq!(objects.libraries, [library, Library::System("m".into())]);
    assert_eq!(
        scene.details.lines(),
        [
            "linking `build/lib/libz.a` for the symbol `crc32`, which `build/Modules/binascii.o` needs"
        ]
    );

    // Its licence is that of the extension module that names it.
    let variants = &mut scene.distribution.extensions.get_mut("zlib").unwrap().variants;
    variants[0].licenses = Some(vec!["Zlib".to_owned()]);
    let component = objects.pulled[0].component(&scene.distribution);
    assert_eq!(component.name, "binascii");
    assert_eq!(component.variant.licenses, Some(vec!["Zlib".to_owned()]));
    assert_eq!(component.variant.links.len(), 1);
}

#[test]
fn objects_of_other_extensions_are_pulled_in_one_after_another() {
    let mut scene = Scene::new();
    scene.c_extension("_hmac", "int hash(void); int PyInit__hmac(void) { return hash(); }", &[]);
    let extension = scene.c_extension("_md5", "int PyInit__md5(void) { return 2; }", &[]);
    extension.variants[0].licenses = Some(vec!["MIT".to_owned()]);
    let root = scene.root().to_owned();
    let hash =
        compile(&root, "build/Modules/hash", "int bits(void); int hash(void) { return bits(); }");
    scene.distribution.extensions.get_mut("_md5").unwrap().variants[0].objects.push(hash);
    // The description of the distribution does not name this one.
    compile(&root, "build/shim", "int bits(void) { return 8; }");
    compile(
        &root,
        "build/Programs/python",
        "int bits(void) { return 9; } int main(void) { return 0; }",
    );
    let objects = scene.objects(&["_hmac"]).unwrap();
    assert_eq!(file_names(&objects.files), ["core.o", "_hmac.o", "hash.o", "shim.o"]);
    let component = objects.pulled[0].component(&scene.distribution);
    assert_eq!((component.name.as_str(), component.variant.objects.len()), ("_md5", 0));
}

#[test]
fn nothing_copyleft_is_pulled_in_where_the_policy_excludes_it() {
    let mut scene = Scene::new();
    let library = scene.library("gdbm", "int second(void) { return 7; }");
    let extension = scene.c_extension("_gdbm", "int PyInit__gdbm(void) { return 2; }", &[library]);
    extension.variants[0].licenses = Some(vec!["GPL-3.0-or-later".to_owned()]);
    scene.c_extension("user", USER, &[]);
    assert_eq!(scene.objects(&["user"]).unwrap().pulled.len(), 1);
    scene.policy = ExtensionPolicy::NoCopyleft;
    insta::assert_snapshot!(scene.failure(&["user"]), @r#"
    the distribution lacks the symbol `second`, which `DIR/build/Modules/user.o` needs (`DIR/build/lib/libgdbm.a` has it under a copyleft licence)
    hint: exclude the extension module that needs it, or choose a policy other than "no-copyleft"
    "#);
}

#[test]
fn a_weak_reference_pulls_nothing_in() {
    let mut scene = Scene::new();
    let library = scene.library("more", "int second(void) { return 7; }");
    scene.c_extension("more", "int PyInit_more(void) { return 2; }", &[library]);
    let source =
        "int second(void) __attribute__((weak)); int PyInit_user(void) { return second ? 1 : 2; }";
    scene.c_extension("user", source, &[]);
    assert_eq!(scene.objects(&["user"]).unwrap().pulled, []);
}

#[test]
fn the_order_of_libraries_does_not_matter_to_any_linker() {
    let mut scene = Scene::new();
    // The used stands before its users, and two use each other.
    let crypto =
        scene.library("crypto", "int ssl(void); int crypto(int n) { return n ? ssl() : 5; }");
    let ssl = scene.library("ssl", "int crypto(int); int ssl(void) { return crypto(0); }");
    let more = scene.library("more", "int crypto(int); int more(void) { return crypto(1); }");
    let source = "int more(void); int PyInit__ssl(void) { return more(); }";
    scene.c_extension("_ssl", source, &[crypto, ssl, more]);
    // A warning would be one of an executable stack.
    assert_eq!(scene.link(&["_ssl"], &["-fuse-ld=bfd", "-Wl,--fatal-warnings"]), Ok(0));
    let lld = rust_lld();
    assert_eq!(scene.link(&["_ssl"], &lld.each_ref().map(String::as_str)), Ok(0));
}

/// As libbsd has functions of the C library, which the C library has by then been taken to provide.
#[test]
fn a_library_that_is_pulled_in_goes_before_the_system() {
    let mut scene = Scene::new();
    scene.library("md", "int digest(void) { return 7; }");
    let paths = [
        compile(scene.root(), "rand", "int digest(void); int rand(void) { return digest(); }"),
        compile(scene.root(), "second", "int second(void) { return 2; }"),
    ];
    fs_err::create_dir_all(scene.root().join("build/lib")).unwrap();
    archive(&scene.root().join("build/lib"), "bsd", &paths);
    let source = "int rand(void); int second(void);\n\
                  int PyInit_user(void) { return rand() + second(); }";
    scene.c_extension("user", source, &[]);
    let pulled = scene.objects(&["user"]).unwrap().pulled;
    let files: Vec<_> = pulled.iter().map(|pulled| pulled.file.as_str()).collect();
    assert_eq!(files, ["build/lib/libbsd.a", "build/lib/libmd.a"]);
    let lld = rust_lld();
    for linker in [&["-fuse-ld=bfd"][..], &lld.each_ref().map(String::as_str)] {
        assert_eq!(scene.link(&["user"], linker), Ok(0));
    }
}

/// As CPython 3.15 has the code by which it enters what it compiled at run time.
#[test]
fn an_object_that_only_libpython_has_is_pulled_in() {
    let mut scene = Scene::new();
    let entry = compile(
        &scene.folder.path().join("elsewhere"),
        "jit_shim-x86_64",
        "int more(void); int _PyJIT_Entry(void) { return more(); }",
    );
    let more =
        compile(&scene.folder.path().join("elsewhere"), "more", "int more(void) { return 0; }");
    // The library's own table of built-in modules would bring modules that are not selected.
    let table = "int PyInit_other(void); void *_PyImport_Inittab[] = {PyInit_other};";
    let table = compile(&scene.folder.path().join("elsewhere"), "config", table);
    scene.c_extension(
        "user",
        "int _PyJIT_Entry(void); int PyInit_user(void) { return _PyJIT_Entry(); }",
        &[],
    );
    let mut members = vec![table, entry, more];
    members.extend(scene.distribution.core.objects.clone());
    let folder = scene.root().join("install/lib");
    scene.distribution.core.static_library = Some(archive(&folder, "python3.15", &members));

    let objects = scene.objects(&["user"]).unwrap();
    assert_eq!(file_names(&objects.files), ["core.o", "user.o", "jit_shim-x86_64.o", "more.o"]);
    assert_eq!(objects.libraries, []);
    assert_eq!(
        scene.details.lines()[0],
        "linking `install/lib/libpython3.15.a(jit_shim-x86_64.o)` for the symbol `_PyJIT_Entry`, \
         which `build/Modules/user.o` needs"
    );
    assert_eq!(objects.pulled[0].component(&scene.distribution).variant.licenses, None);
    assert_eq!(scene.link(&["user"], &["-fuse-ld=bfd"]), Ok(0));
    let lld = rust_lld();
    assert_eq!(scene.link(&["user"], &lld.each_ref().map(String::as_str)), Ok(0));

    // A damaged library is not missed where nothing needs it.
    fs_err::write(folder.join("libpython3.15.a"), "damaged").unwrap();
    scene.c_extension("plain", "int PyInit_plain(void) { return 2; }", &[]);
    assert_eq!(scene.objects(&["plain"]).unwrap().pulled, []);
}
