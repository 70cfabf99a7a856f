//! Unpacks distribution archives into the cache.
//!
//! An archive is hashed before a byte of it is decoded, and unpacked under the lock of its hash
//! into a folder that gets its name when all is there. So `distributions/SHA256/python` is
//! either absent or the whole content of the archive with that hash, and the second user of an
//! archive finds it unpacked. What entries may hold is [`member`]'s business.

use std::fmt::Write as _;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use fs_err as fs;
use sha2::{Digest, Sha256};

use crate::cache::{Cache, CacheError, seal};
use crate::config::resolved::Sha256Digest;
use crate::reporter::{Length, Reporter, Step};

use super::python_json;

mod error;
mod member;
mod stream;

pub use error::ArchiveError;

/// The folder of the cache that holds unpacked archives.
const UNPACKED: &str = "distributions";

/// The folder that all of a full archive is in.
const TOP: &str = "python";

/// Bytes that are read at a time.
const CHUNK: usize = 1 << 17;

/// The unpacked `python` folder of the archive with this hash, if it was unpacked earlier and nothing
/// in it was changed since.
pub(super) fn unpacked(cache: &Cache, sha256: &Sha256Digest) -> Option<PathBuf> {
    let folder = cache.root().join(UNPACKED).join(sha256.to_string()).join(TOP);
    // One that was changed, or cannot be read, is unpacked again.
    let intact = seal::is_intact(folder.parent()?, None).unwrap_or(false);
    (intact && folder.is_dir()).then_some(folder)
}

/// Checks that the archive at `path` has the hash `sha256`, and unpacks it unless the cache holds
/// it already; returns the unpacked `python` folder.
///
/// # Errors
/// When the archive has another hash, is damaged, is not a full distribution archive, or has
/// entries that lie outside of its `python` folder.
pub fn unpack(
    path: &Path,
    sha256: &Sha256Digest,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<PathBuf, ArchiveError> {
    let unreadable = |source| ArchiveError::Unreadable { path: path.to_owned(), source };
    let mut file = fs::File::open(path).map_err(unreadable)?;
    let found = hash_file(path, &mut file, reporter).map_err(unreadable)?;
    if found != *sha256 {
        return Err(ArchiveError::Sha256 { path: path.to_owned(), expected: *sha256, found });
    }
    let lock = cache.lock(&format!("distribution-{sha256}"), reporter)?;
    if let Some(folder) = unpacked(cache, sha256) {
        return Ok(folder);
    }
    let folder = cache.folder(UNPACKED)?.join(sha256.to_string());
    let partial = lock.partial_folder(&folder)?;
    file.rewind().map_err(unreadable)?;
    unpack_into(path, file, partial.path(), reporter)?;
    check_is_full(path, partial.path())?;
    partial.finish()?;
    Ok(folder.join(TOP))
}

/// SHA-256 of the file at `path`.
pub(super) fn sha256_of(path: &Path, reporter: &dyn Reporter) -> Result<Sha256Digest, io::Error> {
    hash_file(path, &mut fs::File::open(path)?, reporter)
}

fn hash_file(
    path: &Path,
    file: &mut fs::File,
    reporter: &dyn Reporter,
) -> Result<Sha256Digest, io::Error> {
    let step = reporter
        .start(&format!("checking {}", short_name(path)), Length::Bytes(file.metadata()?.len()));
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(Sha256Digest(hasher.finalize().into())),
            count => {
                hasher.update(&chunk[..count]);
                step.advance(count as u64);
            }
        }
    }
}

fn unpack_into(
    path: &Path,
    file: fs::File,
    folder: &Path,
    reporter: &dyn Reporter,
) -> Result<(), ArchiveError> {
    let unreadable = |source| ArchiveError::Unreadable { path: path.to_owned(), source };
    let length = file.metadata().map_err(unreadable)?.len();
    let step = reporter.start(&format!("unpacking {}", short_name(path)), Length::Bytes(length));
    let mut file = BufReader::with_capacity(CHUNK, Counted { inner: file, step: &*step });
    stream::check_magic(path, &mut file)?;
    let decoder = zstd::Decoder::with_buffer(file).map_err(unreadable)?;
    let watched = stream::Watched::new(decoder);
    let mut archive = tar::Archive::new(&watched);
    let unpacked = member::unpack_all(&mut archive, folder);
    // A failure of the decoder reaches the reader of the tar as its own; tell them apart.
    if let Some(error) = watched.take_failure() {
        return Err(ArchiveError::of_decoder(path, error));
    }
    unpacked.map_err(|problem| ArchiveError::of_member(path, problem))?;
    watched.drain().map_err(|error| ArchiveError::of_decoder(path, error))
}

/// Whether the archive has what the rest of this crate needs, by the one file that says so.
fn check_is_full(path: &Path, folder: &Path) -> Result<(), ArchiveError> {
    let top = folder.join(TOP);
    if top.join(python_json::FILE_NAME).is_file() {
        return Ok(());
    }
    let installed = ["bin", "python.exe", "lib", "Lib"].iter().any(|name| top.join(name).exists());
    Err(ArchiveError::NoPythonJson { path: path.to_owned(), install_only: installed })
}

/// The file's name, cut to what a progress bar has room for.
pub(super) fn short_name(path: &Path) -> String {
    const ROOM: usize = 18;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut short = String::new();
    for character in name.chars().take(ROOM) {
        let _ = short.write_char(character);
    }
    short
}

/// Tells how much was read.
struct Counted<'a, R> {
    inner: R,
    step: &'a dyn Step,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.step.advance(count as u64);
        Ok(count)
    }
}

impl From<CacheError> for ArchiveError {
    fn from(error: CacheError) -> Self {
        Self::Cache(error)
    }
}

#[cfg(test)]
mod tests;
