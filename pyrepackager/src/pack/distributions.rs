//! Which distributions there are: what `importlib.metadata` finds by name.
//!
//! The files of a metadata folder are packed like any other. Here a distribution's name leads to that
//! folder.

use std::collections::BTreeMap;

use pyresources::Writer;

use crate::collect::{self, Collected, DistributionInfo};

/// Adds the distributions whose metadata was collected; returns what a person should know.
///
/// Where two in one environment have one name, the later entry of `[[python_packages]]` wins, then the
/// later folder.
pub(super) fn pack(writer: &mut Writer, collected: &Collected) -> Vec<String> {
    let mut found: BTreeMap<String, DistributionInfo> = BTreeMap::new();
    let mut notes = Vec::new();
    for this in collect::distributions(&collected.files) {
        let Some(other) = found.remove(&this.project) else {
            found.insert(this.project.clone(), this);
            continue;
        };
        let by_place = |info: &DistributionInfo| (info.line, info.folder.clone());
        let (winner, loser) =
            if by_place(&this) > by_place(&other) { (this, other) } else { (other, this) };
        notes.push(format!(
            "the distribution {:?} has two metadata folders, {} and {}: the former is used",
            winner.project, winner.folder, loser.folder
        ));
        found.insert(winner.project.clone(), winner);
    }
    for (project, info) in found {
        writer.distribution(project, info.folder);
    }
    notes
}
