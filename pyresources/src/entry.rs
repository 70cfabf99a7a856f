//! An entry of a blob and the byte strings that it holds.

use core::str;

use xxhash_rust::xxh3::Xxh3;

use crate::error::FormatError;
use crate::layout::{self, Encoding, Kind, ModuleKind, Role, entry, record};
use crate::read::{Resources, u32_at, u64_at};

/// An entry of a blob, verified with its name.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    resources: Resources<'a>,
    index: u32,
    name: &'a str,
    kind: Kind,
    module_kind: ModuleKind,
    /// One bit for each [`Role`] that the entry has.
    roles: u16,
    /// Position of the record of the lowest role; the others follow in the order of roles.
    first_record: u32,
}

/// A byte string of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content<'a> {
    /// The bytes as they are stored.
    pub bytes: &'a [u8],
    /// How they are stored.
    pub encoding: Encoding,
    /// Number of bytes that they stand for; for [`Encoding::Stored`], that of `bytes`.
    pub length: u64,
}

/// Verifies the bytes of a byte string as they are read, from its first to its last.
#[derive(Clone)]
pub struct Verifier {
    hash: Xxh3,
    expected: u64,
    error: FormatError,
}

impl Verifier {
    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    /// Verifies all bytes.
    ///
    /// # Errors
    ///
    /// [`FormatError::Content`] when they, or what describes them, are damaged.
    pub fn finish(self) -> Result<(), FormatError> {
        if self.hash.digest() == self.expected { Ok(()) } else { Err(self.error) }
    }
}

impl<'a> Entry<'a> {
    /// The entry at a position, if there is one and it is intact.
    pub(crate) fn load(resources: Resources<'a>, index: u32) -> Option<Self> {
        let raw = resources.entries.get(index as usize)?;
        let start = u32_at(raw, entry::NAME) as usize;
        let end = start.checked_add(u32_at(raw, entry::NAME_LENGTH) as usize)?;
        let name = resources.strings.get(start..end)?;
        if u64_at(raw, entry::CHECK) != layout::entry_check(raw, index, name) {
            return None;
        }
        let roles = u16::from_le_bytes([raw[entry::ROLES], raw[entry::ROLES + 1]]);
        if roles >> Role::ALL.len() != 0 {
            return None;
        }
        Some(Self {
            resources,
            index,
            name: str::from_utf8(name).ok()?,
            kind: Kind::from_byte(raw[entry::KIND])?,
            module_kind: ModuleKind::from_byte(raw[entry::MODULE_KIND])?,
            roles,
            first_record: u32_at(raw, entry::FIRST_RECORD),
        })
    }

    /// The entry's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What the entry is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What a module is to the import system; of other kinds, [`ModuleKind::Module`].
    #[must_use]
    pub fn module_kind(&self) -> ModuleKind {
        self.module_kind
    }

    /// Whether the entry has a byte string with this role.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.roles & role.bit() != 0
    }

    /// The byte string with this role, verified; `None` when the entry has none.
    ///
    /// # Errors
    ///
    /// [`FormatError::Content`] when the bytes or what describes them are damaged.
    pub fn get(&self, role: Role) -> Result<Option<Content<'a>>, FormatError> {
        if !self.has(role) {
            return Ok(None);
        }
        self.content(role).map(Some).ok_or(self.damaged(role))
    }

    /// The byte string with this role, and what verifies its bytes: for those that are read another way than through
    /// the blob in memory, of which each page that was looked at stays there. `None` when the entry has none.
    ///
    /// # Errors
    ///
    /// [`FormatError::Content`] when what describes the bytes is damaged.
    pub fn unverified(&self, role: Role) -> Result<Option<(Content<'a>, Verifier)>, FormatError> {
        if !self.has(role) {
            return Ok(None);
        }
        let found = self.described(role).map(|(index, raw, content)| {
            let seed = layout::record_seed(raw, index);
            let expected = u64_at(raw, record::CHECK);
            let error = self.damaged(role);
            (content, Verifier { hash: Xxh3::with_seed(seed), expected, error })
        });
        found.map(Some).ok_or(self.damaged(role))
    }

    /// How many bytes the byte string with this role has before it is packed, without a look at them; `None` when the
    /// entry has none.
    ///
    /// # Errors
    ///
    /// [`FormatError::Content`] when what describes the bytes is seen to be damaged.
    pub fn length(&self, role: Role) -> Result<Option<u64>, FormatError> {
        if !self.has(role) {
            return Ok(None);
        }
        let (_, _, content) = self.described(role).ok_or(self.damaged(role))?;
        Ok(Some(content.length))
    }

    /// A number that is another one when the bytes with this role are, without a look at them: the checksum of where
    /// they lie and what they are. In another blob the same bytes may have another one.
    #[must_use]
    pub fn stamp(&self, role: Role) -> Option<u64> {
        Some(u64_at(self.record(role)?.1, record::CHECK))
    }

    /// The bytecode of an optimisation level or, when the entry has none of that, of the nearest
    /// level that it has, the lower of two.
    ///
    /// # Errors
    ///
    /// As [`Entry::get`].
    pub fn bytecode(&self, preferred: u8) -> Result<Option<Content<'a>>, FormatError> {
        let levels = (0..=2).filter_map(|level| Some((level, Role::bytecode(level)?)));
        let nearest = levels
            .filter(|(_, role)| self.has(*role))
            .min_by_key(|(level, _)| preferred.abs_diff(*level));
        nearest.map_or(Ok(None), |(_, role)| self.get(role))
    }

    /// The byte string with this role, which must be stored as it is.
    pub(crate) fn stored(&self, role: Role) -> Result<Option<&'a [u8]>, FormatError> {
        match self.get(role)? {
            None => Ok(None),
            Some(content) if content.encoding == Encoding::Stored => Ok(Some(content.bytes)),
            Some(_) => Err(self.damaged(role)),
        }
    }

    /// The record of a role, and its position.
    fn record(&self, role: Role) -> Option<(u32, &'a layout::RawRecord)> {
        if !self.has(role) {
            return None;
        }
        let lower = (self.roles & (role.bit() - 1)).count_ones();
        let index = self.first_record.checked_add(lower)?;
        Some((index, self.resources.records.get(index as usize)?))
    }

    fn content(&self, role: Role) -> Option<Content<'a>> {
        let (index, raw, content) = self.described(role)?;
        let check = layout::record_check(raw, index, content.bytes);
        (u64_at(raw, record::CHECK) == check).then_some(content)
    }

    /// The byte string of a role as its record, whose position is given too, describes it.
    fn described(&self, role: Role) -> Option<(u32, &'a layout::RawRecord, Content<'a>)> {
        let (index, raw) = self.record(role)?;
        let start = usize::try_from(u64_at(raw, record::OFFSET)).ok()?;
        let end = start.checked_add(usize::try_from(u64_at(raw, record::STORED_LENGTH)).ok()?)?;
        let bytes = self.resources.data.get(start..end)?;
        if raw[record::ROLE] != role as u8 {
            return None;
        }
        let encoding = Encoding::from_byte(raw[record::ENCODING])?;
        let length = u64_at(raw, record::LENGTH);
        let plausible = encoding != Encoding::Stored || length == bytes.len() as u64;
        plausible.then_some((index, raw, Content { bytes, encoding, length }))
    }

    fn damaged(&self, role: Role) -> FormatError {
        FormatError::Content { index: self.index, role }
    }
}
