//! Packed files that are opened by path.

use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use end_to_end::Application;

use crate::command::{folder, succeed};
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

/// Prints by how many kB resident memory of files has grown, after each way of looking at a large packed file.
const LARGE: &str = r#"
import os
path = os.path.join(os.path.dirname(__file__), 'large.bin')
def resident():
    with open('/proc/self/status') as status:
        return next(int(line.split()[1]) for line in status if line.startswith('RssFile'))
before = resident()
assert os.stat(path).st_size == os.path.getsize(path) == 32 << 20
print(resident() - before)
with open(path, 'rb') as file:
    length = 0
    while block := file.read(1 << 16):
        length += len(block)
assert length == 32 << 20
print(resident() - before)
"#;

#[test]
fn large_files_do_not_stay_in_memory() {
    let folder = folder(&[("app.py", LARGE)]);
    let bytes: Vec<u8> = (0..32_u32 << 20).map(|i| (i % 251) as u8).collect();
    fs_err::write(folder.path().join("large.bin"), bytes).unwrap();
    succeed(folder.path(), &["build", "app.py", "--include", "large.bin"]);
    let printed = Application::at(folder.path().join("app")).succeed([""; 0]).unwrap();
    let grown: Vec<i64> = printed.lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(grown.len(), 2);
    assert!(grown.iter().all(|kilobytes| *kilobytes < 4 << 10), "{grown:?}");
}
