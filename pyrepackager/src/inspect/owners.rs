//! Whose a module, a file or a library is.
//!
//! Most folders belong to one owner with all that is below them, so a few names say it of thousands.

use std::collections::BTreeMap;

use super::record::{Owner, OwnerRecord};
use crate::collect::{Collected, ModuleKind, Origin, distribution_files, folders};
use crate::config::resolved::PythonVersion;
use crate::native::Library;

/// The owners of everything that was collected.
pub(super) fn records(
    collected: &Collected,
    libraries: &[Library],
    version: PythonVersion,
) -> Vec<OwnerRecord> {
    let of_distributions = distribution_files(collected);
    let owner = |path: &str, origin: Origin| match of_distributions.get(path) {
        // No entry of the configuration brings the packager's own modules.
        _ if origin.line == 0 => Owner::Packager,
        _ if origin.stdlib => Owner::Stdlib,
        Some(project) => Owner::Distribution(project.clone()),
        None => Owner::Application,
    };
    let mut all: BTreeMap<String, Owner> = BTreeMap::new();
    all.extend(folders::pythons(version).map(|path| (path, Owner::Packager)));
    for module in collected.modules.values().filter(|m| m.kind != ModuleKind::Namespace) {
        all.insert(module.entry_name().to_owned(), owner(&module.virtual_path, module.origin));
    }
    for file in collected.files.values() {
        all.insert(file.virtual_path.clone(), owner(&file.virtual_path, file.origin));
    }
    for library in libraries {
        let path = &library.virtual_path;
        let found = collected.libraries.get(path).map(|found| owner(path, found.origin));
        all.insert(path.clone(), found.unwrap_or(Owner::System));
    }
    shorten(&all)
}

/// The shortest names that say the same.
fn shorten(all: &BTreeMap<String, Owner>) -> Vec<OwnerRecord> {
    // Of each name and those above it, the owner of all that is below; `None` when there are several.
    let mut common: BTreeMap<&str, Option<&Owner>> = BTreeMap::new();
    for (path, owner) in all {
        for prefix in prefixes(path) {
            let found = common.entry(prefix).or_insert(Some(owner));
            if *found != Some(owner) {
                *found = None;
            }
        }
    }
    let mut records: BTreeMap<&Owner, Vec<String>> = BTreeMap::new();
    for (path, owner) in &common {
        let above = path.rsplit_once('/').and_then(|(above, _)| common.get(above));
        let is_told = above.is_some_and(Option::is_some);
        match owner {
            Some(owner) if !is_told => records.entry(owner).or_default().push((*path).to_owned()),
            Some(_) => {}
            None => {
                if let Some(own) = all.get(*path) {
                    records.entry(own).or_default().push((*path).to_owned());
                }
            }
        }
    }
    records.into_iter().map(|(owner, paths)| OwnerRecord { owner: owner.clone(), paths }).collect()
}

/// A name, and all names above it, the longest first.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(above, _)| above))
}

/// Answers whose a name is.
pub(super) struct Owners<'a>(BTreeMap<&'a str, &'a Owner>);

impl<'a> Owners<'a> {
    pub fn new(records: &'a [OwnerRecord]) -> Self {
        let paths = records.iter().flat_map(|OwnerRecord { owner, paths }| {
            paths.iter().map(move |path| (path.as_str(), owner))
        });
        Self(paths.collect())
    }

    /// The owner of a name, written with `/`; `None` when nothing tells it.
    pub fn of(&self, path: &str) -> Option<&'a Owner> {
        prefixes(path).find_map(|prefix| self.0.get(prefix).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_names_say_whose_all_are() {
        let rich = Owner::Distribution("rich".into());
        let plugin = Owner::Distribution("plugin".into());
        let all = [
            ("os", Owner::Stdlib),
            ("json", Owner::Stdlib),
            ("json/decoder", Owner::Stdlib),
            ("rich", rich.clone()),
            ("rich/console", rich.clone()),
            ("rich/plugins/theirs", plugin.clone()),
            ("space/one", rich.clone()),
            ("space/two/x.txt", plugin.clone()),
        ];
        let all: BTreeMap<String, Owner> =
            all.into_iter().map(|(path, owner)| (path.to_owned(), owner)).collect();
        let records = shorten(&all);
        let paths: Vec<(&Owner, Vec<&str>)> = records
            .iter()
            .map(|record| (&record.owner, record.paths.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            paths,
            [
                (&Owner::Stdlib, vec!["json", "os"]),
                (&plugin, vec!["rich/plugins", "space/two"]),
                (&rich, vec!["rich", "rich/console", "space/one"]),
            ]
        );
        let owners = Owners::new(&records);
        for (path, owner) in &all {
            assert_eq!(owners.of(path), Some(owner), "{path}");
        }
        assert_eq!(owners.of("json/data.txt"), Some(&Owner::Stdlib));
        assert_eq!(owners.of("jsonic"), None);
        assert_eq!(owners.of("space"), None);
    }
}
