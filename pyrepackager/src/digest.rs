//! Digests of several byte strings: what things are known by in the cache and in lock files.

use sha2::{Digest, Sha256};

use crate::config::resolved::Sha256Digest;

/// Collects what is hashed.
#[derive(Clone, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    /// Adds bytes whose number is always the same.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Adds bytes so that their end cannot be taken for what follows.
    pub fn add_block(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.add(&(bytes.len() as u64).to_le_bytes());
        self.add(bytes);
    }

    /// The digest of all that was added.
    pub fn finish(self) -> Sha256Digest {
        Sha256Digest(self.0.finalize().into())
    }
}
