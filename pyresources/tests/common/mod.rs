//! What the tests of the format share.
// Each test binary uses a part of it, and these are helpers of tests.
#![allow(dead_code, clippy::expect_used)]

pub mod answers;

use std::collections::BTreeMap;

use pyresources::{Content, Encoding, Kind, ModuleKind, Role, Writer};

/// A blob with entries of every kind and byte strings of every role.
pub fn sample() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.module("pkg", ModuleKind::Package);
    writer.content(Kind::Module, "pkg", Role::Bytecode0, vec![0xe3, 1, 2]);
    writer.content(Kind::Module, "pkg", Role::Bytecode1, vec![0xe3, 1]);
    writer.content(Kind::Module, "pkg", Role::Bytecode2, vec![0xe3]);
    writer.content(Kind::Module, "pkg", Role::Source, b"x = 1\n".to_vec());
    let (object, library) = ("pkg/native.so", "pkg.libs/libx.so.1");
    writer.content(Kind::Module, "pkg/native", Role::Extension, object.into());
    writer.content(Kind::SharedLibrary, object, Role::Contents, b"\x7fELF".to_vec());
    writer.content(Kind::SharedLibrary, object, Role::Dependencies, library.into());
    writer.module("space", ModuleKind::Namespace);
    let (kind, path) = (Kind::File, "pkg/data.txt");
    writer.content_encoded(kind, path, Role::Contents, Encoding::Zstd, b"short".to_vec(), 1000);
    writer.distribution("my_pkg", "My.pkg-1.dist-info");
    for name in [library, "other.libs/libx.so.1"] {
        writer.content(Kind::SharedLibrary, name, Role::Contents, b"\x7fELF lib".to_vec());
    }
    writer.bootstrap("importer", vec![0xe3, 9]);
    writer.setting("optimize_level", *b"2");
    writer.content(Kind::Report, "build.json", Role::Contents, b"{}".to_vec());
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

/// All roles.
pub const ROLES: [Role; 9] = [
    Role::Bytecode0,
    Role::Bytecode1,
    Role::Bytecode2,
    Role::Source,
    Role::Contents,
    Role::Extension,
    Role::Dependencies,
    Role::Digest,
    Role::Program,
];

/// All kinds.
pub const KINDS: [Kind; 7] = [
    Kind::Module,
    Kind::File,
    Kind::Distribution,
    Kind::SharedLibrary,
    Kind::Bootstrap,
    Kind::Setting,
    Kind::Report,
];

/// A byte string by kind, name and role.
pub type Truth = BTreeMap<(Kind, String, Role), Vec<u8>>;

/// A blob with `count` byte strings, and what it holds. Names are short paths of few components,
/// some of which sort before the separators and some after, so that many share a beginning.
pub fn many(count: usize) -> (Vec<u8>, Truth) {
    const COMPONENTS: [&str; 9] = ["a", "a-", "ab", "b", "a b", "é", "_", "z9", "a+b"];
    let mut numbers = Numbers(count as u64);
    let mut writer = Writer::new();
    let mut truth = Truth::new();
    while truth.len() < count {
        let kind = KINDS[numbers.below(KINDS.len() as u64) as usize];
        let role = ROLES[numbers.below(ROLES.len() as u64) as usize];
        let components: Vec<_> = (0..=numbers.below(5))
            .map(|_| COMPONENTS[numbers.below(COMPONENTS.len() as u64) as usize])
            .collect();
        let name = components.join("/");
        let bytes: Vec<u8> = (0..numbers.below(40)).map(|_| numbers.below(256) as u8).collect();
        writer.content(kind, &name, role, bytes.clone());
        truth.insert((kind, name, role), bytes);
    }
    (writer.finish().expect("small entries fit"), truth)
}
