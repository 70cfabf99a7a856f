//! The compressed stream: what it is, and whether it or its content is at fault.

use std::cell::RefCell;
use std::io::{self, BufRead, Read};
use std::path::Path;

use super::ArchiveError;

/// First bytes of a Zstandard frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// First bytes of other things that are taken for archives, and what these are.
const OTHERS: &[(&[u8], &str)] = &[
    (b"\x1f\x8b", "gzip data"),
    (b"\xfd7zXZ", "xz data"),
    (b"BZh", "bzip2 data"),
    (b"PK\x03\x04", "a zip file"),
    (b"version https://git-lfs", "a Git LFS pointer"),
    (b"<", "an HTML or XML page"),
];

/// Offset and content of what marks an uncompressed tar archive.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Refuses what does not begin as Zstandard data does; consumes nothing.
pub(super) fn check_magic(path: &Path, file: &mut impl BufRead) -> Result<(), ArchiveError> {
    let start = file
        .fill_buf()
        .map_err(|source| ArchiveError::Unreadable { path: path.to_owned(), source })?;
    if start.starts_with(&ZSTD) {
        return Ok(());
    }
    let known = OTHERS.iter().find(|(magic, _)| start.starts_with(magic));
    let found = match known {
        _ if start.is_empty() => "an empty file",
        Some((_, found)) => found,
        None if start.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) => {
            "an uncompressed tar archive"
        }
        None => "something else",
    };
    Err(ArchiveError::NotZstd { path: path.to_owned(), found })
}

/// A decoder that remembers whether it failed.
///
/// The reader of the tar gets its data through a shared reference, so that the decoder is still
/// at hand when that reader gives up.
pub(super) struct Watched<R> {
    state: RefCell<State<R>>,
}

struct State<R> {
    decoder: R,
    failure: Option<io::Error>,
}

impl<R: Read> Watched<R> {
    pub(super) fn new(decoder: R) -> Self {
        Self { state: RefCell::new(State { decoder, failure: None }) }
    }

    /// The first failure of the decoder, if it had one.
    pub(super) fn take_failure(&self) -> Option<io::Error> {
        self.state.borrow_mut().failure.take()
    }

    /// Decodes what is left, so that a damage behind the last entry is found as well.
    pub(super) fn drain(&self) -> io::Result<()> {
        io::copy(&mut self.state.borrow_mut().decoder, &mut io::sink()).map(drop)
    }
}

impl<R: Read> Read for &Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let State { decoder, failure } = &mut *self.state.borrow_mut();
        decoder.read(buffer).map_err(|error| {
            let copy = io::Error::new(error.kind(), error.to_string());
            failure.get_or_insert(error);
            copy
        })
    }
}
