//! The same inputs give the same bytes, wherever they lie.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::{scratch_folder, workspace};
use fs_err as fs;

/// A copy of the workspace and of nothing that was built in it.
fn copy_workspace(to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).unwrap();
    }
    fs::create_dir_all(to).unwrap();
    let left_out = ["target", ".git"];
    for entry in fs::read_dir(workspace()).unwrap() {
        let entry = entry.unwrap();
        if !left_out.iter().any(|name| entry.file_name() == *name) {
            let status = Command::new("cp").arg("-r").arg(entry.path()).arg(to).status().unwrap();
            assert!(status.success(), "cannot copy {}", entry.path().display());
        }
    }
}

/// Builds `config-examples/black.toml` in a copy of the workspace, with Cargo's home under a name of its own
/// and a cache of its own, as docs/packaging.rst says; returns the executable's bytes.
fn build_in(folder: &Path) -> Vec<u8> {
    let code = folder.join("code");
    copy_workspace(&code);
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home =
        home.unwrap_or_else(|| PathBuf::from(std::env::var_os("HOME").unwrap()).join(".cargo"));
    let cache = pyrepackager::cache::Cache::from_env().unwrap();
    let own_cache = folder.join("cache");
    if own_cache.exists() {
        fs::remove_dir_all(&own_cache).unwrap();
    }
    fs::create_dir(&own_cache).unwrap();
    let _ = fs::remove_file(folder.join("cargo"));
    std::os::unix::fs::symlink(home, folder.join("cargo")).unwrap();
    // Of the cache, both builds share the distribution and nothing else.
    for part in ["archives", "distributions"] {
        std::os::unix::fs::symlink(cache.root().join(part), own_cache.join(part)).unwrap();
    }
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let flags = [remap(&folder.join("cargo"), "cargo"), remap(&code, "code")].join(" ");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    for (key, _) in std::env::vars_os() {
        let text = key.to_string_lossy();
        if text.starts_with("CARGO_") {
            command.env_remove(&key);
        }
    }
    let output = command
        .current_dir(&code)
        .args(["build", "--release", "--locked"])
        .env("CARGO_HOME", folder.join("cargo"))
        .env("RUSTFLAGS", flags)
        .env("PYOXIDIZER_CACHE", folder.join("cache"))
        .env("PYOXIDIZER", end_to_end::command::packer().unwrap())
        .env("PYOXIDIZER_CONFIG", "config-examples/black.toml")
        .env("PYOXIDIZER_LOCKED", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = fs::read(code.join("target/release/pyapp")).unwrap();
    fs::remove_dir_all(code).unwrap();
    bytes
}

#[test]
fn two_builds_in_two_folders_are_equal() {
    let scratch = scratch_folder().join("reproducible");
    let first = build_in(&scratch.join("a"));
    let second = build_in(&scratch.join("another"));
    assert!(first == second, "the executables differ");

    // Nor does anything tell where it was built.
    let scratch = scratch.display().to_string();
    let user = std::env::var("HOME").unwrap_or_default() + "/.";
    for path in [scratch.as_str(), user.as_str()] {
        let found = first.windows(path.len()).position(|window| window == path.as_bytes());
        let text = |at: usize| String::from_utf8_lossy(&first[at..at + 200]).into_owned();
        assert_eq!(found.map(text), None, "{path} is in the executable");
    }
}
