use super::super::testing::{bitcode_for, compile_bitcode};
use super::*;

fn function(name: &str, body: &str) -> String {
    format!(
        "mod needs {{ unsafe extern \"C\" {{ pub fn second() -> i32; pub fn third() -> i32; }} }}\n\
         #[unsafe(no_mangle)] pub extern \"C\" fn {name}() -> i32 {{ unsafe {{ {body} }} }}\n"
    )
}

/// An extension in bitcode that needs a symbol of another one.
fn scene() -> Scene {
    let mut scene = Scene::new().of_bitcode();
    for (name, body) in [("user", "needs::second()"), ("other", "2")] {
        let source = function(&format!("PyInit_{name}"), body);
        let object = compile_bitcode(scene.root(), &format!("build/Modules/{name}"), &source);
        scene.extension(name, object, &[]);
    }
    let source = function("second", "40");
    let second = compile_bitcode(scene.root(), "build/Modules/second", &source);
    scene.distribution.extensions.get_mut("other").unwrap().variants[0].objects.push(second);
    scene
}

#[test]
fn bitcode_and_native_objects_become_one_that_every_linker_takes() {
    let scene = scene();
    let objects = scene.objects(&["user"]).unwrap();
    assert_eq!(file_names(&objects.files), ["objects.o"]);
    let data = fs_err::read(&objects.files[0]).unwrap();
    let symbols = super::super::symbols::Symbols::read(&data).unwrap();
    for defined in ["Py_BytesMain", "PyInit_user", "second"] {
        assert!(symbols.defined.contains(&defined.to_owned()), "{symbols:?}");
    }
    // An object that no other needs is not linked.
    assert!(!symbols.defined.contains(&"PyInit_other".to_owned()), "{symbols:?}");
    assert_eq!(
        scene.details.lines(),
        [
            "linking `build/Modules/second.o` for the symbol `second`, which `build/Modules/user.o` needs"
        ]
    );
    assert_eq!(objects.pulled[0].extension.as_deref(), Some("other"));
    assert_eq!(scene.link(&["user"], &["-fuse-ld=bfd"]), Ok(0));
}

#[test]
fn the_result_is_kept_for_each_choice_of_extensions() {
    let scene = scene();
    let first = scene.objects(&["user"]).unwrap();
    let modified = || fs_err::metadata(&first.files[0]).unwrap().modified().unwrap();
    let before = modified();
    assert_eq!(scene.objects(&["user"]).unwrap(), first);
    assert_eq!(modified(), before);
    assert_eq!(scene.converted().len(), 1);
    scene.objects(&["user", "other"]).unwrap();
    assert_eq!(scene.converted().len(), 2);
}

#[test]
fn what_a_native_library_needs_of_bitcode_is_found() {
    let mut scene = scene();
    let library = scene.library("z", "int third(void); int crc32(void) { return third(); }");
    let source = "int crc32(void); int PyInit_zlib(void) { return crc32(); }";
    scene.c_extension("zlib", source, &[library]);
    let third = compile_bitcode(scene.root(), "build/Modules/third", &function("third", "3"));
    scene.distribution.extensions.get_mut("other").unwrap().variants[0].objects.push(third);
    let objects = scene.objects(&["zlib"]).unwrap();
    assert_eq!(objects.pulled[0].file, "build/Modules/third.o");
    assert_eq!(objects.libraries.len(), 1);
    assert_eq!(scene.link(&["zlib"], &["-fuse-ld=bfd"]), Ok(0));
}

#[test]
fn libraries_of_bitcode_are_no_longer_there_for_the_linker() {
    let mut scene = scene();
    let object = compile_bitcode(scene.folder.path(), "mpd", &function("second", "4"));
    let path = archive(&scene.root().join("build/lib"), "mpdec", &[object]);
    let library = Library::Static { name: "mpdec".to_owned(), path };
    scene.c_extension(
        "_decimal",
        "int second(void); int PyInit__decimal(void) { return second(); }",
        &[library],
    );
    let objects = scene.objects(&["_decimal"]).unwrap();
    // The library that is named, not the spare object with the same function.
    assert_eq!((objects.libraries, objects.pulled), (vec![], vec![]));
    assert_eq!(scene.link(&["_decimal"], &["-fuse-ld=bfd"]), Ok(0));
}

#[test]
fn a_conversion_that_fails_leaves_nothing() {
    let scene = scene();
    let object = scene.root().join("build/Modules/user.o");
    let mut content = fs_err::read(&object).unwrap();
    content.truncate(content.len() / 2);
    fs_err::write(&object, content).unwrap();
    let failure = scene.failure(&["user"]);
    assert!(
        failure.contains("cannot turn the distribution's bitcode into native objects: "),
        "{failure}"
    );
    assert!(failure.contains("build/Modules/user.o"), "{failure}");
    assert_eq!(scene.converted(), Vec::<PathBuf>::new());
}

#[test]
fn a_killed_conversion_is_begun_anew() {
    let scene = scene();
    scene.objects(&["user"]).unwrap();
    // As if the process had ended in the midst of it.
    let result = scene.converted().remove(0);
    let name = format!(".partial-{}", result.file_name().unwrap().display());
    let partial = result.with_file_name(name);
    fs_err::rename(&result, &partial).unwrap();
    fs_err::write(partial.join("objects.o"), "half").unwrap();
    assert_eq!(scene.link(&["user"], &["-fuse-ld=bfd"]), Ok(0));
    assert_eq!(scene.converted(), [result]);
}

#[test]
fn without_a_linker_of_llvm_bitcode_is_refused() {
    let mut scene = scene();
    scene.toolchain = Toolchain::none();
    insta::assert_snapshot!(scene.failure(&["user"]), @r#"
    the objects in `DIR` are LLVM bitcode, and there is no linker that reads it
    hint: install Rust with rustup, which comes with `rust-lld`, or the operating system's package `lld` of the same LLVM; or use a distribution without link-time optimization, such as `build = "3.13"`
    "#);
}

/// The compiler has no library for macOS here, and needs none for this.
const NO_CORE: &str = "#![no_core]\n#![feature(no_core, lang_items)]\n\
    #[lang = \"pointee_sized\"] pub trait PointeeSized {}\n\
    #[lang = \"meta_sized\"] pub trait MetaSized: PointeeSized {}\n\
    #[lang = \"sized\"] pub trait Sized: MetaSized {}\n";

#[test]
fn bitcode_for_macos_becomes_native_objects_on_any_machine() {
    let mut scene = Scene::new().of_bitcode();
    let target = "aarch64-apple-darwin";
    let part = |scene: &Scene, name: &str, needs: &str| {
        let source = format!(
            "{NO_CORE}unsafe extern \"C\" {{ fn {needs}(); }}\n\
             #[unsafe(no_mangle)] pub extern \"C\" fn {name}() {{ unsafe {{ {needs}() }} }}\n"
        );
        bitcode_for(scene.root(), &format!("build/{name}"), &source, Some(target))
    };
    scene.distribution.core.objects = vec![part(&scene, "Py_BytesMain", "second")];
    for (name, object) in
        [("spare", part(&scene, "second", "malloc")), ("unused", part(&scene, "unused", "free"))]
    {
        scene.extension(name, object, &[]);
    }
    let request = ObjectsRequest {
        distribution: &scene.distribution,
        extensions: &[],
        policy: &scene.policy,
        compiler: &super::super::Compiler { target: target.to_owned(), host: compiler().host },
        toolchain: &scene.toolchain,
        shared: false,
    };
    let objects = objects(&request, &scene.cache(), &scene.details).unwrap();
    let mut all = super::super::symbols::Symbols::default();
    for file in &objects.files {
        let data = fs_err::read(file).unwrap();
        let kind = super::super::symbols::kind(&data).unwrap();
        assert_eq!(kind.to_string(), "Mach-O for aarch64");
        let symbols = super::super::symbols::Symbols::read(&data).unwrap();
        all.defined.extend(symbols.defined);
        all.undefined.extend(symbols.undefined);
    }
    for symbol in ["_Py_BytesMain", "_second"] {
        assert!(all.defined.contains(&symbol.to_owned()), "{all:?}");
    }
    assert!(all.undefined.contains(&"_malloc".to_owned()), "{all:?}");
    assert!(!all.defined.contains(&"_unused".to_owned()), "{all:?}");
    assert_eq!(objects.pulled[0].file, "build/second.o");
}
