//! The published archives that are known: one for each feature release and target.
//!
//! The built-in table is `pinned.tsv`, which `cargo xtask pins` writes. `PYOXIDIZER_DISTRIBUTIONS` names a
//! file that takes its place: archives on a server of one's own.

use std::path::{Path, PathBuf};

use super::bitcode::parse_format;
use super::model::ObjectFormat;
use crate::config::resolved::{PythonVersion, Sha256Digest};

/// Columns: feature release, target, object format, SHA-256, URL. Lines that begin with `#` are comments.
const TABLE: &str = include_str!("pinned.tsv");

/// The environment variable that names another table.
pub const VARIABLE: &str = "PYOXIDIZER_DISTRIBUTIONS";

/// A published archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// Feature release.
    pub version: PythonVersion,
    /// Target that its binaries are for.
    pub target: String,
    /// Format of its objects, as its `PYTHON.json` says: what a linker must be able to take.
    pub format: ObjectFormat,
    /// SHA-256 of the archive.
    pub sha256: Sha256Digest,
    /// Where it is published.
    pub url: String,
}

/// A table of archives cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinnedError {
    /// The path depends on the folder that a process happens to be in.
    #[error("{VARIABLE} is `{path}`, which is not an absolute path")]
    Relative {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be read.
    #[error("cannot read the list of archives `{path}` that {VARIABLE} names")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A line is not a row of the table.
    #[error("`{path}`, line {line}: {problem}")]
    Row {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl PinnedError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Relative { .. } => format!("give {VARIABLE} an absolute path"),
            Self::Unreadable { .. } => {
                format!("correct {VARIABLE}, or unset it to use the built-in list")
            }
            Self::Row { .. } => "each line has five columns, separated by tabs: feature release \
                 (3.13), target, object format (elf, coff, llvm-bitcode:22.1.3), SHA-256, URL"
                .to_owned(),
        }
    }
}

/// The archive of this feature release for this target in the table that counts.
///
/// # Errors
/// When the table of the environment cannot be used.
pub fn pinned(version: PythonVersion, target: &str) -> Result<Option<Pinned>, PinnedError> {
    let rows = all()?;
    Ok(rows.into_iter().find(|row| row.version == version && row.target == target))
}

/// All archives of the table that counts.
///
/// # Errors
/// When the table of the environment cannot be used.
pub fn all() -> Result<Vec<Pinned>, PinnedError> {
    match std::env::var_os(VARIABLE).filter(|path| !path.is_empty()) {
        Some(path) => read(Path::new(&path)),
        None => Ok(built_in()),
    }
}

/// All archives of the built-in table.
pub fn built_in() -> Vec<Pinned> {
    // A test parses every row.
    rows(TABLE).filter_map(|(_, row)| parse(row).ok()).collect()
}

/// The table in a file.
///
/// # Errors
/// When the file cannot be read, or has a line that is no row.
pub fn read(path: &Path) -> Result<Vec<Pinned>, PinnedError> {
    let path = path.to_owned();
    if !path.is_absolute() {
        return Err(PinnedError::Relative { path });
    }
    let text = match fs_err::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(PinnedError::Unreadable { path, source }),
    };
    let parsed = rows(&text).map(|(line, row)| {
        parse(row).map_err(|problem| PinnedError::Row { path: path.clone(), line, problem })
    });
    parsed.collect()
}

/// Lines that are rows, and their numbers.
fn rows(table: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = table.lines().enumerate().map(|(index, line)| (index + 1, line));
    numbered.filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty())
}

fn parse(row: &str) -> Result<Pinned, String> {
    let columns: Vec<&str> = row.split('\t').collect();
    let [version, target, format, sha256, url] = columns[..] else {
        return Err(format!("it has {} columns", columns.len()));
    };
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(format!("`{url}` is not an http or https URL"));
    }
    Ok(Pinned {
        version: version.parse().map_err(|_| format!("`{version}` is not a feature release"))?,
        target: target.to_owned(),
        format: parse_format(format)
            .ok_or_else(|| format!("`{format}` is not a format of object files"))?,
        sha256: sha256.parse().map_err(|_| format!("`{sha256}` is not a SHA-256"))?,
        url: url.to_owned(),
    })
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
        for (line, row) in rows(TABLE) {
            assert!(parse(row).is_ok(), "{line}: {row}");
        }
    }

    #[test]
    fn every_release_and_target_has_a_full_archive() {
        let table = built_in();
        for minor in 10..=15 {
            for target in TARGETS {
                let version = PythonVersion { major: 3, minor };
                let row = table.iter().find(|row| row.version == version && row.target == target);
                let row = row.unwrap_or_else(|| panic!("{version} {target}"));
                assert!(row.url.starts_with("https://"), "{}", row.url);
                assert!(row.url.contains(&format!("/cpython-{version}.")), "{}", row.url);
                assert!(row.url.contains(target), "{}", row.url);
                assert!(row.url.ends_with("-full.tar.zst"), "{}", row.url);
                assert!(!row.url.contains("freethreaded"), "{}", row.url);
                assert!(!row.url.contains("debug"), "{}", row.url);
                let is_bitcode = matches!(row.format, ObjectFormat::LlvmBitcode(_));
                assert_eq!(is_bitcode, row.url.contains("lto-full"), "{}", row.url);
                assert_eq!(row.format == ObjectFormat::Coff, target.contains("-windows-"));
            }
        }
    }

    #[test]
    fn no_row_is_there_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for row in built_in() {
            assert!(seen.insert((row.version, row.target.clone())), "{row:?}");
        }
        assert_eq!(seen.len(), 6 * TARGETS.len());
    }

    #[test]
    fn a_list_of_ones_own_is_read_and_its_mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.tsv");
        let digest = "0".repeat(64);
        let good =
            format!("3.13\tx86_64-unknown-linux-gnu\telf\t{digest}\thttp://mirror/a.tar.zst");
        let read = |text: &str| {
            fs_err::write(&path, text).unwrap();
            let error = read(&path).map_err(|error| {
                assert!(!error.hint().is_empty());
                error.to_string().replace(path.to_str().unwrap(), "LIST")
            });
            error.map(|rows| rows.len())
        };
        assert_eq!(read(&format!("# comment\n\n{good}\n")), Ok(1));
        assert_eq!(read(""), Ok(0));
        let wrong = |text: &str| read(text).unwrap_err();
        insta::assert_snapshot!(wrong("3.13\tx"), @"`LIST`, line 1: it has 2 columns");
        insta::assert_snapshot!(wrong(&format!("{good}\n{}", good.replace("3.13", "three"))), @"`LIST`, line 2: `three` is not a feature release");
        insta::assert_snapshot!(wrong(&good.replace("elf", "wasm")), @"`LIST`, line 1: `wasm` is not a format of object files");
        insta::assert_snapshot!(wrong(&good.replace("000", "xyz")).replace(&"xyz".repeat(21), "…"), @"`LIST`, line 1: `…0` is not a SHA-256");
        insta::assert_snapshot!(wrong(&good.replace("http://", "file:/")), @"`LIST`, line 1: `file:/mirror/a.tar.zst` is not an http or https URL");
        let missing = super::read(&folder.path().join("none")).unwrap_err();
        assert!(missing.to_string().contains("PYOXIDIZER_DISTRIBUTIONS"), "{missing}");
        let relative = super::read(Path::new("list.tsv")).unwrap_err();
        assert!(matches!(relative, PinnedError::Relative { .. }), "{relative}");
    }
}
