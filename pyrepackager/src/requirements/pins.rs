//! Versions that the lock files of other tools name, as constraints for a resolver.
//!
//! `uv.lock`, `poetry.lock`, `pdm.lock` and `pylock.toml` (PEP 751) list packages with names and versions. Of a package that
//! one lists in several versions, for different machines or Pythons, the resolver chooses.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::requirement;
use crate::wheel::name::normalise;

/// Lock files, and the key of their lists; the first that is there counts.
const FILES: [(&str, &str); 4] = [
    ("pylock.toml", "packages"),
    ("uv.lock", "package"),
    ("poetry.lock", "package"),
    ("pdm.lock", "package"),
];

/// The versions that a lock file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    /// The file.
    pub path: PathBuf,
    /// Lines such as `NAME==VERSION`.
    pub constraints: Vec<String>,
}

/// What the lock file of the project in `folder` names: of the project itself, or of the uv workspace that it is a
/// member of. A file that is none names nothing.
pub fn of_project(folder: &Path) -> Option<Pins> {
    let own = [folder.to_owned()];
    let folders = own.into_iter().chain(workspace(folder));
    folders.into_iter().find_map(|folder| {
        FILES.iter().find_map(|(name, key)| {
            let path = folder.join(name);
            let table: Table = fs_err::read_to_string(&path).ok()?.parse().ok()?;
            let packages = table.get(*key).and_then(Value::as_array)?;
            Some(Pins { constraints: constraints(packages), path })
        })
    })
}

/// The root of the uv workspace that a folder lies in.
pub fn workspace(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().skip(1).map(Path::to_owned).find(|root| {
        let table = read(root);
        let uv = table.get("tool").and_then(|tool| tool.get("uv"));
        uv.is_some_and(|uv| uv.get("workspace").is_some())
    })
}

/// The `pyproject.toml` in a folder; nothing where there is none.
pub fn read(folder: &Path) -> Table {
    let text = fs_err::read_to_string(folder.join("pyproject.toml")).unwrap_or_default();
    text.parse().unwrap_or_default()
}

fn constraints(packages: &[Value]) -> Vec<String> {
    let mut versions: BTreeMap<String, Option<&str>> = BTreeMap::new();
    for package in packages {
        let text = |key| package.get(key).and_then(Value::as_str);
        let (Some(name), Some(version)) = (text("name"), text("version")) else { continue };
        if !requirement::is_name(name) || !requirement::is_version(version) || is_local(package) {
            continue;
        }
        let several = versions.get(&normalise(name)).is_some_and(|known| *known != Some(version));
        versions.insert(normalise(name), (!several).then_some(version));
    }
    let single = versions.into_iter().filter_map(|(name, version)| Some((name, version?)));
    single.map(|(name, version)| format!("{name}=={version}")).collect()
}

/// Whether a package is the project itself, or a folder beside it.
fn is_local(package: &Value) -> bool {
    let has = |table: &str, keys: &[&str]| {
        let table = package.get(table).and_then(Value::as_table);
        table.is_some_and(|table| keys.iter().any(|key| table.contains_key(*key)))
    };
    has("source", &["virtual", "editable", "directory", "path"])
        || package.get("directory").is_some()
        || package.get("source").and_then(|source| source.get("type")).and_then(Value::as_str)
            == Some("directory")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins(name: &str, text: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join(name), text).unwrap();
        of_project(folder.path()).unwrap().constraints
    }

    #[test]
    fn the_lock_files_of_other_tools_name_versions() {
        let uv = "version = 1\n[[package]]\nname = \"app\"\nversion = \"0\"\nsource = { editable = \".\" }\n\
                  [[package]]\nname = \"Six_x\"\nversion = \"1.15.0\"\nsource = { registry = \"x\" }\n\
                  [[package]]\nname = \"two\"\nversion = \"1\"\n[[package]]\nname = \"two\"\nversion = \"2\"\n";
        assert_eq!(pins("uv.lock", uv), ["six-x==1.15.0"]);
        let poetry = "[[package]]\nname = \"six\"\nversion = \"1.16.0\"\n\
                      [[package]]\nname = \"lib\"\nversion = \"1\"\n[package.source]\ntype = \"directory\"\n";
        assert_eq!(pins("poetry.lock", poetry), ["six==1.16.0"]);
        let pylock = "lock-version = \"1.0\"\n[[packages]]\nname = \"six\"\nversion = \"1.17.0\"\n\
                      [[packages]]\nname = \"app\"\nversion = \"1\"\ndirectory = { path = \".\" }\n";
        assert_eq!(pins("pylock.toml", pylock), ["six==1.17.0"]);
    }

    #[test]
    fn a_member_of_a_workspace_has_the_lock_file_of_its_root() {
        let root = tempfile::tempdir().unwrap();
        let member = root.path().join("packages/app");
        fs_err::create_dir_all(&member).unwrap();
        let workspace = "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n";
        fs_err::write(root.path().join("pyproject.toml"), workspace).unwrap();
        let lock = "[[package]]\nname = \"six\"\nversion = \"1.15.0\"\n";
        fs_err::write(root.path().join("uv.lock"), lock).unwrap();
        assert_eq!(of_project(&member).unwrap().constraints, ["six==1.15.0"]);
    }
}
