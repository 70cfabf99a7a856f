//! In which order libraries are loaded.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Edge, Edges};

/// The order for each shared object, and circles that were met.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// The dependencies of each object, by virtual path: all of them, each behind what it needs.
    pub dependencies: BTreeMap<String, Vec<String>>,
    /// Circles: each object needs the next, the last is the first.
    pub cycles: Vec<Vec<String>>,
}

/// Orders the dependencies of all objects.
pub(super) fn order(edges: &Edges) -> Order {
    let mut order = Order::default();
    for path in edges.keys() {
        let mut walk = Walk { edges, done: BTreeSet::new(), trail: Vec::new(), order: Vec::new() };
        walk.visit(path, &mut order.cycles);
        walk.order.pop();
        order.dependencies.insert(path.clone(), walk.order);
    }
    // A circle is met once for each object that leads into it, and from each of its own.
    let mut seen = BTreeSet::new();
    order.cycles.retain(|cycle| seen.insert(cycle.iter().cloned().collect::<BTreeSet<_>>()));
    order
}

/// A walk from one object, what it needs first.
struct Walk<'a> {
    edges: &'a Edges,
    done: BTreeSet<&'a str>,
    /// The objects that are being walked through, the outermost first.
    trail: Vec<&'a str>,
    order: Vec<String>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, path: &'a str, cycles: &mut Vec<Vec<String>>) {
        if let Some(start) = self.trail.iter().position(|other| *other == path) {
            let cycle = self.trail[start..].iter().chain([&path]);
            cycles.push(cycle.map(|path| (*path).to_owned()).collect());
            return;
        }
        if !self.done.insert(path) {
            return;
        }
        self.trail.push(path);
        for (_, edge) in self.edges.get(path).into_iter().flatten() {
            if let Edge::Packed(needed) = edge {
                self.visit(needed, cycles);
            }
        }
        self.trail.pop();
        self.order.push(path.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(all: &[(&str, &[&str])]) -> Edges {
        let packed = |path: &&str| ((*path).to_owned(), Edge::Packed((*path).to_owned()));
        all.iter()
            .map(|(path, needed)| ((*path).to_owned(), needed.iter().map(packed).collect()))
            .collect()
    }

    #[test]
    fn each_comes_behind_what_it_needs_and_once() {
        let order = order(&edges(&[
            ("ext", &["blas", "quad"]),
            ("blas", &["fortran"]),
            ("fortran", &["quad"]),
            ("quad", &[]),
        ]));
        assert_eq!(order.dependencies["ext"], ["quad", "fortran", "blas"]);
        assert_eq!(order.dependencies["quad"], [""; 0]);
        assert!(order.cycles.is_empty());
    }

    #[test]
    fn a_circle_ends_and_is_told_once() {
        let order = order(&edges(&[("ext", &["a"]), ("a", &["b"]), ("b", &["a"])]));
        assert_eq!(order.cycles, [["a", "b", "a"]]);
        assert_eq!(order.dependencies["ext"], ["b", "a"]);
    }
}
