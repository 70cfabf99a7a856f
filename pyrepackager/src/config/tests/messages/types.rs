//! Values of another type, and words that are not to be chosen.

use crate::config::tests::message;

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
    hint: write `"repl"`, `"module"`, `"entry-point"`, `"eval"`, `"file"` or `"noop"`
    "#);
}

#[test]
fn interpreter_mode_as_flag() {
    insta::assert_snapshot!(message("[python_config]\ninterpreter_mode = false\n"), @r#"
    [folder]/app.toml:2:20: `interpreter_mode` takes a string, not a boolean
      |
    2 | interpreter_mode = false
      |                    ^^^^^
    hint: write `interpreter_mode = "auto"`
    "#);
}

#[test]
fn interpreter_mode_unknown() {
    insta::assert_snapshot!(message("[python_config]\ninterpreter_mode = 'always'\n"), @r#"
    [folder]/app.toml:2:20: `always` is not a value of `interpreter_mode`
      |
    2 | interpreter_mode = 'always'
      |                    ^^^^^^^^
    hint: write `"auto"` or `"never"`
    "#);
}

#[test]
fn compression_unknown() {
    insta::assert_snapshot!(message("[python_resources]\ncompression = 'gzip'\n"), @r#"
    [folder]/app.toml:2:15: `gzip` is not a value of `compression`
      |
    2 | compression = 'gzip'
      |               ^^^^^^
    hint: write `"none"` or `"zstd"`
    "#);
}
