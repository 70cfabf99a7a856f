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
//! * Installed packages do not replace the standard library, which `sys.path` has before them, and nothing replaces
//!   modules that the interpreter has loaded before it looks there.
//! * A later namespace package has no code of its own, so an earlier package keeps its
//!   `__init__.py`. An earlier plain module gives way.

use std::collections::BTreeSet;

use super::distributions;
use super::model::{Collected, DataFile, ModuleKind, SharedLibrary};
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
    collected.details.extend(later.details);
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

/// Removes the submodules and the files of the package `name`, and those of no other folder.
pub fn remove_below(collected: &mut Collected, name: &str) {
    let package = collected.modules.get(name).map(|module| module.entry_name().to_owned());
    let package = package.or_else(|| Some(collected.extensions.get(name)?.entry_name()));
    let folder = format!("{}/", package.unwrap_or_else(|| name.replace('.', "/")));
    let modules = format!("{name}.");
    collected.modules.retain(|other, _| !other.starts_with(&modules));
    collected.files.retain(|path, _| !path.starts_with(&folder));
    collected.extensions.retain(|other, _| !other.starts_with(&modules));
    collected.libraries.retain(|path, _| !path.starts_with(&folder));
}

/// Modules that CPython has loaded, or finds among its built-in and frozen ones, before it looks for a module beside
/// a script: those that it imports at start, with `site`, and the lists of `Modules/config.c.in`,
/// `Modules/Setup.bootstrap.in` and `Python/frozen.c` of 3.10 to 3.15.
const PRELOADED: [&str; 54] = [
    "_abc",
    "_ast",
    "_codecs",
    "_collections",
    "_collections_abc",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_functools",
    "_imp",
    "_io",
    "_locale",
    "_operator",
    "_signal",
    "_sitebuiltins",
    "_sre",
    "_stat",
    "_string",
    "_suggestions",
    "_symtable",
    "_sysconfig",
    "_thread",
    "_tokenize",
    "_tracemalloc",
    "_typing",
    "_warnings",
    "_weakref",
    "abc",
    "atexit",
    "builtins",
    "codecs",
    "encodings",
    "errno",
    "faulthandler",
    "gc",
    "genericpath",
    "importlib",
    "io",
    "itertools",
    "marshal",
    "ntpath",
    "os",
    "posix",
    "posixpath",
    "pwd",
    "runpy",
    "site",
    "stat",
    "sys",
    "time",
    "zipimport",
    "__hello__",
    "__phello__",
    "_pymodules",
    "_contextvars",
];

/// Whether the import of a module never leads to a file beside a script.
pub fn is_preloaded(name: &str) -> bool {
    PRELOADED.contains(&name)
}

/// Makes files of what lies beside a script and has a name that never leads there.
pub fn hide_preloaded(found: &mut Collected) {
    hide(found, is_preloaded);
}

/// Makes files of modules that are installed, by the entry at `line`, and whose names the standard library has.
///
/// The standard library stands before `site-packages` on `sys.path`, so `python` never imports them: backports of old
/// releases, or what has its name by mistake or ill will.
pub fn hide_behind_stdlib(
    installed: &mut Collected,
    collected: &Collected,
    distribution: &Distribution,
    line: usize,
) {
    let names = hide(installed, |name| {
        let module = collected.modules.get(name);
        module.is_some_and(|m| m.origin.stdlib && m.kind != ModuleKind::Namespace)
            || distribution.extensions.contains_key(name)
    });
    if !names.is_empty() {
        installed.notes.push(format!(
            "{}modules with names of the standard library, which hides them as with python: {}",
            of_entry(line),
            shortened(&names)
        ));
    }
}

/// Makes files of the modules at the top that are `hidden`, and of what is in them; returns their names.
fn hide(found: &mut Collected, is_hidden: impl Fn(&str) -> bool) -> Vec<String> {
    let is_below_hidden = |name: &str| is_hidden(name.split('.').next().unwrap_or(name));
    let mut hidden = BTreeSet::new();
    let mut files = Vec::new();
    let Collected { modules, extensions, libraries, .. } = found;
    modules.retain(|name, module| {
        let stays = !is_below_hidden(name);
        if !stays {
            hidden.extend(name.split('.').next().map(str::to_owned));
            let (virtual_path, origin) = (module.virtual_path.clone(), module.origin);
            let source = module.source.clone();
            files.extend(source.map(|source| DataFile { source, virtual_path, origin }));
        }
        stays
    });
    extensions.retain(|name, extension| {
        let stays = !is_below_hidden(name);
        if !stays {
            hidden.extend(name.split('.').next().map(str::to_owned));
            files.extend(libraries.remove(&extension.virtual_path).map(|library| {
                let SharedLibrary { source, virtual_path, origin, .. } = library;
                DataFile { source, virtual_path, origin }
            }));
        }
        stays
    });
    found.files.extend(files.into_iter().map(|file| (file.virtual_path.clone(), file)));
    hidden.into_iter().collect()
}
