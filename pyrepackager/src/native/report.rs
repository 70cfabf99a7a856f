//! What a report says of extension modules.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{Edge, Edges};
use super::inspect::Item;
use super::model::{ExtensionReport, Renamed, Report};
use super::order::Order;
use crate::collect::Collected;

/// Puts the report together.
pub(super) fn report(
    collected: &Collected,
    items: &BTreeMap<String, Item>,
    edges: &Edges,
    order: &Order,
    renamed: Vec<Renamed>,
) -> Report {
    let extensions = collected.extensions.values().filter_map(|extension| {
        let file = &extension.virtual_path;
        let item = items.get(file)?;
        let dependencies = order.dependencies.get(file).cloned().unwrap_or_default();
        let all: Vec<&String> = dependencies.iter().chain([file]).collect();
        let needed = all.iter().filter_map(|path| edges.get(*path)).flatten();
        let system: BTreeSet<String> = needed
            .filter(|(_, edge)| *edge == Edge::System)
            .map(|(name, _)| name.clone())
            .collect();
        Some(ExtensionReport {
            module: extension.name.clone(),
            file: file.clone(),
            size: item.size,
            glibc: all.iter().filter_map(|path| items.get(*path)?.object.glibc.clone()).max(),
            renamed: renamed.iter().filter(|r| all.contains(&&r.library)).cloned().collect(),
            system: system.into_iter().collect(),
            dependencies,
        })
    });
    let from_system = items.iter().filter(|(_, item)| item.root.is_none());
    Report {
        extensions: extensions.collect(),
        glibc: items.values().filter_map(|item| item.object.glibc.clone()).max(),
        from_system: from_system.map(|(path, item)| (path.clone(), item.source.clone())).collect(),
        renamed,
    }
}
