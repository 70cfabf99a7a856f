//! The published archives that are known: one for each feature release and target.
//!
//! The table is `pinned.tsv`, which `cargo xtask pins` writes.

use crate::config::resolved::{PythonVersion, Sha256Digest};

/// Columns: feature release, target, SHA-256, URL. Lines that begin with `#` are comments.
const TABLE: &str = include_str!("pinned.tsv");

/// A published archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Feature release.
    pub version: PythonVersion,
    /// Target that its binaries are for.
    pub target: &'static str,
    /// SHA-256 of the archive.
    pub sha256: Sha256Digest,
    /// Where it is published.
    pub url: &'static str,
}

/// The published archive of this feature release for this target.
pub fn pinned(version: PythonVersion, target: &str) -> Option<Pinned> {
    rows().filter_map(parse).find(|row| row.version == version && row.target == target)
}

/// All that are known.
pub fn all() -> impl Iterator<Item = Pinned> {
    rows().filter_map(parse)
}

fn rows() -> impl Iterator<Item = &'static str> {
    TABLE.lines().filter(|line| !line.starts_with('#'))
}

fn parse(row: &'static str) -> Option<Pinned> {
    let mut columns = row.split('\t');
    let (major, minor) = columns.next()?.split_once('.')?;
    let version = PythonVersion { major: major.parse().ok()?, minor: minor.parse().ok()? };
    let (target, sha256, url) = (columns.next()?, columns.next()?, columns.next()?);
    if columns.next().is_some() {
        return None;
    }
    Some(Pinned { version, target, sha256: sha256.parse().ok()?, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGETS: [&str; 5] = [
        "x86_64-unknown-linux-gnu",
        "aarch64-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
        "x86_64-pc-windows-msvc",
    ];

    #[test]
    fn every_row_is_well_formed() {
        for row in rows() {
            assert!(parse(row).is_some(), "{row}");
        }
    }

    #[test]
    fn every_release_and_target_has_a_full_archive() {
        for minor in 10..=15 {
            for target in TARGETS {
                let version = PythonVersion { major: 3, minor };
                let row = pinned(version, target).unwrap_or_else(|| panic!("{version} {target}"));
                assert!(row.url.starts_with("https://"), "{}", row.url);
                assert!(row.url.contains(&format!("/cpython-{version}.")), "{}", row.url);
                assert!(row.url.contains(target), "{}", row.url);
                assert!(row.url.ends_with("-full.tar.zst"), "{}", row.url);
                assert!(!row.url.contains("freethreaded"), "{}", row.url);
                assert!(!row.url.contains("debug"), "{}", row.url);
            }
        }
    }

    #[test]
    fn no_row_is_there_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for row in all() {
            assert!(seen.insert((row.version, row.target)), "{row:?}");
        }
        assert_eq!(seen.len(), 6 * TARGETS.len());
    }
}
