//! Distributions that several entries bring: the last one's is the only one that stays.

use std::collections::{BTreeMap, BTreeSet};

use pyresources::install;

use super::core_metadata::{self, FoundDistribution, folders};
use super::model::{Collected, DataFile, ModuleKind};
use super::path_files;

/// What the metadata in a folder says.
fn distribution<'a>(
    folder: &'a str,
    files: &BTreeMap<String, DataFile>,
) -> Option<FoundDistribution<'a>> {
    let file = files.get(&core_metadata::metadata_path(folder)?);
    let metadata = file.and_then(|file| fs_err::read(&file.source).ok());
    FoundDistribution::of(folder, metadata.as_deref())
}

/// Removes from `collected` the distributions that `later` brings too, so that nothing of the
/// replaced one is mixed with the other; returns what a person should know.
pub fn replace(collected: &mut Collected, later: &Collected) -> Vec<String> {
    let mut notes = Vec::new();
    for (folder, line) in folders(&later.files) {
        let Some(new) = distribution(folder, &later.files) else { continue };
        let folders: Vec<(String, usize)> = folders(&collected.files)
            .into_iter()
            .map(|(folder, line)| (folder.to_owned(), line))
            .collect();
        for (old_folder, old_line) in folders {
            let old = distribution(&old_folder, &collected.files);
            let Some(old) = old.filter(|old| old.project == new.project) else { continue };
            if old.version() != new.version() {
                notes.push(format!(
                    "{} {} of [[python_packages]] at line {line} is used, not {} of line {old_line}: the \
                     last entry wins; change their order to choose the other",
                    new.headers.first("Name").unwrap_or(&new.project),
                    new.version(),
                    old.version(),
                ));
            }
            remove(collected, &old_folder);
        }
    }
    notes
}

/// Removes what the distribution's `RECORD` lists, what an editable install led to, and the metadata
/// itself.
fn remove(collected: &mut Collected, folder: &str) {
    let mut listed = listed(folder, &collected.files);
    listed.extend(collected.brought.remove(folder).unwrap_or_default());
    let metadata = format!("{folder}/");
    collected.files.retain(|path, _| !listed.contains(path) && !path.starts_with(&metadata));
    collected.modules.retain(|_, module| {
        module.kind == ModuleKind::Namespace || !listed.contains(&module.virtual_path)
    });
    collected.libraries.retain(|path, _| !listed.contains(path));
    let libraries = &collected.libraries;
    collected.extensions.retain(|_, extension| libraries.contains_key(&extension.virtual_path));
    remove_empty_namespaces(collected);
}

/// The virtual paths that a distribution's `RECORD` lists.
pub fn listed(folder: &str, files: &BTreeMap<String, DataFile>) -> BTreeSet<String> {
    let record = files.get(&format!("{folder}/RECORD"));
    let bytes = record.and_then(|file| fs_err::read(&file.source).ok()).unwrap_or_default();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*bytes);
    let rows = reader.records().flatten();
    let root = folder.rsplit_once('/').map_or("", |(root, _)| root);
    rows.filter_map(|row| row.get(0).map(|path| below(root, path))).collect()
}

/// The virtual path of what lies at `path`, relative to the folder `root`.
fn below(root: &str, path: &str) -> String {
    let mut names: Vec<&str> = root.split('/').filter(|name| !name.is_empty()).collect();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    names.join("/")
}

/// To which distribution each file of one belongs: from virtual path to normalised name. Of what a distribution
/// without a `RECORD` installed, its metadata is all that is known.
pub(crate) fn files_of_all(collected: &Collected) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for folder in folders(&collected.files).into_keys() {
        let Some(found) = distribution(folder, &collected.files) else { continue };
        let brought = collected.brought.get(folder).cloned().unwrap_or_default();
        let metadata = format!("{folder}/");
        let files = collected.files.range(metadata.clone()..).map(|(path, _)| path);
        let metadata = files.take_while(|path| path.starts_with(&metadata)).cloned();
        for path in listed(folder, &collected.files).into_iter().chain(brought).chain(metadata) {
            all.insert(path, found.project.clone());
        }
    }
    all
}

/// Removes the metadata of distributions of which an entry's `excludes` left nothing.
pub fn remove_excluded(found: &mut Collected) {
    let modules: BTreeSet<&str> =
        found.modules.values().map(|module| module.virtual_path.as_str()).collect();
    let is_gone = |folder: &&str| {
        let sources = listed(folder, &found.files).into_iter().filter(|path| {
            let (place, below) = install::split(path);
            let is_beside = place == install::split(folder).0;
            path.ends_with(".py") && is_beside && !path_files::is_path_file(below)
        });
        let mut sources = sources.peekable();
        sources.peek().is_some() && !sources.any(|path| modules.contains(path.as_str()))
    };
    let gone = folders(&found.files).into_keys().filter(is_gone);
    let gone: Vec<String> = gone.map(str::to_owned).collect();
    for folder in gone {
        remove(found, &folder);
    }
}

/// Removes the namespace packages in which no module is left.
fn remove_empty_namespaces(collected: &mut Collected) {
    let mut needed = BTreeSet::new();
    let modules = collected.modules.values().filter(|m| m.kind != ModuleKind::Namespace);
    for name in modules.map(|module| &module.name).chain(collected.extensions.keys()) {
        needed.extend(name.match_indices('.').map(|(dot, _)| name[..dot].to_owned()));
    }
    collected
        .modules
        .retain(|name, module| module.kind != ModuleKind::Namespace || needed.contains(name));
}
