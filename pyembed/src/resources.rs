//! Where the packed modules are in this executable.

#![allow(unsafe_code)]

use std::sync::OnceLock;

use pyresources::{FormatError, Resources};

use crate::ffi;

/// The resources that were linked into this executable.
///
/// # Errors
///
/// A [`FormatError`] when the executable was damaged; the first answer is kept.
pub(crate) fn packed() -> Result<&'static Resources<'static>, FormatError> {
    static PACKED: OnceLock<Result<Resources<'static>, FormatError>> = OnceLock::new();
    PACKED.get_or_init(|| Resources::parse(blob())).as_ref().map_err(|error| *error)
}

fn blob() -> &'static [u8] {
    // SAFETY: `pyrepackager::link` writes both symbols into one object file, in a read-only
    // section: `pyembed_resources` names the first byte of the blob and
    // `pyembed_resources_length`, aligned like every symbol there to 16 bytes, holds the number of
    // bytes that follow it. Nothing writes to read-only data, so a shared slice may live for ever.
    unsafe {
        let length = ffi::pyembed_resources_length as usize;
        std::slice::from_raw_parts(&raw const ffi::pyembed_resources, length)
    }
}
