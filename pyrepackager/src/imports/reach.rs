//! How the application comes to its modules, as far as import statements say.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Circumstance, Reach};
use super::names::top;

/// Imports of collected modules by one another.
#[derive(Default)]
pub struct Graph<'a> {
    imports: BTreeMap<&'a str, Vec<Edge<'a>>>,
    /// Modules that a top-level package imports where a failure is caught: the package, the module.
    optional: BTreeSet<(&'a str, &'a str)>,
}

/// A module that another one imports.
struct Edge<'a> {
    to: &'a str,
    circumstance: Circumstance,
}

impl<'a> Graph<'a> {
    /// Adds an import. `stdlib` says whether the importer is of the standard library, which knows
    /// what it needs by itself: of its imports only those count that are always made.
    pub fn add(&mut self, from: &'a str, to: &'a str, circumstance: Circumstance, stdlib: bool) {
        if stdlib && circumstance != Circumstance::Required {
            return;
        }
        self.imports.entry(from).or_default().push(Edge { to, circumstance });
        if circumstance == Circumstance::Optional {
            self.optional.insert((top(from), to));
        }
    }

    /// Whether the failure of an import would not be caught. A package that imports a module on
    /// demand in one place and catches the failure in another one has found out before.
    fn is_firm(&self, from: &str, edge: &Edge<'_>) -> bool {
        match edge.circumstance {
            Circumstance::Required => true,
            Circumstance::Deferred => !self.optional.contains(&(top(from), edge.to)),
            Circumstance::Main | Circumstance::Optional => false,
        }
    }

    /// The modules that are imported, but only where a failure is caught.
    pub fn only_optional(&self) -> BTreeSet<&'a str> {
        let mut firm = BTreeSet::new();
        let mut other = BTreeSet::new();
        for (from, edges) in &self.imports {
            for edge in edges {
                // Modules of a package import the package, which says nothing of who uses it.
                let inner = from.strip_prefix(edge.to).is_some_and(|rest| rest.starts_with('.'));
                if *from != edge.to && !inner {
                    let set = if self.is_firm(from, edge) { &mut firm } else { &mut other };
                    set.insert(edge.to);
                }
            }
        }
        &other - &firm
    }

    /// The modules that are imported whenever `roots` are, one after the other.
    pub fn certain(&self, roots: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut certain = BTreeSet::new();
        let mut next: Vec<&str> = roots.into_iter().collect();
        while let Some(module) = next.pop() {
            if certain.insert(module) {
                let edges = self.imports.get(module).into_iter().flatten();
                let required = edges.filter(|edge| edge.circumstance == Circumstance::Required);
                next.extend(required.map(|edge| edge.to));
            }
        }
        certain
    }

    /// How the application comes to the modules that imports reach from `roots`.
    pub fn reach(&self, roots: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, Reach> {
        let mut reached = BTreeMap::new();
        let mut optional = Vec::new();
        let mut next: Vec<&str> = roots.into_iter().collect();
        while let Some(module) = next.pop() {
            if reached.insert(module, Reach::Used).is_none() {
                for edge in self.imports.get(module).into_iter().flatten() {
                    let list = if self.is_firm(module, edge) { &mut next } else { &mut optional };
                    list.push(edge.to);
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
        assert_eq!(graph.only_optional(), BTreeSet::from(["speed"]));
    }

    #[test]
    fn what_is_imported_on_demand_is_optional_for_a_package_that_knows_it_may_fail() {
        let mut graph = Graph::default();
        graph.add("http.connection", "http.version2", Circumstance::Deferred, false);
        let reach = |graph: &Graph<'static>| graph.reach(["http.connection"])["http.version2"];
        assert_eq!(reach(&graph), Reach::Used);
        graph.add("other", "http.version2", Circumstance::Optional, false);
        assert_eq!(reach(&graph), Reach::Used);
        graph.add("http", "http.version2", Circumstance::Optional, false);
        assert_eq!(reach(&graph), Reach::Optional);
        graph.add("http.pool", "http.version2", Circumstance::Required, false);
        assert!(graph.only_optional().is_empty());
    }

    #[test]
    fn what_is_imported_at_once_is_certain() {
        let mut graph = Graph::default();
        graph.add("app", "lib", Circumstance::Required, false);
        graph.add("app", "speed", Circumstance::Optional, false);
        graph.add("app", "later", Circumstance::Deferred, false);
        graph.add("lib", "native", Circumstance::Required, false);
        graph.add("later", "native2", Circumstance::Required, false);
        assert_eq!(graph.certain(["app"]), BTreeSet::from(["app", "lib", "native"]));
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
