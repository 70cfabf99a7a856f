//! Results by content, in the cache.
//!
//! One small file for each, in 256 folders: `bytecode/ab/cdef…`, named by the SHA-256 of
//! everything that decides what the result is. A file begins with the SHA-256 of the rest: one that
//! was cut short or altered is taken for missing, so no write needs to wait for the disk.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use super::error::WorkersError;
use crate::cache::Cache;
use crate::digest::Hasher;

/// Bytes of the checksum that a file begins with.
const CHECKSUM: usize = 32;

/// What results are kept for.
pub trait Keyed: Sync {
    /// Adds what decides its result, besides what is the same for all of them.
    fn add_to(&self, key: &mut Hasher);
}

/// The kept results of one kind of work.
pub struct Store {
    folder: PathBuf,
    /// Where else results may be.
    seed: Option<PathBuf>,
    common: Hasher,
}

impl Store {
    /// Opens the store in the sub-folder `name` of `cache`; `common` is what decides all results.
    pub fn open(cache: &Cache, name: &str, common: Hasher) -> Result<Self, WorkersError> {
        let (folder, seed) = cache.results(name)?;
        Ok(Self { folder, seed, common })
    }

    /// What is kept for `items`, in their order.
    pub fn load<K: Keyed>(&self, items: &[K]) -> Vec<Option<Vec<u8>>> {
        let results = Mutex::new(vec![None; items.len()]);
        let each = |index: usize| {
            let name = self.name(&items[index]);
            let in_seed = || read(&self.seed.as_ref()?.join(&name));
            let result = read(&self.folder.join(&name)).or_else(in_seed);
            if let Ok(mut results) = results.lock() {
                results[index] = result;
            }
            Ok(())
        };
        // Reading does not fail: what cannot be read is missing.
        drop(in_parallel(items.len(), each));
        results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps results.
    pub fn save<K: Keyed>(&self, results: &[(&K, &[u8])]) -> Result<(), WorkersError> {
        in_parallel(results.len(), |index| {
            let (item, result) = results[index];
            self.write(&self.folder.join(self.name(item)), result)
        })
    }

    /// The file for a result, in the folder or the seed.
    fn name(&self, item: &impl Keyed) -> PathBuf {
        let mut key = self.common.clone();
        item.add_to(&mut key);
        let name = key.finish().to_string();
        let (folder, file) = name.split_at(2);
        Path::new(folder).join(file)
    }

    /// Writes beside the place and renames, so that no other build sees half a file.
    fn write(&self, path: &Path, result: &[u8]) -> Result<(), WorkersError> {
        let failed = |source| WorkersError::Store { path: path.to_owned(), source };
        let folder = path.parent().unwrap_or(&self.folder);
        fs_err::create_dir_all(folder).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(&Sha256::digest(result)).map_err(failed)?;
        file.write_all(result).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = fs_err::read(path).ok()?;
    let (checksum, result) = bytes.split_at_checked(CHECKSUM)?;
    if Sha256::digest(result).as_slice() != checksum {
        return None;
    }
    bytes.drain(..CHECKSUM);
    Some(bytes)
}

/// Calls `each` with the indices up to `count`, on all cores, until one call fails.
fn in_parallel(
    count: usize,
    each: impl Fn(usize) -> Result<(), WorkersError> + Sync,
) -> Result<(), WorkersError> {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return Ok(());
            }
            each(index)?;
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Item(u8);

    impl Keyed for Item {
        fn add_to(&self, key: &mut Hasher) {
            key.add(&[self.0]);
        }
    }

    #[test]
    fn what_came_with_a_runtime_is_found_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (root, seed) = (folder.path().join("cache"), folder.path().join("seed"));
        let cache = Cache::at(&root);
        let open = |cache: &Cache| Store::open(cache, "work", Hasher::default()).unwrap();
        open(&cache.seeding(seed.clone())).save(&[(&Item(1), b"one")]).unwrap();
        assert!(!root.join("work").exists());
        assert_eq!(open(&cache).load(&[Item(1)]), [None]);

        let seeded = open(&cache.seeded(seed.clone()));
        assert_eq!(seeded.load(&[Item(1), Item(2)]), [Some(b"one".to_vec()), None]);
        seeded.save(&[(&Item(2), b"two")]).unwrap();
        assert_eq!(open(&cache).load(&[Item(2)]), [Some(b"two".to_vec())]);
        assert_eq!(open(&cache.seeding(seed)).load(&[Item(2)]), [None]);
    }
}
