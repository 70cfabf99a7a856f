//! `[tool.uv.sources]`: where a project has its dependencies from, other than an index.
//!
//! An index may have something else of the same name, so what this table says must not be passed over.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::pins;
use crate::wheel::name::normalise;

/// What is asked for beside a project, as its dependencies come from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Folders of source.
    pub folders: Vec<PathBuf>,
    /// Requirements with an address: `NAME @ URL`.
    pub requirements: Vec<String>,
}

/// Where the dependencies of the project in `folder` are from, and those of the folders that it names.
pub fn of_project(folder: &Path) -> Sources {
    let mut sources = Sources::default();
    let mut seen = BTreeSet::from([folder.to_owned()]);
    add(folder, &mut seen, &mut sources);
    sources
}

fn add(folder: &Path, seen: &mut BTreeSet<PathBuf>, sources: &mut Sources) {
    let project = pins::read(folder);
    let root = pins::workspace(folder).unwrap_or_else(|| folder.to_owned());
    // A member inherits the table of its workspace.
    for table in [&project, &pins::read(&root)] {
        let Some(table) = uv(table).and_then(|uv| uv.get("sources")).and_then(Value::as_table)
        else {
            continue;
        };
        for name in dependencies(&project) {
            let Some((key, source)) = table.iter().find(|(key, _)| normalise(key) == name) else {
                continue;
            };
            let text = |key: &str| source.get(key).and_then(Value::as_str);
            let place = match (text("path"), source.get("workspace")) {
                (Some(path), _) => Some(folder.join(path)),
                (None, Some(Value::Boolean(true))) => member(&root, &name),
                _ => None,
            };
            if let Some(place) = place {
                if place.is_dir() && seen.insert(place.clone()) {
                    sources.folders.push(place.clone());
                    add(&place, seen, sources);
                }
            } else if let Some(url) = text("url") {
                sources.requirements.push(format!("{key} @ {url}"));
            } else if let Some(repository) = text("git") {
                let revision = text("rev").or(text("tag")).or(text("branch"));
                let revision = revision.map(|revision| format!("@{revision}")).unwrap_or_default();
                let below = text("subdirectory").map(|below| format!("#subdirectory={below}"));
                let below = below.unwrap_or_default();
                sources.requirements.push(format!("{key} @ git+{repository}{revision}{below}"));
            }
        }
    }
    sources.requirements.dedup();
}

fn uv(project: &Table) -> Option<&Value> {
    project.get("tool")?.get("uv")
}

/// Normalised names of what a project depends on.
fn dependencies(project: &Table) -> Vec<String> {
    let section = project.get("project");
    let list = section.and_then(|section| section.get("dependencies")).and_then(Value::as_array);
    let names = list.into_iter().flatten().filter_map(Value::as_str).map(|requirement| {
        let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
        normalise(&requirement[..end.unwrap_or(requirement.len())])
    });
    names.collect()
}

/// The folder of the member of a workspace that is called `name`.
fn member(root: &Path, name: &str) -> Option<PathBuf> {
    let project = pins::read(root);
    let patterns = uv(&project)?.get("workspace")?.get("members")?.as_array()?;
    let folders = patterns.iter().filter_map(Value::as_str).flat_map(|pattern| {
        glob::glob(&root.join(pattern).to_string_lossy()).into_iter().flatten().flatten()
    });
    folders.into_iter().find(|folder| {
        let project = pins::read(folder);
        let own = project.get("project").and_then(|project| project.get("name"));
        own.and_then(Value::as_str).is_some_and(|own| normalise(own) == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_members_and_addresses_take_the_place_of_an_index() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        write("pyproject.toml", "[tool.uv.workspace]\nmembers = [\"packages/*\"]\n");
        write(
            "packages/app/pyproject.toml",
            "[project]\nname = \"app\"\ndependencies = [\"my-lib>=1\", \"Other[x]\", \"far\", \"six\"]\n\
             [tool.uv.sources]\nmy_lib = { workspace = true }\nother = { path = \"../../other\" }\n\
             far = { git = \"https://example.com/far\", tag = \"v1\" }\nunused = { path = \"../x\" }\n",
        );
        write("packages/lib/pyproject.toml", "[project]\nname = \"My.Lib\"\ndependencies = []\n");
        write("other/pyproject.toml", "[project]\nname = \"other\"\n");
        let sources = of_project(&root.path().join("packages/app"));
        let folders: Vec<PathBuf> =
            sources.folders.iter().map(|folder| fs_err::canonicalize(folder).unwrap()).collect();
        let expected = ["packages/lib", "other"].map(|path| root.path().join(path));
        assert_eq!(folders, expected.map(|path| fs_err::canonicalize(path).unwrap()));
        assert_eq!(sources.requirements, ["far @ git+https://example.com/far@v1"]);
    }
}
