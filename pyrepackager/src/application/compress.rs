//! `--compress`: the whole executable as what the program `pyunpack` unpacks.
//!
//! It is compressed in parts, by all processors. Of the runtime they are the same each time, so they are kept in the
//! cache: what is left to do are the resources.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::cache::Cache;
use crate::digest::Hasher;
use crate::pipeline::Error;
use crate::reporter::{Length, Reporter};

/// Bytes of a part: enough for what repeats to be found, few enough that there are parts for several threads.
const PART: usize = 4 << 20;

/// Zstandard's level: of those that unpack equally fast the one beyond which little is gained.
const LEVEL: i32 = 19;

/// The folder of the cache.
const FOLDER: &str = "compressed/2";

/// The compressed form of an executable, of which the first `kept` bytes are worth keeping in the cache.
pub fn compress(
    executable: &[u8],
    kept: usize,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<u8>, Error> {
    let (front, rest) = executable.split_at(kept.min(executable.len()));
    let parts: Vec<(&[u8], bool)> = front
        .chunks(PART)
        .map(|part| (part, true))
        .chain(rest.chunks(PART).map(|part| (part, false)))
        .collect();
    let step = reporter.start("Compressing", Length::Items(parts.len() as u64));
    let next = AtomicUsize::new(0);
    let frames: Mutex<Vec<Option<Vec<u8>>>> = Mutex::new(vec![None; parts.len()]);
    let work = || -> Result<(), Error> {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some((part, is_kept)) = parts.get(index) else { return Ok(()) };
            let frame = if *is_kept { kept_frame(part, cache)? } else { frame(part)? };
            frames.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(frame);
            step.advance(1);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(parts.len());
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    let frames = frames.into_inner().unwrap_or_else(PoisonError::into_inner);
    let lengths = parts.iter().map(|(part, _)| part.len() as u64);
    Ok(pyunpack::write(&lengths.zip(frames.into_iter().flatten()).collect::<Vec<_>>()))
}

/// A part as a frame, whose checksum tells when it is damaged.
fn frame(part: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut compressor = zstd::bulk::Compressor::new(LEVEL)?;
    compressor.include_checksum(true)?;
    compressor.compress(part)
}

/// A part from the cache, or for it.
fn kept_frame(part: &[u8], cache: &Cache) -> Result<Vec<u8>, Error> {
    let mut hash = Hasher::default();
    hash.add_block(LEVEL.to_le_bytes());
    hash.add_block(part);
    let folder = cache.folder(FOLDER)?;
    let path = folder.join(hash.finish().to_string());
    if let Ok(frame) = fs_err::read(&path)
        && zstd::bulk::decompress(&frame, part.len()).is_ok_and(|bytes| bytes == part)
    {
        return Ok(frame);
    }
    let frame = frame(part)?;
    // Others may do the same; whoever is last has written the same.
    let file = tempfile::NamedTempFile::new_in(&folder)?;
    fs_err::write(file.path(), &frame)?;
    file.persist(&path).map_err(|failed| failed.error)?;
    Ok(frame)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reporter::Silent;

    #[test]
    fn the_parts_make_up_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let executable: Vec<u8> = (0..PART * 2 + 5).map(|i| (i / 1000 % 251) as u8).collect();
        let first = compress(&executable, PART + 3, &cache, &Silent).unwrap();
        let parts = pyunpack::read(&first).unwrap();
        assert_eq!(
            parts.iter().map(|part| part.length).collect::<Vec<_>>(),
            [PART as u64, 3, PART as u64, 2]
        );
        let unpacked =
            parts.iter().flat_map(|part| zstd::bulk::decompress(part.frame, PART).unwrap());
        assert!(unpacked.eq(executable.iter().copied()));

        let entries = || {
            fs_err::read_dir(folder.path().join(FOLDER)).unwrap().map(|entry| entry.unwrap().path())
        };
        assert_eq!(entries().count(), 2, "the parts of the front");
        entries().for_each(|path| fs_err::write(path, "damaged").unwrap());
        assert!(compress(&executable, PART + 3, &cache, &Silent).unwrap() == first);
    }
}
