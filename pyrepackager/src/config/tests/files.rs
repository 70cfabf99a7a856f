//! Finding and reading the file itself.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::{Folder, TARGET};
use crate::config::{FILE_NAME, find, load, locate};

const NOOP: &str = "[python_run]\nmode = \"noop\"\n";

fn located(variable: Option<&str>, start: &Path) -> Option<PathBuf> {
    locate(variable.map(OsStr::new), start, TARGET).unwrap().path
}

#[test]
fn the_nearest_file_upwards_is_found() {
    let folder = Folder::new().file(FILE_NAME, NOOP).file("a/b/keep", "").file("a/x.toml", NOOP);
    let root = folder.0.path();
    assert_eq!(find(&root.join("a/b")), Some(root.join(FILE_NAME)));
    let folder = folder.file("a/pyoxidizer.toml", NOOP);
    assert_eq!(find(&folder.0.path().join("a/b")), Some(folder.0.path().join("a").join(FILE_NAME)));
}

#[test]
fn the_variable_comes_before_the_search() {
    let folder = Folder::new().file(FILE_NAME, NOOP).file("apps/x.toml", NOOP);
    let root = folder.0.path();
    assert_eq!(located(Some("apps/x.toml"), root), Some(root.join("apps/x.toml")));
    let absolute = root.join("apps/x.toml");
    assert_eq!(located(absolute.to_str(), Path::new("/")), Some(absolute));
    assert_eq!(located(Some(""), root), Some(root.join(FILE_NAME)));
    assert_eq!(located(None, root), Some(root.join(FILE_NAME)));
}

#[test]
fn a_file_that_the_variable_names_must_exist() {
    let folder = Folder::new();
    let result = locate(Some(OsStr::new("app.tml")), folder.0.path(), TARGET);
    insta::assert_snapshot!(folder.message(result), @r"
    the configuration file [folder]/app.tml does not exist
    hint: PYOXIDIZER_CONFIG is `app.tml`; a relative value starts at the folder where the build was started
    ");
}

#[test]
fn a_file_that_is_named_must_exist() {
    let folder = Folder::new();
    let result = load(&folder.0.path().join("app.toml"), TARGET);
    insta::assert_snapshot!(folder.message(result), @r"
    the configuration file [folder]/app.toml does not exist
    hint: name a TOML file that exists
    ");
}

#[test]
fn a_folder_is_not_a_file() {
    let folder = Folder::new().file("app.toml/keep", "");
    let result = load(&folder.0.path().join("app.toml"), TARGET);
    insta::assert_snapshot!(folder.message(result), @r"
    [folder]/app.toml is not a file
    hint: name the TOML file itself
    ");
}

#[test]
fn other_failures_keep_their_cause() {
    let folder = Folder::new().file("plain", "");
    let result = load(&folder.0.path().join("plain/app.toml"), TARGET);
    insta::assert_snapshot!(folder.message(result), @r"
    the configuration file [folder]/plain/app.toml cannot be read
    cause: failed to open file `[folder]/plain/app.toml`: Not a directory (os error 20)
    hint: check the path, and who may read it
    ");
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_not_passed_over() {
    let folder = Folder::new();
    std::os::unix::fs::symlink("gone.toml", folder.0.path().join(FILE_NAME)).unwrap();
    insta::assert_snapshot!(folder.message(locate(None, folder.0.path(), TARGET)), @r"
    the configuration file [folder]/pyoxidizer.toml does not exist
    hint: it is a link that leads nowhere: repair or remove it
    ");
}

#[test]
fn text_must_be_utf8() {
    let folder = Folder::new().file("app.toml", b"# \xc3\xa4\n# caf\xe9\n");
    let result = load(&folder.0.path().join("app.toml"), TARGET);
    insta::assert_snapshot!(folder.message(result), @r"
    [folder]/app.toml: byte 0xe9 at line 2, column 6 is not UTF-8
    hint: save the file as UTF-8
    ");
}
