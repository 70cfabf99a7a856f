//! Listing, against an implementation that looks at every name.
#![cfg(feature = "write")]
// Helpers of tests, too.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use pyresources::{Kind, ModuleKind, Resources, Writer};

use common::{KINDS, many};

mod common;

/// A child as the tests compare it: name, whether there is an entry of that name, whether anything
/// lies below.
type Child = (String, bool, bool);

/// The names of `kind`, sorted.
fn names(resources: &Resources<'_>, kind: Kind) -> Vec<String> {
    let entries = resources.entries().map(Result::unwrap);
    entries.filter(|entry| entry.kind() == kind).map(|entry| entry.name().to_owned()).collect()
}

/// What `Resources::children` should give.
fn naive_children(names: &[String], folder: &str) -> Vec<Child> {
    let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
    let mut children: Vec<Child> = Vec::new();
    for rest in names.iter().filter_map(|name| name.strip_prefix(&start)) {
        let (name, below) = match rest.split_once('/') {
            Some((name, _)) => (name, true),
            None => (rest, false),
        };
        let index = children.iter().position(|child| child.0 == name).unwrap_or_else(|| {
            children.push((name.to_owned(), false, false));
            children.len() - 1
        });
        children[index].1 |= !below;
        children[index].2 |= below;
    }
    children
}

fn children(resources: &Resources<'_>, kind: Kind, folder: &str) -> Vec<Child> {
    let children = resources.children(kind, folder).map(Result::unwrap).map(|child| {
        if let Some(entry) = child.entry {
            assert_eq!(entry.kind(), kind);
            let full = entry.name();
            assert!(full.ends_with(child.name) && full.starts_with(folder), "{full}");
        }
        (child.name.to_owned(), child.entry.is_some(), child.has_children)
    });
    children.collect()
}

#[test]
fn children_and_below_agree_with_a_walk() {
    for count in [1, 7, 60, 4000] {
        let (blob, _) = many(count);
        let resources = Resources::parse(&blob).unwrap();
        for kind in KINDS {
            let names = names(&resources, kind);
            let mut starts: BTreeSet<&str> = names
                .iter()
                .flat_map(|name| name.char_indices().map(|(end, _)| &name[..end]))
                .collect();
            starts.extend(names.iter().map(String::as_str));
            starts.extend(["", "nothing", "\u{10ffff}"]);
            for start in starts {
                let expected = naive_children(&names, start);
                assert_eq!(children(&resources, kind, start), expected, "{kind:?} {start:?}");
                let expected: Vec<_> = names.iter().filter(|n| n.starts_with(start)).collect();
                let below: Vec<_> =
                    resources.below(kind, start).map(|entry| entry.unwrap().name()).collect();
                assert_eq!(below, expected, "{kind:?} {start:?}");
            }
        }
    }
}

/// A package's own entry comes before names that only begin like it, its submodules after them.
#[test]
fn a_package_is_listed_once() {
    let mut writer = Writer::new();
    for name in ["a", "a-b", "a/b", "a/b/c", "ab", "b/c/d"] {
        writer.module(name, ModuleKind::Module);
    }
    let blob = writer.finish().unwrap();
    let resources = Resources::parse(&blob).unwrap();
    let child = |name: &str, entry, below| (name.to_owned(), entry, below);
    assert_eq!(
        children(&resources, Kind::Module, ""),
        [
            child("a", true, true),
            child("a-b", true, false),
            child("ab", true, false),
            child("b", false, true),
        ]
    );
    assert_eq!(children(&resources, Kind::Module, "b"), [child("c", false, true)]);
    assert_eq!(children(&resources, Kind::Module, "ab"), []);
}
