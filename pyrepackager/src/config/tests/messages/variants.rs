//! Keys and entries that are missing, do not go together, or stand in the wrong place.

use crate::config::tests::{Folder, message};

#[test]
fn type_missing() {
    insta::assert_snapshot!(message("[[python_packages]]\ninclude_source = true\n"), @r#"
    [folder]/app.toml:1:1: [[python_packages]] lacks the key `type`
      |
    1 | [[python_packages]]
      | ^^^^^^^^^^^^^^^^^^^
    hint: add a line such as `type = "stdlib"`
    "#);
}

#[test]
fn type_unknown() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'std-lib'\n"), @r#"
    [folder]/app.toml:2:8: `std-lib` is not a value of `type`
      |
    2 | type = 'std-lib'
      |        ^^^^^^^^^
    hint: did you mean `"stdlib"`?
    "#);
}

#[test]
fn type_unknown_before_keys_of_other_types() {
    insta::assert_snapshot!(message("[[python_packages]]\nrequirements = ['rich']\ntype = 'pip'\n"), @r#"
    [folder]/app.toml:3:8: `pip` is not a value of `type`
      |
    3 | type = 'pip'
      |        ^^^^^
    hint: write `"stdlib"`, `"package-root"`, `"virtualenv"`, `"wheel"`, `"pip-install-simple"`, `"pip-requirements-file"`, `"pyproject"`, `"script"`, `"filter-file-include"` or `"filter-files-include"`
    "#);
}

#[test]
fn path_missing_key() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\n\n[[python_packages]]\ntype = 'virtualenv'\n"), @r#"
    [folder]/app.toml:4:1: [[python_packages]] lacks the key `path`, which type = "virtualenv" needs
      |
    4 | [[python_packages]]
      | ^^^^^^^^^^^^^^^^^^^
    hint: add a line such as `path = "…"`
    "#);
}

#[test]
fn packages_missing_key() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'package-root'\npath = '.'\n"), @r#"
    [folder]/app.toml:1:1: [[python_packages]] lacks the key `packages`, which type = "package-root" needs
      |
    1 | [[python_packages]]
      | ^^^^^^^^^^^^^^^^^^^
    hint: add a line such as `packages = ["…"]`
    "#);
}

#[test]
fn module_missing_key() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'module'\n"), @r#"
    [folder]/app.toml:1:1: [python_run] lacks the key `module`, which mode = "module" needs
      |
    1 | [python_run]
      | ^^^^^^^^^^^^
    hint: add a line such as `module = "…"`
    "#);
}

#[test]
fn code_missing_key() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'eval'\n"), @r#"
    [folder]/app.toml:1:1: [python_run] lacks the key `code`, which mode = "eval" needs
      |
    1 | [python_run]
      | ^^^^^^^^^^^^
    hint: add a line such as `code = "…"`
    "#);
}

#[test]
fn sha256_missing_key() {
    insta::assert_snapshot!(message("[python_distribution]\nurl = 'https://example.com/x.tar.zst'\n"), @r#"
    [folder]/app.toml:1:1: [python_distribution] lacks the key `sha256`, which `url` needs
      |
    1 | [python_distribution]
      | ^^^^^^^^^^^^^^^^^^^^^
    hint: add a line such as `sha256 = "…"`
    "#);
}

#[test]
fn includes_missing_key() {
    insta::assert_snapshot!(message("[python_extensions]\npolicy = 'explicit-includes'\n"), @r#"
    [folder]/app.toml:1:1: [python_extensions] lacks the key `includes`, which policy = "explicit-includes" needs
      |
    1 | [python_extensions]
      | ^^^^^^^^^^^^^^^^^^^
    hint: add a line such as `includes = ["…"]`
    "#);
}

#[test]
fn includes_with_another_policy() {
    insta::assert_snapshot!(message("[python_extensions]\nincludes = ['_ssl']\n"), @r#"
    [folder]/app.toml:2:1: `includes` has no meaning with policy = "all", the default
      |
    2 | includes = ['_ssl']
      | ^^^^^^^^
    hint: it goes with `policy = "explicit-includes"`; remove it or change that
    "#);
}

#[test]
fn key_of_another_type() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\npath = 'lib'\n"), @r#"
    [folder]/app.toml:3:1: `path` has no meaning with type = "stdlib"
      |
    3 | path = 'lib'
      | ^^^^
    hint: it goes with `type = "package-root"`, `type = "virtualenv"`, `type = "wheel"`, `type = "pyproject"`, `type = "script"` or `type = "filter-file-include"`; remove it or change that
    "#);
}

#[test]
fn key_of_another_mode() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'eval'\nmodule = 'hello'\n"), @r#"
    [folder]/app.toml:3:1: `module` has no meaning with mode = "eval"
      |
    3 | module = 'hello'
      | ^^^^^^
    hint: it goes with `mode = "module"`; remove it or change that
    "#);
}

#[test]
fn mode_forgotten() {
    insta::assert_snapshot!(message("[python_run]\nmodule = 'hello'\n"), @r#"
    [folder]/app.toml:2:1: `module` has no meaning with mode = "repl", the default
      |
    2 | module = 'hello'
      | ^^^^^^
    hint: it goes with `mode = "module"`; remove it or change that
    "#);
}

#[test]
fn two_places() {
    insta::assert_snapshot!(message("[python_distribution]\nurl = 'https://example.com/x'\nlocal_path = 'x'\n"), @r"
    [folder]/app.toml:3:1: `url` and `local_path` exclude one another
      |
    3 | local_path = 'x'
      | ^^^^^^^^^^
    hint: keep one of them
    ");
}

#[test]
fn version_and_build() {
    insta::assert_snapshot!(message("[python_distribution]\nbuild = '3.13'\nversion = '3.13'\n"), @r"
    [folder]/app.toml:3:1: `build` and `version` exclude one another
      |
    3 | version = '3.13'
      | ^^^^^^^
    hint: keep one of them
    ");
}

#[test]
fn sha256_with_version() {
    insta::assert_snapshot!(message("[python_distribution]\nsha256 = 'x'\nversion = '3.13'\n"), @r"
    [folder]/app.toml:2:1: `version` and `sha256` exclude one another
      |
    2 | sha256 = 'x'
      | ^^^^^^
    hint: keep one of them
    ");
}

#[test]
fn sha256_alone() {
    insta::assert_snapshot!(message("[python_distribution]\nsha256 = 'x'\n"), @r"
    [folder]/app.toml:2:1: `sha256` says nothing without `local_path` or `url`
      |
    2 | sha256 = 'x'
      | ^^^^^^
    hint: add `local_path` or `url`, or remove it
    ");
}

#[test]
fn no_stdlib() {
    insta::assert_snapshot!(message("\n[[python_packages]]\ntype = 'package-root'\npath = '.'\npackages = ['hello']\n"), @r#"
    [folder]/app.toml:2:1: no [[python_packages]] entry has type = "stdlib"
      |
    2 | [[python_packages]]
      | ^^^^^^^^^^^^^^^^^^^
    hint: Python cannot start without its standard library: add an entry `[[python_packages]]` with `type = "stdlib"` before the others
    "#);
}

#[test]
fn the_first_mistake_of_a_stage_counts() {
    insta::assert_snapshot!(message("[python_run]\nzzz = 1\n[python_config]\naaa = 1\n"), @"
    [folder]/app.toml:2:1: unknown key `zzz` in [python_run]
      |
    2 | zzz = 1
      | ^^^
    hint: keys of [python_run] are `mode`, `module`, `code`, `path`, `name`, `target`
    ");
}

#[test]
fn filter_first() {
    let folder = Folder::new().file("modules.txt", "os\n");
    let text = "[[python_packages]]\ntype = 'filter-file-include'\npath = 'modules.txt'\n\
                [[python_packages]]\ntype = 'stdlib'\n";
    insta::assert_snapshot!(folder.message(folder.parse(text)), @r#"
    [folder]/app.toml:1:1: an entry of type = "filter-file-include" has no entries before it
      |
    1 | [[python_packages]]
      | ^^^^^^^^^^^^^^^^^^^
    hint: it filters what the entries before it bring: put it behind them
    "#);
}

#[test]
fn filter_with_a_key_of_other_types() {
    let folder = Folder::new().file("modules.txt", "os\n");
    let text = "[[python_packages]]\ntype = 'filter-file-include'\npath = 'modules.txt'\n\
                include_source = false\n";
    insta::assert_snapshot!(folder.message(folder.parse(text)), @r#"
    [folder]/app.toml:4:1: `include_source` has no meaning with type = "filter-file-include"
      |
    4 | include_source = false
      | ^^^^^^^^^^^^^^
    hint: it goes with `type = "stdlib"`, `type = "package-root"`, `type = "virtualenv"`, `type = "wheel"`, `type = "pip-install-simple"`, `type = "pip-requirements-file"`, `type = "pyproject"` or `type = "script"`; remove it or change that
    "#);
}
