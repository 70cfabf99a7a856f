//! The packed-resources format: the one definition that build time writes and run time reads.
//!
//! A *blob* is a read-only table of entries, each a name with a few byte strings. It is laid out so
//! that an executable can use it in place: opening one reads the header and nothing else, finding
//! an entry reads one bucket of a hash index and the entry, and what an entry holds is a slice of
//! the blob. `docs/packed_resources.rst` specifies the format for those who read it with other
//! tools.
//!
//! The crate knows nothing of CPython, does no input or output, and neither compresses nor
//! decompresses. The reader ([`Resources`]) needs no allocator; the writer (`Writer`) is behind the
//! feature `write`.
//!
//! # Layout, version 3
//!
//! All integers are little-endian. Offsets are relative to the start of the blob, but for names and
//! contents, which lie in a section of their own.
//!
//! ```text
//! ┌────────────┐ 0
//! │ header     │ 64 bytes
//! ├────────────┤ 64
//! │ buckets    │ bucket_count × 64 bytes: the hash index
//! ├────────────┤ entries_offset
//! │ entries    │ entry_count × 24 bytes, sorted by kind, then by the bytes of the name
//! ├────────────┤ records_offset
//! │ records    │ record_count × 40 bytes: one for each byte string of an entry
//! ├────────────┤ strings_offset
//! │ strings    │ strings_length bytes: names in UTF-8, without separators
//! ├────────────┤ data_offset, a multiple of 16
//! │ data       │ contents, each at a multiple of 8, shared libraries at one of 16
//! └────────────┘ total_length
//!
//! header                         entry                        record
//!  0 [u8; 8] magic                0 u32 name_offset            0 u64 offset, in data
//!  8 u32     version              4 u32 name_length            8 u64 stored_length
//! 12 u32     bucket_count         8 u32 first_record          16 u64 length, decoded
//! 16 u32     entry_count         12 u16 roles, a bit each     24 u8  role
//! 20 u32     record_count        14 u8  kind                  25 u8  encoding
//! 24 u32     entries_offset      15 u8  module_kind           26 [u8; 6] zero
//! 28 u32     records_offset      16 u64 check                 32 u64 check
//! 32 u32     strings_offset
//! 36 u32     strings_length      bucket                       slot
//! 40 u64     data_offset          0 u32 check                  0 u32 hash, high half
//! 48 u64     total_length         4 u8  count, at most 7       4 u32 entry index
//! 56 u64     check                5 u8  overflow, 0 or 1
//!                                 6 u16 zero
//!                                 8 [slot; 7]
//! ```
//!
//! An entry's *hash* is XXH3-64 of its name with its kind as the seed. The low half chooses the
//! bucket: `hash mod bucket_count`, which is a power of two. Where that one is full it says
//! `overflow`, and the entry is in the next one, wrapping around.
//!
//! The records of an entry are in the order of their roles, one for each bit of `roles`.
//!
//! # Checks
//!
//! All of them are XXH3-64 too; `XXH3(bytes, seed)`:
//!
//! ```text
//! header.check = XXH3(header[0..56], 0)                                     on opening
//! bucket.check = XXH3(bucket[4..64], position of the bucket), low half      on reading a bucket
//! entry.check  = XXH3(name, XXH3(entry[0..16], position of the entry))      on reading an entry
//! record.check = XXH3(stored bytes, XXH3(record[0..32], position of the record)) on getting bytes
//! ```
//!
//! So damage anywhere is a [`FormatError`] as soon as an answer depends on it, and never a missing
//! or a wrong module. They find accidents, not attacks: who can change the blob can change the
//! executable's machine code too. The reader trusts no number regardless: whatever lies outside is
//! an error, and no bytes make it panic or loop for ever.

#![no_std]

#[cfg(any(feature = "write", test))]
extern crate alloc;

pub mod cpu;
mod entry;
mod error;
pub mod install;
mod layout;
mod list;
pub mod options;
mod read;
pub mod report;
pub mod setting;
#[cfg(any(feature = "write", test))]
mod tables;
pub mod trace;
#[cfg(any(feature = "write", test))]
mod write;

pub use entry::{Content, Entry, Verifier};
pub use error::FormatError;
pub use layout::{Encoding, Kind, MAGIC, ModuleKind, Role};
pub use list::{Child, Children, Entries};
pub use read::Resources;
#[cfg(any(feature = "write", test))]
pub use tables::WriteError;
#[cfg(any(feature = "write", test))]
pub use write::Writer;
