//! Whether a file or folder is still what it was.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

/// The coarsest time stamps of file systems, which FAT has.
const COARSEST: Duration = Duration::from_secs(2);

/// What changes with a file's contents, or with a folder's list of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub size: u64,
    /// Time of the last change of contents.
    pub modified: SystemTime,
    /// Device, inode, and the time of the last change of either, which no program can set back.
    identity: [i64; 4],
}

impl Stamp {
    /// The stamp that metadata tells.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Self { size: metadata.len(), modified, identity: identity(metadata) }
    }

    /// What tells this folder from others.
    #[must_use]
    pub fn place(&self) -> [i64; 2] {
        [self.identity[0], self.identity[1]]
    }

    /// Whether a later change may have left the same stamp behind, where this was looked at at that time.
    #[must_use]
    pub fn is_uncertain(&self, looked_at: SystemTime) -> bool {
        let distance = match looked_at.duration_since(self.modified) {
            Ok(age) => age,
            Err(ahead) => ahead.duration(),
        };
        distance < COARSEST
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> [i64; 4] {
    use std::os::unix::fs::MetadataExt as _;
    // Numbers that are compared and nothing else: what wraps still differs.
    [metadata.dev() as i64, metadata.ino() as i64, metadata.ctime(), metadata.ctime_nsec()]
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> [i64; 4] {
    [0; 4]
}
