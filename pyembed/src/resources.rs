//! Where the packed modules are in this executable.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::io::{self, Read as _};
use std::sync::OnceLock;

use pyresources::{Content, Encoding, FormatError, Resources};
use ruzstd::decoding::StreamingDecoder;

use crate::ffi;

/// The resources of this executable: those that were added to it, else those that were linked.
///
/// # Errors
///
/// A [`FormatError`] when the executable was damaged; the first answer is kept.
pub(crate) fn packed() -> Result<&'static Resources<'static>, FormatError> {
    static PACKED: OnceLock<Result<Resources<'static>, FormatError>> = OnceLock::new();
    PACKED.get_or_init(|| Resources::parse(blob()?)).as_ref().map_err(|error| *error)
}

/// The bytes of a packed resource as they were before they were packed.
///
/// # Errors
///
/// When they are compressed and the compressed bytes are damaged.
pub(crate) fn unpack<'a>(content: &Content<'a>) -> io::Result<Cow<'a, [u8]>> {
    match content.encoding {
        Encoding::Stored => Ok(Cow::Borrowed(content.bytes)),
        Encoding::Zstd => {
            let mut unpacked = Vec::with_capacity(usize::try_from(content.length).unwrap_or(0));
            let decoder = StreamingDecoder::new(content.bytes).map_err(io::Error::other)?;
            // One byte more than there should be shows that there are more.
            decoder.take(content.length.saturating_add(1)).read_to_end(&mut unpacked)?;
            if unpacked.len() as u64 == content.length {
                Ok(Cow::Owned(unpacked))
            } else {
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

fn blob() -> Result<&'static [u8], FormatError> {
    let added = pyslot::added();
    let cut_short = |pyslot::CutShort { found, expected }| FormatError::Length { found, expected };
    Ok(added.map_err(cut_short)?.unwrap_or_else(linked))
}

fn linked() -> &'static [u8] {
    // SAFETY: `pyrepackager::link` writes both symbols into one object file, in a read-only
    // section: `pyembed_resources` names the first byte of the blob and
    // `pyembed_resources_length`, aligned like every symbol there to 16 bytes, holds the number of
    // bytes that follow it. Nothing writes to read-only data, so a shared slice may live for ever.
    unsafe {
        let length = ffi::pyembed_resources_length as usize;
        std::slice::from_raw_parts(&raw const ffi::pyembed_resources, length)
    }
}
