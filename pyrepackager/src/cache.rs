//! The folder that keeps what is costly to make: archives, unpacked distributions, bytecode.
//!
//! Several builds may share one cache. Whoever adds an entry holds the [`CacheLock`] of that
//! entry, writes under a temporary name ([`PartialFile`], [`PartialFolder`]) and renames when all
//! is there, so that an entry under its final name is always whole.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use pyembed_build::CACHE_VARIABLE as VARIABLE;

use crate::reporter::Reporter;

mod access;
pub(crate) mod seal;
mod sync;

/// Begins the names of files and folders that are still being written.
const PARTIAL_PREFIX: &str = ".partial-";

/// The cache folder.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
    seed: Option<Seed>,
}

/// A folder of results that came with something else.
#[derive(Clone, Debug)]
enum Seed {
    Read(PathBuf),
    Write(PathBuf),
}

/// The cache cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// No variable says where the user's files are.
    #[error("the user's cache folder is not known")]
    NoHome(#[source] etcetera::HomeDirError),
    /// A folder of the cache is lacking and cannot be made, or does not let itself be used.
    #[error("the cache folder `{path}` cannot be used")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others could change what is in the cache, and so what goes into executables.
    #[error("the cache folder `{path}` cannot be trusted: {reason}")]
    Untrusted {
        /// The folder.
        path: PathBuf,
        /// Whose it is, or who may write to it.
        reason: &'static str,
    },
    /// A lock file cannot be made or locked.
    #[error("the cache cannot be locked with `{path}`")]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// An entry cannot be written, renamed or removed.
    #[error("`{path}` cannot be written to the cache")]
    Write {
        /// The entry, by its final name.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl CacheError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoHome(_) => format!("set {VARIABLE} to a folder that this user can write to"),
            Self::Untrusted { path, .. } => format!(
                "make it yours alone (`chown`, `chmod go-w '{}'`), or set {VARIABLE} to a folder that is",
                path.display()
            ),
            Self::Folder { .. } | Self::Lock { .. } => format!(
                "{VARIABLE} names the cache folder; set it to a folder that this user can write to"
            ),
            Self::Write { .. } => format!(
                "look at the space and the permissions there; {VARIABLE} moves the cache elsewhere"
            ),
        })
    }
}

impl Cache {
    /// The folder that `PYOXIDIZER_CACHE` names, else `pyoxidizer` in the user's cache folder.
    ///
    /// # Errors
    /// When the variable is unset and there is no home folder either.
    pub fn from_env() -> Result<Self, CacheError> {
        Self::from_env_in(Path::new(""))
    }

    /// As [`from_env`](Self::from_env), with a relative `PYOXIDIZER_CACHE` relative to `base`
    /// instead of the process's own folder.
    ///
    /// For a process whose folder was not the user's choice, such as a build script.
    ///
    /// # Errors
    /// When the variable is unset and there is no home folder either.
    pub fn from_env_in(base: &Path) -> Result<Self, CacheError> {
        Self::absolute(pyembed_build::cache_folder(base).map_err(CacheError::NoHome)?)
    }

    fn absolute(root: PathBuf) -> Result<Self, CacheError> {
        // A relative path would mean another folder to each process that changes its own.
        let root = std::path::absolute(&root)
            .map_err(|source| CacheError::Folder { path: root, source })?;
        Ok(Self { root, seed: None })
    }

    /// A cache in a folder of the caller's choice.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), seed: None }
    }

    /// The same cache, of which results of workers are also looked for in `folder`.
    #[must_use]
    pub fn seeded(&self, folder: PathBuf) -> Self {
        Self { seed: Some(Seed::Read(folder)), ..self.clone() }
    }

    /// The same cache, of which results of workers are looked for and written in `folder` only.
    #[must_use]
    pub fn seeding(&self, folder: PathBuf) -> Self {
        Self { seed: Some(Seed::Write(folder)), ..self.clone() }
    }

    /// The folder for results of one kind of work, and another one to look into.
    pub(crate) fn results(&self, name: &str) -> Result<(PathBuf, Option<PathBuf>), CacheError> {
        Ok(match &self.seed {
            Some(Seed::Write(folder)) => (folder.join(name), None),
            Some(Seed::Read(folder)) => (self.folder(name)?, Some(folder.join(name))),
            None => (self.folder(name)?, None),
        })
    }

    /// The cache folder; it need not exist yet.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The sub-folder `name`, made when it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf, CacheError> {
        let path = self.root.join(name);
        let created = access::create(&self.root).and_then(|()| fs::create_dir_all(&path));
        if let Err(source) = created {
            return Err(CacheError::Folder { path, source });
        }
        match access::distrust(&self.root) {
            None => Ok(path),
            Some(reason) => Err(CacheError::Untrusted { path: self.root.clone(), reason }),
        }
    }

    /// Waits for the exclusive lock `name`, which other processes honour too.
    ///
    /// Locks of different names are independent. The operating system frees the lock of a process
    /// that dies.
    ///
    /// # Errors
    /// When the lock file cannot be made, or the file system knows no locks.
    pub fn lock(&self, name: &str, reporter: &dyn Reporter) -> Result<CacheLock, CacheError> {
        let path = self.folder("locks")?.join(format!("{name}.lock"));
        let failed = |source| CacheError::Lock { path: path.clone(), source };
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        // Whatever hinders the attempt, the blocking call below either overcomes or reports it.
        if file.try_lock().is_err() {
            reporter.note(&format!("waiting for another build to finish with {name}"));
            file.lock().map_err(failed)?;
        }
        Ok(CacheLock { _file: file })
    }
}

/// An exclusive lock on a part of the cache, held until dropped.
#[derive(Debug)]
pub struct CacheLock {
    _file: fs::File,
}

impl CacheLock {
    /// Begins to write the file `path`; the lock must be the one that guards `path`.
    ///
    /// What a writer that died left behind is removed.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn partial_file(&self, path: &Path) -> Result<PartialFile<'_>, CacheError> {
        let temporary = temporary_name(path);
        let failed = |source| CacheError::Write { path: path.to_owned(), source };
        remove(&temporary).map_err(failed)?;
        let file = fs::File::create_new(&temporary).map_err(failed)?;
        let partial = Partial { temporary, destination: path.to_owned(), finished: false };
        Ok(PartialFile { file, partial, _lock: self })
    }

    /// Begins to write the folder `path`; the lock must be the one that guards `path`.
    ///
    /// What a writer that died left behind is removed.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn partial_folder(&self, path: &Path) -> Result<PartialFolder<'_>, CacheError> {
        let temporary = temporary_name(path);
        let failed = |source| CacheError::Write { path: path.to_owned(), source };
        remove(&temporary).map_err(failed)?;
        fs::create_dir(&temporary).map_err(failed)?;
        let partial = Partial { temporary, destination: path.to_owned(), finished: false };
        Ok(PartialFolder { partial, _lock: self })
    }
}

/// A file of the cache that is being written; dropping it unfinished removes it.
#[derive(Debug)]
pub struct PartialFile<'lock> {
    file: fs::File,
    partial: Partial,
    _lock: &'lock CacheLock,
}

impl PartialFile<'_> {
    /// Drops what was written.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub fn clear(&mut self) -> Result<(), CacheError> {
        let cleared = self.file.set_len(0).and_then(|()| io::Seek::rewind(&mut self.file));
        let path = &self.partial.destination;
        cleared.map_err(|source| CacheError::Write { path: path.clone(), source })
    }

    /// Gives the file its final name, in place of an older one.
    ///
    /// # Errors
    /// When what was written cannot be brought to the disk, or the file not be renamed.
    pub fn finish(self) -> Result<(), CacheError> {
        // Without this a power failure can leave the new name on an empty file.
        if let Err(source) = self.file.sync_all() {
            return Err(CacheError::Write { path: self.partial.destination.clone(), source });
        }
        drop(self.file);
        self.partial.finish()
    }
}

impl io::Write for PartialFile<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.file.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A folder of the cache that is being filled; dropping it unfinished removes it.
#[derive(Debug)]
pub struct PartialFolder<'lock> {
    partial: Partial,
    _lock: &'lock CacheLock,
}

impl PartialFolder<'_> {
    /// Where the folder is for the time being.
    pub fn path(&self) -> &Path {
        &self.partial.temporary
    }

    /// Seals the folder and gives it its final name, in place of an older one.
    ///
    /// # Errors
    /// When what is in it cannot be brought to the disk, or it cannot be renamed.
    pub fn finish(self) -> Result<(), CacheError> {
        let folder = &self.partial.temporary;
        // Without `sync` a power failure can leave the final name on a folder of empty files.
        if let Err(source) = seal::seal(folder).and_then(|()| sync::folder(folder)) {
            return Err(CacheError::Write { path: self.partial.destination.clone(), source });
        }
        self.partial.finish()
    }
}

/// What the two kinds have in common.
#[derive(Debug)]
struct Partial {
    temporary: PathBuf,
    destination: PathBuf,
    finished: bool,
}

impl Partial {
    fn finish(mut self) -> Result<(), CacheError> {
        let renamed = || {
            // A rename replaces a file, but not a folder that holds something.
            if self.destination.is_dir() {
                remove(&self.destination)?;
            }
            fs::rename(&self.temporary, &self.destination)
        };
        match renamed() {
            Ok(()) => {
                self.finished = true;
                Ok(())
            }
            Err(source) => Err(CacheError::Write { path: self.destination.clone(), source }),
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.finished {
            // The next writer tries again; the name alone says that this is not whole.
            let _ = remove(&self.temporary);
        }
    }
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(PARTIAL_PREFIX);
    name.push(path.file_name().unwrap_or_default());
    path.with_file_name(name)
}

/// Removes a file or a folder with all in it; nothing to remove is fine.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
