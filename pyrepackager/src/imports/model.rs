//! What a scan finds, and what is said about it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What one module says about its imports, as `scan.py` replies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Scan {
    /// The imports that can be reached, in the order of the module.
    pub imports: Vec<Import>,
    /// Of a package: every name that can be an attribute of it. `None` when that is not known.
    pub names: Option<BTreeSet<String>>,
    /// Whether the module may have submodules that no finder finds, as it handles `sys.modules`,
    /// finders or a `__path__`.
    pub dynamic: bool,
    /// Whether the module may change `sys.path`.
    pub paths: bool,
}

/// One import.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "(usize, u8, usize, String, Vec<String>)")]
pub struct Import {
    /// Line of the module, from 1.
    pub line: usize,
    /// When it is made, and what becomes of a failure.
    pub circumstance: Circumstance,
    /// The number of leading dots: 0 for an absolute import.
    pub level: usize,
    /// The module, without the dots; empty in `from . import name`.
    pub module: String,
    /// The names behind `import` in `from module import name`; empty for `import module`.
    pub names: Vec<String>,
}

impl Import {
    /// The absolute name of the module in it; `None` when it leaves the top-level package. `is_package` says
    /// whether the importer is one.
    pub(crate) fn absolute(&self, importer: &str, is_package: bool) -> Option<String> {
        if self.level == 0 {
            return Some(self.module.clone());
        }
        let mut package = importer;
        for _ in usize::from(is_package)..self.level {
            (package, _) = package.rsplit_once('.')?;
        }
        if self.module.is_empty() {
            return Some(package.to_owned());
        }
        Some(format!("{package}.{}", self.module))
    }
}

/// When an import is made, and what becomes of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circumstance {
    /// Whenever its module is imported.
    Required,
    /// In a function, or under a condition: later, or never.
    Deferred,
    /// Under `if __name__ == "__main__"`.
    Main,
    /// A failure is caught, or the code looks at the machine before.
    Optional,
}

impl From<(usize, u8, usize, String, Vec<String>)> for Import {
    fn from(
        (line, circumstance, level, module, names): (usize, u8, usize, String, Vec<String>),
    ) -> Self {
        let circumstance = match circumstance {
            0 => Circumstance::Required,
            1 => Circumstance::Deferred,
            2 => Circumstance::Main,
            _ => Circumstance::Optional,
        };
        Self { line, circumstance, level, module, names }
    }
}

/// The modules whose imports nothing provides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Modules with at least one such import, by name.
    pub importers: Vec<Importer>,
    /// Modules that are imported whenever the application runs, as far as import statements tell.
    pub certain: BTreeSet<String>,
}

/// A module with imports that nothing provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Importer {
    /// Full dotted name; `__main__` for the code of `[python_run]`.
    pub name: String,
    /// [`Origin::line`](crate::collect::Origin::line) of the module; `None` for the code of
    /// `[python_run]`.
    pub entry: Option<usize>,
    /// How the application comes to it.
    pub reach: Reach,
    /// What it is to the application.
    pub standing: Standing,
    /// The imports, each missing module once, in the order of the module's lines.
    pub imports: Vec<Lacking>,
}

/// An import that nothing provides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// The missing module: `a.b` when `import a.b.c` finds `a` only.
    pub module: String,
    /// Line of the importer.
    pub line: usize,
    /// Never [`Circumstance::Main`]: whether that is required depends on the importer.
    pub circumstance: Circumstance,
    /// Whether the importer also has such an import in a place where a failure is caught.
    pub is_known: bool,
}

impl Lacking {
    pub(super) fn new(module: String, line: usize, circumstance: Circumstance) -> Self {
        let is_known = circumstance == Circumstance::Optional;
        Self { module, line, circumstance, is_known }
    }

    /// Adds an import of the same module by the same importer: the firmer of the two counts.
    pub(super) fn add(&mut self, other: Self) {
        let is_known = self.is_known || other.is_known;
        if other.circumstance < self.circumstance {
            *self = other;
        }
        self.is_known = is_known;
    }
}

/// What a module is to the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A part of it.
    Own,
    /// Of a library, and imported whenever the application runs.
    ImportedAtOnce,
    /// Of a library, and perhaps imported.
    Other,
}

/// How the application comes to a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It is a part of the application, or imported by one that is used.
    Used,
    /// Only by imports whose failure is caught.
    Optional,
    /// By no import: what imports it by a name that is made up at run time, if anything, is not known.
    Unreached,
}
