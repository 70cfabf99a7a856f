//! Writing a blob.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::layout::{
    ENTRY_LENGTH, HEADER_LENGTH, Kind, MAGIC, ModuleKind, RECORD_LENGTH, Role, SLOT_LENGTH,
    VERSION, hash, header,
};

/// Alignment of the data section.
const DATA_ALIGNMENT: usize = 16;
/// Alignment of each byte string in it.
const CONTENT_ALIGNMENT: usize = 8;

/// Collects entries and writes them as a blob.
///
/// The bytes depend on the entries alone, not on the order in which they were added.
#[derive(Debug, Default)]
pub struct Writer {
    entries: BTreeMap<(Kind, String), Pending>,
}

#[derive(Debug, Default)]
struct Pending {
    flags: u8,
    contents: BTreeMap<Role, Vec<u8>>,
}

/// More than the format has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteError {
    /// Name of the part that grew too large.
    pub section: &'static str,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} of the packed resources need more than 4 GiB", self.section)
    }
}

impl core::error::Error for WriteError {}

impl Writer {
    /// A writer without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a module, or replaces one of the same name. A namespace has neither bytecode nor source.
    pub fn module(
        &mut self,
        name: impl Into<String>,
        kind: ModuleKind,
        bytecode: Option<Vec<u8>>,
        source: Option<Vec<u8>>,
    ) {
        let contents = [(Role::Bytecode, bytecode), (Role::Source, source)];
        let contents =
            contents.into_iter().filter_map(|(role, bytes)| Some((role, bytes?))).collect();
        self.entries.insert((Kind::Module, name.into()), Pending { flags: kind as u8, contents });
    }

    /// Adds a file, or replaces one of the same path; `path` uses `/`.
    pub fn file(&mut self, path: impl Into<String>, contents: Vec<u8>) {
        self.contents(Kind::File, path.into(), contents);
    }

    /// Adds a setting, or replaces one of the same key.
    pub fn setting(&mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.contents(Kind::Setting, key.into(), value.into());
    }

    fn contents(&mut self, kind: Kind, name: String, contents: Vec<u8>) {
        let contents = BTreeMap::from([(Role::Contents, contents)]);
        self.entries.insert((kind, name), Pending { flags: 0, contents });
    }

    /// Writes the blob.
    ///
    /// # Errors
    ///
    /// [`WriteError`] when a table does not fit 32-bit offsets.
    pub fn finish(&self) -> Result<Vec<u8>, WriteError> {
        let mut tables = Tables::default();
        for ((kind, name), pending) in &self.entries {
            tables.push(*kind, name, pending)?;
        }
        tables.finish()
    }
}

#[derive(Default)]
struct Tables {
    hashes: Vec<u64>,
    entries: Vec<u8>,
    records: Vec<u8>,
    strings: Vec<u8>,
    data: Vec<u8>,
}

/// A number that the format stores in 32 bits.
fn narrow(section: &'static str, number: usize) -> Result<[u8; 4], WriteError> {
    u32::try_from(number).map(u32::to_le_bytes).map_err(|_| WriteError { section })
}

fn pad(bytes: &mut Vec<u8>, alignment: usize) {
    bytes.resize(bytes.len().next_multiple_of(alignment), 0);
}

impl Tables {
    fn push(&mut self, kind: Kind, name: &str, pending: &Pending) -> Result<(), WriteError> {
        let hash = hash(kind, name.as_bytes());
        self.hashes.push(hash);
        self.entries.extend(narrow("strings", self.strings.len())?);
        self.entries.extend(narrow("strings", name.len())?);
        self.entries.extend(narrow("records", self.records.len() / RECORD_LENGTH)?);
        self.entries.extend((pending.contents.len() as u16).to_le_bytes());
        self.entries.extend([kind as u8, pending.flags]);
        self.entries.extend(hash.to_le_bytes());
        self.strings.extend(name.as_bytes());
        for (role, bytes) in &pending.contents {
            pad(&mut self.data, CONTENT_ALIGNMENT);
            self.records.extend((self.data.len() as u64).to_le_bytes());
            self.records.extend((bytes.len() as u64).to_le_bytes());
            self.records.extend([*role as u8, 0, 0, 0, 0, 0, 0, 0]);
            self.data.extend(bytes);
        }
        Ok(())
    }

    /// The hash index; at most half of it is taken, so that a lookup seldom reads two slots.
    fn slots(&self) -> Result<Vec<u8>, WriteError> {
        let count = (self.hashes.len() * 2).next_power_of_two().max(2);
        let mut slots = alloc::vec![[0; SLOT_LENGTH]; count];
        for (index, hash) in self.hashes.iter().enumerate() {
            let mut position = *hash as usize & (count - 1);
            while slots[position] != [0; SLOT_LENGTH] {
                position = (position + 1) & (count - 1);
            }
            let slot = &mut slots[position];
            slot[..4].copy_from_slice(&((hash >> 32) as u32).to_le_bytes());
            slot[4..].copy_from_slice(&narrow("entries", index + 1)?);
        }
        Ok(slots.concat())
    }

    fn finish(self) -> Result<Vec<u8>, WriteError> {
        let slots = self.slots()?;
        let slots_offset = HEADER_LENGTH;
        let entries_offset = slots_offset + slots.len();
        let records_offset = entries_offset + self.entries.len();
        let strings_offset = records_offset + self.records.len();
        let data_offset = (strings_offset + self.strings.len()).next_multiple_of(DATA_ALIGNMENT);
        let total = data_offset + self.data.len();

        let mut head = [0; HEADER_LENGTH];
        head[..MAGIC.len()].copy_from_slice(&MAGIC);
        head[header::VERSION..][..4].copy_from_slice(&VERSION.to_le_bytes());
        let fields = [
            ("slots", header::SLOT_COUNT, slots.len() / SLOT_LENGTH),
            ("entries", header::ENTRY_COUNT, self.entries.len() / ENTRY_LENGTH),
            ("records", header::RECORD_COUNT, self.records.len() / RECORD_LENGTH),
            ("slots", header::SLOTS, slots_offset),
            ("entries", header::ENTRIES, entries_offset),
            ("records", header::RECORDS, records_offset),
            ("strings", header::STRINGS, strings_offset),
        ];
        for (section, offset, value) in fields {
            head[offset..][..4].copy_from_slice(&narrow(section, value)?);
        }
        head[header::DATA..][..8].copy_from_slice(&(data_offset as u64).to_le_bytes());
        head[header::TOTAL..][..8].copy_from_slice(&(total as u64).to_le_bytes());

        let mut blob = Vec::with_capacity(total);
        for part in [&head[..], &slots, &self.entries, &self.records, &self.strings] {
            blob.extend(part);
        }
        pad(&mut blob, DATA_ALIGNMENT);
        blob.extend(&self.data);
        Ok(blob)
    }
}
