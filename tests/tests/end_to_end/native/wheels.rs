//! Binary wheels from the package index, unmodified: imported and used inside one executable.

use std::process::Command;
use std::sync::LazyLock;

use end_to_end::application::run_in_empty_folder;
use end_to_end::{Application, Project, strace};

const PROGRAM: &str = include_str!("wheels.py");
const PACKAGES: &str = "\
[[python_packages]]
type = \"stdlib\"
[[python_packages]]
type = \"pip-requirements-file\"
requirements_path = \"requirements.txt\"
[[python_packages]]
type = \"package-root\"
path = \"src\"
packages = [\"native\"]
[python_run]
mode = \"module\"
module = \"native\"
";
const REQUIREMENTS: &str = "numpy\ncryptography\nlxml\norjson\npillow\nmarkupsafe\nregex\ncffi\n";

fn build(name: &str, more: &str) -> Application {
    let project = Project::new(name, &format!("{PACKAGES}{more}")).unwrap();
    let project = project.with("requirements.txt", REQUIREMENTS).unwrap();
    project.with("src/native.py", PROGRAM).unwrap().build().unwrap()
}

pub(super) static MEMORY: LazyLock<Application> = LazyLock::new(|| build("native-memory", ""));
static CACHE: LazyLock<Application> =
    LazyLock::new(|| build("native-cache", "[native_libraries]\nload = \"cache\"\n"));

/// Runs the cached application with a cache of its own.
fn cached(cache: &std::path::Path, scenario: &str) -> Command {
    let mut command = CACHE.command([scenario]);
    command.env("PYOXIDIZER_NATIVE_CACHE", cache).env("PYOXIDIZER_LOG", "1");
    command
}

#[test]
fn wheels_are_imported_and_used() {
    assert_eq!(MEMORY.succeed(["use"]).unwrap(), "used\n");
}

#[test]
fn extension_modules_are_modules_like_others() {
    assert_eq!(MEMORY.succeed(["facts"]).unwrap(), "true\n");
}

#[test]
fn libraries_are_found_by_name_by_threads_and_by_children() {
    assert_eq!(MEMORY.succeed(["share"]).unwrap(), "shared\n");
}

#[test]
fn the_executable_and_a_wheel_keep_their_own_openssl() {
    let stdout = MEMORY.succeed(["openssl"]).unwrap();
    let versions: Vec<&str> = stdout.lines().collect();
    assert_eq!(versions.len(), 2, "{stdout}");
    assert!(versions.iter().all(|version| version.starts_with("OpenSSL ")), "{stdout}");
    assert_ne!(versions[0], versions[1]);
}

#[test]
fn memory_mode_opens_no_library_of_a_wheel_and_writes_nothing() {
    let watched = strace::watch(&MEMORY.path, &["use"]).unwrap();
    watched.finished.expect_success().unwrap();
    let allowed = |path: &str| {
        path.starts_with("/proc/") || path.starts_with("/etc/") || path.starts_with("/sys/")
            // The machine's own libraries, which the loader finds.
            || path.starts_with("/lib/") || path.starts_with("/usr/lib/") || path == "/dev/null"
            // The C library's locale is set before the first extension module is loaded.
            || path == "/usr/share/locale/locale.alias"
    };
    let others: Vec<&String> = watched.opened.iter().filter(|path| !allowed(path)).collect();
    assert!(others.is_empty(), "also opened: {others:?}");
    // The loader came to what is in memory, so strace did see it.
    assert!(watched.opened.iter().any(|path| path.starts_with("/proc/self/fd/")), "{watched:?}");
}

#[test]
fn an_error_names_module_and_file() {
    let stdout = MEMORY.succeed(["missing"]).unwrap();
    assert!(stdout.contains("native/x.so"), "{stdout}");
}

#[test]
fn the_cache_is_filled_used_and_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let run = || {
        let finished = run_in_empty_folder(&mut cached(&cache, "numpy"), "").unwrap();
        finished.expect_success().unwrap();
        assert_eq!(finished.stdout, "6.0\n");
    };
    run();
    let files = || -> Vec<_> {
        let entries = fs_err::read_dir(&cache).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let before = files();
    assert!(before.len() >= 3, "{before:?}");
    // One was cut short, as by a full disk, and another one replaced.
    fs_err::write(&before[0], "").unwrap();
    fs_err::copy(&before[2], &before[1]).unwrap();
    run();
    assert_eq!(files(), before);
    assert_ne!(fs_err::metadata(&before[0]).unwrap().len(), 0);
}

#[test]
fn many_processes_start_at_once_on_an_empty_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let pipe = std::process::Stdio::piped;
    let start = |_| cached(&cache, "numpy").stdout(pipe()).stderr(pipe()).spawn().unwrap();
    let children: Vec<_> = (0..200).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.stdout, b"6.0\n");
    }
    let left = fs_err::read_dir(&cache).unwrap().map(|entry| entry.unwrap().file_name());
    let temporary: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(temporary.is_empty(), "{temporary:?}");
}

#[test]
fn where_the_cache_cannot_be_used_memory_does() {
    // A file is in the place of the folder.
    let file = tempfile::NamedTempFile::new().unwrap();
    let finished = run_in_empty_folder(&mut cached(file.path(), "numpy"), "").unwrap();
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(0), "6.0\n"));
    assert!(finished.stderr.contains("is loaded from memory: cannot use "), "{finished:?}");
    let mut silent = cached(file.path(), "numpy");
    let finished = run_in_empty_folder(silent.env_remove("PYOXIDIZER_LOG"), "").unwrap();
    finished.expect_success().unwrap();
}
