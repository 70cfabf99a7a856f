//! Which configuration a build by Cargo is for.
//!
//! `pyembed` is compiled once for all that Cargo builds at a time. Where the packages have one configuration, its build
//! script packs that. Where they have several, it provides Python, and the build script of each package packs its own
//! (`pyembed_build::link`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pyrepackager::config;
use pyrepackager::licenses::crates::Member;
use serde_json::Value;

use crate::failure::Failure;

/// The configurations of a build.
#[derive(Debug, PartialEq)]
pub(super) enum Choice {
    /// One, in this file.
    One(PathBuf),
    /// That of the nearest folder, or the built-in one.
    Nearest,
    /// The packages or executables have different ones.
    Several(Vec<PathBuf>),
}

/// The configurations of a package.
#[derive(Debug, Default, PartialEq)]
pub(super) struct PackageFiles {
    /// That of all that it makes.
    pub(super) all: Option<PathBuf>,
    /// Those of single executables, by name.
    pub(super) executables: BTreeMap<String, PathBuf>,
}

/// Chooses by the packages of the workspace that depend on `pyembed`, whichever of them Cargo builds: what it builds next
/// time uses the same `pyembed`. Packages without a configuration have part in that of the others.
pub(super) fn choose(members: &[Member]) -> Result<Choice, Failure> {
    let mut files = Vec::new();
    for member in members {
        let PackageFiles { all, executables } = package_files(&member.folder, &member.metadata)?;
        files.extend(all.into_iter().chain(executables.into_values()));
    }
    files.sort();
    files.dedup();
    let only = if files.len() == 1 { files.pop() } else { None };
    Ok(match only {
        Some(file) => Choice::One(file),
        None if files.is_empty() => Choice::Nearest,
        None => Choice::Several(files),
    })
}

/// The configurations that a package's manifest names in `package.metadata.pyembed`, else the file of the usual name
/// beside it.
pub(super) fn package_files(folder: &Path, metadata: &Value) -> Result<PackageFiles, Failure> {
    let wrong = |key: &str, expected: &str| {
        let manifest = folder.join("Cargo.toml");
        Failure::other(format!(
            "`package.metadata.pyembed{key}` in `{}` must be {expected}",
            manifest.display()
        ))
    };
    let path = |value: &Value, key: &str| match value {
        Value::String(path) => Ok(folder.join(path)),
        _ => Err(wrong(key, "the path of a TOML file")),
    };
    let table = match metadata {
        Value::Null => &serde_json::Map::new(),
        Value::Object(table) => table,
        _ => return Err(wrong("", "a table with `config` or `bins`")),
    };
    let mut files = PackageFiles::default();
    for (key, value) in table {
        match (key.as_str(), value) {
            ("config", value) => files.all = Some(path(value, ".config")?),
            ("bins", Value::Object(bins)) => {
                for (name, value) in bins {
                    let path = path(value, &format!(".bins.{name}"))?;
                    files.executables.insert(name.clone(), path);
                }
            }
            ("bins", _) => {
                return Err(wrong(
                    ".bins",
                    "a table with the paths of TOML files by the names of executables",
                ));
            }
            (other, _) => {
                return Err(wrong(
                    &format!(".{other}"),
                    "`config` or `bins`: there is no such key",
                ));
            }
        }
    }
    if files.all.is_none() {
        let usual = folder.join(config::FILE_NAME);
        files.all = fs_err::symlink_metadata(&usual).is_ok().then_some(usual);
    }
    Ok(files)
}

/// The folder that Cargo's search for a manifest starts in: that of the manifest that its `arguments` name, else the
/// `folder` that it was called in.
pub(super) fn start(arguments: &[String], folder: &Path) -> PathBuf {
    if let Some(manifest) = value(arguments, "--manifest-path") {
        return folder.join(manifest).parent().unwrap_or(folder).to_owned();
    }
    // Of `cargo install`.
    value(arguments, "--path").map_or_else(|| folder.to_owned(), |path| folder.join(path))
}

/// The value of an option of Cargo's, behind it or behind a `=`.
fn value<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    // What follows is for a program that Cargo runs.
    let mut own = arguments.iter().map(String::as_str).take_while(|argument| *argument != "--");
    while let Some(argument) = own.next() {
        match argument.strip_prefix(name) {
            Some("") => return own.next(),
            Some(rest) if rest.starts_with('=') => return Some(&rest[1..]),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn arguments(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_owned).collect()
    }

    fn member(folder: &Path, metadata: Value) -> Member {
        fs_err::create_dir_all(folder).unwrap();
        Member { name: "some".to_owned(), folder: folder.to_owned(), metadata, is_library: false }
    }

    #[test]
    fn packages_share_one_configuration_or_have_their_own() {
        let root = tempfile::tempdir().unwrap();
        let [app, second, bare] = ["app", "second", "bare"].map(|name| root.path().join(name));
        let bare = member(&bare, Value::Null);
        assert_eq!(choose(&[]).unwrap(), Choice::Nearest);
        assert_eq!(choose(std::slice::from_ref(&bare)).unwrap(), Choice::Nearest);

        let app = member(&app, Value::Null);
        let file = app.folder.join("pyoxidizer.toml");
        fs_err::write(&file, "").unwrap();
        let one = choose(&[bare.clone(), app.clone()]).unwrap();
        assert_eq!(one, Choice::One(file.clone()));

        let second = member(&second, json!({ "config": "second.toml" }));
        let other = second.folder.join("second.toml");
        let several = choose(&[bare, app.clone(), second]).unwrap();
        assert_eq!(several, Choice::Several(vec![file.clone(), other]));

        let tool = Member { metadata: json!({ "bins": { "tool": "tool.toml" } }), ..app };
        let other = tool.folder.join("tool.toml");
        assert_eq!(choose(&[tool]).unwrap(), Choice::Several(vec![file, other]));
    }

    #[test]
    fn the_manifest_that_cargo_is_told_counts() {
        let folder = Path::new("/home/user");
        for (line, expected) in [
            ("cargo build", "/home/user"),
            ("cargo build --manifest-path app/Cargo.toml", "/home/user/app"),
            ("cargo build --manifest-path=/src/app/Cargo.toml", "/src/app"),
            ("cargo install --path app", "/home/user/app"),
            ("cargo run -- --path app", "/home/user"),
        ] {
            assert_eq!(start(&arguments(line), folder), Path::new(expected), "{line}");
        }
    }

    #[test]
    fn executables_may_have_their_own() {
        let metadata = json!({ "config": "a.toml", "bins": { "tool": "conf/tool.toml" } });
        let files = package_files(Path::new("/app"), &metadata).unwrap();
        assert_eq!(files.all.unwrap(), Path::new("/app/a.toml"));
        assert_eq!(files.executables["tool"], Path::new("/app/conf/tool.toml"));
    }

    #[test]
    fn wrong_metadata_is_refused_by_its_key() {
        for (metadata, expected) in [
            (json!("a.toml"), "`package.metadata.pyembed` in `/app/Cargo.toml` must be a table"),
            (json!({ "config": 1 }), "`package.metadata.pyembed.config` in"),
            (json!({ "bins": [] }), "`package.metadata.pyembed.bins` in"),
            (json!({ "bins": { "tool": {} } }), "`package.metadata.pyembed.bins.tool` in"),
            (json!({ "confg": "a.toml" }), "`package.metadata.pyembed.confg` in"),
        ] {
            let error = package_files(Path::new("/app"), &metadata).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
