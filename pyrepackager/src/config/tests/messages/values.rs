//! Values of the right type that mean nothing: digests, versions, names, variables.

use crate::config::tests::message;

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
fn sys_path_that_only_begins_like_origin() {
    insta::assert_snapshot!(message("[python_config]\nsys_paths = ['$ORIGINAL/lib']\n"), @"
    [folder]/app.toml:2:14: `sys_paths`: `$ORIGINAL/lib` cannot be an entry of sys.path
      |
    2 | sys_paths = ['$ORIGINAL/lib']
      |              ^^^^^^^^^^^^^^^
    hint: only `$ORIGIN`, at the start, is replaced: by the folder of the executable
    ");
}

#[test]
fn sys_path_with_origin_in_the_middle() {
    insta::assert_snapshot!(message("[python_config]\nsys_paths = ['lib/$ORIGIN']\n"), @"
    [folder]/app.toml:2:14: `sys_paths`: `lib/$ORIGIN` cannot be an entry of sys.path
      |
    2 | sys_paths = ['lib/$ORIGIN']
      |              ^^^^^^^^^^^^^
    hint: only `$ORIGIN`, at the start, is replaced: by the folder of the executable
    ");
}

#[test]
fn sys_path_of_two_lines() {
    insta::assert_snapshot!(message("[python_config]\nsys_paths = [\"a\\nb\"]\n"), @r#"
    [folder]/app.toml:2:14: `sys_paths`: `a\nb` cannot be an entry of sys.path
      |
    2 | sys_paths = ["a\nb"]
      |              ^^^^^^
    hint: write each entry as a string of its own
    "#);
}

#[test]
fn sys_path_empty() {
    insta::assert_snapshot!(message("[python_config]\nsys_paths = ['lib', '']\n"), @"
    [folder]/app.toml:2:21: `sys_paths` is empty
      |
    2 | sys_paths = ['lib', '']
      |                     ^^
    hint: give it a value, or remove the line
    ");
}

#[test]
fn sys_path_with_nul() {
    insta::assert_snapshot!(message("[python_config]\nsys_paths = [\"a\\u0000\"]\n"), @r#"
    [folder]/app.toml:2:14: `sys_paths` holds a NUL character
      |
    2 | sys_paths = ["a\u0000"]
      |              ^^^^^^^^^
    hint: remove `\u0000`
    "#);
}

#[test]
fn variable_empty() {
    insta::assert_snapshot!(message("[python_config]\nwrite_modules_directory_env = ''\n"), @"
    [folder]/app.toml:2:31: `write_modules_directory_env` is empty
      |
    2 | write_modules_directory_env = ''
      |                               ^^
    hint: give it a value, or remove the line
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
fn requirement_is_an_option_or_several() {
    let package = |value: &str| {
        message(&format!("[[python_packages]]\ntype = 'pip-install-simple'\npackage = {value}\n"))
    };
    insta::assert_snapshot!(package("'-r x.txt'"), @"
    [folder]/app.toml:3:11: `package`: `-r x.txt` is not a requirement
      |
    3 | package = '-r x.txt'
      |           ^^^^^^^^^^
    hint: name one package here, and put options into `extra_args`
    ");
    insta::assert_snapshot!(package("\"a\\nb\""), @r#"
    [folder]/app.toml:3:11: `package`: `a\nb` is not a requirement
      |
    3 | package = "a\nb"
      |           ^^^^^^
    hint: write each package as an entry of its own
    "#);
}

#[test]
fn glob_is_no_pattern() {
    let text = "[[python_packages]]\ntype = 'filter-files-include'\nglob = 'a/***'\n";
    insta::assert_snapshot!(message(text), @"
    [folder]/app.toml:3:8: `glob` is not a pattern of paths: wildcards are either regular `*` or recursive `**`
      |
    3 | glob = 'a/***'
      |        ^^^^^^^
    hint: `*` stands for a part of a name, `**` for folders
    ");
}

#[test]
fn license_is_no_expression() {
    insta::assert_snapshot!(message("[licenses]\nallow = ['MIT', 'Beerware License']\n"), @"
    [folder]/app.toml:2:17: `allow`: `Beerware License` is not an SPDX licence expression: unknown term
      |
    2 | allow = ['MIT', 'Beerware License']
      |                 ^^^^^^^^^^^^^^^^^^
    hint: write SPDX identifiers, such as `MIT` or `Apache-2.0 WITH LLVM-exception`
    ");
    insta::assert_snapshot!(message("[licenses]\nclarify = ['certifi']\n"), @r#"
    [folder]/app.toml:2:12: `clarify`: `certifi` is not of the form `NAME = LICENSE`
      |
    2 | clarify = ['certifi']
      |            ^^^^^^^^^
    hint: write `"certifi = MPL-2.0"`, for example
    "#);
    insta::assert_snapshot!(message("[licenses]\nclarify = ['certifi = Mozilla']\n"), @"
    [folder]/app.toml:2:12: `clarify`: `Mozilla` is not an SPDX licence expression: unknown term
      |
    2 | clarify = ['certifi = Mozilla']
      |            ^^^^^^^^^^^^^^^^^^^
    hint: write SPDX identifiers, such as `MIT` or `Apache-2.0 WITH LLVM-exception`
    ");
}

#[test]
fn path_as_soname() {
    insta::assert_snapshot!(message("[native_libraries]\ninclude_system = ['/usr/lib/libq.so']\n"), @r"
    [folder]/app.toml:2:19: `include_system`: `/usr/lib/libq.so` is not the SONAME of a library
      |
    2 | include_system = ['/usr/lib/libq.so']
      |                   ^^^^^^^^^^^^^^^^^^
    hint: write the name that `readelf -d` shows as NEEDED, such as `libfoo.so.1`
    ");
}

#[test]
fn unknown_allocator() {
    insta::assert_snapshot!(message("[allocator]\nbackend = 'malloc'\n"), @r#"
    [folder]/app.toml:2:11: `malloc` is not a value of `backend`
      |
    2 | backend = 'malloc'
      |           ^^^^^^^^
    hint: did you mean `"jemalloc"`?
    "#);
}

#[test]
fn domain_without_allocator() {
    insta::assert_snapshot!(message("[allocator]\nobj = true\n"), @r#"
    [folder]/app.toml:2:1: `obj` has no meaning with backend = "default", the default
      |
    2 | obj = true
      | ^^^
    hint: it goes with `backend = "rust"`, `backend = "mimalloc"`, `backend = "jemalloc"` or `backend = "snmalloc"`; remove it or change that
    "#);
}

#[test]
fn allocator_without_domain() {
    insta::assert_snapshot!(message("[allocator]\nbackend = 'rust'\nraw = false\n"), @r"
    [folder]/app.toml:2:1: `backend` has no effect where it serves nothing
      |
    2 | backend = 'rust'
      | ^^^^^^^
    hint: set `raw`, `mem` or `obj` to true
    ");
}

#[test]
fn arenas_of_nothing() {
    insta::assert_snapshot!(message("[allocator]\nbackend = 'rust'\nmem = true\nobj = true\narenas = true\n"), @r"
    [folder]/app.toml:5:1: `arenas` has no effect with `mem` and `obj`: nothing is left that would need arenas
      |
    5 | arenas = true
      | ^^^^^^
    hint: remove it
    ");
}

#[test]
fn cache_folder_without_cache() {
    insta::assert_snapshot!(message("[native_libraries]\ncache_dir = '/x'\n"), @r#"
    [folder]/app.toml:2:1: `cache_dir` says nothing without `load = "cache"`
      |
    2 | cache_dir = '/x'
      | ^^^^^^^^^
    hint: add `load = "cache"`, or remove it
    "#);
}
