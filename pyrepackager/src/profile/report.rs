//! What a person is told of what was left out.

use std::collections::BTreeMap;

use pyresources::install;

use super::prune::{Pruned, extension_files, names};

/// How many of the largest are named.
const NAMED: usize = 10;

/// Lines about what was left out; `sizes` are the names or paths of all of it, and the bytes that each would have
/// taken before compression.
#[must_use]
pub fn notes(pruned: &Pruned, sizes: &[(String, u64)]) -> Vec<String> {
    let Pruned { removed, modules, files, libraries, .. } = pruned;
    let total: u64 = sizes.iter().map(|(_, size)| size).sum();
    let mut lines = vec![format!(
        "left out, as no traced run has used them: {} of {modules} modules, {} of {files} files, {} of \
         {libraries} libraries; {} before compression",
        names(removed).len(),
        removed.files.len(),
        removed.libraries.len() - extension_files(removed),
        megabytes(total),
    )];
    let largest = largest(sizes);
    if !largest.is_empty() {
        lines.push(format!("the largest of what was left out: {}", largest.join(", ")));
    }
    lines
}

/// The packages, or modules and folders at the top, of which most was left out.
fn largest(sizes: &[(String, u64)]) -> Vec<String> {
    let mut by_top: BTreeMap<&str, u64> = BTreeMap::new();
    for (name, size) in sizes {
        let (_, below) = install::split(name);
        let top = below.split('/').next().unwrap_or_default();
        *by_top.entry(top).or_default() += size;
    }
    let mut largest: Vec<(&str, u64)> = by_top.into_iter().collect();
    // The sort is stable: of two that are as large, the first by name stays first.
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let named = largest.into_iter().take(NAMED);
    named.map(|(name, size)| format!("{name} ({})", megabytes(size))).collect()
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
