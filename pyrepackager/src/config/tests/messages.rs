//! The full text of every error that a text can give.

use super::{Folder, message};

#[test]
fn toml_syntax() {
    insta::assert_snapshot!(message("[python_run]\nmode = repl\n"), @r"
    [folder]/app.toml:2:8: not valid TOML: string values must be quoted, expected literal string
      |
    2 | mode = repl
      |        ^^^^
    hint: strings take quotes; booleans are `true` and `false`
    ");
}

#[test]
fn toml_capital_boolean() {
    insta::assert_snapshot!(message("[python_config]\nno_site = True\n"), @r"
    [folder]/app.toml:2:11: not valid TOML: invalid boolean, expected `true`
      |
    2 | no_site = True
      |           ^^^^
    hint: strings take quotes; booleans are `true` and `false`
    ");
}

#[test]
fn toml_backslashes() {
    insta::assert_snapshot!(message("[python_distribution]\nlocal_path = \"C:\\Users\\me\"\n"), @r#"
    [folder]/app.toml:2:19: not valid TOML: too few unicode value digits, expected unicode hexadecimal value
      |
    2 | local_path = "C:\Users\me"
      |                   ^
    hint: in double quotes a backslash begins an escape; single quotes take paths as they are
    "#);
}

#[test]
fn toml_twice() {
    insta::assert_snapshot!(message("[python_run]\n[python_config]\n[python_run]\n"), @r"
    [folder]/app.toml:3:2: not valid TOML: duplicate key
      |
    3 | [python_run]
      |  ^^^^^^^^^^
    hint: a section or key may stand only once; of sections only `[[python_packages]]` repeats
    ");
}

#[test]
fn toml_unclosed() {
    insta::assert_snapshot!(message("[python_config\nno_site = true\n"), @r"
    [folder]/app.toml:1:15: not valid TOML: unclosed table, expected `]`
      |
    1 | [python_config
      |               ^
    hint: https://toml.io describes the syntax
    ");
}

#[test]
fn unknown_section_near() {
    insta::assert_snapshot!(message("[python_configs]\nno_site = true\n"), @r"
    [folder]/app.toml:1:2: unknown section `python_configs`
      |
    1 | [python_configs]
      |  ^^^^^^^^^^^^^^
    hint: did you mean `[python_config]`?
    ");
}

#[test]
fn unknown_section_far() {
    insta::assert_snapshot!(message("[[colours]]\nred = 1\n"), @"
    [folder]/app.toml:1:3: unknown section `colours`
      |
    1 | [[colours]]
      |   ^^^^^^^
    hint: sections are `[python_distribution]`, `[python_config]`, `[python_resources]`, `[python_extensions]`, `[[python_packages]]`, `[python_run]`
    ");
}

#[test]
fn key_before_any_section() {
    insta::assert_snapshot!(message("policy = 'all'\n[python_run]\n"), @r"
    [folder]/app.toml:1:1: key `policy` stands outside of any section
      |
    1 | policy = 'all'
      | ^^^^^^
    hint: put it below `[python_extensions]`
    ");
}

#[test]
fn key_of_no_section_before_any() {
    insta::assert_snapshot!(message("x = 1\n"), @r"
    [folder]/app.toml:1:1: key `x` stands outside of any section
      |
    1 | x = 1
      | ^
    hint: begin a section above it, such as `[python_config]`
    ");
}

#[test]
fn section_not_repeated() {
    insta::assert_snapshot!(message("[[python_config]]\nno_site = true\n"), @r"
    [folder]/app.toml:1:3: `python_config` is not written as the section `[python_config]`
      |
    1 | [[python_config]]
      |   ^^^^^^^^^^^^^
    hint: write `[python_config]` on a line of its own, with its keys below
    ");
}

#[test]
fn section_repeated() {
    insta::assert_snapshot!(message("[python_packages]\ntype = 'stdlib'\n"), @r"
    [folder]/app.toml:1:2: `python_packages` is not written as the section `[[python_packages]]`
      |
    1 | [python_packages]
      |  ^^^^^^^^^^^^^^^
    hint: write `[[python_packages]]` on a line of its own, with its keys below
    ");
}

#[test]
fn section_as_value() {
    insta::assert_snapshot!(message("python_run = 'repl'\n"), @r"
    [folder]/app.toml:1:1: `python_run` is not written as the section `[python_run]`
      |
    1 | python_run = 'repl'
      | ^^^^^^^^^^
    hint: write `[python_run]` on a line of its own, with its keys below
    ");
}

#[test]
fn unknown_key_near() {
    insta::assert_snapshot!(message("[python_config]\noptimise_level = 1\n"), @r"
    [folder]/app.toml:2:1: unknown key `optimise_level` in [python_config]
      |
    2 | optimise_level = 1
      | ^^^^^^^^^^^^^^
    hint: did you mean `optimize_level`?
    ");
}

#[test]
fn unknown_key_far() {
    insta::assert_snapshot!(message("[python_config]\ncolour = 'red'\n"), @"
    [folder]/app.toml:2:1: unknown key `colour` in [python_config]
      |
    2 | colour = 'red'
      | ^^^^^^
    hint: keys of [python_config] are `program_name`, `optimize_level`, `dont_write_bytecode`, `ignore_environment`, `no_site`, `no_user_site_directory`, `unbuffered_stdio`, `stdio_encoding`, `filesystem_importer`, `sys_paths`, `interpreter_mode`, `write_modules_directory_env`
    ");
}

#[test]
fn unknown_key_elsewhere() {
    insta::assert_snapshot!(message("[python_run]\nno_site = true\n"), @r"
    [folder]/app.toml:2:1: unknown key `no_site` in [python_run]
      |
    2 | no_site = true
      | ^^^^^^^
    hint: the key belongs below `[python_config]`
    ");
}

#[test]
fn unknown_key_of_variant() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\nfrobnicate = true\n"), @r"
    [folder]/app.toml:3:1: unknown key `frobnicate` in [[python_packages]]
      |
    3 | frobnicate = true
      | ^^^^^^^^^^
    hint: keys of [[python_packages]] are `type`, `exclude_test_modules`, `optimize_level`, `include_source`, `excludes`
    ");
}

#[test]
fn misspelt_tag() {
    insta::assert_snapshot!(message("[[python_packages]]\ntyp = 'stdlib'\n"), @r"
    [folder]/app.toml:2:1: unknown key `typ` in [[python_packages]]
      |
    2 | typ = 'stdlib'
      | ^^^
    hint: did you mean `type`?
    ");
}

#[test]
fn flag_as_string() {
    insta::assert_snapshot!(message("[python_config]\nno_site = \"yes\"\n"), @r#"
    [folder]/app.toml:2:11: `no_site` takes a boolean, not a string
      |
    2 | no_site = "yes"
      |           ^^^^^
    hint: write `no_site = true`
    "#);
}

#[test]
fn flag_as_quoted_flag() {
    insta::assert_snapshot!(message("[python_config]\nno_site = \"True\"\n"), @r#"
    [folder]/app.toml:2:11: `no_site` takes a boolean, not a string
      |
    2 | no_site = "True"
      |           ^^^^^^
    hint: write `no_site = true`
    "#);
}

#[test]
fn version_as_float() {
    insta::assert_snapshot!(message("[python_distribution]\nversion = 3.10\n"), @r#"
    [folder]/app.toml:2:11: `version` takes a string, not a float
      |
    2 | version = 3.10
      |           ^^^^
    hint: write `version = "3.10"`
    "#);
}

#[test]
fn level_as_string() {
    insta::assert_snapshot!(message("[python_config]\noptimize_level = \"1\"\n"), @r#"
    [folder]/app.toml:2:18: `optimize_level` takes an integer, not a string
      |
    2 | optimize_level = "1"
      |                  ^^^
    hint: write `optimize_level = 1`
    "#);
}

#[test]
fn level_out_of_range() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\noptimize_level = 3\n"), @r"
    [folder]/app.toml:3:18: `3` is not a value of `optimize_level`
      |
    3 | optimize_level = 3
      |                  ^
    hint: write `0`, `1` or `2`
    ");
}

#[test]
fn level_immense() {
    insta::assert_snapshot!(message("[python_config]\noptimize_level = 99999999999999999999\n"), @r"
    [folder]/app.toml:2:18: `99999999999999999999` is not a value of `optimize_level`
      |
    2 | optimize_level = 99999999999999999999
      |                  ^^^^^^^^^^^^^^^^^^^^
    hint: write `0`, `1` or `2`
    ");
}

#[test]
fn list_as_string() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\nexcludes = 'idlelib'\n"), @r#"
    [folder]/app.toml:3:12: `excludes` takes an array of strings, not a string
      |
    3 | excludes = 'idlelib'
      |            ^^^^^^^^^
    hint: write `excludes = ["idlelib"]`
    "#);
}

#[test]
fn list_with_number() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\nexcludes = ['idlelib', 1]\n"), @r#"
    [folder]/app.toml:3:24: `excludes` takes an array of strings, not an array with an integer
      |
    3 | excludes = ['idlelib', 1]
      |                        ^
    hint: write `excludes = ["…"]`
    "#);
}

#[test]
fn choice_near() {
    insta::assert_snapshot!(message("[python_extensions]\npolicy = 'no-library'\n"), @r#"
    [folder]/app.toml:2:10: `no-library` is not a value of `policy`
      |
    2 | policy = 'no-library'
      |          ^^^^^^^^^^^^
    hint: did you mean `"no-libraries"`?
    "#);
}

#[test]
fn choice_far() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'script'\n"), @r#"
    [folder]/app.toml:2:8: `script` is not a value of `mode`
      |
    2 | mode = 'script'
      |        ^^^^^^^^
    hint: write `"repl"`, `"module"`, `"eval"`, `"file"` or `"noop"`
    "#);
}

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
    hint: it goes with `type = "package-root"`, `type = "virtualenv"` or `type = "filter-file-include"`; remove it or change that
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
fn sha256_short() {
    insta::assert_snapshot!(message("[python_distribution]\nurl = 'https://example.com/x'\nsha256 = 'abc'\n"), @r"
    [folder]/app.toml:3:10: `sha256`: a SHA-256 is 64 hexadecimal digits; this has 3 characters
      |
    3 | sha256 = 'abc'
      |          ^^^^^
    hint: `sha256sum FILE` prints it
    ");
}

#[test]
fn sha256_other_characters() {
    insta::assert_snapshot!(message("[python_distribution]\nurl = 'https://example.com/x'\nsha256 = 'xyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzx'\n"), @r"
    [folder]/app.toml:3:10: `sha256`: a SHA-256 is 64 hexadecimal digits; this has others among its 64
      |
    3 | sha256 = 'xyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzx'
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    hint: `sha256sum FILE` prints it
    ");
}

#[test]
fn version_too_old() {
    insta::assert_snapshot!(message("[python_distribution]\nversion = \"3.9\"\n"), @r#"
    [folder]/app.toml:2:11: `version`: CPython 3.9 is not supported
      |
    2 | version = "3.9"
      |           ^^^^^
    hint: write a version from "3.10" to "3.15"
    "#);
}

#[test]
fn version_with_patch() {
    insta::assert_snapshot!(message("[python_distribution]\nversion = \"3.13.5\"\n"), @r#"
    [folder]/app.toml:2:11: `version`: CPython 3.13.5 is not supported
      |
    2 | version = "3.13.5"
      |           ^^^^^^^^
    hint: write the feature release alone: `version = "3.13"`
    "#);
}

#[test]
fn version_no_number() {
    insta::assert_snapshot!(message("[python_distribution]\nbuild = \"3.013\"\n"), @r#"
    [folder]/app.toml:2:9: `build`: CPython 3.013 is not supported
      |
    2 | build = "3.013"
      |         ^^^^^^^
    hint: write a version from "3.10" to "3.15"
    "#);
}

#[test]
fn url_scheme() {
    insta::assert_snapshot!(message("[python_distribution]\nurl = 'file:///x.tar.zst'\nsha256 = 'x'\n"), @r"
    [folder]/app.toml:2:7: `url`: file:///x.tar.zst is not an http or https URL
      |
    2 | url = 'file:///x.tar.zst'
      |       ^^^^^^^^^^^^^^^^^^^
    hint: for a file on this machine write `local_path`
    ");
}

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
fn stdio_encoding_without_errors() {
    insta::assert_snapshot!(message("[python_config]\nstdio_encoding = 'utf-8'\n"), @r"
    [folder]/app.toml:2:18: `stdio_encoding`: `utf-8` is not of the form `ENCODING:ERRORS`
      |
    2 | stdio_encoding = 'utf-8'
      |                  ^^^^^^^
    hint: write `utf-8:strict`, for example
    ");
}

#[test]
fn module_empty() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'module'\nmodule = ' '\n"), @r"
    [folder]/app.toml:3:10: `module` is empty
      |
    3 | module = ' '
      |          ^^^
    hint: give it a value, or remove the line
    ");
}

#[test]
fn module_as_file() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'module'\nmodule = 'app/hello.py'\n"), @r"
    [folder]/app.toml:3:10: `module`: `app/hello.py` is not the name of a module
      |
    3 | module = 'app/hello.py'
      |          ^^^^^^^^^^^^^^
    hint: did you mean `app.hello`?
    ");
}

#[test]
fn module_with_empty_part() {
    insta::assert_snapshot!(message("[python_run]\nmode = 'module'\nmodule = 'app..hello'\n"), @r"
    [folder]/app.toml:3:10: `module`: `app..hello` is not the name of a module
      |
    3 | module = 'app..hello'
      |          ^^^^^^^^^^^^
    hint: write it as in an `import` statement
    ");
}

#[test]
fn package_as_file() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'package-root'\npath = '.'\npackages = [\n  'hello.py',\n]\n"), @r"
    [folder]/app.toml:5:3: `packages`: `hello.py` is not the name of a module
      |
    5 |   'hello.py',
      |   ^^^^^^^^^^
    hint: did you mean `hello`?
    ");
}

#[test]
fn package_below_another() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'package-root'\npath = '.'\npackages = ['app.core']\n"), @r"
    [folder]/app.toml:4:13: `packages`: `app.core` is not the name of a top-level package or module
      |
    4 | packages = ['app.core']
      |             ^^^^^^^^^^
    hint: did you mean `app`?
    ");
}

#[test]
fn packages_empty() {
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'package-root'\npath = '.'\npackages = []\n"), @r"
    [folder]/app.toml:4:12: `packages` is empty
      |
    4 | packages = []
      |            ^^
    hint: give it a value, or remove the line
    ");
}

#[test]
fn nul_character() {
    insta::assert_snapshot!(message("[python_config]\nprogram_name = \"a\\u0000b\"\n"), @r#"
    [folder]/app.toml:2:16: `program_name` holds a NUL character
      |
    2 | program_name = "a\u0000b"
      |                ^^^^^^^^^^
    hint: remove `\u0000`
    "#);
}

#[test]
fn nul_in_whatever_is_run() {
    for (mode, key, value) in [
        ("eval", "code", "\"a\\u0000b\""),
        ("eval", "code", "\"\"\"\\u0000\"\"\""),
        ("module", "module", "\"a.b\\u0000\""),
        ("file", "path", "\"main\\u0000.py\""),
    ] {
        let shown = message(&format!("[python_run]\nmode = '{mode}'\n{key} = {value}\n"));
        let place = format!("[folder]/app.toml:3:{}: `{key}` holds a NUL", key.len() + 4);
        assert!(shown.starts_with(&place), "{shown}");
        assert!(shown.ends_with("hint: remove `\\u0000`"), "{shown}");
    }
}

#[test]
fn program_name_empty() {
    insta::assert_snapshot!(message("[python_config]\nprogram_name = ''\n"), @r"
    [folder]/app.toml:2:16: `program_name` is empty
      |
    2 | program_name = ''
      |                ^^
    hint: give it a value, or remove the line
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
    insta::assert_snapshot!(message("[python_run]\nzzz = 1\n[python_config]\naaa = 1\n"), @r"
    [folder]/app.toml:2:1: unknown key `zzz` in [python_run]
      |
    2 | zzz = 1
      | ^^^
    hint: keys of [python_run] are `mode`, `module`, `code`, `path`
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
    hint: name the archive itself
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
fn sys_path_with_a_variable() {
    insta::assert_snapshot!(message("[python_config]\nsys_paths = ['lib', '$HOME/lib']\n"), @"
    [folder]/app.toml:2:21: `sys_paths`: `$HOME/lib` cannot be an entry of sys.path
      |
    2 | sys_paths = ['lib', '$HOME/lib']
      |                     ^^^^^^^^^^^
    hint: only `$ORIGIN`, at the start, is replaced: by the folder of the executable
    ");
}

#[test]
fn variable_that_is_none() {
    let text = "[python_config]\nwrite_modules_directory_env = 'A=B'\n";
    insta::assert_snapshot!(message(text), @"
    [folder]/app.toml:2:31: `write_modules_directory_env`: `A=B` cannot be the name of an environment variable
      |
    2 | write_modules_directory_env = 'A=B'
      |                               ^^^^^
    hint: write a name such as `MYAPP_MODULES_DIRECTORY`
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
    hint: it goes with `type = "stdlib"`, `type = "package-root"` or `type = "virtualenv"`; remove it or change that
    "#);
}
