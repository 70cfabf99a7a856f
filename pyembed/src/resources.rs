//! Where the packed modules are in this executable.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::io::{self, Read as _, Write};
use std::sync::OnceLock;

use pyresources::{Content, Encoding, Entry, FormatError, Resources, Role};
use ruzstd::decoding::StreamingDecoder;

use crate::ffi;

/// Bytes from which on it is worth a system call to let go of memory.
const LARGE: usize = 128 * 1024;
/// How many bytes are verified or copied before memory is let go of.
const STEP: usize = 1 << 20;

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

/// The first bytes of what [`unpack`] gives, at most `length`.
///
/// # Errors
///
/// As for [`unpack`].
pub(crate) fn start(content: &Content<'_>, length: usize) -> io::Result<Vec<u8>> {
    match content.encoding {
        Encoding::Stored => Ok(content.bytes.iter().copied().take(length).collect()),
        Encoding::Zstd => {
            let mut start = Vec::new();
            let decoder = StreamingDecoder::new(content.bytes).map_err(io::Error::other)?;
            decoder.take(length as u64).read_to_end(&mut start)?;
            Ok(start)
        }
    }
}

/// The byte string of an entry that is about to be copied, verified; `None` when the entry has none. As opposed to
/// [`Entry::get`], this leaves nothing of a large one in memory.
///
/// # Errors
///
/// As for [`Entry::get`].
pub(crate) fn for_copy(
    entry: &Entry<'static>,
    role: Role,
) -> Result<Option<Content<'static>>, FormatError> {
    let Some((content, mut verifier)) = entry.unverified(role)? else { return Ok(None) };
    for step in content.bytes.chunks(STEP) {
        verifier.update(step);
        release(step);
    }
    verifier.finish()?;
    Ok(Some(content))
}

/// Writes what [`unpack`] gives, and leaves nothing of a large content in memory.
///
/// # Errors
///
/// As for [`unpack`], and what `target` says.
pub(crate) fn copy(content: &Content<'static>, mut target: impl Write) -> io::Result<()> {
    match content.encoding {
        Encoding::Stored => content.bytes.chunks(STEP).try_for_each(|step| {
            target.write_all(step)?;
            release(step);
            Ok(())
        }),
        Encoding::Zstd => {
            let decoder = StreamingDecoder::new(content.bytes).map_err(io::Error::other)?;
            // One byte more than there should be shows that there are more.
            let mut unpacked = decoder.take(content.length.saturating_add(1));
            let mut target = io::BufWriter::with_capacity(LARGE, target);
            let length = io::copy(&mut unpacked, &mut target)?;
            target.flush()?;
            release(content.bytes);
            if length == content.length { Ok(()) } else { Err(io::ErrorKind::InvalidData.into()) }
        }
    }
}

/// Lets go of the pages of memory with packed bytes of the executable. Whoever looks at them again has the kernel read them again.
fn release(bytes: &'static [u8]) {
    let page = rustix::param::page_size();
    let start = bytes.as_ptr().addr();
    // Pages that other contents lie in as well stay.
    let first = start.next_multiple_of(page) - start;
    let last = (start + bytes.len()) / page * page;
    let Some(length) = last.checked_sub(start + first).filter(|length| *length >= LARGE) else {
        return;
    };
    // What a program adds may lie in memory that no file has.
    if !blob().is_ok_and(|blob| blob.as_ptr_range().contains(&bytes.as_ptr())) {
        return;
    }
    // SAFETY: these resources are part of the executable's file, mapped for reading only, which nobody has written to: the
    // kernel finds the same bytes in the file.
    let _ = unsafe {
        let pages = bytes.as_ptr().add(first).cast_mut().cast();
        rustix::mm::madvise(pages, length, rustix::mm::Advice::LinuxDontNeed)
    };
}

/// Whether the executable has no packed resources.
pub(crate) fn is_empty() -> bool {
    blob().is_ok_and(<[u8]>::is_empty)
}

fn blob() -> Result<&'static [u8], FormatError> {
    let added = pyslot::added();
    let cut_short = |pyslot::CutShort { found, expected }| FormatError::Length { found, expected };
    Ok(added.map_err(cut_short)?.unwrap_or_else(linked))
}

fn linked() -> &'static [u8] {
    let mut length = 0;
    // SAFETY: the function writes to the variable alone. What it gives is the first of `length` bytes that
    // `pyrepackager::link` wrote into a read-only section of one object file. Nothing writes there, so a shared slice may
    // live for ever.
    unsafe {
        let first = ffi::pyembed_linked_resources(&raw mut length);
        std::slice::from_raw_parts(first, length)
    }
}
