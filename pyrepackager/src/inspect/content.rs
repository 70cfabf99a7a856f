//! Byte strings as they were before they were packed.

use std::borrow::Cow;
use std::io::Read as _;

use pyresources::{Content, Encoding, Entry, Kind, Resources, Role, report};

use super::error::{InspectError, Problem};
use super::limit::is_plausible;
use super::{BuildRecord, Executable};

impl Executable {
    /// Reads all that is packed.
    ///
    /// # Errors
    ///
    /// Something is damaged.
    pub fn verify(&self) -> Result<(), InspectError> {
        for entry in self.resources()?.entries() {
            let entry = entry.map_err(|error| self.damaged(error))?;
            for role in Role::ALL {
                entry.get(role).map_err(|error| self.damaged(error))?;
            }
        }
        Ok(())
    }

    /// The byte string of an entry with a role, verified and decompressed; `None` when there is none.
    pub(super) fn unpacked<'a>(
        &self,
        entry: &Entry<'a>,
        role: Role,
    ) -> Result<Option<Cow<'a, [u8]>>, InspectError> {
        let Some(content) = entry.get(role).map_err(|error| self.damaged(error))? else {
            return Ok(None);
        };
        let name = || entry.name().to_owned();
        let (stored, length) = (content.bytes.len() as u64, content.length);
        if content.encoding != Encoding::Stored && !is_plausible(stored, length) {
            return Err(self.damaged(Problem::TooLarge { name: name(), stored, length }));
        }
        let unpacked = decompressed(&content).ok_or_else(|| Problem::Compressed { name: name() });
        unpacked.map(Some).map_err(|problem| self.damaged(problem))
    }

    /// As [`Executable::unpacked`], for a text.
    pub(super) fn text(
        &self,
        entry: &Entry<'_>,
        role: Role,
    ) -> Result<Option<String>, InspectError> {
        let bytes = self.unpacked(entry, role)?;
        Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// What the build says of itself; `None` when it says nothing, as older ones did.
    ///
    /// # Errors
    ///
    /// The executable is damaged.
    pub fn record(&self, resources: &Resources<'_>) -> Result<Option<BuildRecord>, InspectError> {
        let entry = resources.find(Kind::Report, report::BUILD).map_err(|e| self.damaged(e))?;
        let Some(entry) = entry else { return Ok(None) };
        let Some(bytes) = self.unpacked(&entry, Role::Contents)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| self.damaged(error))
    }
}

/// The bytes that a content stands for, if it has as many as it says.
fn decompressed<'a>(content: &Content<'a>) -> Option<Cow<'a, [u8]>> {
    match content.encoding {
        Encoding::Stored => Some(Cow::Borrowed(content.bytes)),
        Encoding::Zstd => {
            let mut bytes = Vec::new();
            let decoder = zstd::stream::read::Decoder::with_buffer(content.bytes).ok()?;
            // One byte more than there should be shows that there are more.
            decoder.take(content.length.saturating_add(1)).read_to_end(&mut bytes).ok()?;
            (bytes.len() as u64 == content.length).then_some(Cow::Owned(bytes))
        }
    }
}
