//! Digests of files, as clients send them with uploads.

use blake2::Blake2b;
use blake2::digest::consts::U32;
use md5::Md5;
use sha2::{Digest as _, Sha256};

/// Digests of one file, in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256.
    pub sha256: String,
    /// MD5, which old clients send alone.
    pub md5: String,
    /// BLAKE2b of 256 bits.
    pub blake2_256: String,
}

/// Makes all of them at once.
#[derive(Default)]
pub struct Digester {
    sha256: Sha256,
    md5: Md5,
    blake2_256: Blake2b<U32>,
}

impl Digester {
    /// Takes further bytes of the file.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.md5.update(bytes);
        self.blake2_256.update(bytes);
    }

    /// The digests of all bytes.
    #[must_use]
    pub fn finish(self) -> Digests {
        Digests {
            sha256: hex(&self.sha256.finalize()),
            md5: hex(&self.md5.finalize()),
            blake2_256: hex(&self.blake2_256.finalize()),
        }
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_standards() {
        let mut digester = Digester::default();
        digester.update(b"a");
        digester.update(b"bc");
        let digests = digester.finish();
        assert_eq!(digests.md5, "900150983cd24fb0d6963f7d28e17f72");
        assert!(digests.sha256.starts_with("ba7816bf8f01cfea"));
        assert!(digests.blake2_256.starts_with("bddd813c63423972"));
    }
}
