//! Reading a blob in place.

use core::fmt;
use core::ops::Range;

use crate::layout::{
    ENTRY_LENGTH, HEADER_LENGTH, Kind, MAGIC, ModuleKind, RECORD_LENGTH, Role, SLOT_LENGTH,
    VERSION, hash, header,
};

/// A blob, checked as far as its header goes.
#[derive(Clone, Copy, Debug)]
pub struct Resources<'a> {
    slots: &'a [u8],
    entries: &'a [u8],
    records: &'a [u8],
    strings: &'a [u8],
    data: &'a [u8],
}

/// An entry of a blob.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    resources: Resources<'a>,
    raw: &'a [u8; ENTRY_LENGTH],
}

/// The bytes are not a blob, or a damaged one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatError {
    /// Fewer bytes than a header has.
    TooShort {
        /// How many there are.
        length: usize,
    },
    /// The first bytes are not those of a blob.
    Magic,
    /// A version that this reader does not know.
    Version {
        /// The version found.
        found: u32,
        /// The version that this reader reads.
        expected: u32,
    },
    /// The blob is longer or shorter than its header says.
    Length {
        /// Bytes that there are.
        found: u64,
        /// Bytes that the header says.
        expected: u64,
    },
    /// A part lies outside the blob, overlaps another or has an impossible size.
    Section {
        /// Name of the part.
        name: &'static str,
    },
    /// An entry points outside its tables or holds an unknown number.
    Entry {
        /// Position of the entry.
        index: u32,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length } => {
                write!(f, "packed resources of {length} bytes have no room for a header")
            }
            Self::Magic => f.write_str("these bytes are no packed resources"),
            Self::Version { found, expected } => {
                write!(f, "packed resources have version {found}, this program reads {expected}")
            }
            Self::Length { found, expected } => write!(
                f,
                "packed resources should have {expected} bytes and have {found}: the file was cut \
                 short or changed"
            ),
            Self::Section { name } => {
                write!(f, "packed resources are damaged: the {name} lie outside the file")
            }
            Self::Entry { index } => {
                write!(f, "packed resources are damaged: entry {index} is not valid")
            }
        }
    }
}

impl core::error::Error for FormatError {}

/// Reads a little-endian `u32`; the caller has checked the length.
fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes[offset..].first_chunk().map_or(0, |word| u32::from_le_bytes(*word))
}

/// Reads a little-endian `u64`; the caller has checked the length.
fn u64_at(bytes: &[u8], offset: usize) -> u64 {
    bytes[offset..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}

impl<'a> Resources<'a> {
    /// Checks the header of `blob`, which must be whole and nothing more.
    ///
    /// # Errors
    ///
    /// Any [`FormatError`] but [`FormatError::Entry`].
    pub fn parse(blob: &'a [u8]) -> Result<Self, FormatError> {
        let Some(head) = blob.first_chunk::<HEADER_LENGTH>() else {
            return Err(FormatError::TooShort { length: blob.len() });
        };
        if head[..MAGIC.len()] != MAGIC {
            return Err(FormatError::Magic);
        }
        let found = u32_at(head, header::VERSION);
        if found != VERSION {
            return Err(FormatError::Version { found, expected: VERSION });
        }
        let expected = u64_at(head, header::TOTAL);
        if expected != blob.len() as u64 {
            return Err(FormatError::Length { found: blob.len() as u64, expected });
        }

        let table = |name, offset, count, length| {
            let start = u32_at(head, offset) as usize;
            let end = (u32_at(head, count) as usize)
                .checked_mul(length)
                .and_then(|size| start.checked_add(size));
            end.and_then(|end| blob.get(start..end)).ok_or(FormatError::Section { name })
        };
        let slots = table("slots", header::SLOTS, header::SLOT_COUNT, SLOT_LENGTH)?;
        let entries = table("entries", header::ENTRIES, header::ENTRY_COUNT, ENTRY_LENGTH)?;
        let records = table("records", header::RECORDS, header::RECORD_COUNT, RECORD_LENGTH)?;
        // A full index would make a lookup of a missing name run for ever.
        if !u32_at(head, header::SLOT_COUNT).is_power_of_two()
            || u32_at(head, header::SLOT_COUNT) <= u32_at(head, header::ENTRY_COUNT)
        {
            return Err(FormatError::Section { name: "slots" });
        }
        let strings = u32_at(head, header::STRINGS) as usize;
        let data = usize::try_from(u64_at(head, header::DATA))
            .map_err(|_| FormatError::Section { name: "data" })?;
        let strings = blob.get(strings..data).ok_or(FormatError::Section { name: "strings" })?;
        let data = blob.get(data..).ok_or(FormatError::Section { name: "data" })?;
        Ok(Self { slots, entries, records, strings, data })
    }

    /// Finds an entry by kind and name.
    ///
    /// # Errors
    ///
    /// [`FormatError::Entry`] when what the index points at is damaged.
    pub fn find(&self, kind: Kind, name: &str) -> Result<Option<Entry<'a>>, FormatError> {
        let wanted = hash(kind, name.as_bytes());
        let (slots, _) = self.slots.as_chunks::<SLOT_LENGTH>();
        let mask = slots.len() - 1;
        let mut position = wanted as usize & mask;
        // Every slot once at most, should a damaged index have no empty one.
        for _ in 0..slots.len() {
            let slot = &slots[position];
            let index = u32_at(slot, 4);
            if index == 0 {
                return Ok(None);
            }
            if u32_at(slot, 0) == (wanted >> 32) as u32 {
                let entry = self.entry(index - 1)?;
                if entry.raw[14] == kind as u8 && entry.name()? == name {
                    return Ok(Some(entry));
                }
            }
            position = (position + 1) & mask;
        }
        Ok(None)
    }

    /// The module of this full dotted name.
    ///
    /// # Errors
    ///
    /// As [`Resources::find`].
    pub fn module(&self, name: &str) -> Result<Option<Entry<'a>>, FormatError> {
        self.find(Kind::Module, name)
    }

    /// The value of a setting.
    ///
    /// # Errors
    ///
    /// As [`Resources::find`].
    pub fn setting(&self, key: &str) -> Result<Option<&'a [u8]>, FormatError> {
        self.find(Kind::Setting, key)?.map_or(Ok(None), |entry| entry.get(Role::Contents))
    }

    /// All entries, sorted by kind, then name.
    #[must_use]
    pub fn entries(&self) -> Entries<'a> {
        let count = (self.entries.len() / ENTRY_LENGTH) as u32;
        Entries { resources: *self, range: 0..count }
    }

    fn entry(&self, index: u32) -> Result<Entry<'a>, FormatError> {
        let raw = self.entries.as_chunks().0.get(index as usize);
        raw.map(|raw| Entry { resources: *self, raw }).ok_or(FormatError::Entry { index })
    }
}

/// Iterator over all entries of a blob.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    resources: Resources<'a>,
    range: Range<u32>,
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.range.next().map(|index| self.resources.entry(index))
    }
}

impl<'a> Entry<'a> {
    /// The entry's name.
    ///
    /// # Errors
    ///
    /// [`FormatError::Entry`] when it lies outside the blob or is no UTF-8.
    pub fn name(&self) -> Result<&'a str, FormatError> {
        let start = u32_at(self.raw, 0) as usize;
        let bytes = start
            .checked_add(u32_at(self.raw, 4) as usize)
            .and_then(|end| self.resources.strings.get(start..end));
        bytes.and_then(|bytes| core::str::from_utf8(bytes).ok()).ok_or(self.invalid())
    }

    /// What the entry is.
    ///
    /// # Errors
    ///
    /// [`FormatError::Entry`] for an unknown kind.
    pub fn kind(&self) -> Result<Kind, FormatError> {
        Kind::from_byte(self.raw[14]).ok_or(self.invalid())
    }

    /// What a module is to the import system.
    ///
    /// # Errors
    ///
    /// [`FormatError::Entry`] for an unknown number.
    pub fn module_kind(&self) -> Result<ModuleKind, FormatError> {
        ModuleKind::from_byte(self.raw[15]).ok_or(self.invalid())
    }

    /// The byte string with this role, `None` when the entry has none.
    ///
    /// # Errors
    ///
    /// [`FormatError::Entry`] when a record lies outside the blob.
    pub fn get(&self, role: Role) -> Result<Option<&'a [u8]>, FormatError> {
        let first = u32_at(self.raw, 8) as usize;
        let count = usize::from(u16::from_le_bytes([self.raw[12], self.raw[13]]));
        let (records, _) = self.resources.records.as_chunks::<RECORD_LENGTH>();
        let records = first.checked_add(count).and_then(|end| records.get(first..end));
        let records = records.ok_or(self.invalid())?;
        let Some(record) = records.iter().find(|record| record[16] == role as u8) else {
            return Ok(None);
        };
        let slice = || {
            let start = usize::try_from(u64_at(record, 0)).ok()?;
            let length = usize::try_from(u64_at(record, 8)).ok()?;
            self.resources.data.get(start..start.checked_add(length)?)
        };
        slice().map(Some).ok_or(self.invalid())
    }

    fn invalid(&self) -> FormatError {
        let offset = self.raw.as_ptr() as usize - self.resources.entries.as_ptr() as usize;
        FormatError::Entry { index: (offset / ENTRY_LENGTH) as u32 }
    }
}
