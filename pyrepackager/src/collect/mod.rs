//! Which Python modules and files go in, and where each comes from.
//!
//! [`collect`] walks the entries of `[[python_packages]]` in order and returns what they provide,
//! by name; a later entry wins. It reads folders and the contents of no module: compiling is the job of
//! [`crate::bytecode`], packing that of the blob.
//!
//! * `scan`: one walk over a folder of packages; knows what is a module and what is data;
//!   `passed_over`: what it leaves.
//! * `shared_objects`: which files are extension modules and libraries, and for which Python.
//! * `own_extensions`: the distribution's own extension modules that are shared libraries.
//! * `stdlib`, `package_root`, `virtualenv`, `wheels`: one kind of entry each.
//! * `path_files`: the `.pth` files of environments.
//! * `merge`: which of two entries wins.
//! * `folders`: where what is collected goes.
//! * `filter`: the entries that leave out what files do not name.
//! * `core_metadata`: what distributions say of themselves.
//! * `distributions`: of one that several entries bring, one stays.
//! * `entry_points`: which function a console script calls.

pub mod core_metadata;
mod distributions;
mod entry_points;
mod error;
mod filter;
pub(crate) mod folders;
mod merge;
mod model;
mod names;
mod own_extensions;
mod package_root;
mod passed_over;
mod path_files;
mod scan;
mod shared_objects;
mod stdlib;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod virtualenv;
mod wheels;

pub(crate) use distributions::{files_of_all as distribution_files, listed};
pub use entry_points::{chosen as chosen_run, find as find_entry_point, take_script};
pub use error::CollectError;
pub(crate) use filter::STARTUP;
pub use model::{Collected, DataFile, ExtensionModule, Module, ModuleKind, Origin, SharedLibrary};
pub(crate) use names::{nearest, quoted, shortened};
pub use wheels::{script_name, script_path};

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::resolved::{Config, PackageSource, PackageSourceKind};
use crate::distribution::Distribution;
use crate::policy::Selection;
use crate::requirements;
use crate::wheel::InstalledWheel;

/// Collects what `sources` provide; the order of the entries decides who wins. `wheels` are those that
/// entries bring, by the positions of the entries; the standard library goes by `selection`, the
/// distribution's extension modules that go in.
///
/// # Errors
///
/// A folder that does not exist or cannot be read, a named package that is not found, a folder
/// that is no virtual environment or one of another Python, a filter that leaves nothing, a loop of
/// symbolic links, a file name that is not UTF-8, an extension module for another Python alone.
pub fn collect(
    sources: &[PackageSource],
    wheels: &BTreeMap<usize, Vec<InstalledWheel>>,
    distribution: &Distribution,
    selection: &Selection,
) -> Result<Collected, CollectError> {
    let mut collected = Collected::default();
    for (index, source) in sources.iter().enumerate() {
        let mut found = match &source.kind {
            PackageSourceKind::FilterFileInclude { path } => {
                filter::apply(source.line, std::slice::from_ref(path), &mut collected)?;
                continue;
            }
            PackageSourceKind::FilterFilesInclude { glob } => {
                let files = filter::matching(source.line, glob)?;
                filter::apply(source.line, &files, &mut collected)?;
                continue;
            }
            PackageSourceKind::Wheel { .. } | PackageSourceKind::Requirements(_) => {
                let wheels = wheels.get(&index).map_or(&[][..], Vec::as_slice);
                let mut found = wheels::scan(source, wheels, distribution)?;
                // A script, which is added next, has its folder before the standard library.
                merge::hide_behind_stdlib(&mut found, &collected, distribution, source.line);
                if let Some(path) = requirements::script_of(source) {
                    wheels::add_script(source, path, &mut found);
                }
                found
            }
            PackageSourceKind::Stdlib { exclude_test_modules } => {
                stdlib::scan(source, *exclude_test_modules, distribution, selection)?
            }
            PackageSourceKind::PackageRoot { path, packages } => {
                let mut found = package_root::scan(source, path, packages, distribution)?;
                merge::hide_preloaded(&mut found);
                found
            }
            PackageSourceKind::Virtualenv { path } => {
                let mut found = virtualenv::scan(source, path, distribution)?;
                merge::hide_behind_stdlib(&mut found, &collected, distribution, source.line);
                found
            }
        };
        if !source.excludes.is_empty() {
            distributions::remove_excluded(&mut found);
        }
        if !matches!(source.kind, PackageSourceKind::Stdlib { .. }) {
            check_case(source.line, &found)?;
        }
        let passed_over = std::mem::take(&mut found.passed_over);
        let passed_over = passed_over.notes(source.line);
        // Who installs a package cannot change what is in it.
        match source.kind {
            PackageSourceKind::PackageRoot { .. } => found.notes.extend(passed_over),
            _ => found.details.extend(passed_over),
        }
        merge::merge(&mut collected, found);
    }
    collected.inputs.sort();
    collected.inputs.dedup();
    Ok(collected)
}

/// Adds packages and modules that lie beside a script of `source`, in the place of others of their names; returns
/// the names of the new modules.
///
/// # Errors
///
/// When something of them cannot be read.
pub(crate) fn add_beside(
    source: &PackageSource,
    folder: &Path,
    names: &[String],
    distribution: &Distribution,
    collected: &mut Collected,
) -> Result<Vec<String>, CollectError> {
    let mut found = package_root::scan(source, folder, names, distribution)?;
    merge::hide_preloaded(&mut found);
    let new: Vec<String> = found.modules.keys().cloned().collect();
    let is_top = |name: &&String| !name.contains('.');
    for name in new.iter().filter(is_top) {
        merge::remove_below(collected, name);
        collected.modules.remove(name);
    }
    merge::merge(collected, found);
    Ok(new)
}

/// Adds pip's installer where something but the standard library names the modules that make virtual environments: they
/// install pip from a wheel, which is too large for all the others.
///
/// # Errors
///
/// When something of it cannot be read.
pub fn add_installer(
    config: &Config,
    distribution: &Distribution,
    collected: &mut Collected,
) -> Result<(), CollectError> {
    let is_stdlib =
        |source: &&PackageSource| matches!(source.kind, PackageSourceKind::Stdlib { .. });
    let Some(source) = config.packages.iter().find(is_stdlib) else { return Ok(()) };
    let is_excluded = source.excludes.iter().any(|name| name == "ensurepip");
    if collected.modules.contains_key("ensurepip") || is_excluded {
        return Ok(());
    }
    let names_it = |module: &Module| {
        let text = module.source.as_ref().and_then(|path| fs_err::read(path).ok());
        String::from_utf8_lossy(&text.unwrap_or_default()).lines().any(names_environments)
    };
    if collected.modules.values().any(|module| !module.origin.stdlib && names_it(module)) {
        merge::merge(collected, stdlib::installer(source, distribution)?);
    }
    Ok(())
}

/// Whether a line of source imports or names the modules that make virtual environments.
fn names_environments(line: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = line.split(|c| !is_word(c));
    line.contains("ensurepip")
        || line.contains("\"venv\"")
        || line.contains("'venv'")
        || (line.contains("import") && words.any(|word| word == "venv"))
}

/// That no two files of an entry differ only in case: on other file systems one would hide the other.
fn check_case(line: usize, found: &Collected) -> Result<(), CollectError> {
    let sources = found.modules.values().filter(|module| module.source.is_some());
    let paths = sources.map(|module| &module.virtual_path).chain(found.files.keys());
    let mut seen: BTreeMap<String, &String> = BTreeMap::new();
    for path in paths {
        if let Some(first) = seen.insert(path.to_lowercase(), path) {
            let (first, second) = (first.clone(), path.clone());
            return Err(CollectError::OnlyCase { line, first, second });
        }
    }
    Ok(())
}
