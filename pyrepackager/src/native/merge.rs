//! Equal libraries of several packages.
//!
//! Two of them in one process would be two sets of variables, and twice the bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Edge, Edges};
use super::error::NativeError;
use super::inspect::Item;
use crate::digest::Hasher;

/// What makes libraries equal: what they contain, and what they mean by the names that they need.
type Nature<'a> = (usize, Vec<(&'a str, Option<usize>)>);

/// Has those that need one of several equal libraries need the first of them. Returns those that nothing
/// needs any more.
pub(super) fn merge_equal(
    items: &BTreeMap<String, Item>,
    edges: &mut Edges,
) -> Result<BTreeSet<String>, NativeError> {
    let merged = equal_to(items, edges)?;
    for (_, edge) in edges.values_mut().flatten() {
        if let Edge::Packed(path) = edge
            && let Some(first) = merged.get(path)
        {
            path.clone_from(first);
        }
    }
    Ok(merged.into_keys().collect())
}

/// For each library that is equal to another, which one comes first.
fn equal_to(
    items: &BTreeMap<String, Item>,
    edges: &Edges,
) -> Result<BTreeMap<String, String>, NativeError> {
    let contents = contents(items)?;
    let mut classes = contents.clone();
    // Libraries that contain the same are equal until what they need is not. That may show one step after
    // another.
    loop {
        let mut numbers: BTreeMap<Nature<'_>, usize> = BTreeMap::new();
        let class_of = |edge: &Edge| match edge {
            Edge::Packed(path) => classes.get(path.as_str()).copied(),
            _ => None,
        };
        let refine = |path: &&str| {
            let needed = edges.get(*path).into_iter().flatten();
            let needed = needed.map(|(name, edge)| (name.as_str(), class_of(edge))).collect();
            let next = numbers.len();
            *numbers.entry((contents[path], needed)).or_insert(next)
        };
        let numbered: Vec<usize> = classes.keys().map(refine).collect();
        let refined: BTreeMap<&str, usize> = classes.keys().copied().zip(numbered).collect();
        if numbers.len() == classes.values().collect::<BTreeSet<_>>().len() {
            return Ok(duplicates(&refined));
        }
        classes = refined;
    }
}

/// A number for what each library contains, the same for the same. Only libraries with a SONAME can take one
/// another's place, and few have one in common, so that few files are read once more.
fn contents(items: &BTreeMap<String, Item>) -> Result<BTreeMap<&str, usize>, NativeError> {
    let likeness = |item: &Item| Some((item.object.soname.clone()?, item.size));
    let mut alike: BTreeMap<_, usize> = BTreeMap::new();
    for item in items.values() {
        *alike.entry(likeness(item)).or_default() += 1;
    }
    let mut numbers: BTreeMap<[u8; 32], usize> = BTreeMap::new();
    let mut contents = BTreeMap::new();
    for (next, (path, item)) in items.iter().enumerate() {
        let likeness = likeness(item);
        let number = if likeness.is_some() && alike[&likeness] > 1 {
            let mut hasher = Hasher::default();
            hasher.add(&fs_err::read(&item.source)?);
            *numbers.entry(hasher.finish().0).or_insert(next)
        } else {
            next
        };
        contents.insert(path.as_str(), number);
    }
    Ok(contents)
}

/// All but the first of each class, and that one.
fn duplicates(classes: &BTreeMap<&str, usize>) -> BTreeMap<String, String> {
    let mut first: BTreeMap<usize, &str> = BTreeMap::new();
    let mut duplicates = BTreeMap::new();
    for (path, class) in classes {
        match first.get(class) {
            Some(first) => {
                duplicates.insert((*path).to_owned(), (*first).to_owned());
            }
            None => {
                first.insert(*class, path);
            }
        }
    }
    duplicates
}
