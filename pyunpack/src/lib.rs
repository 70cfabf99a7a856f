//! A compressed executable, as it is added to the program that unpacks it.
//!
//! It is compressed in parts, so that several threads can do it, at build time and at every start. All integers are
//! little-endian:
//!
//! ```text
//!  0 [u8; 8] magic
//!  8 u64     number of the parts
//! 16 parts:  u64 length of the part, u64 length of its Zstandard frame
//!    frames, in the order of the parts
//! ```

#[cfg(target_os = "linux")]
mod limit;
#[cfg(target_os = "linux")]
mod nameless;

use std::fmt;

#[cfg(target_os = "linux")]
pub use limit::NoFileSizeLimit;
#[cfg(target_os = "linux")]
pub use nameless::NamelessFile;

/// First bytes. The last one is the version of the layout.
pub const MAGIC: &[u8; 8] = b"PyUnpk\0\x01";

/// The environment variable by which the unpacked executable is told the path of the file that it came from.
pub const VARIABLE: &str = "PYEMBED_EXECUTABLE";

/// Bytes of the header, and of each part in it.
const ROW: usize = 16;

/// A part of an executable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Where it begins in the executable.
    pub offset: u64,
    /// Its bytes, unpacked.
    pub length: u64,
    /// What it was compressed to.
    pub frame: &'a [u8],
}

/// The bytes are no compressed executable, or damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the compressed executable is damaged")
    }
}

impl std::error::Error for Damaged {}

/// The layout of parts, given as their lengths and frames.
#[must_use]
pub fn write(parts: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend((parts.len() as u64).to_le_bytes());
    for (length, frame) in parts {
        bytes.extend(length.to_le_bytes());
        bytes.extend((frame.len() as u64).to_le_bytes());
    }
    parts.iter().for_each(|(_, frame)| bytes.extend(frame));
    bytes
}

/// The parts in `bytes`.
///
/// # Errors
///
/// When the bytes are not what [`write()`] makes. Frames are not looked into.
pub fn read(bytes: &[u8]) -> Result<Vec<Part<'_>>, Damaged> {
    let (magic, rest) = bytes.split_at_checked(MAGIC.len()).ok_or(Damaged)?;
    if magic != MAGIC {
        return Err(Damaged);
    }
    let (count, rest) = number(rest)?;
    let rows =
        usize::try_from(count).ok().and_then(|count| count.checked_mul(ROW)).ok_or(Damaged)?;
    let (mut rows, mut frames) = rest.split_at_checked(rows).ok_or(Damaged)?;
    let mut parts = Vec::new();
    let mut offset = 0u64;
    while !rows.is_empty() {
        let (length, after) = number(rows)?;
        let (stored, after) = number(after)?;
        let stored = usize::try_from(stored).map_err(|_| Damaged)?;
        let (frame, others) = frames.split_at_checked(stored).ok_or(Damaged)?;
        parts.push(Part { offset, length, frame });
        offset = offset.checked_add(length).ok_or(Damaged)?;
        (rows, frames) = (after, others);
    }
    if frames.is_empty() { Ok(parts) } else { Err(Damaged) }
}

fn number(bytes: &[u8]) -> Result<(u64, &[u8]), Damaged> {
    let (number, rest) = bytes.split_first_chunk().ok_or(Damaged)?;
    Ok((u64::from_le_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let bytes = write(&[(10, b"abc".to_vec()), (0, Vec::new()), (5, b"d".to_vec())]);
        let expected = [
            Part { offset: 0, length: 10, frame: b"abc" },
            Part { offset: 10, length: 0, frame: b"" },
            Part { offset: 10, length: 5, frame: b"d" },
        ];
        assert_eq!(read(&bytes).unwrap(), expected);
    }

    #[test]
    fn no_bytes_but_those_are_read() {
        let bytes = write(&[(10, b"abc".to_vec()), (u64::MAX - 10, b"d".to_vec())]);
        assert!(read(&bytes).is_ok());
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), Err(Damaged), "{end}");
        }
        assert_eq!(read(&[bytes.as_slice(), b"x"].concat()), Err(Damaged));
        assert_eq!(read(&write(&[(11, Vec::new()), (u64::MAX, Vec::new())])), Err(Damaged));
    }
}
