//! Bytecode by content, in the cache.
//!
//! One small file for each module, in 256 folders: `bytecode/ab/cdef…`, named by the SHA-256 of
//! everything that decides what the compiler makes of the module. A file begins with the SHA-256 of
//! the rest, the marshalled code object: one that was cut short or altered is taken for missing, so
//! no write needs to wait for the disk. Syntax errors are not kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use super::error::BytecodeError;
use super::model::{CompileOutcome, CompileRequest};
use crate::cache::Cache;
use crate::config::resolved::Sha256Digest;
use crate::distribution::Distribution;

/// Changes when `worker.py` makes other bytes of the same module.
const GENERATION: &[u8] = b"pyrepackager bytecode 2";

/// Bytes of the checksum that a file begins with.
const CHECKSUM: usize = 32;

/// The kept bytecode of one distribution's compiler.
pub struct Store {
    folder: PathBuf,
    /// Hashed so far: what is the same for every module.
    compiler: Sha256,
}

impl Store {
    /// Opens the store in `cache`.
    pub fn open(cache: &Cache, distribution: &Distribution) -> Result<Self, BytecodeError> {
        let mut compiler = Sha256::new();
        compiler.update(GENERATION);
        compiler.update(distribution.bytecode_magic);
        add_block(&mut compiler, distribution.full_version.as_bytes());
        Ok(Self { folder: cache.folder("bytecode")?, compiler })
    }

    /// What is kept of `requests`, in their order.
    pub fn load(&self, requests: &[CompileRequest]) -> Vec<Option<CompileOutcome>> {
        let outcomes = Mutex::new(vec![None; requests.len()]);
        let each = |index: usize| {
            let code = self.read(&requests[index]).map(CompileOutcome::Code);
            if let Ok(mut outcomes) = outcomes.lock() {
                outcomes[index] = code;
            }
            Ok(())
        };
        // Reading does not fail: what cannot be read is missing.
        drop(in_parallel(requests.len(), each));
        outcomes.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Keeps the code among `outcomes`.
    pub fn save(
        &self,
        requests: &[&CompileRequest],
        outcomes: &[CompileOutcome],
    ) -> Result<(), BytecodeError> {
        in_parallel(requests.len(), |index| match &outcomes[index] {
            CompileOutcome::Code(code) => self.write(&self.path(requests[index]), code),
            CompileOutcome::SyntaxError(_) => Ok(()),
        })
    }

    /// The file for a module.
    fn path(&self, request: &CompileRequest) -> PathBuf {
        let mut key = self.compiler.clone();
        key.update([request.optimize_level as u8, u8::from(request.columns)]);
        add_block(&mut key, request.filename.as_bytes());
        add_block(&mut key, &request.source);
        let name = Sha256Digest(key.finalize().into()).to_string();
        let (folder, file) = name.split_at(2);
        self.folder.join(folder).join(file)
    }

    fn read(&self, request: &CompileRequest) -> Option<Vec<u8>> {
        let mut bytes = fs_err::read(self.path(request)).ok()?;
        let (checksum, code) = bytes.split_at_checked(CHECKSUM)?;
        if Sha256::digest(code).as_slice() != checksum {
            return None;
        }
        bytes.drain(..CHECKSUM);
        Some(bytes)
    }

    /// Writes beside the place and renames, so that no other build sees half a file.
    fn write(&self, path: &Path, code: &[u8]) -> Result<(), BytecodeError> {
        let failed = |source| BytecodeError::Store { path: path.to_owned(), source };
        let folder = path.parent().unwrap_or(&self.folder);
        fs_err::create_dir_all(folder).map_err(failed)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(&Sha256::digest(code)).map_err(failed)?;
        file.write_all(code).map_err(failed)?;
        file.persist(path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// Hashes `bytes` so that their end cannot be taken for what follows.
fn add_block(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

/// Calls `each` with the indices up to `count`, on all cores, until one call fails.
fn in_parallel(
    count: usize,
    each: impl Fn(usize) -> Result<(), BytecodeError> + Sync,
) -> Result<(), BytecodeError> {
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
