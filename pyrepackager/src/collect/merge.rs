//! Which of two entries wins.
//!
//! The later one, for each name, as far as imports can reach both:
//!
//! * Packages of one name are merged: the later `__init__.py` wins, and submodules that only the
//!   earlier one has stay.
//! * A later module `foo.py` replaces an earlier package `foo` with all that is below it, which
//!   nothing could import any more.
//! * Extension modules count as modules; a `.py` file beside one comes from the same entry.
//! * A distribution that the later entry brings too is removed with all of its files first.
//! * Installed packages do not replace the standard library, which `sys.path` has before them.
//! * A later namespace package has no code of its own, so an earlier package keeps its
//!   `__init__.py`. An earlier plain module gives way.

use std::collections::BTreeSet;

use super::distributions;
use super::model::{Collected, ModuleKind};
use super::names::shortened;
use crate::config::resolved::of_entry;
use crate::distribution::Distribution;

/// Adds `later` to `collected`.
pub fn merge(collected: &mut Collected, later: Collected) {
    let notes = distributions::replace(collected, &later);
    collected.notes.extend(notes);
    replace_extensions(collected, &later);
    for (name, module) in later.modules {
        let earlier = collected.modules.get(&name).map(|earlier| earlier.kind);
        match (earlier, module.kind) {
            (Some(ModuleKind::Package), ModuleKind::Namespace) => continue,
            (None, ModuleKind::Namespace) if collected.extensions.contains_key(&name) => continue,
            (Some(ModuleKind::Package | ModuleKind::Namespace), ModuleKind::Module) => {
                remove_below(collected, &name);
            }
            _ => {}
        }
        collected.modules.insert(name, module);
    }
    collected.extensions.extend(later.extensions);
    collected.libraries.extend(later.libraries);
    collected.files.extend(later.files);
    collected.archives.extend(later.archives);
    collected.brought.extend(later.brought);
    collected.inputs.extend(later.inputs);
    collected.notes.extend(later.notes);
    collected.passed_over.extend(later.passed_over);
}

/// Removes from `collected` the extension modules whose names `later` gives to others, and what hides
/// those of `later`.
fn replace_extensions(collected: &mut Collected, later: &Collected) {
    let with_code = later.modules.values().filter(|module| module.kind != ModuleKind::Namespace);
    let names = with_code.map(|module| &module.name).chain(later.extensions.keys());
    for name in names {
        if let Some(extension) = collected.extensions.remove(name) {
            collected.libraries.remove(&extension.virtual_path);
        }
    }
    for (name, extension) in &later.extensions {
        let earlier = collected.modules.get(name).map(|earlier| earlier.kind);
        if extension.kind == ModuleKind::Module && earlier.is_some_and(|k| k != ModuleKind::Module)
        {
            remove_below(collected, name);
        }
        // It would go with the `.py` file of another.
        if earlier.is_some() && !later.modules.contains_key(name) {
            collected.modules.remove(name);
        }
    }
}

/// Removes the submodules and the files of the package `name`.
pub fn remove_below(collected: &mut Collected, name: &str) {
    let modules = format!("{name}.");
    let files = format!("{}/", name.replace('.', "/"));
    collected.modules.retain(|other, _| !other.starts_with(&modules));
    collected.files.retain(|path, _| !path.starts_with(&files));
    collected.extensions.retain(|other, _| !other.starts_with(&modules));
    collected.libraries.retain(|path, _| !path.starts_with(&files));
}

/// Removes from what is installed, the entry at `line`, modules whose names the standard library has.
///
/// The standard library stands before `site-packages` on `sys.path`, so `python` never imports them:
/// backports of old releases, or what has its name by mistake or ill will.
pub fn remove_hidden_by_stdlib(
    installed: &mut Collected,
    collected: &Collected,
    distribution: &Distribution,
    line: usize,
) {
    let is_stdlib = |name: &str| {
        let module = collected.modules.get(name);
        module.is_some_and(|m| m.origin.stdlib && m.kind != ModuleKind::Namespace)
            || distribution.extensions.contains_key(name)
    };
    let names = installed.modules.keys().chain(installed.extensions.keys());
    let top = names.filter_map(|name| name.split('.').next());
    let hidden: BTreeSet<String> = top.filter(|name| is_stdlib(name)).map(str::to_owned).collect();
    if hidden.is_empty() {
        return;
    }
    for name in &hidden {
        installed.modules.remove(name);
        if let Some(extension) = installed.extensions.remove(name) {
            installed.libraries.remove(&extension.virtual_path);
        }
        remove_below(installed, name);
    }
    let names: Vec<String> = hidden.into_iter().collect();
    installed.notes.push(format!(
        "{}skipped modules with names of the standard library, which hides them as with python: {}",
        of_entry(line),
        shortened(&names)
    ));
}
