//! What a report says of shared objects, and where it is written.

mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::edges::{Edge, Edges};
use super::error::NativeError;
use super::inspect::Item;
use super::model::{ExtensionReport, GlibcReport, LibraryReport, Renamed, Report};
use super::order::Order;
use crate::collect::Collected;

/// Names of the report's files: for a person, for a program.
pub const FILE_NAMES: [&str; 2] = ["native_libraries.txt", "native_libraries.json"];

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
            own_glibc: item.object.glibc.clone(),
            glibc: all.iter().filter_map(|path| items.get(*path)?.object.glibc.clone()).max(),
            renamed: renamed.iter().filter(|r| all.contains(&&r.library)).cloned().collect(),
            system: system.into_iter().collect(),
            dependencies,
        })
    });
    let from_system = items.iter().filter(|(_, item)| item.root.is_none());
    let modules: BTreeSet<&String> =
        collected.extensions.values().map(|extension| &extension.virtual_path).collect();
    let libraries = items.iter().filter(|(path, _)| !modules.contains(path));
    Report {
        glibc: glibc(items),
        extensions: extensions.collect(),
        libraries: libraries
            .map(|(path, item)| LibraryReport {
                file: path.clone(),
                size: item.size,
                soname: item.object.soname.clone(),
                glibc: item.object.glibc.clone(),
            })
            .collect(),
        from_system: from_system.map(|(path, item)| (path.clone(), item.source.clone())).collect(),
        renamed,
    }
}

fn glibc(items: &BTreeMap<String, Item>) -> GlibcReport {
    let newest = items.values().filter_map(|item| item.object.glibc.clone()).max();
    let asking = items.iter().filter(|(_, item)| newest.is_some() && item.object.glibc == newest);
    let asked_by = asking.map(|(path, _)| path.clone()).collect();
    GlibcReport { executable: None, shared_objects: newest, asked_by }
}

impl Report {
    /// Whether there is nothing to report.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.extensions.is_empty() && self.libraries.is_empty()
    }

    /// The oldest glibc that the application runs on, and who asks for it, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let GlibcReport { executable, shared_objects, asked_by } = &self.glibc;
        let asking = match asked_by.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
        };
        match (executable, shared_objects) {
            (None, None) => {
                "runs on a glibc that is not known; shared objects ask for none".to_owned()
            }
            (Some(own), None) => format!("runs on glibc {own} or newer, for the executable itself"),
            (None, Some(theirs)) => format!(
                "runs on glibc {theirs} or newer, for {asking}; what the executable itself asks for is not known"
            ),
            (Some(own), Some(theirs)) if own >= theirs => format!(
                "runs on glibc {own} or newer, for the executable itself; shared objects ask for {theirs}"
            ),
            (Some(own), Some(theirs)) => format!(
                "runs on glibc {theirs} or newer, for {asking}; the executable itself asks for {own}"
            ),
        }
    }

    /// Writes the report into `folder`, for persons and for programs. Where there is
    /// nothing to report, that of an earlier build goes.
    ///
    /// # Errors
    ///
    /// A file cannot be written; the error names it.
    pub fn write(&self, folder: &Path) -> Result<(), NativeError> {
        let json = serde_json::to_string_pretty(self).map_err(std::io::Error::from)?;
        for (name, content) in FILE_NAMES.into_iter().zip([text::text(self), json + "\n"]) {
            let path = folder.join(name);
            if !self.is_empty() {
                fs_err::write(path, content)?;
            } else if path.exists() {
                fs_err::remove_file(path)?;
            }
        }
        Ok(())
    }
}
