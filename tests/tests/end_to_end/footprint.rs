//! What the smallest application needs, opens, exports and weighs.

use std::sync::LazyLock;

use end_to_end::application::run_in_empty_folder;
use end_to_end::project::CargoBuild;
use end_to_end::{Application, Profile, strace, workspace};

use crate::elf;
use crate::root::{C_LIBRARY, enter_root, fill_root};

/// Bytes in a megabyte.
const MB: u64 = 1_000_000;

static HELLO: LazyLock<Application> = LazyLock::new(|| example("hello"));
static SMALL: LazyLock<Application> = LazyLock::new(|| example("hello-small"));

/// Builds one of `config-examples` for release.
fn example(name: &str) -> Application {
    let mut build = CargoBuild::new(name, Profile::Release);
    let config = format!("config-examples/{name}.toml");
    build.command.current_dir(workspace()).env("PYOXIDIZER_CONFIG", config);
    build.run().unwrap().expect_application().unwrap()
}

#[test]
fn hello_prints_hello_world() {
    for application in [&*HELLO, &*SMALL] {
        assert_eq!(application.succeed::<&str>([]).unwrap(), "hello world\n");
    }
}

#[test]
fn hello_runs_where_there_is_nothing_but_the_c_library() {
    let root = tempfile::tempdir().unwrap();
    fill_root(root.path(), &HELLO.path);
    let mut command = enter_root(root.path()).unwrap();
    let finished = run_in_empty_folder(command.env_clear().arg("/pyapp"), "").unwrap();
    finished.expect_success().unwrap_or_else(|error| {
        panic!(
            "{error}\nThe test changes the root folder, as root or, where the kernel allows user \
             namespaces, as another user: {command:?}"
        )
    });
    assert_eq!(finished.stdout, "hello world\n");
}

#[test]
fn hello_opens_no_file_of_its_own() {
    let watched = strace::watch(&HELLO.path, &[]).unwrap();
    assert_eq!(watched.finished.stdout, "hello world\n");
    let allowed = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        let loaders = ["/etc/ld.so.cache", "/etc/ld.so.preload"];
        loaders.contains(&path)
            || C_LIBRARY.contains(&name)
            || ["/proc/sys/vm/overcommit_memory", "/etc/localtime"].contains(&path)
    };
    let others: Vec<&String> = watched.opened.iter().filter(|path| !allowed(path)).collect();
    assert!(others.is_empty(), "also opened: {others:?}");
    // The loader opens these, so strace did see what was going on.
    assert!(watched.opened.iter().any(|path| path.ends_with("libc.so.6")), "{watched:?}");
}

#[test]
fn hello_needs_the_c_library_only() {
    let needed = elf::needed(&HELLO.path);
    let others: Vec<&String> = needed
        .iter()
        .filter(|name| !C_LIBRARY.contains(&name.as_str()) && !name.starts_with("ld-linux"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(needed.contains("libc.so.6"), "{needed:?}");
}

#[test]
fn hello_is_small_and_stripped() {
    assert_eq!(elf::symbols(&HELLO.path).len(), 0);
    let (full, small) = (HELLO.size().unwrap(), SMALL.size().unwrap());
    assert!(full <= 25 * MB, "with all extensions: {full} bytes");
    assert!(small <= 15 * MB, "with what it imports: {small} bytes");
}

#[test]
fn hello_exports_the_python_api_and_what_serves_packed_files() {
    let exports = elf::exports(&HELLO.path);
    let is_python = |name: &str| name.starts_with("Py") || name.starts_with("_Py");
    // An executable at a fixed address holds the C library's variables itself: copy relocations.
    let is_copied = |name: &str| ["stdin", "stdout", "stderr"].contains(&name);
    let is_serving = |name: &str| {
        let name = name.trim_start_matches("__").trim_end_matches("64");
        let statuses = ["stat", "lstat", "fstatat", "statx", "xstat", "lxstat", "fxstatat"];
        let opens = ["open", "openat", "fopen", "access", "faccessat", "dlopen", "dlerror"];
        let folders = ["opendir", "readdir", "readdir_r", "readdir64_r", "closedir", "dirfd"];
        let positions = ["rewinddir", "seekdir", "telldir", "scandir"];
        let links = ["readlink", "readlinkat", "realpath", "canonicalize_file_name"];
        let starts = [
            "execv",
            "execve",
            "execvp",
            "execvpe",
            "popen",
            "posix_spawn",
            "posix_spawnp",
            "system",
        ];
        // Of programs that were compiled with _FORTIFY_SOURCE.
        let name = name.trim_end_matches("_chk").trim_end_matches("_2").trim_end_matches("64");
        let serving = [&statuses[..], &opens, &folders, &positions, &links, &starts];
        serving.iter().any(|names| names.contains(&name))
    };
    let others: Vec<&String> = exports
        .iter()
        .filter(|name| !is_python(name) && !is_copied(name) && !is_serving(name))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    for name in ["PyImport_ImportModule", "PyObject_Call", "_PyObject_New", "Py_Initialize"] {
        assert!(exports.contains(name), "{name} is not exported");
    }
}
