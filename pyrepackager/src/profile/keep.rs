//! What stays in an application that is pruned, and why.
//!
//! Whatever a traced run asked for gets the same answer: what it loaded, looked at, found or saw in a list stays. So
//! does what a run needs that fails, or that has another locale.

use std::collections::BTreeSet;

use pyresources::install;

use super::Use;
use super::prune::Needs;
use super::read::Profile;
use crate::collect::core_metadata::folder_of;
use crate::collect::{Collected, Module, STARTUP, listed};
use crate::imports::{Circumstance, Import};
use crate::licenses::texts::is_license_file;

/// What the interpreter imports to print an error with its source, or a warning; what these import stays, too.
const ERRORS: [&str; 4] = ["traceback", "tokenize", "ast", "warnings"];

/// The package whose modules the locale, the terminal and the data choose.
const ENCODINGS: &str = "encodings.";

/// Names and paths of what stays. They may be more than there are.
pub(super) struct Kept {
    pub(super) modules: BTreeSet<String>,
    pub(super) files: BTreeSet<String>,
    pub(super) libraries: BTreeSet<String>,
}

impl Kept {
    pub(super) fn of(profile: &Profile, collected: &Collected, needs: &Needs<'_>) -> Self {
        let modules = modules(profile, collected, needs);
        let libraries = libraries(profile, collected, needs, &modules);
        let mut kept = Self { modules, files: BTreeSet::new(), libraries };
        kept.files = files(profile, collected, &kept);
        kept
    }
}

fn modules(profile: &Profile, collected: &Collected, needs: &Needs<'_>) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = profile.imported.clone();
    for what in [Use::Module, Use::Found, Use::Source] {
        names.extend(profile.names(what).into_iter().map(module_name));
    }
    names.extend(needs.main.iter().cloned());
    names.extend(needs.main.iter().map(|name| format!("{name}.__main__")));
    names.extend(required(STARTUP.into_iter().chain(ERRORS), collected, needs));
    let packages = profile.names(Use::Package);
    let files = profile.names(Use::File);
    let folders = profile.names(Use::Folder);
    for module in collected.modules.values() {
        let is_file = module.include_source
            && (files.contains(module.virtual_path.as_str())
                || folders.contains(parent(&module.virtual_path)));
        let is_listed = packages.contains(parent(module.entry_name()));
        if is_file || is_listed || module.name.starts_with(ENCODINGS) {
            names.insert(module.name.clone());
        }
    }
    let extensions = collected.extensions.values();
    let listed = extensions.filter(|module| packages.contains(parent(&module.entry_name())));
    names.extend(listed.map(|module| module.name.clone()));
    let packages: Vec<String> = names
        .iter()
        .flat_map(|name| name.match_indices('.').map(|(dot, _)| name[..dot].to_owned()))
        .collect();
    names.extend(packages);
    names
}

/// The modules of these names, and all that are imported whenever one of them is.
fn required<'a>(
    roots: impl Iterator<Item = &'a str>,
    collected: &Collected,
    needs: &Needs<'_>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut next: Vec<String> = roots.map(str::to_owned).collect();
    while let Some(name) = next.pop() {
        let module = collected.modules.get(&name);
        if !found.insert(name.clone()) || module.is_none() {
            continue;
        }
        let is_package = module.is_some_and(Module::is_package);
        let imports = needs.scans.modules.get(&name).map_or(&[][..], |scan| &scan.imports);
        for import in imports.iter().filter(|i| i.circumstance == Circumstance::Required) {
            next.extend(targets(import, &name, is_package));
        }
    }
    found
}

/// The modules that an import may mean.
fn targets(import: &Import, importer: &str, is_package: bool) -> Vec<String> {
    let Some(module) = import.absolute(importer, is_package) else { return Vec::new() };
    let names = import.names.iter().map(|name| format!("{module}.{name}"));
    names.chain([module.clone()]).collect()
}

/// The folder that a path names something in.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The dotted name of a module by that of its entry.
fn module_name(entry: &str) -> String {
    install::split(entry).1.replace('/', ".")
}

fn libraries(
    profile: &Profile,
    collected: &Collected,
    needs: &Needs<'_>,
    modules: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut kept: BTreeSet<&str> = profile.names(Use::Library);
    kept.extend(profile.names(Use::File));
    let extensions = collected.extensions.values().filter(|e| modules.contains(&e.name));
    kept.extend(extensions.map(|extension| extension.virtual_path.as_str()));
    for library in needs.libraries {
        if kept.contains(library.virtual_path.as_str()) {
            kept.extend(library.dependencies.iter().map(String::as_str));
        }
    }
    // Several packages may bring one library, of which one is loaded: each looks for it where its own is.
    let file_name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = kept.iter().map(|path| file_name(path)).collect();
    let extensions: BTreeSet<&str> =
        collected.extensions.values().map(|extension| extension.virtual_path.as_str()).collect();
    let paths = collected.libraries.keys().filter(|path| {
        kept.contains(path.as_str())
            || (!extensions.contains(path.as_str()) && names.contains(&file_name(path)))
    });
    paths.cloned().collect()
}

fn files(profile: &Profile, collected: &Collected, kept: &Kept) -> BTreeSet<String> {
    let used = profile.names(Use::File);
    let folders = profile.names(Use::Folder);
    let paths = collected.files.keys().filter(|path| {
        used.contains(path.as_str())
            || folders.contains(parent(path))
            || (is_license(path) && is_below(path, &kept.modules))
    });
    let mut files: BTreeSet<String> = paths.cloned().collect();
    let gone = gone(collected, kept, &files);
    let metadata = collected
        .files
        .keys()
        .filter(|path| folder_of(path).is_some_and(|folder| !gone.contains(folder)));
    files.extend(metadata.cloned());
    files
}

fn is_license(path: &str) -> bool {
    is_license_file(path.rsplit('/').next().unwrap_or_default())
}

/// Whether a file is in a package that stays, or in none.
fn is_below(path: &str, modules: &BTreeSet<String>) -> bool {
    let (_, path) = install::split(path);
    let mut folders = path.match_indices('/').map(|(slash, _)| path[..slash].replace('/', "."));
    !path.contains('/') || folders.any(|folder| modules.contains(&folder))
}

/// The metadata folders of distributions of which there was something, and nothing stays.
fn gone<'a>(collected: &'a Collected, kept: &Kept, files: &BTreeSet<String>) -> BTreeSet<&'a str> {
    let folders: BTreeSet<&str> =
        collected.files.keys().filter_map(|path| folder_of(path)).collect();
    let modules = collected.modules.values().filter(|module| module.source.is_some());
    let before: BTreeSet<&str> = modules
        .clone()
        .map(|module| module.virtual_path.as_str())
        .chain(collected.files.keys().map(String::as_str))
        .chain(collected.libraries.keys().map(String::as_str))
        .collect();
    let after: BTreeSet<&str> = modules
        .filter(|module| kept.modules.contains(&module.name))
        .map(|module| module.virtual_path.as_str())
        .chain(files.iter().chain(&kept.libraries).map(String::as_str))
        .collect();
    let is_gone = |folder: &&str| {
        let own = format!("{folder}/");
        let listed = listed(folder, &collected.files);
        let mut content = listed.iter().filter(|path| !path.starts_with(&own));
        let is_used = after.iter().any(|path| path.starts_with(&own));
        let stays = content.clone().any(|path| after.contains(path.as_str()));
        !is_used && !stays && content.any(|path| before.contains(path.as_str()))
    };
    folders.into_iter().filter(is_gone).collect()
}
