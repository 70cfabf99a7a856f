//! `[python_extensions]`: which extension modules are linked.

use std::collections::BTreeSet;

use end_to_end::{Application, Project, distribution};

use crate::elf;
use crate::scenarios::SCENARIOS;

/// Prints the names of all built-in modules.
const LIST: &str = "import sys; print(*sys.builtin_module_names)";

fn with_policy(name: &str, lines: &str) -> Application {
    let config =
        format!("[python_extensions]\n{lines}\n[python_run]\nmode = \"eval\"\ncode = \"{LIST}\"\n");
    Project::new(name, &config).unwrap().build().unwrap()
}

fn built_in(application: &Application) -> BTreeSet<String> {
    let stdout = application.succeed::<&str>([]).unwrap();
    stdout.split_whitespace().map(str::to_owned).collect()
}

/// Symbols that only OpenSSL defines.
fn openssl(application: &Application) -> BTreeSet<String> {
    let symbols = elf::symbols(&application.path);
    assert!(symbols.contains("PyObject_Call"), "the executable was stripped");
    let prefixes = ["SSL_", "EVP_", "OPENSSL_", "X509_", "ossl_", "CRYPTO_"];
    // What a distribution's libraries define has names of its own.
    let of_openssl = |name: &String| {
        let name = name.strip_prefix("python_private_").unwrap_or(name);
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    };
    symbols.into_iter().filter(of_openssl).collect()
}

#[test]
fn a_library_that_nothing_needs_is_not_in_the_executable() {
    let application = with_policy(
        "no-openssl",
        "policy = \"explicit-excludes\"\nexcludes = [\"_ssl\", \"_hashlib\"]",
    );
    assert_eq!(openssl(&application), BTreeSet::new());
    // With the extensions it is.
    assert!(openssl(&SCENARIOS.application).len() > 1000);
    let names = built_in(&application);
    assert!(!names.contains("_ssl") && !names.contains("_hashlib"), "{names:?}");
    assert!(names.contains("_sqlite3") && names.contains("zlib"), "{names:?}");
}

#[test]
fn no_extension_but_those_that_python_starts_with() {
    let names = built_in(&with_policy("policy-none", "policy = \"none\""));
    for name in ["sys", "posix", "_io", "_signal"] {
        assert!(names.contains(name), "{name} is missing: {names:?}");
    }
    for name in ["_ssl", "zlib", "_socket", "_sqlite3", "_decimal", "pyexpat"] {
        assert!(!names.contains(name), "{name} is there");
    }
}

#[test]
fn no_extension_that_needs_a_library() {
    let names = built_in(&with_policy("policy-no-libraries", "policy = \"no-libraries\""));
    for name in ["math", "_socket", "_json", "_struct"] {
        assert!(names.contains(name), "{name} is missing: {names:?}");
    }
    for name in ["_ssl", "_hashlib", "zlib", "_bz2", "_lzma", "_sqlite3", "_ctypes", "readline"] {
        assert!(!names.contains(name), "{name} is there");
    }
}

#[test]
fn some_extensions_by_name() {
    let lines = "policy = \"explicit-includes\"\nincludes = [\"math\", \"zlib\"]";
    let names = built_in(&with_policy("policy-includes", lines));
    let none = built_in(&with_policy("policy-none-again", "policy = \"none\""));
    let added: Vec<&String> = names.difference(&none).collect();
    assert_eq!(added, ["math", "zlib"]);
}

#[test]
fn all_extensions_by_default() {
    let names = built_in(&with_policy("policy-all", "policy = \"all\""));
    let distribution = distribution::distribution().unwrap();
    let missing: Vec<&String> =
        distribution.extensions.keys().filter(|name| !names.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
