//! What is not TOML, and sections and keys that there are not.

use crate::config::tests::message;

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
    insta::assert_snapshot!(message("[python_run]\n[python_config]\n[python_run]\n"), @"
    [folder]/app.toml:3:2: not valid TOML: duplicate key
      |
    3 | [python_run]
      |  ^^^^^^^^^^
    hint: a key may stand only once, and so may a section but for those in double brackets
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
    hint: sections are `[python_distribution]`, `[python_config]`, `[allocator]`, `[python_resources]`, `[python_extensions]`, `[[extension_modules]]`, `[[python_packages]]`, `[native_libraries]`, `[python_run]`, `[licenses]`
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
fn section_is_an_array_of_something_else() {
    insta::assert_snapshot!(message("python_config = [1]\n"), @"
    [folder]/app.toml:1:1: `python_config` is not written as the section `[python_config]`
      |
    1 | python_config = [1]
      | ^^^^^^^^^^^^^
    hint: write `[python_config]` on a line of its own, with its keys below
    ");
}

#[test]
fn section_twice_for_one_target() {
    insta::assert_snapshot!(message("[[python_config]]\nno_site = true\n[[python_config]]\n"), @"
    [folder]/app.toml:3:1: [python_config] stands twice without a `target`
      |
    3 | [[python_config]]
      | ^^^^^^^^^^^^^^^^^
    hint: remove one, or give each a `target` of its own
    ");
    let twice = "[[licenses]]\ntarget = 'aarch64-apple-darwin'\n";
    insta::assert_snapshot!(message(&twice.repeat(2)), @"
    [folder]/app.toml:3:1: [licenses] stands twice for aarch64-apple-darwin
      |
    3 | [[licenses]]
      | ^^^^^^^^^^^^
    hint: remove one, or give each a `target` of its own
    ");
}

#[test]
fn target_unknown() {
    insta::assert_snapshot!(message("[python_run]\ntarget = 'x86_64-linux-gnu'\n"), @"
    [folder]/app.toml:2:10: `target`: `x86_64-linux-gnu` is not a known target
      |
    2 | target = 'x86_64-linux-gnu'
      |          ^^^^^^^^^^^^^^^^^^
    hint: known are `x86_64-unknown-linux-gnu`, `aarch64-unknown-linux-gnu`, `x86_64-apple-darwin`, `aarch64-apple-darwin`, `x86_64-pc-windows-msvc`
    ");
    insta::assert_snapshot!(message("[python_run]\ntarget = 'pdp11'\n"), @"
    [folder]/app.toml:2:10: `target`: `pdp11` is not a known target
      |
    2 | target = 'pdp11'
      |          ^^^^^^^
    hint: known are `x86_64-unknown-linux-gnu`, `aarch64-unknown-linux-gnu`, `x86_64-apple-darwin`, `aarch64-apple-darwin`, `x86_64-pc-windows-msvc`
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
    hint: keys of [python_config] are `program_name`, `optimize_level`, `dont_write_bytecode`, `ignore_environment`, `no_site`, `no_user_site_directory`, `unbuffered_stdio`, `stdio_encoding`, `filesystem_importer`, `sys_paths`, `interpreter_mode`, `write_modules_directory_env`, `rust_modules`, `x_options`, `warn_options`, `dev_mode`, `faulthandler`, `tracemalloc`, `import_time`, `perf_profiling`, `verbose`, `quiet`, `bytes_warning`, `warn_default_encoding`, `inspect`, `interactive`, `hash_seed`, `int_max_str_digits`, `cpu_count`, `code_debug_ranges`, `malloc_stats`, `show_ref_count`, `parser_debug`, `isolated`, `safe_path`, `check_hash_pycs_mode`, `pycache_prefix`, `skip_source_first_line`, `install_signal_handlers`, `configure_c_stdio`, `utf8_mode`, `configure_locale`, `coerce_c_locale`, `coerce_c_locale_warn`, `thread_inherit_context`, `context_aware_warnings`, `remote_debug`, `target`
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
    insta::assert_snapshot!(message("[[python_packages]]\ntype = 'stdlib'\nfrobnicate = true\n"), @"
    [folder]/app.toml:3:1: unknown key `frobnicate` in [[python_packages]]
      |
    3 | frobnicate = true
      | ^^^^^^^^^^
    hint: keys of [[python_packages]] are `type`, `exclude_test_modules`, `optimize_level`, `include_source`, `excludes`, `strict_imports`, `target`
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
