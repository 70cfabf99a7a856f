//! What the tests of the format share.
// Each test binary uses a part of it; `expect` in a helper of tests is what `unwrap` in a test is.
#![allow(dead_code, clippy::expect_used)]

use pyresources::{Content, Encoding, Kind, ModuleKind, Role, Writer};

/// A blob with entries of every kind and byte strings of every role.
pub fn sample() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.module("pkg", ModuleKind::Package);
    writer.content(Kind::Module, "pkg", Role::Bytecode0, vec![0xe3, 1, 2]);
    writer.content(Kind::Module, "pkg", Role::Bytecode1, vec![0xe3, 1]);
    writer.content(Kind::Module, "pkg", Role::Bytecode2, vec![0xe3]);
    writer.content(Kind::Module, "pkg", Role::Source, b"x = 1\n".to_vec());
    writer.content(Kind::Module, "pkg.native", Role::Extension, b"\x7fELF".to_vec());
    writer.module("space", ModuleKind::Namespace);
    let (kind, path) = (Kind::File, "pkg/data.txt");
    writer.content_encoded(kind, path, Role::Contents, Encoding::Zstd, b"short".to_vec(), 1000);
    writer.distribution("my_pkg", "My.pkg-1.dist-info");
    writer.content(Kind::SharedLibrary, "libx.so.1", Role::Contents, b"\x7fELF lib".to_vec());
    writer.bootstrap("importer", vec![0xe3, 9]);
    writer.setting("optimize_level", *b"2");
    writer.finish().expect("a few small entries fit")
}

/// A byte string that is stored as it is.
pub fn stored(bytes: &[u8]) -> Content<'_> {
    Content { bytes, encoding: Encoding::Stored, length: bytes.len() as u64 }
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub struct Numbers(pub u64);

impl Numbers {
    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
