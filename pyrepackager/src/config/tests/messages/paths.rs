//! Paths to what is not there, or to something else.

use crate::config::tests::{Folder, message};

#[test]
fn archive_missing() {
    insta::assert_snapshot!(message("[python_distribution]\nlocal_path = '../x.tar.zst'\nsha256 = 'x'\n"), @r"
    [folder]/app.toml:2:14: `local_path`: [folder]/../x.tar.zst does not exist
      |
    2 | local_path = '../x.tar.zst'
      |              ^^^^^^^^^^^^^^
    hint: relative paths start at the configuration file's folder
    ");
}

#[test]
fn path_with_tilde() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'virtualenv'\npath = '~/venv'\n"), @r"
    [folder]/app.toml:3:8: `path`: [folder]/~/venv does not exist
      |
    3 | path = '~/venv'
      |        ^^^^^^^^
    hint: `~` is not expanded: write the path in full
    ");
}

#[test]
fn archive_is_a_folder() {
    let folder = Folder::new().file("file", "").file("empty/keep", "");
    insta::assert_snapshot!(folder.message(folder.parse("[python_distribution]\nlocal_path = 'empty'\nsha256 = 'x'\n")), @r"
    [folder]/app.toml:2:14: `local_path`: [folder]/empty is not a file
      |
    2 | local_path = 'empty'
      |              ^^^^^^^
    hint: name the file itself
    ");
}

#[test]
fn package_root_is_a_file() {
    let folder = Folder::new().file("file", "").file("empty/keep", "");
    insta::assert_snapshot!(folder.message(folder.parse("[[python_packages]]\ntype = 'package-root'\npath = 'file'\npackages = ['a']\n")), @r"
    [folder]/app.toml:3:8: `path`: [folder]/file is not a folder
      |
    3 | path = 'file'
      |        ^^^^^^
    hint: name the folder that holds the packages
    ");
}

#[test]
fn virtualenv_is_a_file() {
    let folder = Folder::new().file("file", "").file("empty/keep", "");
    insta::assert_snapshot!(folder.message(folder.parse("[[python_packages]]\ntype = 'virtualenv'\npath = 'file'\n")), @r"
    [folder]/app.toml:3:8: `path`: [folder]/file is not a folder
      |
    3 | path = 'file'
      |        ^^^^^^
    hint: name the folder that holds the packages
    ");
}

#[test]
fn virtualenv_is_another_folder() {
    let folder = Folder::new().file("file", "").file("empty/keep", "");
    insta::assert_snapshot!(folder.message(folder.parse("[[python_packages]]\ntype = 'virtualenv'\npath = './empty'\n")), @r"
    [folder]/app.toml:3:8: `path`: [folder]/empty is not a virtual environment: it holds no `pyvenv.cfg`
      |
    3 | path = './empty'
      |        ^^^^^^^^^
    hint: name the folder that `python3 -m venv` made, not one inside of it
    ");
}

#[test]
fn filter_is_a_folder() {
    let folder = Folder::new().file("lists/modules.txt", "os\n");
    let text = "[[python_packages]]\ntype = 'filter-file-include'\npath = 'lists'\n";
    insta::assert_snapshot!(folder.message(folder.parse(text)), @"
    [folder]/app.toml:3:8: `path`: [folder]/lists is not a file
      |
    3 | path = 'lists'
      |        ^^^^^^^
    hint: name the file itself
    ");
}

#[test]
fn filter_missing() {
    let text = "[[python_packages]]\ntype = 'filter-file-include'\npath = 'modules.txt'\n";
    insta::assert_snapshot!(message(text), @"
    [folder]/app.toml:3:8: `path`: [folder]/modules.txt does not exist
      |
    3 | path = 'modules.txt'
      |        ^^^^^^^^^^^^^
    hint: relative paths start at the configuration file's folder
    ");
}

#[test]
fn path_is_no_project_and_no_script() {
    let folder = Folder::new().file("src/x", "").file("a.b.py", "");
    let refused = |kind: &str, path: &str| {
        let text = format!("[[python_packages]]\ntype = '{kind}'\npath = '{path}'\n");
        folder.message(folder.parse(&text))
    };
    insta::assert_snapshot!(refused("pyproject", "src"), @"
    [folder]/app.toml:3:8: `path`: [folder]/src is not a project: it holds no `pyproject.toml`
      |
    3 | path = 'src'
      |        ^^^^^
    hint: name the folder that holds `pyproject.toml`
    ");
    insta::assert_snapshot!(refused("script", "src"), @"
    [folder]/app.toml:3:8: `path`: [folder]/src is not a Python script
      |
    3 | path = 'src'
      |        ^^^^^
    hint: name a file whose name ends in `.py`
    ");
    insta::assert_snapshot!(refused("script", "a.b.py"), @"
    [folder]/app.toml:3:8: `path`: [folder]/a.b.py is not a Python script
      |
    3 | path = 'a.b.py'
      |        ^^^^^^^^
    hint: name a file whose name ends in `.py`
    ");
}
