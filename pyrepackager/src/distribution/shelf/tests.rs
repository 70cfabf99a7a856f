use super::super::testing::TARGET;
use super::*;

const VERSION: PythonVersion = PythonVersion { major: 3, minor: 13 };

fn put(cache: &Cache, path: &str) {
    let path = cache.root().join(ARCHIVES).join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "").unwrap();
}

#[test]
fn the_newest_comes_first() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path());
    let digest = "ab".repeat(32);
    let recipe = BuildRequest::plain(VERSION).recipe();
    let names = [
        format!("{digest}/cpython-3.13.17+20261021-{TARGET}-pgo+lto-full.tar.zst"),
        format!("cpython-3.13.17+20261021-{TARGET}-noopt-full.tar.zst"),
        format!("built/{recipe}/cpython-3.13.9-{TARGET}-noopt+static-full.tar.zst"),
        format!("cpython-3.13.9rc1+20270101-{TARGET}-pgo+lto-full.tar.zst"),
        format!("cpython-3.13.5+20250612-{TARGET}-pgo+lto-full.tar.zst"),
    ];
    names.iter().rev().for_each(|name| put(&cache, name));
    let found = candidates(&cache, VERSION, TARGET).unwrap();
    let root = cache.root().join(ARCHIVES);
    let found_names: Vec<_> = found
        .iter()
        .map(|found| found.path.strip_prefix(&root).unwrap().to_str().unwrap())
        .collect();
    assert_eq!(found_names, names);
    assert_eq!(found[0].sha256, Some(digest.parse().unwrap()));
    assert!(found[1..].iter().all(|found| found.sha256.is_none()));
}

#[test]
fn what_was_not_asked_for_is_passed_over() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path());
    for name in [
        format!("cpython-3.1.3+20261021-{TARGET}-pgo+lto-full.tar.zst"),
        format!("cpython-3.14.1+20261021-{TARGET}-pgo+lto-full.tar.zst"),
        format!("cpython-3.13.17+20261021-{TARGET}-freethreaded+pgo+lto-full.tar.zst"),
        format!("cpython-3.13.17+20261021-{TARGET}-debug-full.tar.zst"),
        format!("cpython-3.13.17-{TARGET}-noopt+static+tests-full.tar.zst"),
        // An earlier builder's.
        format!("built/cpython-3.13-noopt-1/cpython-3.13.17-{TARGET}-noopt-full.tar.zst"),
        format!("cpython-3.13.17+20261021-{TARGET}-install_only.tar.zst"),
        format!("cpython-3.13.17+20261021-{TARGET}-pgo+lto-full.tar.gz"),
        "cpython-3.13.17+20261021-x86_64-unknown-linux-musl-lto-full.tar.zst".to_owned(),
        format!(".partial-cpython-3.13.17+20261021-{TARGET}-pgo+lto-full.tar.zst"),
        format!("not-a-digest/cpython-3.13.17+20261021-{TARGET}-pgo+lto-full.tar.zst"),
        "notes.txt".to_owned(),
    ] {
        put(&cache, &name);
    }
    assert_eq!(candidates(&cache, VERSION, TARGET).unwrap(), []);
}

#[test]
fn an_empty_cache_has_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let cache = Cache::at(scratch.path().join("cache"));
    assert_eq!(candidates(&cache, VERSION, TARGET).unwrap(), []);
    let folder = cache.root().join("archives/built/none");
    assert_eq!(find_built(&folder, VERSION, TARGET).unwrap(), None);
}

#[test]
fn names_come_from_the_end_of_the_url() {
    let base = "https://example.invalid/releases/";
    for (end, name) in [
        ("cpython-3.13.17%2B20261021-full.tar.zst", "cpython-3.13.17+20261021-full.tar.zst"),
        ("a.tar.zst?token=1/2#x", "a.tar.zst"),
        ("", "archive.tar.zst"),
        ("%2e%2e", "archive.tar.zst"),
        ("..", "archive.tar.zst"),
        (".partial-x", "archive.tar.zst"),
    ] {
        assert_eq!(name_of_url(&format!("{base}{end}")), name);
    }
}
