//! What a collection holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::passed_over::PassedOver;
use crate::config::resolved::{OptimizeLevel, Sha256Digest};

/// What the entries of `[[python_packages]]` provide together.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// Modules by full dotted name.
    pub modules: BTreeMap<String, Module>,
    /// Files that are no modules, by virtual path (`lib/python3.13/site-packages/package/data.txt`).
    pub files: BTreeMap<String, DataFile>,
    /// Extension modules by full dotted name. A name may be among the modules too, as that of a
    /// `.py` file beside the extension module, which goes first.
    pub extensions: BTreeMap<String, ExtensionModule>,
    /// Shared objects by virtual path: libraries, and the files of extension modules.
    pub libraries: BTreeMap<String, SharedLibrary>,
    /// SHA-256 of the archives that distributions are from, by metadata folder, where known: of a wheel,
    /// or of the source that it was built of.
    pub archives: BTreeMap<String, Sha256Digest>,
    /// What editable installs led to, by the metadata folder of the distribution: virtual paths.
    pub(crate) brought: BTreeMap<String, BTreeSet<String>>,
    /// Every file and folder that was read, sorted, the distribution's own left out: when one of
    /// them changes, so may the collection.
    pub inputs: Vec<PathBuf>,
    /// What a person should know, such as files that were passed over.
    pub notes: Vec<String>,
    /// What a person may want to know.
    pub details: Vec<String>,
    /// What was passed over and is not in the notes yet.
    pub(crate) passed_over: PassedOver,
}

/// One module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Full dotted name.
    pub name: String,
    /// Module, package or namespace package.
    pub kind: ModuleKind,
    /// The `.py` file; `None` for a namespace package.
    pub source: Option<PathBuf>,
    /// Path below the executable, with `/`: `lib/python3.13/site-packages/package/__init__.py`; a
    /// namespace package's folder for one of those.
    pub virtual_path: String,
    /// Level of the bytecode.
    pub optimize_level: OptimizeLevel,
    /// Whether the source goes in beside the bytecode.
    pub include_source: bool,
    /// Whether an `import` statement can name it. `python -m` and `importlib.import_module` can
    /// name the others too, such as `my-script` or anything below a folder `2to3`.
    pub importable: bool,
    /// The entry that provides it.
    pub origin: Origin,
}

impl Module {
    /// Whether it has submodules: a package or a namespace package.
    pub fn is_package(&self) -> bool {
        self.kind != ModuleKind::Module
    }

    /// Whether it is a script that no import leads to.
    pub fn is_script(&self) -> bool {
        self.name == MAIN
    }

    /// The name of its entry in the packed resources: the virtual path, without the ending where an import leads there.
    pub fn entry_name(&self) -> &str {
        let path = self.virtual_path.as_str();
        match self.kind {
            ModuleKind::Namespace => path,
            ModuleKind::Package => path.strip_suffix("/__init__.py").unwrap_or(path),
            ModuleKind::Module if self.is_script() => path,
            ModuleKind::Module => path.strip_suffix(".py").unwrap_or(path),
        }
    }
}

/// The module that an interpreter runs; here the name of a script that cannot have that of its file.
pub(crate) const MAIN: &str = "__main__";

/// Kinds of modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleKind {
    /// One `.py` file.
    Module,
    /// A folder with `__init__.py`.
    Package,
    /// A folder without `__init__.py` that holds modules.
    Namespace,
}

/// A file that is no module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// The file.
    pub source: PathBuf,
    /// Path below the executable, with `/`.
    pub virtual_path: String,
    /// The entry that provides it.
    pub origin: Origin,
}

/// An extension module in a shared object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionModule {
    /// Full dotted name.
    pub name: String,
    /// Module, or package: then the file is called `__init__`.
    pub kind: ModuleKind,
    /// Its file, among [`Collected::libraries`].
    pub virtual_path: String,
    /// The entry that provides it.
    pub origin: Origin,
}

impl ExtensionModule {
    /// The name of its entry in the packed resources: the path that a `.py` file of it would have, without the ending.
    pub fn entry_name(&self) -> String {
        let folder = self.virtual_path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let own = self.name.rsplit('.').next().unwrap_or(&self.name);
        match (self.is_package(), folder) {
            (true, _) => folder.to_owned(),
            (false, "") => own.to_owned(),
            (false, _) => format!("{folder}/{own}"),
        }
    }

    /// Whether it has submodules.
    pub fn is_package(&self) -> bool {
        self.kind != ModuleKind::Module
    }
}

/// A shared object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedLibrary {
    /// The file.
    pub source: PathBuf,
    /// Path below the executable, with `/`.
    pub virtual_path: String,
    /// The folder that it was found in, the same for all that a wheel or an environment brings.
    pub root: PathBuf,
    /// The entry that provides it.
    pub origin: Origin,
}

/// The entry of `[[python_packages]]` that provides something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// [`PackageSource::line`](crate::config::resolved::PackageSource::line) of the entry.
    pub line: usize,
    /// Whether the entry is the standard library.
    pub stdlib: bool,
}
