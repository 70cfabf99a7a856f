//! Libraries in the executable, in memory, in a folder beside it.

use std::path::PathBuf;
use std::process::Command;
use std::sync::LazyLock;

use end_to_end::application::{Finished, run};
use end_to_end::root::Root;
use end_to_end::{Application, Project, scratch_folder};
use fs_err as fs;

use super::compiled::{Compiler, SUFFIX};

const CONFIG: &str = r#"
[[python_packages]]
type = "stdlib"
[[python_packages]]
type = "package-root"
path = "src"
packages = ["pkg", "main"]
[python_run]
mode = "module"
module = "main"
"#;

const MAIN: &str = r#"
import os
import sys

before = dict(os.environ)
import pkg._c

print(pkg._c.answer())
assert dict(os.environ) == before
if os.path.exists('/proc/self/fd'):
    descriptors = [f'/proc/self/fd/{number}' for number in os.listdir('/proc/self/fd')]
    opened = [os.readlink(path) for path in descriptors if os.path.exists(path)]
    assert not [path for path in opened if '.so' in path or path == sys.executable], opened
for argument in sys.argv[1:]:
    exec(argument)
"#;

/// Prints which of the files that the process has mapped have a word in their path.
pub const MAPS: &str = "print(*sorted({(line.split()[4], line.split(None, 5)[5].strip()) \
    for line in open('/proc/self/maps') if len(line.split()) > 5 and 'libinner' in line}))";

pub fn project(name: &str, load: &str) -> Project {
    let config = format!("{CONFIG}\n{load}\n");
    let project = Project::new(name, &config).unwrap().with("src/main.py", MAIN).unwrap();
    let project = project.with("src/pkg/__init__.py", "").unwrap();
    let compiler = Compiler::new(&project.folder().join("src"));
    let library = compiler.shared(
        "pkg/libs/libinner.so",
        "int value(void) { return 42; }",
        &["-Wl,-soname,libinner.so"],
    );
    let library = library.display().to_string();
    let flags = ["-Wl,-rpath,$ORIGIN/libs", library.as_str()];
    compiler.module(&format!("pkg/_c{SUFFIX}"), "\"i\", value()", &flags);
    project
}

static MEMORY: LazyLock<Application> =
    LazyLock::new(|| project("native-place-memory", "").build().unwrap());
static COMPRESSED: LazyLock<Application> = LazyLock::new(|| {
    let config = "[python_resources]\ncompression = \"zstd\"\n";
    project("native-place-compressed", config).build().unwrap()
});
pub fn is_good(finished: &Finished) {
    finished.expect_success().unwrap();
    assert!(finished.stdout.starts_with("42\n"), "{finished:?}");
}

#[test]
fn memory_needs_no_proc_and_no_other_file() {
    for application in [&*MEMORY, &*COMPRESSED] {
        is_good(&application.run([""; 0]).unwrap());
        let root = Root::new(application, &[]).unwrap();
        is_good(&root.run(&[]).unwrap());
        is_good(&root.run_without_proc(&[]).unwrap());
        assert_eq!(root.left().unwrap(), [""; 0].map(PathBuf::from));
    }
}

#[test]
fn what_is_stored_is_mapped_from_the_executable_and_what_is_compressed_from_memory() {
    let names = "import ctypes; print(ctypes.CDLL('libinner.so')._name)";
    assert_eq!(MEMORY.succeed([names, MAPS]).unwrap(), "42\nlibinner.so\n\n");
    let maps = COMPRESSED.succeed([MAPS]).unwrap();
    assert!(maps.contains("/memfd:pkg/libs/libinner.so (deleted)"), "{maps}");
    // Or where somebody does not want it.
    let finished = run(MEMORY.command([MAPS]).env("PYOXIDIZER_NATIVE_COPY", "1"), "").unwrap();
    let maps = finished.stdout;
    assert!(maps.contains("/memfd:pkg/libs/libinner.so (deleted)"), "{maps}");
}

#[test]
fn a_renamed_and_a_removed_executable_go_on() {
    let folder = tempfile::tempdir().unwrap();
    for change in ["rename(sys.executable, sys.executable + '2')", "remove(sys.executable)"] {
        let copy = folder.path().join("app");
        fs::copy(&MEMORY.path, &copy).unwrap();
        // Before the first library is loaded.
        let code = format!("import os, sys; os.{change}; import pkg._c; print(pkg._c.answer())");
        let mut command = Command::new(&copy);
        command.env_clear().env("PYEMBED_INTERPRETER", "1").args(["-c", &code]);
        is_good(&run(&mut command, "").unwrap());
    }
}

#[test]
fn another_file_in_the_place_of_the_executable_is_not_taken_for_it() {
    let root = Root::new(&MEMORY, &[]).unwrap();
    let code = "import os; os.rename('/pyapp', '/other'); open('/pyapp', 'wb').write(bytes(10 ** 8)); \
                import ctypes; ctypes.CDLL('/pyapp/pkg/libs/libinner.so')";
    // It goes into memory, and the loader is given that.
    let code = format!("{code}; os.rename('/other', '/pyapp')");
    is_good(&root.run_without_proc(&[&code]).unwrap());
}

#[test]
fn a_library_of_the_machine_finds_its_own_plug_ins() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = Compiler::new(folder.path());
    compiler.shared("libplugin.so", "int value(void) { return 1; }", &[]);
    // The name alone: where it is looked for is what the library says that calls.
    let source =
        "#include <dlfcn.h>\nint open_it(void) { return dlopen(\"libplugin.so\", RTLD_NOW) != 0; }";
    let library = compiler.shared("libhost.so", source, &["-Wl,-rpath,$ORIGIN"]);
    let code = format!("import ctypes; print(ctypes.CDLL({library:?}).open_it())");
    assert_eq!(MEMORY.succeed([code]).unwrap(), "42\n1\n");
}

/// A thread of C loads a library of the machine that loads a packed one when it starts, while Python imports.
#[test]
fn libraries_that_load_packed_ones_wait_for_nobody_who_waits_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let compiler = Compiler::new(folder.path());
    let loading = "#include <dlfcn.h>\n#include <stdlib.h>\n#include <unistd.h>\n\
        __attribute__((constructor)) static void start(void) { usleep(400000);\n\
        if (!dlopen(getenv(\"PACKED\"), RTLD_NOW)) abort(); }";
    let loading = compiler.shared("libloading.so", loading, &[]);
    let thread = "#include <dlfcn.h>\n#include <pthread.h>\nstatic pthread_t thread;\n\
        static void *load(void *path) { return dlopen(path, RTLD_NOW); }\n\
        int start(char *path) { return pthread_create(&thread, 0, load, path); }\n\
        int finish(void) { void *handle; pthread_join(thread, &handle); return handle != 0; }";
    let thread = compiler.shared("libthread.so", thread, &[]);
    let code = format!(
        "import ctypes, os, sys, time\n\
         libc, thread = ctypes.CDLL(None), ctypes.CDLL({thread:?})\n\
         libc.setenv(b'PACKED', os.fsencode(sys.executable + '/pkg/libs/libinner.so'), 1)\n\
         path = ctypes.c_char_p({loading:?}.encode())\n\
         thread.start(path); time.sleep(0.1)\n\
         import pkg._c\n\
         assert thread.finish(); print(pkg._c.answer())"
    );
    let mut command = Command::new("timeout");
    command.arg("30").arg(&MEMORY.path).env("PYEMBED_INTERPRETER", "1").args(["-c", &code]);
    is_good(&run(&mut command, "").unwrap());
}

#[test]
fn a_folder_beside_the_executable() {
    let config = "[native_libraries]\nload = \"files\"\n";
    // No other build writes a folder of that name.
    let built = project("native-place-files", config).build().unwrap();
    let beside = scratch_folder().join("target/debug/native_libraries");
    assert!(beside.join("pkg/libs/libinner.so").is_file());
    let bytes = fs::read(&built.path).unwrap();
    let module = fs::read(beside.join(format!("pkg/_c{SUFFIX}"))).unwrap();
    assert!(
        !bytes.windows(module.len()).any(|window| window == module),
        "it is in the folder only"
    );
    // Moved together they work, apart they do not.
    let folder = tempfile::tempdir().unwrap();
    let moved = folder.path().join("native_libraries");
    let application = Application::at(folder.path().join("renamed"));
    fs::copy(&built.path, &application.path).unwrap();
    let finished = application.run([""; 0]).unwrap();
    let message = format!("there is no {}/pkg/libs/libinner.so (the folder ", moved.display());
    assert_eq!(finished.code, Some(1));
    assert!(finished.stderr.contains(&message), "{finished:?}");
    let copied = Command::new("cp").arg("-r").arg(&beside).arg(&moved).status().unwrap();
    assert!(copied.success());
    let listing = "print(os.listdir(os.path.dirname(pkg.__file__)))";
    let finished = application.run([MAPS, listing]).unwrap();
    is_good(&finished);
    assert!(finished.stdout.contains(&moved.display().to_string()), "{finished:?}");
    assert!(finished.stdout.ends_with("['__init__.py', 'libs']\n"), "{finished:?}");
}
