//! What can be wrong with a blob.

use core::fmt;

use crate::layout::Role;

/// The bytes are not a blob, or a damaged one.
///
/// Names are not at hand without an allocator, so entries are told by their position; the caller
/// knows which name it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatError {
    /// Fewer bytes than a header has.
    TooShort {
        /// How many there are.
        length: usize,
    },
    /// The first bytes are not those of a blob.
    Magic,
    /// A version that this reader does not know.
    Version {
        /// The version found.
        found: u32,
        /// The version that this reader reads.
        expected: u32,
    },
    /// The header's checksum is not that of its fields.
    Header,
    /// The blob is longer or shorter than its header says.
    Length {
        /// Bytes that there are.
        found: u64,
        /// Bytes that the header says.
        expected: u64,
    },
    /// A section lies outside the blob, overlaps another or has an impossible size.
    Section {
        /// Name of the section.
        name: &'static str,
    },
    /// A bucket of the hash index contradicts its check word.
    Bucket {
        /// Position of the bucket.
        index: u32,
    },
    /// An entry or its name contradicts the entry's checksum, or points outside its tables.
    Entry {
        /// Position of the entry.
        index: u32,
    },
    /// A byte string or its record contradicts the record's checksum, or lies outside the data.
    Content {
        /// Position of the entry that it belongs to.
        index: u32,
        /// What it is to that entry.
        role: Role,
    },
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { length } => {
                write!(f, "packed resources of {length} bytes have no room for a header")
            }
            Self::Magic => f.write_str("these bytes are no packed resources"),
            Self::Version { found, expected } => {
                write!(f, "packed resources have version {found}, this program reads {expected}")
            }
            Self::Header => {
                f.write_str("packed resources are damaged: the header does not match its checksum")
            }
            Self::Length { found, expected } => write!(
                f,
                "packed resources should have {expected} bytes and have {found}: the file was cut \
                 short or changed"
            ),
            Self::Section { name } => {
                write!(f, "packed resources are damaged: the {name} lie outside the file")
            }
            Self::Bucket { index } => {
                write!(f, "packed resources are damaged: bucket {index} of the index is not valid")
            }
            Self::Entry { index } => {
                write!(f, "packed resources are damaged: entry {index} is not valid")
            }
            Self::Content { index, role } => {
                let role = match role {
                    Role::Bytecode0 | Role::Bytecode1 | Role::Bytecode2 => "bytecode",
                    Role::Source => "source",
                    Role::Contents => "content",
                    Role::Extension => "library of the extension module",
                    Role::Dependencies => "list of dependencies",
                    Role::Digest => "digest",
                    Role::Program => "list of a program's files",
                };
                write!(f, "packed resources are damaged: the {role} of entry {index} is not valid")
            }
        }
    }
}

impl core::error::Error for FormatError {}
