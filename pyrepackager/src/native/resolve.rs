//! From the collected shared objects to those that go in.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Edge, Edges, Finder, Missing};
use super::error::{MissingLibrary, NativeError};
use super::inspect::{Item, Target, inspect};
use super::merge::merge_equal;
use super::model::{Libraries, Library};
use super::order::{Order, order};
use super::rename::{Changes, patch, rename};
use super::report::report;
use super::search_path::leaving;
use crate::collect::Collected;
use crate::config::resolved::{NativeLibrariesConfig, NativeLoad};

/// Reads `collected.libraries`, finds out what each needs, and sees to it that it can be loaded. Those that
/// the target cannot load become files.
///
/// What extension modules need must be there. A library that no extension module needs may lack something: a
/// package may have it for those who have the rest. That becomes a note.
///
/// # Errors
///
/// See [`NativeError`].
pub fn resolve(
    config: &NativeLibrariesConfig,
    triple: &str,
    collected: &mut Collected,
) -> Result<Libraries, NativeError> {
    let Some(target) = Target::of(triple) else { return Ok(left_out(triple, collected)) };
    let mut notes = Vec::new();
    let (mut items, unfit) = inspect(&target, collected, &mut notes)?;
    let finder = Finder::new(&target, &config.include_system, &items, &unfit)?;
    let mut edges = finder.edges(&mut items)?;
    let merged = merge_equal(&items, &mut edges)?;
    let order = order(&edges);

    let required = required(collected, &order);
    let by_path = config.load == NativeLoad::Files;
    check_edges(&items, &edges, &required, by_path, &mut notes)?;
    notes.extend(leaving(&items));
    // The executable loads the libraries of a circle together.
    for cycle in &order.cycles {
        notes.push(format!("libraries need one another in a circle: {}", cycle.join(" → ")));
    }

    let (renamed, changes) = rename(&items, &edges, &merged)?;
    for renamed in &renamed {
        notes.push(format!(
            "{} is called {} in the executable, as there is another {}",
            renamed.library, renamed.to, renamed.from
        ));
    }
    notes.extend(unused(&config.include_system, &edges));
    let report = report(collected, &items, &edges, &order, renamed);
    let libraries = libraries(&items, &order, &changes)?;
    let inputs = report.from_system.iter().map(|(_, file)| file.clone()).collect();
    Ok(Libraries { libraries, report, notes, inputs })
}

/// What becomes of shared objects where they cannot be loaded yet.
fn left_out(triple: &str, collected: &mut Collected) -> Libraries {
    let paths: Vec<String> = std::mem::take(&mut collected.libraries).into_keys().collect();
    collected.extensions.clear();
    let mut libraries = Libraries::default();
    if !paths.is_empty() {
        libraries.notes.push(format!(
            "shared objects of packages are not supported for {triple} yet, left out: {}",
            paths.join(", ")
        ));
    }
    libraries
}

/// Virtual paths of the extension modules and all that they need.
fn required<'a>(collected: &'a Collected, order: &'a Order) -> BTreeSet<&'a str> {
    let files = collected.extensions.values().map(|extension| &extension.virtual_path);
    let needed = files.clone().filter_map(|file| order.dependencies.get(file)).flatten();
    files.chain(needed).map(String::as_str).collect()
}

/// That everything needed is there, under the name by which it is needed.
fn check_edges(
    items: &BTreeMap<String, Item>,
    edges: &Edges,
    required: &BTreeSet<&str>,
    by_path: bool,
    notes: &mut Vec<String>,
) -> Result<(), NativeError> {
    let mut missing = Vec::new();
    for (path, needed) in edges {
        for (name, edge) in needed {
            let Some(error) = check_edge(&items[path], name, edge, items, by_path) else {
                continue;
            };
            match error {
                error if !required.contains(path.as_str()) => notes.push(format!(
                    "a library that no extension module needs may not load: {error}"
                )),
                NativeError::Missing { libraries } => missing.extend(libraries),
                error => return Err(error),
            }
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(NativeError::Missing { libraries: missing }) }
}

fn check_edge(
    item: &Item,
    name: &str,
    edge: &Edge,
    items: &BTreeMap<String, Item>,
    by_path: bool,
) -> Option<NativeError> {
    let library = name.to_owned();
    let needed_by = item.source.clone();
    match edge {
        Edge::System => None,
        Edge::Missing(Missing { searched, found, also }) => {
            let (searched, found, also) = (searched.clone(), found.clone(), also.clone());
            let missing = MissingLibrary { library, needed_by, searched, found, also };
            Some(NativeError::Missing { libraries: vec![missing] })
        }
        Edge::Packed(path) => {
            let found = items.get(path)?;
            let soname = found.object.soname.clone();
            let path = found.source.clone();
            let is_found = by_path || soname.as_deref() == Some(name);
            (!is_found).then_some(NativeError::Soname { library, needed_by, path, soname })
        }
    }
}

/// Notes about names in `include_system` that nothing needs.
fn unused(include_system: &[String], edges: &Edges) -> Vec<String> {
    let needed: BTreeSet<&str> = edges.values().flatten().map(|(name, _)| name.as_str()).collect();
    let unused = include_system.iter().filter(|name| !needed.contains(name.as_str()));
    unused.map(|name| format!("[native_libraries] include_system: nothing needs {name}")).collect()
}

fn libraries(
    items: &BTreeMap<String, Item>,
    order: &Order,
    changes: &Changes,
) -> Result<Vec<Library>, NativeError> {
    let library = |(path, item): (&String, &Item)| {
        let patched = match changes.get(path) {
            Some(changes) => Some(patch(&item.source, changes)?),
            None => None,
        };
        Ok(Library {
            virtual_path: path.clone(),
            source: item.source.clone(),
            patched,
            dependencies: order.dependencies.get(path).cloned().unwrap_or_default(),
        })
    };
    items.iter().map(library).collect()
}
