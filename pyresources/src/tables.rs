//! The sections of a blob while it is written.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;

use crate::layout::{
    self, BUCKET_LENGTH, ENTRY_LENGTH, Encoding, HEADER_LENGTH, Kind, MAGIC, RECORD_LENGTH,
    RawBucket, RawEntry, RawRecord, Role, VERSION, bucket, entry, header, record,
};
use crate::write::{Pending, PendingContent};

/// Alignment of the data section.
const DATA_ALIGNMENT: usize = 16;
/// Alignment of a byte string in it.
const CONTENT_ALIGNMENT: usize = 8;
/// Alignment of the contents of a shared library.
const OBJECT_ALIGNMENT: usize = 16;
/// The same of one that is not encoded and fills a page: it can be mapped from the file that holds
/// the blob.
const PAGE: usize = 4096;
/// Entries for which the index has a bucket: it is full to between two and four sevenths, so that
/// few buckets flow over.
const ENTRIES_PER_BUCKET: usize = 4;

/// Why entries cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// More than the format has room for.
    TooLarge {
        /// Name of the section that grew too large.
        section: &'static str,
    },
    /// A setting or a part of the import system is encoded; they are read before anything can
    /// decode them.
    Encoded {
        /// What it is.
        kind: Kind,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { section } => {
                write!(f, "the {section} of the packed resources need more than 4 GiB")
            }
            Self::Encoded { kind } => {
                write!(f, "an entry of the kind {kind:?} must be packed uncompressed")
            }
        }
    }
}

impl core::error::Error for WriteError {}

/// A record whose bytes have no place yet.
struct Unplaced<'a> {
    kind: Kind,
    role: Role,
    /// When its entry is read, of those that are read first.
    position: Option<usize>,
    content: &'a PendingContent,
}

/// Sections that grow entry by entry.
#[derive(Default)]
pub(crate) struct Tables<'a> {
    hashes: Vec<u64>,
    entries: Vec<RawEntry>,
    records: Vec<Unplaced<'a>>,
    strings: Vec<u8>,
}

/// A number that the format stores in 32 bits.
fn narrow(section: &'static str, number: usize) -> Result<u32, WriteError> {
    u32::try_from(number).map_err(|_| WriteError::TooLarge { section })
}

fn put<const N: usize>(row: &mut [u8], offset: usize, bytes: [u8; N]) {
    row[offset..offset + N].copy_from_slice(&bytes);
}

fn pad(bytes: &mut Vec<u8>, alignment: usize) {
    bytes.resize(bytes.len().next_multiple_of(alignment), 0);
}

impl<'a> Tables<'a> {
    /// Adds an entry; they come in their order. Of those that are read first, `position` says when.
    pub(crate) fn push(
        &mut self,
        kind: Kind,
        name: &str,
        pending: &'a Pending,
        position: Option<usize>,
    ) -> Result<(), WriteError> {
        let index = narrow("entries", self.entries.len())?;
        let roles = pending.contents.keys().fold(0, |roles, role| roles | role.bit());
        let mut raw: RawEntry = [0; ENTRY_LENGTH];
        put(&mut raw, entry::NAME, narrow("strings", self.strings.len())?.to_le_bytes());
        put(&mut raw, entry::NAME_LENGTH, narrow("strings", name.len())?.to_le_bytes());
        put(&mut raw, entry::FIRST_RECORD, narrow("records", self.records.len())?.to_le_bytes());
        put(&mut raw, entry::ROLES, roles.to_le_bytes());
        put(&mut raw, entry::KIND, [kind as u8]);
        put(&mut raw, entry::MODULE_KIND, [pending.module_kind as u8]);
        let check = layout::entry_check(&raw, index, name.as_bytes());
        put(&mut raw, entry::CHECK, check.to_le_bytes());

        self.entries.push(raw);
        self.hashes.push(layout::hash(kind, name.as_bytes()));
        self.strings.extend(name.as_bytes());
        for (role, content) in &pending.contents {
            let read_first = matches!(kind, Kind::Setting | Kind::Bootstrap);
            if read_first && content.encoding != Encoding::Stored {
                return Err(WriteError::Encoded { kind });
            }
            self.records.push(Unplaced { kind, role: *role, position, content });
        }
        Ok(())
    }

    /// The records, and what the data section consists of. Equal byte strings lie in it once.
    fn place(&self) -> (Vec<RawRecord>, Data<'a>) {
        let mut records: Vec<RawRecord> = alloc::vec![[0; RECORD_LENGTH]; self.records.len()];
        let mut data = Data::default();
        // Where bytes lie that another record with the same ones can point at.
        let mut places = BTreeMap::new();
        for index in data_order(&self.records) {
            let Unplaced { kind, role, content, .. } = &self.records[index];
            let alignment = alignment(*kind, *role, content);
            let offset = *places
                .entry((alignment, &*content.bytes))
                .or_insert_with(|| data.add(&content.bytes, alignment));
            let raw = &mut records[index];
            put(raw, record::OFFSET, (offset as u64).to_le_bytes());
            put(raw, record::STORED_LENGTH, (content.bytes.len() as u64).to_le_bytes());
            put(raw, record::LENGTH, content.length.to_le_bytes());
            put(raw, record::ROLE, [*role as u8]);
            put(raw, record::ENCODING, [content.encoding as u8]);
            // `push` has counted the records in 32 bits.
            let check = layout::record_check(raw, index as u32, &content.bytes);
            put(raw, record::CHECK, check.to_le_bytes());
        }
        (records, data)
    }

    /// The hash index.
    fn index(&self) -> Result<Vec<RawBucket>, WriteError> {
        let count = self.hashes.len().div_ceil(ENTRIES_PER_BUCKET).next_power_of_two();
        let mut buckets: Vec<RawBucket> = alloc::vec![[0; BUCKET_LENGTH]; count];
        for (index, hash) in self.hashes.iter().enumerate() {
            let mut position = *hash as usize & (count - 1);
            while usize::from(buckets[position][bucket::COUNT]) == bucket::CAPACITY {
                buckets[position][bucket::OVERFLOW] = 1;
                position = (position + 1) & (count - 1);
            }
            let raw = &mut buckets[position];
            let slot = bucket::SLOTS + usize::from(raw[bucket::COUNT]) * bucket::SLOT_LENGTH;
            put(raw, slot, ((hash >> 32) as u32).to_le_bytes());
            put(raw, slot + 4, narrow("entries", index)?.to_le_bytes());
            raw[bucket::COUNT] += 1;
        }
        for (position, raw) in buckets.iter_mut().enumerate() {
            let check = layout::bucket_check(raw, narrow("buckets", position)?);
            put(raw, bucket::CHECK, check.to_le_bytes());
        }
        Ok(buckets)
    }

    /// Puts the sections behind one another.
    pub(crate) fn finish(self) -> Result<Vec<u8>, WriteError> {
        let buckets = self.index()?;
        let (records, data) = self.place();
        // A number of entries or records that fits says nothing of the bytes that they take.
        let entries_offset = HEADER_LENGTH + buckets.len() * BUCKET_LENGTH;
        let records_offset = entries_offset + self.entries.len() * ENTRY_LENGTH;
        let strings_offset = records_offset + records.len() * RECORD_LENGTH;
        let alignments = self.records.iter().map(|r| alignment(r.kind, r.role, r.content));
        let alignment = alignments.max().unwrap_or(0).max(DATA_ALIGNMENT);
        let data_offset = (strings_offset + self.strings.len()).next_multiple_of(alignment);
        let total = data_offset + data.length;

        let mut head = [0; HEADER_LENGTH];
        put(&mut head, 0, MAGIC);
        put(&mut head, header::VERSION, VERSION.to_le_bytes());
        let fields = [
            ("buckets", header::BUCKET_COUNT, buckets.len()),
            ("entries", header::ENTRY_COUNT, self.entries.len()),
            ("records", header::RECORD_COUNT, records.len()),
            ("buckets", header::ENTRIES, entries_offset),
            ("entries", header::RECORDS, records_offset),
            ("records", header::STRINGS, strings_offset),
            ("strings", header::STRINGS_LENGTH, self.strings.len()),
        ];
        for (section, offset, value) in fields {
            put(&mut head, offset, narrow(section, value)?.to_le_bytes());
        }
        put(&mut head, header::DATA, (data_offset as u64).to_le_bytes());
        put(&mut head, header::TOTAL, (total as u64).to_le_bytes());
        let check = layout::header_check(&head);
        put(&mut head, header::CHECK, check.to_le_bytes());

        let mut blob = Vec::with_capacity(total);
        blob.extend(head);
        blob.extend(buckets.as_flattened());
        blob.extend(self.entries.as_flattened());
        blob.extend(records.as_flattened());
        blob.extend(&self.strings);
        pad(&mut blob, alignment);
        data.append_to(&mut blob);
        Ok(blob)
    }
}

/// Alignment of a byte string in the data section.
fn alignment(kind: Kind, role: Role, content: &PendingContent) -> usize {
    let is_mapped = content.encoding == Encoding::Stored && content.bytes.len() >= PAGE;
    match (kind, role) {
        (Kind::SharedLibrary, Role::Contents) if is_mapped => PAGE,
        (Kind::SharedLibrary, Role::Contents) => OBJECT_ALIGNMENT,
        _ => CONTENT_ALIGNMENT,
    }
}

/// The data section before it has a place: it may take gigabytes, of which there should be one copy.
#[derive(Default)]
struct Data<'a> {
    /// Byte strings and their alignment, in their order.
    parts: Vec<(&'a [u8], usize)>,
    length: usize,
}

impl<'a> Data<'a> {
    /// Adds a byte string and returns where it will lie, relative to the section.
    fn add(&mut self, bytes: &'a [u8], alignment: usize) -> usize {
        let offset = self.length.next_multiple_of(alignment);
        self.parts.push((bytes, alignment));
        self.length = offset + bytes.len();
        offset
    }

    /// Puts the section behind `blob`, whose end has its alignment.
    fn append_to(&self, blob: &mut Vec<u8>) {
        for (bytes, alignment) in &self.parts {
            pad(blob, *alignment);
            blob.extend_from_slice(bytes);
        }
    }
}

/// The order of the byte strings in the data section, as positions in `records`.
///
/// What a program reads lies together, so that it touches few pages: what every start needs, what is known to be read
/// first, then bytecode, names of libraries, files, libraries; source, which only tracebacks and debuggers ask for,
/// comes last but for what no program reads.
fn data_order(records: &[Unplaced<'_>]) -> Vec<usize> {
    let rank = |record: &Unplaced<'_>| match (record.kind, record.role) {
        (Kind::Report, _) => 7,
        (Kind::Setting | Kind::Bootstrap, _) => 0,
        (_, Role::Source) => 6,
        (Kind::SharedLibrary, Role::Contents) => 5,
        _ if record.position.is_some() => 1,
        (_, Role::Bytecode0 | Role::Bytecode1 | Role::Bytecode2) => 2,
        // Short, and read whenever the library is.
        (_, Role::Extension | Role::Dependencies | Role::Digest | Role::Program) => 3,
        (_, Role::Contents) => 4,
    };
    let mut order: Vec<usize> = (0..records.len()).collect();
    // A stable sort keeps the order of entries within a rank.
    order.sort_by_key(|index| {
        let record = &records[*index];
        (rank(record), record.position.unwrap_or(usize::MAX))
    });
    order
}
