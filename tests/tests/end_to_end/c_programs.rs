//! Python in shared libraries and in programs in C.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use end_to_end::project::CargoBuild;
use end_to_end::{Profile, command, distribution, scratch_folder, workspace};
use object::read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _};
use object::{Endianness, Object as _, ObjectSymbol as _, elf};

/// A folder for this file's programs.
fn folder(name: &str) -> PathBuf {
    let folder = scratch_folder().join("c-programs").join(name);
    fs_err::create_dir_all(&folder).unwrap();
    folder
}

/// Compiles a program; `arguments` follow its source.
fn compile(source: &Path, program: &Path, arguments: &[&OsStr]) {
    let mut cc = Command::new("cc");
    cc.args(["-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-o"]).arg(program).arg(source);
    let output = cc.args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The linker warns of a stack that can be executed, for instance.
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// Requires that a file has neither a stack that can be executed nor code that the loader writes to.
fn is_hardened(path: &Path) {
    let data = fs_err::read(path).unwrap();
    let header = elf::FileHeader64::<Endianness>::parse(&*data).unwrap();
    let endian = header.endian().unwrap();
    let segments = header.program_headers(endian, &*data).unwrap();
    let stack = segments.iter().find(|segment| segment.p_type(endian) == elf::PT_GNU_STACK);
    let flags = stack.unwrap().p_flags(endian);
    assert!(!flags.contains(elf::PF_X), "{}", path.display());
    let sections = header.sections(endian, &*data).unwrap();
    let (entries, _) = sections.dynamic(endian, &*data).unwrap().unwrap();
    for entry in entries {
        assert_ne!(entry.tag(endian), elf::DT_TEXTREL, "{}", path.display());
    }
}

/// Names that others find in a file.
fn exports(path: &Path) -> BTreeSet<String> {
    let data = fs_err::read(path).unwrap();
    let file = object::File::parse(&*data).unwrap();
    let exported =
        file.dynamic_symbols().filter(|symbol| symbol.is_definition() && symbol.is_global());
    exported.map(|symbol| symbol.name().unwrap().to_owned()).collect()
}

/// The plug-in of `docs/examples/c-plugin`, and the program beside it that loads plug-ins.
struct Plugin {
    library: PathBuf,
    host: PathBuf,
}

static PLUGIN: LazyLock<Plugin> = LazyLock::new(|| {
    let package = workspace().join("docs/examples/c-plugin");
    let arguments = ["--locked", "--lib"];
    let mut build =
        CargoBuild::new("c-plugin", Profile::Dev).executable("libformula.so", &arguments);
    build.command.current_dir(&package).env_remove("PYO3_CONFIG_FILE");
    let library = build.run().unwrap().expect_application().unwrap().path;
    let host = folder("plugin").join("host");
    compile(&package.join("host.c"), &host, &["-ldl".as_ref()]);
    Plugin { library, host }
});

/// Has the program evaluate a formula with plug-ins.
fn evaluate<P: AsRef<OsStr>>(formula: &str, plugins: &[P]) -> Output {
    Command::new(&PLUGIN.host).arg(formula).args(plugins).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What a formula's threads print, each once.
fn lines(bytes: &[u8]) -> BTreeSet<String> {
    text(bytes).lines().map(str::to_owned).collect()
}

#[test]
fn a_plug_in_uses_numpy_on_several_threads_and_can_be_loaded_again() {
    let library = &PLUGIN.library;
    let output = evaluate("where(x > 1, x ** 2, -x)", &[library, library]);
    assert_eq!(text(&output.stderr), "");
    let values = "-0 -0.25 -0.5\n-1 1.5625 2.25\n4 5.0625 6.25\n9 10.5625 12.25\n";
    assert_eq!(text(&output.stdout), values.repeat(2));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_plug_in_reports_exceptions() {
    let output = evaluate("1 / 0", &[&PLUGIN.library]);
    assert_eq!(text(&output.stderr), "ZeroDivisionError: division by zero\n".repeat(4));
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), ("", Some(1)));
}

#[test]
fn packed_files_of_a_plug_in_lie_below_its_own_path() {
    // One text, as several threads print. Nobody ends this Python, so that it would keep what it has buffered.
    let formula = "print(' '.join([__import__('sys').executable, str(__import__('sys').argv), \
                   __import__('numpy').__file__, open(__import__('formulas').__file__).readline()]), flush=True) or x";
    let output = evaluate(formula, &[&PLUGIN.library]);
    assert_eq!(text(&output.stderr), "");
    let library = PLUGIN.library.display();
    let start = format!("{library} [''] {library}/");
    let told = text(&output.stdout);
    let told: Vec<_> = told.lines().filter(|line| line.starts_with(&start)).collect();
    assert_eq!(told.len(), 4, "{output:?}");
    assert!(told[0].contains("\"\"\"Formulas that users write"), "{told:?}");
}

#[test]
fn a_plug_in_starts_no_python_processes() {
    let reason = "this Python is part of a shared library, so sys.executable is no program";
    let run = "__import__('subprocess').run([__import__('sys').executable, '-c', '1'])";
    let output = evaluate(run, &[&PLUGIN.library]);
    let told = lines(&output.stderr);
    assert!(
        told.iter().any(|line| line.starts_with("error: ") && line.contains(reason)),
        "{told:?}"
    );
    assert!(told.iter().any(|line| line.starts_with("PermissionError: ")), "{told:?}");
    let pool = "__import__('multiprocessing').get_context('spawn').Pool(1)";
    let output = evaluate(pool, &[&PLUGIN.library]);
    let told = lines(&output.stderr);
    assert!(
        told.iter().any(|line| line.starts_with("RuntimeError: ") && line.contains(reason)),
        "{told:?}"
    );
}

#[test]
fn ctypes_finds_the_plug_ins_own_python() {
    let output =
        evaluate("__import__('ctypes').pythonapi.Py_IsInitialized() * x", &[&PLUGIN.library]);
    assert_eq!(text(&output.stderr), "");
    assert!(text(&output.stdout).starts_with("0 0.25 0.5\n"), "{output:?}");
}

#[test]
fn a_second_python_in_a_process_is_refused() {
    let library = &PLUGIN.library;
    let other = folder("plugin").join("libother.so");
    fs_err::copy(library, &other).unwrap();
    let output = evaluate("x", &[library, &other]);
    let reason = format!("this process already runs the Python of `{}`", library.display());
    let told = lines(&output.stderr);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told.iter().all(|line| line.starts_with(&reason)), "{told:?}");
    assert_eq!(text(&output.stdout).lines().count(), 4);
    assert_eq!(output.status.code(), Some(1));

    let code = "import ctypes, sys\n\
                message = ctypes.create_string_buffer(1000)\n\
                library = ctypes.CDLL(sys.argv[1])\n\
                x, y = (ctypes.c_double * 1)(), (ctypes.c_double * 1)()\n\
                print(library.formula_evaluate(b'x', x, 1, y, message, 1000), message.value.decode())";
    let python = distribution::python().unwrap();
    let output = Command::new(python).args(["-c", code]).arg(library).output().unwrap();
    let told = text(&output.stdout);
    assert!(told.starts_with("1 this process already runs the Python of "), "{output:?}");
}

#[test]
fn a_plug_in_exports_its_own_functions_alone() {
    let library = &PLUGIN.library;
    assert_eq!(exports(library), BTreeSet::from(["formula_evaluate".to_owned()]));
    is_hardened(library);
}

/// The artifacts for `docs/examples/c-app`, in a copy of it.
static ARTIFACTS: LazyLock<PathBuf> = LazyLock::new(|| {
    let example = workspace().join("docs/examples/c-app");
    let copy = folder("c-app");
    fs_err::create_dir_all(copy.join("python")).unwrap();
    for file in ["Makefile", "main.c", "pyoxidizer.toml", "python/report.py"] {
        fs_err::copy(example.join(file), copy.join(file)).unwrap();
    }
    let mut make = Command::new("make");
    make.current_dir(&copy).arg(format!("PYOXIDIZER={}", command::packer().unwrap().display()));
    let output = make.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    copy
});

/// Artifacts with the standard library alone.
static PLAIN: LazyLock<PathBuf> = LazyLock::new(|| {
    // One after the other: Cargo makes the libraries for both.
    LazyLock::force(&ARTIFACTS);
    let folder = folder("plain");
    let config = "[[python_packages]]\ntype = \"stdlib\"\n\n[python_run]\nmode = \"noop\"\n";
    fs_err::write(folder.join("plain.toml"), config).unwrap();
    let artifacts = folder.join("artifacts");
    let mut generate = Command::new(command::packer().unwrap());
    generate.arg("generate-embedding-artifacts").arg(folder.join("plain.toml"));
    command::succeed(generate.arg("--output").arg(&artifacts)).unwrap();
    artifacts
});

/// The flags in a file of the artifacts.
fn flags(name: &str) -> String {
    format!("@{}", PLAIN.join(name).display())
}

/// Compiles one of this test's own programs.
fn compile_own(name: &str, source: &str, arguments: &[&str]) -> PathBuf {
    let source_path = folder("own").join(format!("{name}.c"));
    fs_err::write(&source_path, source).unwrap();
    let program = source_path.with_extension("");
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    compile(&source_path, &program, &arguments);
    program
}

#[test]
fn a_program_in_c_calls_python_and_is_called_by_it() {
    let program = ARTIFACTS.join("build/c-app");
    let output = Command::new(&program).args("b a B b a c".split(' ')).output().unwrap();
    assert_eq!(text(&output.stderr), "");
    let expected = "{\"words\": [[\"b\", 3], [\"a\", 2]], \"width\": 80}\n2 3 4 5\n";
    assert_eq!((text(&output.stdout).as_str(), output.status.code()), (expected, Some(0)));
    let output = Command::new(&program).output().unwrap();
    let errors = text(&output.stderr);
    assert!(errors.contains("raise ValueError('no words')\n"), "{errors}");
    assert_eq!(errors.lines().last(), Some("ValueError: no words"));
    assert_eq!(output.status.code(), Some(1));
    is_hardened(&program);
}

#[test]
fn the_c_interface_survives_misuse() {
    let source = include_str!("c_programs/misuse.c");
    let arguments = [flags("compile-flags.txt"), flags("link-flags.txt")];
    let program = compile_own("misuse", source, &arguments.each_ref().map(String::as_str));
    let output = Command::new(program).output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(text(&output.stdout), include_str!("c_programs/misuse.txt"));
}

#[test]
fn a_shared_library_in_c_has_python_inside() {
    let source = include_str!("c_programs/library.c");
    let arguments = [flags("compile-flags.txt"), flags("link-flags-shared.txt")];
    let mut arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    arguments.extend(["-shared", "-fPIC"]);
    let library = compile_own("library", source, &arguments);
    is_hardened(&library);
    assert_eq!(exports(&library), BTreeSet::from(["length_of".to_owned()]));
    let main = "#include <dlfcn.h>\n#include <stdio.h>\n\
                int main(int argc, char **argv) {\n\
                void *library = dlopen(argv[argc - 1], RTLD_NOW);\n\
                if (library == NULL) { puts(dlerror()); return 1; }\n\
                int (*length_of)(const char *) = (int (*)(const char *))dlsym(library, \"length_of\");\n\
                printf(\"%d %d\\n\", length_of(\"[1, 2, 3]\"), length_of(\"[\"));\nreturn 0; }";
    let program = compile_own("main", main, &["-ldl"]);
    let output = Command::new(program).arg(library).output().unwrap();
    assert_eq!(text(&output.stdout), "3 -1\n", "{output:?}");
    assert!(text(&output.stderr).contains("JSONDecodeError: Expecting value"), "{output:?}");
}

#[test]
fn a_static_library_in_rust_is_linked_with_the_artifacts() {
    // One after the other: Cargo makes the libraries for both.
    LazyLock::force(&PLAIN);
    let package = workspace().join("docs/examples/c-plugin");
    let mut build = CargoBuild::new("c-plugin-static", Profile::Dev);
    build.command.current_dir(&package).env_remove("PYO3_CONFIG_FILE");
    let built =
        build.subcommand("rustc", &["--locked", "--lib", "--crate-type", "staticlib"]).unwrap();
    assert!(built.status.success(), "{}", text(&built.stderr));
    let artifacts = folder("static").join("artifacts");
    let mut generate = Command::new(command::packer().unwrap());
    generate.arg("generate-embedding-artifacts").arg(package.join("pyoxidizer.toml"));
    command::succeed(generate.arg("--output").arg(&artifacts)).unwrap();

    let library = scratch_folder().join("target/debug/libformula.a");
    let include = format!("-I{}", package.display());
    let flags = format!("@{}", artifacts.join("link-flags-rust.txt").display());
    let source = include_str!("c_programs/static.c");
    let program = compile_own("static", source, &[&include, library.to_str().unwrap(), &flags]);
    let output = Command::new(&program).arg("where(x > 1, x ** 2, -x)").output().unwrap();
    assert_eq!(text(&output.stderr), "");
    assert_eq!(
        (text(&output.stdout).as_str(), output.status.code()),
        ("-0.5 -1 2.25 4\n", Some(0))
    );
    let output = Command::new(&program).arg("unknown(x)").output().unwrap();
    let message = "NameError: name 'unknown' is not defined\n";
    assert_eq!((text(&output.stderr).as_str(), output.status.code()), (message, Some(1)));
    is_hardened(&program);
}

#[test]
fn artifacts_are_made_again_without_a_compiler() {
    LazyLock::force(&ARTIFACTS);
    let output = folder("again").join("artifacts");
    let mut generate = Command::new(command::packer().unwrap());
    generate.arg("generate-embedding-artifacts").arg(ARTIFACTS.join("pyoxidizer.toml"));
    generate.arg("--output").arg(&output).env("PATH", folder("empty"));
    let generated = generate.output().unwrap();
    assert!(generated.status.success(), "{}", text(&generated.stderr));
    let read = |folder: &Path, name: &str| fs_err::read(folder.join(name)).unwrap();
    for name in ["lib/libpyembed_resources.a", "lib/pkgconfig/pyembed.pc", "include/pyembed.h"] {
        assert!(read(&output, name) == read(&ARTIFACTS.join("build/python"), name), "{name}");
    }
    fs_err::create_dir_all(folder("foreign")).unwrap();
    fs_err::write(folder("foreign").join("own.txt"), "").unwrap();
    let mut generate = Command::new(command::packer().unwrap());
    generate.arg("generate-embedding-artifacts").arg(ARTIFACTS.join("pyoxidizer.toml"));
    let refused = generate.arg("--output").arg(folder("foreign")).output().unwrap();
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(folder("foreign").join("own.txt").exists());
}
