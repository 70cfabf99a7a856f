//! Writing a blob.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::layout::{Encoding, Kind, ModuleKind, Role};
use crate::tables::{Tables, WriteError};

/// Collects entries and writes them as a blob.
///
/// The bytes depend on the entries and what is read first, not on the order in which entries were added.
#[derive(Debug, Default)]
pub struct Writer {
    entries: BTreeMap<(Kind, String), Pending>,
    /// Entries whose contents are read first, in that order.
    first: Vec<(Kind, String)>,
}

/// An entry to be written.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) module_kind: ModuleKind,
    pub(crate) contents: BTreeMap<Role, PendingContent>,
}

/// A byte string to be written; see [`crate::Content`].
#[derive(Debug)]
pub(crate) struct PendingContent {
    pub(crate) bytes: Vec<u8>,
    pub(crate) encoding: Encoding,
    pub(crate) length: u64,
}

impl Pending {
    fn new(module_kind: ModuleKind) -> Self {
        Self { module_kind, contents: BTreeMap::new() }
    }
}

impl Writer {
    /// A writer without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a module without contents, or replaces one of the same name.
    pub fn module(&mut self, name: impl Into<String>, kind: ModuleKind) {
        self.entries.insert((Kind::Module, name.into()), Pending::new(kind));
    }

    /// Adds a byte string to an entry, or replaces the one with this role. An entry that is not
    /// there is added, a module as [`ModuleKind::Module`].
    pub fn content(&mut self, kind: Kind, name: impl Into<String>, role: Role, bytes: Vec<u8>) {
        let length = bytes.len() as u64;
        self.content_encoded(kind, name, role, Encoding::Stored, bytes, length);
    }

    /// As [`Writer::content`], with bytes that are encoded already and stand for `length` bytes.
    pub fn content_encoded(
        &mut self,
        kind: Kind,
        name: impl Into<String>,
        role: Role,
        encoding: Encoding,
        bytes: Vec<u8>,
        length: u64,
    ) {
        let entry = self.entries.entry((kind, name.into()));
        let entry = entry.or_insert_with(|| Pending::new(ModuleKind::Module));
        entry.contents.insert(role, PendingContent { bytes, encoding, length });
    }

    /// Adds a file, or replaces one of the same path; `path` uses `/`.
    pub fn file(&mut self, path: impl Into<String>, contents: Vec<u8>) {
        self.content(Kind::File, path, Role::Contents, contents);
    }

    /// Adds a distribution, or replaces one of the same name; see [`Kind::Distribution`].
    pub fn distribution(&mut self, name: impl Into<String>, metadata_folder: impl Into<String>) {
        let folder = metadata_folder.into().into_bytes();
        self.content(Kind::Distribution, name, Role::Contents, folder);
    }

    /// Adds a part of the import system, or replaces one of the same name.
    pub fn bootstrap(&mut self, name: impl Into<String>, bytecode: Vec<u8>) {
        self.content(Kind::Bootstrap, name, Role::Bytecode0, bytecode);
    }

    /// Adds a setting, or replaces one of the same key.
    pub fn setting(&mut self, key: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.content(Kind::Setting, key, Role::Contents, value.into());
    }

    /// Has what an entry contains lie before the contents of others, behind those of the entries that this was called
    /// for before: a program that reads them in this order reads the blob from its front. Source and the contents of
    /// shared libraries stay among their like, the libraries in this order there. Names without an entry do no harm.
    pub fn read_next(&mut self, kind: Kind, name: impl Into<String>) {
        self.first.push((kind, name.into()));
    }

    /// Writes the blob.
    ///
    /// # Errors
    ///
    /// See [`WriteError`].
    pub fn finish(&self) -> Result<Vec<u8>, WriteError> {
        let mut positions = BTreeMap::new();
        for (position, (kind, name)) in self.first.iter().enumerate() {
            positions.entry((*kind, name.as_str())).or_insert(position);
        }
        let mut tables = Tables::default();
        for ((kind, name), pending) in &self.entries {
            tables.push(*kind, name, pending, positions.get(&(*kind, name.as_str())).copied())?;
        }
        tables.finish()
    }
}
