//! How the application comes to its modules, as far as import statements say.

use std::collections::BTreeMap;

use super::model::{Circumstance, Reach};

/// Imports of collected modules by one another.
#[derive(Default)]
pub struct Graph<'a> {
    imports: BTreeMap<&'a str, Vec<Edge<'a>>>,
    /// Whether the modules that are imported at all are so by a firm import.
    imported: BTreeMap<&'a str, bool>,
}

/// A module that another one imports.
struct Edge<'a> {
    to: &'a str,
    /// Whether a failure would not be caught.
    firm: bool,
}

impl<'a> Graph<'a> {
    /// Adds an import. `stdlib` says whether the importer is of the standard library, which knows
    /// what it needs by itself: of its imports only those count that are always made.
    pub fn add(&mut self, from: &'a str, to: &'a str, circumstance: Circumstance, stdlib: bool) {
        if stdlib && circumstance != Circumstance::Required {
            return;
        }
        let firm = circumstance < Circumstance::Main;
        self.imports.entry(from).or_default().push(Edge { to, firm });
        // Modules of a package import the package, which says nothing of who uses it.
        let inner = from.strip_prefix(to).is_some_and(|rest| rest.starts_with('.'));
        if from != to && !inner {
            *self.imported.entry(to).or_default() |= firm;
        }
    }

    /// Whether a module is only imported where a failure is caught.
    pub fn is_only_optional(&self, module: &str) -> bool {
        self.imported.get(module) == Some(&false)
    }

    /// How the application comes to the modules that imports reach from `roots`.
    pub fn reach(&self, roots: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, Reach> {
        let mut reached = BTreeMap::new();
        let mut optional = Vec::new();
        let mut next: Vec<&str> = roots.into_iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module, Reach::Used).is_none() {
                for edge in self.imports.get(module).into_iter().flatten() {
                    if edge.firm { next.push(edge.to) } else { optional.push(edge.to) }
                }
            }
        }
        while let Some(module) = optional.pop() {
            if !reached.contains_key(module) {
                reached.insert(module, Reach::Optional);
                optional.extend(self.imports.get(module).into_iter().flatten().map(|edge| edge.to));
            }
        }
        reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn firm_imports_are_followed_before_those_that_may_fail() {
        let mut graph = Graph::default();
        graph.add("app", "lib", Circumstance::Deferred, false);
        graph.add("app", "speed", Circumstance::Optional, false);
        graph.add("speed", "native", Circumstance::Required, false);
        graph.add("speed", "lib", Circumstance::Required, false);
        graph.add("stray", "native", Circumstance::Required, false);
        let reached = graph.reach(["app"]);
        assert_eq!(reached.get("lib"), Some(&Reach::Used));
        assert_eq!(reached.get("speed"), Some(&Reach::Optional));
        assert_eq!(reached.get("native"), Some(&Reach::Optional));
        assert_eq!(reached.get("stray"), None);
        assert!(graph.is_only_optional("speed"));
        assert!(!graph.is_only_optional("native") && !graph.is_only_optional("stray"));
    }

    #[test]
    fn only_what_the_standard_library_always_imports_counts() {
        let mut graph = Graph::default();
        graph.add("asyncio", "ssl", Circumstance::Optional, true);
        graph.add("asyncio", "pdb", Circumstance::Deferred, true);
        graph.add("asyncio", "socket", Circumstance::Required, true);
        let reached: Vec<_> = graph.reach(["asyncio"]).into_keys().collect();
        assert_eq!(reached, ["asyncio", "socket"]);
    }
}
