//! What a walk over a folder found and did not take.

use pyresources::install;

use super::names::shortened;
use crate::config::resolved::of_entry;

/// What a walk found and did not take, for notes.
#[derive(Clone, Debug, Default)]
pub struct PassedOver {
    /// Extension modules for another Python or platform, where there is something else to import.
    pub other_pythons: Vec<String>,
    /// Bytecode without source.
    pub sourceless: Vec<String>,
    /// Files beside packages.
    pub beside: Vec<String>,
    /// Files and folders that no import reaches.
    pub shadowed: Vec<String>,
    /// Symbolic links to nothing.
    pub dangling: Vec<String>,
}

impl PassedOver {
    /// Adds what another walk for the same entry passed over.
    pub fn extend(&mut self, other: Self) {
        self.other_pythons.extend(other.other_pythons);
        self.sourceless.extend(other.sourceless);
        self.beside.extend(other.beside);
        self.shadowed.extend(other.shadowed);
        self.dangling.extend(other.dangling);
    }

    /// A line for each kind of thing.
    pub fn notes(self, line: usize) -> Vec<String> {
        let groups = [
            ("extension modules for another Python or platform left out", self.other_pythons),
            ("modules without source are not supported, left out", self.sourceless),
            ("files beside packages left out", self.beside),
            ("hidden by a package or module of the same name, left out", self.shadowed),
            ("symbolic links that lead nowhere", self.dangling),
        ];
        let groups = groups.into_iter().filter(|(_, names)| !names.is_empty());
        groups
            .map(|(what, names)| {
                let below = |path: &String| install::split(path).1.to_owned();
                let names: Vec<String> = names.iter().map(below).collect();
                format!("{}{what}: {}", of_entry(line), shortened(&names))
            })
            .collect()
    }
}
