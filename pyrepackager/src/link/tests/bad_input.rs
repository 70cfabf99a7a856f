use super::*;

#[test]
fn a_symbol_that_nothing_defines_is_an_error_with_all_objects() {
    let mut scene = Scene::new();
    let source = "int first(void); int second(void); int third(void); int fourth(void);\n\
                  int PyInit_user(void) { return first() + second() + third() + fourth(); }";
    scene.c_extension("user", source, &[]);
    insta::assert_snapshot!(scene.failure(&["user"]), @r"
    the distribution lacks the symbol `first`, which `DIR/build/Modules/user.o` needs; the symbol `second`, which `DIR/build/Modules/user.o` needs; the symbol `third`, which `DIR/build/Modules/user.o` needs; and 1 more
    hint: exclude the extension module that needs it, or use another distribution
    ");
}

#[test]
fn a_member_of_a_library_that_needs_what_is_missing_is_named() {
    let mut scene = Scene::new();
    let library = scene.library("z", "int second(void); int crc32(void) { return second(); }");
    scene.c_extension(
        "zlib",
        "int crc32(void); int PyInit_zlib(void) { return crc32(); }",
        &[library],
    );
    insta::assert_snapshot!(scene.failure(&["zlib"]), @r"
    the distribution lacks the symbol `second`, which `DIR/build/lib/libz.a(z.o)` needs
    hint: exclude the extension module that needs it, or use another distribution
    ");
}

#[test]
fn an_extension_without_its_function_is_an_error() {
    let mut scene = Scene::new();
    scene.c_extension("user", "int some;", &[]);
    insta::assert_snapshot!(scene.failure(&["user"]), @r"
    the distribution lacks the symbol `PyInit_user`, which `the table of built-in modules` needs
    hint: exclude the extension module that needs it, or use another distribution
    ");
}

#[test]
fn objects_that_are_not_what_the_distribution_says_are_refused() {
    let object = |content: &[u8]| {
        let mut scene = Scene::new();
        let path = scene.root().join("build/some.o");
        fs_err::write(&path, content).unwrap();
        scene.distribution.core.objects.push(path);
        scene
    };
    let mach_o = object::write::Object::new(
        object::BinaryFormat::MachO,
        object::Architecture::Aarch64,
        object::Endianness::Little,
    );
    let contents = [b"BC\xc0\xde".to_vec(), mach_o.write().unwrap(), b"\x7fELF".to_vec()];
    let [bitcode, mach_o, damaged] = contents.each_ref().map(|content| object(content));
    let failures: Vec<String> =
        [&bitcode, &mach_o, &damaged].map(|scene| scene.failure(&[])).into();
    let of_bitcode = mach_o.of_bitcode().failure(&[]);
    let elf = format!("ELF for {}", std::env::consts::ARCH);
    insta::assert_snapshot!(failures.join("\n").replace(&elf, "ELF for CPU"), @r"
    the object `DIR/build/some.o` is LLVM bitcode, and the distribution's objects are ELF for CPU
    hint: the distribution's archive is damaged, or not made for this target; use another one
    the object `DIR/build/some.o` is Mach-O for aarch64, and the distribution's objects are ELF for CPU
    hint: the distribution's archive is damaged, or not made for this target; use another one
    the object `DIR/build/some.o` is of no known format, and the distribution's objects are ELF for CPU
    hint: the distribution's archive is damaged, or not made for this target; use another one
    ");
    insta::assert_snapshot!(of_bitcode.replace(&elf, "ELF for CPU"), @r"
    the object `DIR/build/some.o` is Mach-O for aarch64, and the distribution's objects are LLVM bitcode or ELF for CPU
    hint: the distribution's archive is damaged, or not made for this target; use another one
    ");
}
