//! The packed-resources format: the one definition that build time writes and run time reads.
//!
//! A *blob* is a read-only table of entries, each a name with a few byte strings. It is laid out so
//! that an executable can use it in place: opening one checks the header and parses nothing else,
//! finding an entry reads one slot of a hash index and one entry, and what an entry holds is a
//! slice of the blob.
//!
//! # Layout
//!
//! All integers are little-endian, all offsets are relative to the start of the blob.
//!
//! ```text
//! ┌────────────┐ 0
//! │ header     │ 64 bytes
//! ├────────────┤ slots_offset
//! │ slots      │ slot_count × 8 bytes: the hash index
//! ├────────────┤ entries_offset
//! │ entries    │ entry_count × 24 bytes, sorted by kind, then name
//! ├────────────┤ records_offset
//! │ records    │ record_count × 24 bytes
//! ├────────────┤ strings_offset
//! │ strings    │ names in UTF-8, without separators
//! ├────────────┤ data_offset, a multiple of 16
//! │ data       │ contents, each at a multiple of 8
//! └────────────┘ total_length
//!
//! header                      slot                      entry
//!  0 [u8; 8] magic             0 u32 hash, high half     0 u32 name_offset, in strings
//!  8 u32     version           4 u32 entry index + 1,    4 u32 name_length
//! 12 u32     slot_count              0 for an empty slot 8 u32 first_record
//! 16 u32     entry_count                                12 u16 record_count
//! 20 u32     record_count     record                    14 u8  kind
//! 24 u32     slots_offset      0 u64 offset, in data    15 u8  flags
//! 28 u32     entries_offset    8 u64 length             16 u64 hash of kind and name
//! 32 u32     records_offset   16 u8  role
//! 36 u32     strings_offset   17 [u8; 7] zero
//! 40 u64     data_offset
//! 48 u64     total_length
//! 56 u64     zero
//! ```
//!
//! The index is an open-addressing table whose size is a power of two and at least twice the
//! number of entries. The slot of an entry is the low half of its [`hash`], masked; when that one
//! is taken, the next one, wrapping around. A lookup ends at the first empty slot.
//!
//! The reader trusts no number in a blob: whatever lies outside gives a [`FormatError`].

#![no_std]

#[cfg(any(feature = "write", test))]
extern crate alloc;

mod layout;
mod read;
pub mod setting;
#[cfg(any(feature = "write", test))]
mod write;

pub use layout::{Kind, ModuleKind, Role, hash};
pub use read::{Entries, Entry, FormatError, Resources};
#[cfg(any(feature = "write", test))]
pub use write::{WriteError, Writer};
