//! Why an archive cannot be unpacked.

use std::io;
use std::path::{Path, PathBuf};

use super::member::Problem;
use crate::cache::CacheError;
use crate::config::resolved::Sha256Digest;

/// Why an archive cannot be unpacked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The cache cannot be used.
    #[error(transparent)]
    Cache(CacheError),
    /// The archive cannot be read.
    #[error("the archive `{path}` cannot be read")]
    Unreadable {
        /// The archive.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The archive is not the one that was meant.
    #[error("the archive `{path}` has the SHA-256 {found}, but {expected} is expected")]
    Sha256 {
        /// The archive.
        path: PathBuf,
        /// What the configuration or the pinned table says.
        expected: Sha256Digest,
        /// What the file has.
        found: Sha256Digest,
    },
    /// The file does not begin as Zstandard data does.
    #[error("the archive `{path}` is not compressed with Zstandard: it is {found}")]
    NotZstd {
        /// The archive.
        path: PathBuf,
        /// What it seems to be.
        found: &'static str,
    },
    /// The file ends too early.
    #[error("the archive `{path}` is cut short")]
    Truncated {
        /// The archive.
        path: PathBuf,
        /// What the decoder says.
        source: io::Error,
    },
    /// The compressed data is damaged.
    #[error("the archive `{path}` is damaged")]
    Damaged {
        /// The archive.
        path: PathBuf,
        /// What the decoder says.
        source: io::Error,
    },
    /// What is compressed is not a tar archive.
    #[error("the archive `{path}` holds no tar archive")]
    NotTar {
        /// The archive.
        path: PathBuf,
        /// What is wrong with its beginning; `None` when it is empty.
        source: Option<io::Error>,
    },
    /// The tar archive is damaged.
    #[error("the archive `{path}` is damaged after the entry `{entry}`")]
    DamagedAfter {
        /// The archive.
        path: PathBuf,
        /// The last entry that was whole.
        entry: String,
        /// What the reader says.
        source: io::Error,
    },
    /// An entry would come to lie outside, or would be reached through a link.
    #[error("the archive `{path}` is refused: its entry `{entry}` {problem}")]
    Unsafe {
        /// The archive.
        path: PathBuf,
        /// Name of the entry.
        entry: String,
        /// What it does.
        problem: String,
    },
    /// An entry cannot be written.
    #[error("the entry `{entry}` of the archive `{path}` cannot be written")]
    Unwritable {
        /// The archive.
        path: PathBuf,
        /// Name of the entry.
        entry: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// There is no `python/PYTHON.json`.
    #[error("the archive `{path}` has no `python/PYTHON.json`")]
    NoPythonJson {
        /// The archive.
        path: PathBuf,
        /// Whether the archive looks like an installation without build artifacts.
        install_only: bool,
    },
}

impl ArchiveError {
    pub(super) fn of_decoder(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { path, source },
            _ => Self::Damaged { path, source },
        }
    }

    pub(super) fn of_member(path: &Path, problem: Problem) -> Self {
        let path = path.to_owned();
        match problem {
            Problem::NotTar(source) => Self::NotTar { path, source },
            Problem::Cut(source) => Self::Truncated { path, source },
            Problem::After { entry, source } => Self::DamagedAfter { path, entry, source },
            Problem::Unsafe { entry, problem } => Self::Unsafe { path, entry, problem },
            Problem::Unwritable { entry, source } => Self::Unwritable { path, entry, source },
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Cache(error) => return error.hint(),
            Self::Unreadable { .. } => "`local_path` names the archive".to_owned(),
            Self::Sha256 { .. } => "fetch the archive again if its download may have broken off; \
                 if it is the right one, give its SHA-256 as `sha256`"
                .to_owned(),
            Self::Truncated { .. } | Self::Damaged { .. } | Self::DamagedAfter { .. } => {
                "fetch the archive again, and compare its SHA-256 with the publisher's".to_owned()
            }
            Self::NotZstd { path, .. } | Self::NotTar { path, .. } => full_archive_wanted(path),
            Self::Unsafe { .. } => {
                "do not use this archive: a genuine one has no such entry".to_owned()
            }
            Self::Unwritable { .. } => "look at the space and the permissions of the cache \
                 folder; PYOXIDIZER_CACHE moves it elsewhere"
                .to_owned(),
            Self::NoPythonJson { path, install_only: true } if full_name(path).is_none() => {
                format!(
                    "this looks like an `install_only` archive, which has no object files; {}",
                    full_archive_wanted(path)
                )
            }
            Self::NoPythonJson { path, .. } => full_archive_wanted(path),
        })
    }
}

fn full_archive_wanted(path: &Path) -> String {
    match full_name(path) {
        Some(name) => format!(
            "an `install_only` archive holds no object files and libraries to link; give the full one \
             of the same release, `{name}`"
        ),
        None => {
            "give a full archive of python-build-standalone, whose name ends in `-full.tar.zst`"
                .to_owned()
        }
    }
}

/// The name of the full archive with what the `install_only` archive at `path` has.
fn full_name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let (build, _) = name.split_once("-install_only")?;
    // What python-build-standalone publishes of each kind of target, as far as it is known here.
    let options = if build.ends_with("-pc-windows-msvc") {
        "pgo"
    } else if ["-unknown-linux-gnu", "-apple-darwin"].iter().any(|end| build.ends_with(end)) {
        "pgo+lto"
    } else {
        return None;
    };
    Some(format!("{build}-{options}-full.tar.zst"))
}
