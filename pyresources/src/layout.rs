//! Constants, enumerations and checksums that the reader and the writer share.

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// First eight bytes of a blob. Like PNG's, it shows at once when a tool changed line ends.
pub const MAGIC: [u8; 8] = *b"\x89PyRes\r\n";
/// Version of the layout in the crate's documentation.
pub(crate) const VERSION: u32 = 3;

/// Bytes of the header; the index follows it.
pub(crate) const HEADER_LENGTH: usize = 64;
/// Bytes of a bucket of the index: a cache line.
pub(crate) const BUCKET_LENGTH: usize = 64;
/// Bytes of an entry.
pub(crate) const ENTRY_LENGTH: usize = 24;
/// Bytes of a record.
pub(crate) const RECORD_LENGTH: usize = 40;

/// A bucket as it is stored.
pub(crate) type RawBucket = [u8; BUCKET_LENGTH];
/// An entry as it is stored.
pub(crate) type RawEntry = [u8; ENTRY_LENGTH];
/// A record as it is stored.
pub(crate) type RawRecord = [u8; RECORD_LENGTH];

/// Offsets of the header's fields.
pub(crate) mod header {
    pub(crate) const VERSION: usize = 8;
    pub(crate) const BUCKET_COUNT: usize = 12;
    pub(crate) const ENTRY_COUNT: usize = 16;
    pub(crate) const RECORD_COUNT: usize = 20;
    pub(crate) const ENTRIES: usize = 24;
    pub(crate) const RECORDS: usize = 28;
    pub(crate) const STRINGS: usize = 32;
    pub(crate) const STRINGS_LENGTH: usize = 36;
    pub(crate) const DATA: usize = 40;
    pub(crate) const TOTAL: usize = 48;
    pub(crate) const CHECK: usize = 56;
}

/// Offsets of a bucket's fields.
pub(crate) mod bucket {
    pub(crate) const CHECK: usize = 0;
    pub(crate) const COUNT: usize = 4;
    pub(crate) const OVERFLOW: usize = 5;
    pub(crate) const SLOTS: usize = 8;
    /// Bytes of a slot.
    pub(crate) const SLOT_LENGTH: usize = 8;
    /// Slots of a bucket.
    pub(crate) const CAPACITY: usize = (super::BUCKET_LENGTH - SLOTS) / SLOT_LENGTH;
}

/// Offsets of an entry's fields.
pub(crate) mod entry {
    pub(crate) const NAME: usize = 0;
    pub(crate) const NAME_LENGTH: usize = 4;
    pub(crate) const FIRST_RECORD: usize = 8;
    pub(crate) const ROLES: usize = 12;
    pub(crate) const KIND: usize = 14;
    pub(crate) const MODULE_KIND: usize = 15;
    pub(crate) const CHECK: usize = 16;
}

/// Offsets of a record's fields.
pub(crate) mod record {
    pub(crate) const OFFSET: usize = 0;
    pub(crate) const STORED_LENGTH: usize = 8;
    pub(crate) const LENGTH: usize = 16;
    pub(crate) const ROLE: usize = 24;
    pub(crate) const ENCODING: usize = 25;
    pub(crate) const CHECK: usize = 32;
}

/// What an entry is; each kind has names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A Python module, or the script that an application runs. The name is the path of its file with `/` below the
    /// virtual root, without the ending: `lib/python3.13/os` for `os.py`, `lib/python3.13/json` for
    /// `json/__init__.py`.
    Module = 0,
    /// A file that is no module: a package's resource, a file of a distribution's metadata. The
    /// name is its path with `/` below the virtual root.
    File = 1,
    /// An installed distribution. The name is the project's as `importlib.metadata` compares it:
    /// lower case, runs of `-`, `_` and `.` become one `_`. [`Role::Contents`] is the path of its
    /// metadata folder, such as `lib/python3.13/site-packages/rich-15.0.0.dist-info`.
    Distribution = 2,
    /// A shared object that the dynamic loader can load: a library or an extension module. The name
    /// is its path with `/` below the virtual root, such as `numpy.libs/libgfortran-0f1e2d3c.so.5`.
    SharedLibrary = 3,
    /// A part of the import system itself, which no `import` finds; it has [`Role::Bytecode0`].
    Bootstrap = 4,
    /// A setting of the interpreter; the name is its key.
    Setting = 5,
    /// What the build says of what it packed, for tools that look at an executable; nothing at run time reads it.
    /// The name is one of [`crate::report`].
    Report = 6,
}

impl Kind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        use Kind::{Bootstrap, Distribution, File, Module, Report, Setting, SharedLibrary};
        let all = [Module, File, Distribution, SharedLibrary, Bootstrap, Setting, Report];
        all.get(usize::from(byte)).copied()
    }
}

/// What a module is to the import system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ModuleKind {
    /// A module without submodules, `NAME.py`.
    Module = 0,
    /// A package, `NAME/__init__.py`.
    Package = 1,
    /// A package without code of its own, a folder `NAME/`.
    Namespace = 2,
    /// A script that no import leads to; its name is that of its file, with any ending.
    Script = 3,
}

impl ModuleKind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Module, Self::Package, Self::Namespace, Self::Script].get(usize::from(byte)).copied()
    }
}

/// What a byte string is to its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// A code object as `marshal` writes it, without a `.pyc` header, compiled as without `-O`.
    Bytecode0 = 0,
    /// The same, compiled as by `-O`.
    Bytecode1 = 1,
    /// The same, compiled as by `-OO`.
    Bytecode2 = 2,
    /// A module's source, as it was in its file.
    Source = 3,
    /// The contents of a file, a shared library, a setting; see [`Kind`].
    Contents = 4,
    /// Of an extension module: the name of its [`Kind::SharedLibrary`], as UTF-8 text.
    Extension = 5,
    /// Of a shared library: the names of the other [`Kind::SharedLibrary`] entries that must be
    /// loaded before it, in that order, as UTF-8 text with a line feed between two. What these need
    /// themselves is in the list too. Without it, the library needs none.
    Dependencies = 6,
    /// Of a shared library: the XXH3 hash of its bytes with 128 bits, little-endian, by which a cache knows
    /// it. Only where libraries are loaded from one.
    Digest = 7,
    /// Of a file that can be run, as a file with permission to be executed: the paths of the packed files and folders
    /// that have to be on disk for it, itself among them, as UTF-8 text with a line feed between two. Empty when it
    /// needs none, and can be started from memory.
    Program = 8,
}

impl Role {
    /// All roles, by number.
    pub const ALL: [Self; 9] = [
        Self::Bytecode0,
        Self::Bytecode1,
        Self::Bytecode2,
        Self::Source,
        Self::Contents,
        Self::Extension,
        Self::Dependencies,
        Self::Digest,
        Self::Program,
    ];

    /// The role's bit in an entry's set of roles.
    pub(crate) fn bit(self) -> u16 {
        1 << self as u8
    }

    /// The bytecode of an optimisation level, if there is such a level.
    #[must_use]
    pub fn bytecode(level: u8) -> Option<Self> {
        Self::ALL[..3].get(usize::from(level)).copied()
    }
}

/// How a byte string is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Encoding {
    /// As it is.
    Stored = 0,
    /// As one Zstandard frame (RFC 8878).
    Zstd = 1,
}

impl Encoding {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Stored, Self::Zstd].get(usize::from(byte)).copied()
    }
}

/// Hash of an entry's kind and name, which chooses its bucket.
pub(crate) fn hash(kind: Kind, name: &[u8]) -> u64 {
    xxh3_64_with_seed(name, kind as u64)
}

/// Checksum of a header.
pub(crate) fn header_check(header: &[u8; HEADER_LENGTH]) -> u64 {
    xxh3_64_with_seed(&header[..header::CHECK], 0)
}

/// Check word of a bucket. The position is the seed, here and below, so that something intact in
/// the wrong place does not pass.
pub(crate) fn bucket_check(bucket: &RawBucket, position: u32) -> u32 {
    xxh3_64_with_seed(&bucket[bucket::COUNT..], u64::from(position)) as u32
}

/// Checksum of an entry and its name.
pub(crate) fn entry_check(entry: &RawEntry, index: u32, name: &[u8]) -> u64 {
    let fields = xxh3_64_with_seed(&entry[..entry::CHECK], u64::from(index));
    xxh3_64_with_seed(name, fields)
}

/// Checksum of a record and the bytes that it stores.
pub(crate) fn record_check(record: &RawRecord, index: u32, stored: &[u8]) -> u64 {
    xxh3_64_with_seed(stored, record_seed(record, index))
}

/// The seed of a record's checksum.
pub(crate) fn record_seed(record: &RawRecord, index: u32) -> u64 {
    xxh3_64_with_seed(&record[..record::CHECK], u64::from(index))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length of the input, whose byte `i` is `7 × i` modulo 256, seed and hash, as xxHash's own C
    /// library gives them: the format must not depend on one implementation.
    const VECTORS: [(usize, u64, u64); 12] = [
        (0, 0, 0x2d06_8005_38d3_94c2),
        (0, 0x0123_4567_89ab_cdef, 0xcc1c_a35a_1b08_9c5c),
        (1, 5, 0x88a9_1797_a140_efb7),
        (8, 0x0123_4567_89ab_cdef, 0x0348_7b31_92ad_1e7a),
        (16, 0, 0x9da2_3836_adf2_be1e),
        (56, 0, 0xef61_841e_c8e0_bfa7),
        (60, 5, 0xbd07_5315_30eb_adca),
        (128, 0x0123_4567_89ab_cdef, 0x8b8d_aa02_859b_770b),
        (240, 5, 0x555b_9974_5d22_b5ed),
        (241, 0x0123_4567_89ab_cdef, 0xc70f_3b1c_d146_d8eb),
        (1000, 0, 0x10ad_3026_4426_c830),
        (1000, 0x0123_4567_89ab_cdef, 0xec6a_216d_e482_99a3),
    ];

    #[test]
    fn the_hash_is_xxh3() {
        let input: [u8; 1000] = core::array::from_fn(|i| (i * 7) as u8);
        for (length, seed, expected) in VECTORS {
            assert_eq!(xxh3_64_with_seed(&input[..length], seed), expected, "{length} {seed}");
        }
        assert_eq!(hash(Kind::Module, b"os"), 0x8852_f06a_f18a_9c54);
        assert_eq!(hash(Kind::Setting, b"optimize_level"), 0xcea2_7d5a_65f9_315e);
    }
}
