//! The bytes that were added to this finished executable, without a linker.
//!
//! `slot.h` describes the note that says where they are; `pyrepackager::inject` fills it in, and makes the note's
//! segment the one that maps them. An executable of this crate has the slot as soon as it calls [`added`].

#![allow(unsafe_code)]

use std::fmt;

/// `struct pyembed_slot`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Slot {
    name_length: u32,
    content_length: u32,
    kind: u32,
    name: [u8; 12],
    address: u64,
    length: u64,
}

unsafe extern "C" {
    static pyembed_slot: Slot;
    fn pyembed_readable(address: *const u8, length: usize) -> usize;
}

/// The executable's file ends before the added bytes do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CutShort {
    /// How many of the bytes are there.
    pub found: u64,
    /// How many were added.
    pub expected: u64,
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { found, expected } = self;
        write!(
            f,
            "the executable's file was cut short: {found} of {expected} added bytes are there"
        )
    }
}

impl std::error::Error for CutShort {}

/// What was added to this executable; `None` when nothing was.
///
/// # Errors
///
/// When the file was cut short since.
pub fn added() -> Result<Option<&'static [u8]>, CutShort> {
    // SAFETY: the slot is a constant of the C file. `pyrepackager::inject` changes it in the executable's file,
    // which the compiler must not know.
    let slot = unsafe { (&raw const pyembed_slot).read_volatile() };
    if slot.length == 0 {
        return Ok(None);
    }
    let (start, length) = (slot.address as *const u8, slot.length as usize);
    // SAFETY: the function reads nothing; it asks the kernel.
    let found = unsafe { pyembed_readable(start, length) };
    if found != length {
        return Err(CutShort { found: found as u64, expected: slot.length });
    }
    // SAFETY: `pyrepackager::inject` has added a segment of so many bytes at that address, which the kernel has
    // mapped for reading only, and of which the last page is there.
    Ok(Some(unsafe { std::slice::from_raw_parts(start, length) }))
}
