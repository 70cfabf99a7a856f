//! From the collected shared objects to those that go in.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Edge, Edges, Finder, Missing};
use super::error::NativeError;
use super::inspect::{Item, Target, inspect};
use super::merge::merge_equal;
use super::missing;
use super::model::{Libraries, Library, MissingLibrary};
use super::order::{Order, order};
use super::rename::{Changes, patch, rename};
use super::report::report;
use super::search_path::leaving;
use crate::collect::Collected;
use crate::config::resolved::{NativeLibrariesConfig, NativeLoad};

/// Reads `collected.libraries`, finds out what each needs, and sees to it that it can be loaded. Those that
/// the target cannot load become files.
///
/// What nothing provides is listed, for [`check`](super::check) to judge once it is known what the application imports.
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
    let mut details = Vec::new();
    let (mut items, unfit) = inspect(&target, collected, &mut details)?;
    let finder = Finder::new(&target, &config.include_system, &items, &unfit)?;
    let mut edges = finder.edges(&mut items)?;
    let merged = merge_equal(&items, &mut edges)?;
    let order = order(&edges);

    let required = required(collected, &order);
    let by_path = config.load == NativeLoad::Files;
    check_names(&items, &edges, &required, by_path, &mut details)?;
    let missing = missing(collected, &edges, &order);
    details.extend(missing.iter().map(missing::line));
    details.extend(leaving(&items));
    // The executable loads the libraries of a circle together.
    for cycle in &order.cycles {
        details.push(format!("libraries need one another in a circle: {}", cycle.join(" → ")));
    }

    let (renamed, changes) = rename(&items, &edges, &merged)?;
    for renamed in &renamed {
        details.push(format!(
            "{} is called {} in the executable, as there is another {}",
            renamed.library, renamed.to, renamed.from
        ));
    }
    let notes = unused(&config.include_system, &edges);
    let report = report(collected, &items, &edges, &order, renamed);
    let libraries = libraries(&items, &order, &changes)?;
    let inputs = report.from_system.iter().map(|(_, file)| file.clone()).collect();
    Ok(Libraries { libraries, report, missing, notes, details, inputs })
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

/// What nothing provides, and which extension modules cannot be loaded without it.
fn missing(collected: &Collected, edges: &Edges, order: &Order) -> Vec<MissingLibrary> {
    let mut missing = Vec::new();
    for (path, needed) in edges {
        let needs_this = |file: &String| {
            file == path || order.dependencies.get(file).is_some_and(|needed| needed.contains(path))
        };
        for (name, edge) in needed {
            let Edge::Missing(Missing { searched, found }) = edge else { continue };
            let modules = collected.extensions.values();
            let modules = modules.filter(|extension| needs_this(&extension.virtual_path));
            missing.push(MissingLibrary {
                library: name.clone(),
                needed_by: path.clone(),
                modules: modules.map(|extension| extension.name.clone()).collect(),
                searched: searched.clone(),
                found: found.clone(),
            });
        }
    }
    missing
}

/// That each packed library is found under the name by which it is needed.
fn check_names(
    items: &BTreeMap<String, Item>,
    edges: &Edges,
    required: &BTreeSet<&str>,
    by_path: bool,
    details: &mut Vec<String>,
) -> Result<(), NativeError> {
    for (path, needed) in edges {
        for (name, edge) in needed {
            match check_name(&items[path], name, edge, items, by_path) {
                Some(error) if required.contains(path.as_str()) => return Err(error),
                Some(error) => details.push(format!(
                    "a library that no extension module needs may not load: {error}"
                )),
                None => {}
            }
        }
    }
    Ok(())
}

fn check_name(
    item: &Item,
    name: &str,
    edge: &Edge,
    items: &BTreeMap<String, Item>,
    by_path: bool,
) -> Option<NativeError> {
    let Edge::Packed(path) = edge else { return None };
    let found = items.get(path)?;
    let soname = found.object.soname.clone();
    let is_found = by_path || soname.as_deref() == Some(name);
    let (library, needed_by, path) = (name.to_owned(), item.source.clone(), found.source.clone());
    (!is_found).then_some(NativeError::Soname { library, needed_by, path, soname })
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
