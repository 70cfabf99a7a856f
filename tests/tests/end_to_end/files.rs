//! Packed files that are opened by path.

use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use end_to_end::Application;

use crate::scenarios::{CONFIG, SCENARIOS, Scenarios};

/// The application with its files compressed.
static COMPRESSED: LazyLock<Scenarios> = LazyLock::new(|| {
    Scenarios::build(
        "scenarios-compressed",
        &format!("{CONFIG}[python_resources]\ncompression = \"zstd\"\n"),
    )
});

/// Requires that scenarios succeed and do what they do under python, whether files are compressed
/// or not.
fn same(names: &[&str]) {
    for scenarios in [&*SCENARIOS, &*COMPRESSED] {
        for name in names {
            let finished = scenarios.same(&[name]);
            assert_eq!(finished.code, Some(0), "{name}: {finished:?}");
        }
    }
}

#[test]
fn files_are_opened_and_read() {
    same(&["opened", "ways"]);
}

#[test]
fn files_and_folders_are_looked_at_without_opening() {
    same(&["facts"]);
}

#[test]
fn folders_are_listed() {
    same(&["listed"]);
}

#[test]
fn files_and_folders_are_copied() {
    same(&["copied"]);
}

#[test]
fn readers_of_formats_find_their_files() {
    same(&["formats"]);
}

#[test]
fn what_is_not_there_ends_as_it_does_on_disk() {
    same(&["absent"]);
}

#[test]
fn threads_and_children_read_at_the_same_time() {
    same(&["everywhere"]);
}

#[test]
fn nothing_can_be_written() {
    let expected = "\
OSError EROFS
OSError EROFS
OSError EROFS
OSError EROFS
OSError EROFS
NotADirectoryError ENOTDIR
NotADirectoryError ENOTDIR
NotADirectoryError ENOTDIR
NotADirectoryError ENOTDIR
OSError ENOTSUP
False False False
OSError EBADF
PermissionError EPERM
/memfd:scenarios/data/greeting.txt (deleted)
";
    assert_eq!(SCENARIOS.application.succeed(["written"]).unwrap(), expected);
}

#[test]
fn the_executable_is_a_file_that_can_be_listed() {
    let expected = "True False True\nTrue True\nb'\\x7fELF'\n";
    assert_eq!(SCENARIOS.application.succeed(["root"]).unwrap(), expected);
}

#[test]
fn an_executable_may_be_called_by_a_link_and_be_removed_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().join("real");
    fs_err::copy(&SCENARIOS.application.path, &real).unwrap();
    let link = folder.path().join("link");
    symlink(&real, &link).unwrap();
    let application = Application::at(link);
    let direct = SCENARIOS.application.succeed(["listed"]).unwrap();
    let linked = application.succeed(["listed"]).unwrap();
    let own = SCENARIOS.application.path.to_str().unwrap();
    assert_eq!(linked, direct.replace(own, real.to_str().unwrap()));
    let stdout = application.succeed(["without_executable"]).unwrap();
    assert_eq!(stdout, "Grüße\nfrom the package\n True 4\n");
    assert!(!real.exists());
}
