//! Opening a blob in place and finding entries by name.

use crate::entry::Entry;
use crate::error::FormatError;
use crate::layout::{
    self, BUCKET_LENGTH, ENTRY_LENGTH, HEADER_LENGTH, Kind, MAGIC, RECORD_LENGTH, RawBucket,
    RawEntry, RawRecord, Role, VERSION, bucket, header,
};
use crate::list::{Children, Entries};

/// A blob, checked as far as its header goes.
#[derive(Clone, Copy, Debug)]
pub struct Resources<'a> {
    buckets: &'a [RawBucket],
    pub(crate) entries: &'a [RawEntry],
    pub(crate) records: &'a [RawRecord],
    pub(crate) strings: &'a [u8],
    pub(crate) data: &'a [u8],
}

/// The 32-bit number at an offset of a table's row, which must be inside.
pub(crate) fn u32_at<const N: usize>(row: &[u8; N], offset: usize) -> u32 {
    u32::from_le_bytes(core::array::from_fn(|i| row[offset + i]))
}

/// The 64-bit number at an offset of a table's row, which must be inside.
pub(crate) fn u64_at<const N: usize>(row: &[u8; N], offset: usize) -> u64 {
    u64::from_le_bytes(core::array::from_fn(|i| row[offset + i]))
}

impl<'a> Resources<'a> {
    /// Opens a blob. Only the header is read.
    ///
    /// # Errors
    ///
    /// The bytes are no blob, one of another version, a part of one, or the header is damaged.
    pub fn parse(blob: &'a [u8]) -> Result<Self, FormatError> {
        let too_short = FormatError::TooShort { length: blob.len() };
        let head: &[u8; HEADER_LENGTH] = blob.first_chunk().ok_or(too_short)?;
        if head[..MAGIC.len()] != MAGIC {
            return Err(FormatError::Magic);
        }
        let found = u32_at(head, header::VERSION);
        if found != VERSION {
            return Err(FormatError::Version { found, expected: VERSION });
        }
        if u64_at(head, header::CHECK) != layout::header_check(head) {
            return Err(FormatError::Header);
        }
        let (found, expected) = (blob.len() as u64, u64_at(head, header::TOTAL));
        if found != expected {
            return Err(FormatError::Length { found, expected });
        }
        Self::sections(blob, head)
    }

    /// Cuts a blob into its sections, which the header lists in their order.
    fn sections(blob: &'a [u8], head: &[u8; HEADER_LENGTH]) -> Result<Self, FormatError> {
        let mut free = HEADER_LENGTH as u64;
        let mut section = |name, start: u64, count: u64, size: usize| {
            let damaged = FormatError::Section { name };
            let end = count.checked_mul(size as u64).and_then(|length| start.checked_add(length));
            let end = end.filter(|_| start >= free).ok_or(damaged)?;
            free = end;
            let bounds = usize::try_from(start).ok().zip(usize::try_from(end).ok());
            bounds.and_then(|(start, end)| blob.get(start..end)).ok_or(damaged)
        };
        let field = |offset| u64::from(u32_at(head, offset));
        let bucket_count = field(header::BUCKET_COUNT);
        let entry_count = field(header::ENTRY_COUNT);
        let record_count = field(header::RECORD_COUNT);
        let data = u64_at(head, header::DATA);
        let data_length = (blob.len() as u64).saturating_sub(data);

        let buckets = section("buckets", HEADER_LENGTH as u64, bucket_count, BUCKET_LENGTH)?;
        let entries = section("entries", field(header::ENTRIES), entry_count, ENTRY_LENGTH)?;
        let records = section("records", field(header::RECORDS), record_count, RECORD_LENGTH)?;
        let strings = section("strings", field(header::STRINGS), field(header::STRINGS_LENGTH), 1)?;
        let data = section("data", data, data_length, 1)?;
        if !bucket_count.is_power_of_two() {
            return Err(FormatError::Section { name: "buckets" });
        }
        Ok(Self {
            buckets: buckets.as_chunks().0,
            entries: entries.as_chunks().0,
            records: records.as_chunks().0,
            strings,
            data,
        })
    }

    /// Finds an entry by kind and name.
    ///
    /// # Errors
    ///
    /// [`FormatError::Bucket`] or [`FormatError::Entry`] when what leads to the entry is damaged.
    pub fn find(&self, kind: Kind, name: &str) -> Result<Option<Entry<'a>>, FormatError> {
        let wanted = layout::hash(kind, name.as_bytes());
        let mask = self.buckets.len().wrapping_sub(1);
        let mut position = wanted as usize & mask;
        // Every bucket once at most, should all of them say that they flow over.
        for _ in 0..self.buckets.len() {
            let bucket = self.bucket(position)?;
            let (slots, _) = bucket[bucket::SLOTS..].as_chunks::<{ bucket::SLOT_LENGTH }>();
            for slot in slots.iter().take(usize::from(bucket[bucket::COUNT])) {
                if u32_at(slot, 0) == (wanted >> 32) as u32 {
                    let entry = self.entry(u32_at(slot, 4))?;
                    if entry.kind() == kind && entry.name() == name {
                        return Ok(Some(entry));
                    }
                }
            }
            if bucket[bucket::OVERFLOW] == 0 {
                return Ok(None);
            }
            position = (position + 1) & mask;
        }
        Ok(None)
    }

    /// The module of this name, a path; see [`Kind::Module`].
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
    /// As [`Resources::find`] and [`Entry::get`].
    pub fn setting(&self, key: &str) -> Result<Option<&'a [u8]>, FormatError> {
        let Some(entry) = self.find(Kind::Setting, key)? else { return Ok(None) };
        entry.stored(Role::Contents)
    }

    /// All entries, sorted by kind, then by the bytes of their names.
    #[must_use]
    pub fn entries(&self) -> Entries<'a> {
        Entries::all(*self)
    }

    /// The entries whose name starts with `prefix`, sorted, found by binary search.
    #[must_use]
    pub fn below(&self, kind: Kind, prefix: &str) -> Entries<'a> {
        Entries::below(*self, kind, prefix)
    }

    /// What lies directly in `folder`, each once, in the order of the first entries there: the
    /// modules, or the files, and the folders in a folder, or what is at the top when `folder` is empty.
    #[must_use]
    pub fn children(&self, kind: Kind, folder: &str) -> Children<'a> {
        Children::of(*self, kind, folder)
    }

    /// A verified bucket of the hash index.
    fn bucket(&self, position: usize) -> Result<&'a RawBucket, FormatError> {
        // The header counts buckets in 32 bits.
        let index = position as u32;
        let intact = |raw: &&RawBucket| {
            u32_at(raw, bucket::CHECK) == layout::bucket_check(raw, index)
                && usize::from(raw[bucket::COUNT]) <= bucket::CAPACITY
        };
        self.buckets.get(position).filter(intact).ok_or(FormatError::Bucket { index })
    }

    /// A verified entry.
    pub(crate) fn entry(&self, index: u32) -> Result<Entry<'a>, FormatError> {
        Entry::load(*self, index).ok_or(FormatError::Entry { index })
    }
}
