//! A packed library and where it is from.

use pyresources::{Content, Entry, FormatError, Kind, Role, Verifier};

use super::error::LoadError;
use crate::resources;
use crate::sources::Source;

/// A packed library.
pub(super) struct Library {
    source: Source,
    entry: Entry<'static>,
    /// Its packed path.
    name: String,
}

impl Library {
    pub(super) fn new(source: Source, entry: Entry<'static>) -> Self {
        Self { source, entry, name: source.packed_path(entry.name().to_owned()) }
    }

    /// The library at a packed path, which leads into a source.
    pub(super) fn find(source: Source, path: &str) -> Result<Option<Self>, LoadError> {
        let damaged = |error| LoadError::Damaged { library: path.to_owned(), source: error };
        let below = source.below(path).unwrap_or_default();
        let found = source.resources.find(Kind::SharedLibrary, below).map_err(damaged)?;
        Ok(found.map(|entry| Self::new(source, entry)))
    }

    /// Its packed path, by which it is known.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn source(&self) -> Source {
        self.source
    }

    /// As [`Entry::get`].
    pub(super) fn get(&self, role: Role) -> Result<Option<Content<'static>>, FormatError> {
        self.entry.get(role)
    }

    /// As [`Entry::unverified`].
    pub(super) fn unverified(
        &self,
        role: Role,
    ) -> Result<Option<(Content<'static>, Verifier)>, FormatError> {
        self.entry.unverified(role)
    }

    /// Its contents, about to be copied; see [`resources::for_copy`].
    pub(super) fn for_copy(&self) -> Result<Option<Content<'static>>, FormatError> {
        resources::for_copy(&self.entry, Role::Contents)
    }
}
