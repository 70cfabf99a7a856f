//! Which imports find something.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Import, Scan};
use crate::collect::{Collected, DataFile, Module, ModuleKind};

/// Modules that every interpreter has, though no file and perhaps no list of extensions names them.
const INTERPRETER: &[&str] = &[
    "__main__",
    "_frozen_importlib",
    "_frozen_importlib_external",
    "_imp",
    "_warnings",
    "builtins",
    "marshal",
    "sys",
    // pyembed's own.
    "_pymodules",
];

/// Attributes that every module has.
const ATTRIBUTES: &[&str] = &[
    "__builtins__",
    "__cached__",
    "__dict__",
    "__doc__",
    "__file__",
    "__loader__",
    "__name__",
    "__package__",
    "__path__",
    "__spec__",
];

/// The last component of a dotted name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The top-level package of a module.
pub fn top(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

/// What an executable provides.
pub struct Provided<'a> {
    modules: &'a BTreeMap<String, Module>,
    /// Files that are no modules: a folder of them can be imported, too.
    files: &'a BTreeMap<String, DataFile>,
    scans: BTreeMap<&'a str, &'a Scan>,
    /// Of extension modules it is not known which submodules they have.
    extensions: BTreeSet<&'a str>,
}

/// What becomes of an import.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Found<'a> {
    /// Modules that are imported, their packages before them.
    pub modules: Vec<&'a str>,
    /// Modules that nothing provides.
    pub missing: Vec<String>,
}

impl<'a> Provided<'a> {
    /// `scans` are those of the modules that have a source; `extensions` are names of extension modules.
    pub fn new(
        collected: &'a Collected,
        scans: BTreeMap<&'a str, &'a Scan>,
        extensions: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let extensions = extensions.into_iter().chain(INTERPRETER.iter().copied()).collect();
        let Collected { modules, files, .. } = collected;
        Self { modules, files, scans, extensions }
    }

    /// Looks for what `import` names in the module `importer`.
    pub fn find(&self, importer: &str, import: &Import) -> Found<'a> {
        let mut found = Found::default();
        let is_package = self.modules.get(importer).is_some_and(Module::is_package);
        let Some(module) = import.absolute(importer, is_package) else { return found };
        let module = module.strip_suffix(".__init__").map(str::to_owned).unwrap_or(module);
        if let Some(missing) = self.walk(&module, &mut found.modules) {
            if !self.is_bundled(importer, &missing) && !self.has_stand_in(&missing) {
                found.missing.push(missing);
            }
            return found;
        }
        for name in &import.names {
            let submodule = format!("{module}.{name}");
            if let Some((submodule, _)) = self.modules.get_key_value(&submodule) {
                found.modules.push(submodule);
            } else if let Some(submodule) = self.extensions.get(submodule.as_str()) {
                found.modules.push(submodule);
            } else if self.lacks_attribute(&module, name)
                && !self.modules.get(&module).is_some_and(|package| self.is_folder(package, name))
            {
                found.missing.push(submodule);
            }
        }
        found
    }

    /// Goes down a dotted name as far as it is provided; returns the first part that is not.
    fn walk(&self, name: &str, found: &mut Vec<&'a str>) -> Option<String> {
        let ends = name.match_indices('.').map(|(end, _)| end).chain([name.len()]);
        let mut parent: Option<&Module> = None;
        for end in ends {
            let part = &name[..end];
            if let Some((known, module)) = self.modules.get_key_value(part) {
                found.push(known);
                parent = Some(module);
                continue;
            }
            found.extend(self.extensions.get(part));
            let is_known = match parent {
                None => !self.extensions.contains(part),
                Some(parent) => {
                    self.has_known_submodules(parent)
                        && !self.extensions.contains(part)
                        && !self.is_folder(parent, last(part))
                }
            };
            return is_known.then(|| part.to_owned());
        }
        None
    }

    /// Whether there is a folder of files in a package.
    fn is_folder(&self, package: &Module, name: &str) -> bool {
        let folder = format!("{}/{name}/", package.entry_name());
        let next = self.files.range(folder.clone()..).next();
        next.is_some_and(|(path, _)| path.starts_with(&folder))
    }

    /// Whether what was collected below `module` is all that there is. A plain module has
    /// submodules only if it makes them itself, as `os` makes `os.path`.
    fn has_known_submodules(&self, module: &Module) -> bool {
        match module.kind {
            ModuleKind::Module => false,
            ModuleKind::Namespace => true,
            ModuleKind::Package => {
                self.scans.get(module.name.as_str()).is_some_and(|scan| !scan.dynamic)
            }
        }
    }

    /// Whether `from module import name` fails for certain, when there is no such submodule.
    fn lacks_attribute(&self, module: &str, name: &str) -> bool {
        let Some(package) = self.modules.get(module) else { return false };
        if name == "*" || ATTRIBUTES.contains(&name) {
            return false;
        }
        match package.kind {
            ModuleKind::Module => false,
            ModuleKind::Namespace => true,
            ModuleKind::Package => self.scans.get(module).is_some_and(|scan| {
                !scan.dynamic && scan.names.as_ref().is_some_and(|names| !names.contains(name))
            }),
        }
    }

    /// Whether `missing` is `distutils`, which Python dropped in 3.12 and the importer finds in setuptools.
    fn has_stand_in(&self, missing: &str) -> bool {
        missing == "distutils" && self.modules.contains_key("_distutils_hack")
    }

    /// Whether the importer's own package brings `missing` along, in a folder that it adds to
    /// `sys.path`.
    fn is_bundled(&self, importer: &str, missing: &str) -> bool {
        let top = top(importer);
        let below = format!("{top}.");
        let ending = format!(".{missing}");
        let own = || self.modules.range(below.clone()..).map(|(name, _)| name.as_str());
        let own = || own().take_while(|name| name.starts_with(&below));
        own().any(|name| name.ends_with(&ending))
            && own()
                .chain([top])
                .any(|name| self.scans.get(name).is_some_and(|scan| scan.paths || scan.dynamic))
    }
}
