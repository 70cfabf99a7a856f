//! That every file in `config-examples/` is valid and names what is there.

use std::path::Path;

use super::{Folder, TARGET};
use crate::config::load;
use crate::config::resolved::{Config, ExtensionPolicy, PackageSourceKind, RunMode};

/// Reads an example from a copy of the folder beside which the demonstration's environment is.
fn example(name: &str) -> Config {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config-examples");
    let mut copy = Folder::new().file("target/demo/venv/pyvenv.cfg", "");
    for entry in walkdir::WalkDir::new(&examples).follow_root_links(true) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let inside = entry.path().strip_prefix(&examples).unwrap();
            let content = fs_err::read(entry.path()).unwrap();
            copy = copy.file(&format!("config-examples/{}", inside.display()), content);
        }
    }
    let config = match load(&copy.0.path().join("config-examples").join(name), TARGET) {
        Ok(config) => config,
        Err(error) => panic!("{error}"),
    };
    for source in &config.packages {
        if let PackageSourceKind::PackageRoot { path, packages } = &source.kind {
            for package in packages {
                let found =
                    path.join(format!("{package}.py")).is_file() || path.join(package).is_dir();
                assert!(found, "{name}: {package} is not in {}", path.display());
            }
        }
    }
    config
}

#[test]
fn all_examples_are_known_here() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config-examples");
    let mut names: Vec<_> = fs_err::read_dir(examples)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    let applications = ["ansible", "black", "django", "flask", "httpx", "sphinx"];
    let others = ["hello-small", "hello", "repl", "rich-demo"];
    let mut expected: Vec<_> =
        applications.iter().chain(&others).map(|name| format!("{name}.toml")).collect();
    expected.sort();
    assert_eq!(names, expected);
    for name in applications {
        let config = example(&format!("{name}.toml"));
        assert!(matches!(config.packages[1].kind, PackageSourceKind::Requirements(_)), "{name}");
    }
}

#[test]
fn hello() {
    let config = example("hello.toml");
    assert_eq!(config.run, RunMode::Module("hello".into()));
    assert_eq!(config.extensions, ExtensionPolicy::All);
    assert!(!config.packages[0].include_source);
}

#[test]
fn hello_small() {
    let config = example("hello-small.toml");
    assert_eq!(config.run, RunMode::Module("hello".into()));
    assert_eq!(config.extensions, ExtensionPolicy::None);
    // What Python cannot start without, or cannot run a module without.
    for needed in ["abc", "codecs", "encodings", "importlib", "io", "os", "runpy", "types"] {
        assert!(!config.packages[0].excludes.iter().any(|name| name == needed), "{needed}");
    }
}

#[test]
fn rich_demo() {
    let config = example("rich-demo.toml");
    assert_eq!(config.run, RunMode::Module("csvview".into()));
    let kinds: Vec<_> = config.packages.iter().map(|source| &source.kind).collect();
    assert!(matches!(
        kinds[..],
        [
            PackageSourceKind::Stdlib { .. },
            PackageSourceKind::Virtualenv { .. },
            PackageSourceKind::PackageRoot { .. }
        ]
    ));
}

#[test]
fn repl() {
    assert_eq!(example("repl.toml").run, RunMode::Repl);
}
