//! Which distributions there are: what `importlib.metadata` finds by name.
//!
//! The files of metadata folders are packed like any other. Here a distribution's name leads to
//! its folder.

use std::collections::BTreeMap;

use pyresources::Writer;

use super::Content;
use crate::collect::{Collected, core_metadata};

/// Adds the distributions whose metadata is among `files`; returns what a person should know.
pub(super) fn pack(writer: &mut Writer, collected: &Collected, files: &[Content]) -> Vec<String> {
    let contents: BTreeMap<&str, &[u8]> =
        files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    let (found, notes) = core_metadata::distributions(collected, &contents);
    for distribution in found {
        writer.distribution(distribution.project, distribution.folder);
    }
    notes
}
