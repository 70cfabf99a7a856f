//! Runtimes in the cache.

use std::path::{Path, PathBuf};

use fs_err as fs;

use super::{FILE_NAME, Record, RuntimeError};
use crate::cache::{Cache, seal};
use crate::config::resolved::{BundledAllocator, DistributionRequest, PythonVersion};
use crate::reporter::Reporter;

/// Name of a runtime's executable in its folder.
const EXECUTABLE: &str = "runtime";

/// Name of the program that unpacks it.
const UNPACKER: &str = "unpacker";

/// Name of the folder for results.
const SEED: &str = "seed";

/// The runtimes in a cache.
#[derive(Clone, Debug)]
pub struct Shelf<'a> {
    cache: &'a Cache,
    folder: PathBuf,
}

/// A runtime in the cache.
#[derive(Clone, Debug, PartialEq)]
pub struct Runtime {
    /// The executable.
    pub executable: PathBuf,
    /// The program that unpacks it when it is compressed.
    pub unpacker: PathBuf,
    /// The folder for what workers have made of the standard library: see [`Cache::seeded`].
    pub seed: PathBuf,
    /// What is known of it.
    pub record: Record,
}

impl Runtime {
    fn of(folder: &Path, record: Record) -> Self {
        Self {
            executable: folder.join(EXECUTABLE),
            unpacker: folder.join(UNPACKER),
            seed: folder.join(SEED),
            record,
        }
    }
}

/// What a runtime has to be.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Version of `pyembed`.
    pub version: &'a str,
    /// Rust's name of the target.
    pub target: &'a str,
    /// The distribution. Of a mere version, any will do.
    pub request: &'a DistributionRequest,
    /// The digest of the extension modules that the distribution does not have; empty without such.
    pub added: &'a str,
    /// The allocator that is compiled in.
    pub allocator: Option<BundledAllocator>,
}

impl Wanted<'_> {
    /// Whether what has this record is it.
    pub(crate) fn is(&self, record: &Record) -> bool {
        let allocators = record.allocators().into_iter();
        let is_as_wanted = allocators.eq(self.allocator) && record.added == self.added;
        is_as_wanted && self.has_distribution(record)
    }

    fn has_distribution(&self, record: &Record) -> bool {
        match self.request {
            DistributionRequest::Version(version) | DistributionRequest::Build(version) => {
                record.python == version.to_string()
            }
            DistributionRequest::LocalPath { sha256, .. }
            | DistributionRequest::Url { sha256, .. }
            | DistributionRequest::Unpacked(sha256) => record.distribution == sha256.to_string(),
        }
    }
}

impl<'a> Shelf<'a> {
    /// That of a cache.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn open(cache: &'a Cache) -> Result<Self, RuntimeError> {
        Ok(Self { cache, folder: cache.folder("runtimes")? })
    }

    /// A runtime that fits, if one is there that nobody has changed; of several, the one whose name comes last.
    ///
    /// # Errors
    /// When one is there and cannot be read.
    pub fn find(&self, wanted: &Wanted<'_>) -> Result<Option<Runtime>, RuntimeError> {
        let names = self.fitting(wanted.version, wanted.target)?;
        for runtime in names.into_iter().rev().map(|name| self.read(&name)) {
            let runtime = runtime?;
            if wanted.is(&runtime.record) && self.is_intact(&runtime)? {
                return Ok(Some(runtime));
            }
        }
        Ok(None)
    }

    /// Whether its files are what they were when it was put there.
    fn is_intact(&self, runtime: &Runtime) -> Result<bool, RuntimeError> {
        let Some(folder) = runtime.executable.parent() else { return Ok(false) };
        Ok(seal::is_intact(folder, Some(SEED))?)
    }

    /// All of them, in the order of their folders' names.
    ///
    /// # Errors
    /// When the folder or a record cannot be read.
    pub fn all(&self) -> Result<Vec<Runtime>, RuntimeError> {
        self.names()?.iter().map(|name| self.read(name)).collect()
    }

    /// Names of those of a version and a target: the records of others are large, and need not be read.
    fn fitting(&self, version: &str, target: &str) -> Result<Vec<String>, RuntimeError> {
        let prefix = Record::name_of(version, target, "");
        Ok(self.names()?.into_iter().filter(|name| name.starts_with(&prefix)).collect())
    }

    fn read(&self, name: &str) -> Result<Runtime, RuntimeError> {
        let folder = self.folder.join(name);
        Ok(Runtime::of(&folder, Record::read(&folder.join(FILE_NAME))?))
    }

    /// The feature releases of Python that there are runtimes of, the oldest first.
    ///
    /// # Errors
    /// As [`all`](Self::all).
    pub fn pythons(&self, version: &str, target: &str) -> Result<Vec<PythonVersion>, RuntimeError> {
        let mut pythons: Vec<PythonVersion> = Vec::new();
        for name in self.fitting(version, target)? {
            pythons.extend(self.read(&name)?.record.python.parse::<PythonVersion>());
        }
        pythons.sort();
        pythons.dedup();
        Ok(pythons)
    }

    /// Puts a copy of an executable, of the program that unpacks it, and its record there, in the place of an older one.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn store(
        &self,
        executable: &Path,
        unpacker: &Path,
        record: &Record,
        reporter: &dyn Reporter,
    ) -> Result<Runtime, RuntimeError> {
        let name = record.name();
        let folder = self.folder.join(&name);
        let lock = self.cache.lock("runtimes", reporter)?;
        let partial = lock.partial_folder(&folder)?;
        fs::copy(executable, partial.path().join(EXECUTABLE))?;
        fs::copy(unpacker, partial.path().join(UNPACKER))?;
        record.write(&partial.path().join(FILE_NAME))?;
        partial.finish()?;
        Ok(Runtime::of(&folder, record.clone()))
    }

    /// All runtimes, by the names of their folders.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, RuntimeError> {
        let entries = fs::read_dir(&self.folder)?.collect::<Result<Vec<_>, _>>()?;
        let names = entries.iter().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        Ok(names)
    }
}
