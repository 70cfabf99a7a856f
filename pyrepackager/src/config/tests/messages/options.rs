//! Options of the interpreter that cannot be what they are set to.

use crate::config::tests::message;

#[test]
fn number_out_of_range() {
    insta::assert_snapshot!(message("[python_config]\ntracemalloc = 70000\n"), @r"
    [folder]/app.toml:2:15: `tracemalloc` cannot be 70000
      |
    2 | tracemalloc = 70000
      |               ^^^^^
    hint: write a number from 0 to 65535
    ");
}

#[test]
fn number_below_the_least() {
    insta::assert_snapshot!(message("[python_config]\nint_max_str_digits = 100\n"), @r"
    [folder]/app.toml:2:22: `int_max_str_digits` cannot be 100
      |
    2 | int_max_str_digits = 100
      |                      ^^^
    hint: write 0 or a number from 640 to 2147483647
    ");
}

#[test]
fn number_negative() {
    insta::assert_snapshot!(message("[python_config]\ncpu_count = -1\n"), @r"
    [folder]/app.toml:2:13: `cpu_count` cannot be -1
      |
    2 | cpu_count = -1
      |             ^^
    hint: write a number from 1 to 2147483647
    ");
}

#[test]
fn number_as_boolean() {
    insta::assert_snapshot!(message("[python_config]\nimport_time = true\n"), @r"
    [folder]/app.toml:2:15: `import_time` takes an integer, not a boolean
      |
    2 | import_time = true
      |               ^^^^
    hint: write `import_time = 1`
    ");
}

#[test]
fn number_as_string() {
    insta::assert_snapshot!(message("[python_config]\nverbose = \"1\"\n"), @r#"
    [folder]/app.toml:2:11: `verbose` takes an integer, not a string
      |
    2 | verbose = "1"
      |           ^^^
    hint: write `verbose = 1`
    "#);
}

#[test]
fn seed_too_large() {
    insta::assert_snapshot!(message("[python_config]\nhash_seed = 4294967296\n"), @r#"
    [folder]/app.toml:2:13: `hash_seed` cannot be 4294967296
      |
    2 | hash_seed = 4294967296
      |             ^^^^^^^^^^
    hint: write a number from 0 to 4294967295 or "random"
    "#);
}

#[test]
fn seed_as_word() {
    insta::assert_snapshot!(message("[python_config]\nhash_seed = \"randon\"\n"), @r#"
    [folder]/app.toml:2:13: `hash_seed` cannot be "randon"
      |
    2 | hash_seed = "randon"
      |             ^^^^^^^^
    hint: write a number from 0 to 4294967295 or "random"
    "#);
}

#[test]
fn switch_as_number() {
    insta::assert_snapshot!(message("[python_config]\ndev_mode = 1\n"), @r"
    [folder]/app.toml:2:12: `dev_mode` takes a boolean, not an integer
      |
    2 | dev_mode = 1
      |            ^
    hint: write `dev_mode = true`
    ");
}

#[test]
fn choice_unknown() {
    insta::assert_snapshot!(message("[python_config]\ncheck_hash_pycs_mode = \"allways\"\n"), @r#"
    [folder]/app.toml:2:24: `allways` is not a value of `check_hash_pycs_mode`
      |
    2 | check_hash_pycs_mode = "allways"
      |                        ^^^^^^^^^
    hint: did you mean `"always"`?
    "#);
}

#[test]
fn option_unknown() {
    insta::assert_snapshot!(message("[python_config]\nfault_handler = true\n"), @r"
    [folder]/app.toml:2:1: unknown key `fault_handler` in [python_config]
      |
    2 | fault_handler = true
      | ^^^^^^^^^^^^^
    hint: did you mean `faulthandler`?
    ");
}

#[test]
fn list_as_string() {
    insta::assert_snapshot!(message("[python_config]\nwarn_options = \"error\"\n"), @r#"
    [folder]/app.toml:2:16: `warn_options` takes an array of strings, not a string
      |
    2 | warn_options = "error"
      |                ^^^^^^^
    hint: write `warn_options = ["error"]`
    "#);
}

#[test]
fn x_option_with_a_wrong_value() {
    insta::assert_snapshot!(message("[python_config]\nx_options = [\"utf8=2\"]\n"), @r#"
    [folder]/app.toml:2:14: `x_options`: `utf8=2` is not an option of `python -X`
      |
    2 | x_options = ["utf8=2"]
      |              ^^^^^^^^
    hint: write `utf8`, `utf8=1` or `utf8=0`
    "#);
}

#[test]
fn x_option_without_its_value() {
    insta::assert_snapshot!(message("[python_config]\nx_options = [\"dev\", \"cpu_count\"]\n"), @r#"
    [folder]/app.toml:2:21: `x_options`: `cpu_count` is not an option of `python -X`
      |
    2 | x_options = ["dev", "cpu_count"]
      |                     ^^^^^^^^^^^
    hint: write `cpu_count=` and a number from 1 to 2147483647
    "#);
}

#[test]
fn x_option_beside_its_key() {
    insta::assert_snapshot!(message("[python_config]\ntracemalloc = 3\nx_options = [\"tracemalloc=5\"]\n"), @r#"
    [folder]/app.toml:3:14: `tracemalloc` and `x_options` exclude one another
      |
    3 | x_options = ["tracemalloc=5"]
      |              ^^^^^^^^^^^^^^^
    hint: keep one of them
    "#);
}

#[test]
fn warn_option_without_action() {
    insta::assert_snapshot!(message("[python_config]\nwarn_options = [\"DeprecationWarning\"]\n"), @r#"
    [folder]/app.toml:2:17: `warn_options`: `DeprecationWarning` is not a warning filter: it begins with no action of `warnings`
      |
    2 | warn_options = ["DeprecationWarning"]
      |                 ^^^^^^^^^^^^^^^^^^^^
    hint: write `ACTION:MESSAGE:CATEGORY:MODULE:LINE`, of which the ends can be left out, such as `error::DeprecationWarning`
    "#);
}

#[test]
fn warn_option_with_too_many_parts() {
    insta::assert_snapshot!(message("[python_config]\nwarn_options = [\"error:a:b:c:1:2\"]\n"), @r#"
    [folder]/app.toml:2:17: `warn_options`: `error:a:b:c:1:2` is not a warning filter: it has more than five parts
      |
    2 | warn_options = ["error:a:b:c:1:2"]
      |                 ^^^^^^^^^^^^^^^^^
    hint: write `ACTION:MESSAGE:CATEGORY:MODULE:LINE`, of which the ends can be left out, such as `error::DeprecationWarning`
    "#);
}

#[test]
fn warn_option_with_a_wrong_line() {
    insta::assert_snapshot!(message("[python_config]\nwarn_options = [\"error::::x\"]\n"), @r#"
    [folder]/app.toml:2:17: `warn_options`: `error::::x` is not a warning filter: its fifth part is not the number of a line
      |
    2 | warn_options = ["error::::x"]
      |                 ^^^^^^^^^^^^
    hint: write `ACTION:MESSAGE:CATEGORY:MODULE:LINE`, of which the ends can be left out, such as `error::DeprecationWarning`
    "#);
}

#[test]
fn option_on_two_lines() {
    insta::assert_snapshot!(message("[python_config]\npycache_prefix = \"a\\nb\"\n"), @r#"
    [folder]/app.toml:2:18: `pycache_prefix` holds a line break
      |
    2 | pycache_prefix = "a\nb"
      |                  ^^^^^^
    hint: write it on one line
    "#);
}

#[test]
fn isolated_with_the_environment() {
    insta::assert_snapshot!(message("[python_config]\nisolated = true\nignore_environment = false\n"), @r"
    [folder]/app.toml:2:1: `isolated = true` and `ignore_environment = false` exclude one another
      |
    2 | isolated = true
      | ^^^^^^^^
    hint: remove `isolated = true`, or change the other
    ");
}

#[test]
fn isolated_with_an_unsafe_path() {
    insta::assert_snapshot!(message("[python_config]\nsafe_path = false\nisolated = true\n"), @r"
    [folder]/app.toml:3:1: `isolated = true` and `safe_path = false` exclude one another
      |
    3 | isolated = true
      | ^^^^^^^^
    hint: remove `isolated = true`, or change the other
    ");
}

#[test]
fn coercion_without_a_locale() {
    insta::assert_snapshot!(message("[python_config]\ncoerce_c_locale = 2\nconfigure_locale = false\n"), @r"
    [folder]/app.toml:2:1: `coerce_c_locale = 2` and `configure_locale = false` exclude one another
      |
    2 | coerce_c_locale = 2
      | ^^^^^^^^^^^^^^^
    hint: remove `coerce_c_locale = 2`, or change the other
    ");
}
