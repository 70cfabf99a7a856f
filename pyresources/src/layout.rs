//! Constants and small functions that the reader and the writer share.

/// First eight bytes of a blob. Like PNG's, it shows at once when a tool changed line ends.
pub(crate) const MAGIC: [u8; 8] = *b"\x89PyRes\r\n";
/// Version of the layout in the crate's documentation.
pub(crate) const VERSION: u32 = 1;

/// Bytes of the header.
pub(crate) const HEADER_LENGTH: usize = 64;
/// Bytes of a slot of the index.
pub(crate) const SLOT_LENGTH: usize = 8;
/// Bytes of an entry.
pub(crate) const ENTRY_LENGTH: usize = 24;
/// Bytes of a record.
pub(crate) const RECORD_LENGTH: usize = 24;

/// Offsets of the header's fields.
pub(crate) mod header {
    pub(crate) const VERSION: usize = 8;
    pub(crate) const SLOT_COUNT: usize = 12;
    pub(crate) const ENTRY_COUNT: usize = 16;
    pub(crate) const RECORD_COUNT: usize = 20;
    pub(crate) const SLOTS: usize = 24;
    pub(crate) const ENTRIES: usize = 28;
    pub(crate) const RECORDS: usize = 32;
    pub(crate) const STRINGS: usize = 36;
    pub(crate) const DATA: usize = 40;
    pub(crate) const TOTAL: usize = 48;
}

/// What an entry is; each kind has names of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A Python module; the name is its full dotted name.
    Module = 0,
    /// A file that is no module; the name is its path with `/` below the virtual root.
    File = 1,
    /// A setting of the interpreter; the name is its key.
    Setting = 2,
}

impl Kind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Module, Self::File, Self::Setting].into_iter().find(|kind| *kind as u8 == byte)
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
}

impl ModuleKind {
    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Module, Self::Package, Self::Namespace].into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// What a byte string is to its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// A module's code object as `marshal` writes it, without a `.pyc` header.
    Bytecode = 0,
    /// A module's source, as it was in its file.
    Source = 1,
    /// The contents of a file or a setting.
    Contents = 2,
}

/// Hash of an entry's kind and name.
///
/// Eight bytes at a time are rotated in and multiplied, as rustc's `FxHash` does: names are short,
/// come from the build and not from an adversary, and a lookup happens for every import.
#[must_use]
pub fn hash(kind: Kind, name: &[u8]) -> u64 {
    /// 2⁶⁴ divided by the golden ratio, made odd.
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let step = |hash: u64, word: u64| (hash.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);

    let mut hash = step(kind as u64, name.len() as u64);
    let (words, rest) = name.as_chunks::<8>();
    for word in words {
        hash = step(hash, u64::from_le_bytes(*word));
    }
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    hash = step(hash, u64::from_le_bytes(last));
    // The multiplications move entropy up only; the index uses the low half.
    hash ^ (hash >> 32)
}
