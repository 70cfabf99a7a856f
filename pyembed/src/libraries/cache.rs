//! A folder of libraries that processes and applications of one user share.
//!
//! A library's file is called `NAME.KEY`, after its own name and a hash of its bytes, so that whoever packs the
//! same library uses the same file, and the memory of its pages. The hash is verified before each use.
//! Files appear under their names whole, by renaming: a process that is killed leaves a temporary file,
//! which the next one to write removes after a while.
//!
//! The folder belongs to the user alone, as is verified on the open folder; every file is opened by
//! way of that, and the loader is given the open file. So nobody else can put a library in the
//! place of another at any time. Against the user's own programs it does not protect.

use std::ffi::CString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, Timespec, Timestamps, UTIME_NOW, fstat, futimens, openat,
    renameat, unlinkat,
};
use rustix::io::{Errno, pread, write};
use xxhash_rust::xxh3::Xxh3;

use crate::user_cache::{self, CacheError, TEMPORARY, is_private};

/// Bytes of a file that are read at a time.
const BUFFER_LENGTH: usize = 256 << 10;
/// Seconds after which a use is noted in a file's time of change, which says what can be removed.
const NOTED_AFTER: i64 = 24 * 60 * 60;

/// The open folder.
pub(super) struct Cache {
    folder: OwnedFd,
    path: PathBuf,
}

impl Cache {
    /// Opens the folder, which is made when it is not there.
    pub(super) fn open(path: &Path) -> Result<Self, CacheError> {
        Ok(Self { folder: user_cache::open_private(path)?, path: path.to_owned() })
    }

    /// The file of the library `name` whose bytes have the hash `key`, verified, and its path; written with
    /// what `contents` gives when it is not there.
    pub(super) fn file(
        &self,
        name: &str,
        key: u128,
        contents: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> Result<(OwnedFd, CString), CacheError> {
        let name = format!("{name}.{key:032x}");
        let path = self.path.join(&name);
        let refused = |source| CacheError::Refused { path: path.clone(), source };
        let file = match self.verified(&name, key).map_err(refused)? {
            Some(file) => file,
            None => self.written(&name, key, contents).map_err(refused)?,
        };
        let path = CString::new(path.as_os_str().as_bytes());
        Ok((file, path.unwrap_or_default()))
    }

    /// The file of that name, if it is there and whole.
    fn verified(&self, name: &str, key: u128) -> io::Result<Option<OwnedFd>> {
        // A named pipe would be waited for otherwise.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.folder, name, flags, Mode::empty()) {
            Ok(file) => file,
            // A symbolic link is no file of ours.
            Err(Errno::NOENT | Errno::LOOP) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        };
        let status = fstat(&file)?;
        let is_file = FileType::from_raw_mode(status.st_mode) == FileType::RegularFile;
        if !is_file || !is_private(&status) || !is_whole(&file, key)? {
            return Ok(None);
        }
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Realtime).tv_sec;
        if now - status.st_mtime > NOTED_AFTER {
            let time = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
            // Without this it is removed earlier, and written again.
            let _ = futimens(&file, &Timestamps { last_access: time, last_modification: time });
        }
        Ok(Some(file))
    }

    /// Writes the file, unless another process does that meanwhile.
    fn written(
        &self,
        name: &str,
        key: u128,
        contents: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> io::Result<OwnedFd> {
        let lock = user_cache::lock(&self.folder);
        if let Some(file) = self.verified(name, key)? {
            return Ok(file);
        }
        let bytes = contents()?;
        let temporary = format!("{TEMPORARY}{}-{name}", std::process::id());
        let result = self.write(&temporary, &bytes).and_then(|()| {
            renameat(&self.folder, &temporary, &self.folder, name)?;
            Ok(())
        });
        if result.is_err() {
            // It may not even be there.
            let _ = unlinkat(&self.folder, &temporary, AtFlags::empty());
        }
        result?;
        user_cache::tidy(&self.folder, name, |name| {
            let _ = unlinkat(&self.folder, name, AtFlags::empty());
        });
        drop(lock);
        self.verified(name, key)?.ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        // One that was left by a killed process with the same number.
        let _ = unlinkat(&self.folder, name, AtFlags::empty());
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let file = openat(&self.folder, name, flags, Mode::from_raw_mode(0o600))?;
        let mut rest = bytes;
        while !rest.is_empty() {
            match write(&file, rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        Ok(())
    }
}

/// Whether a file's bytes have the hash `key`.
fn is_whole(file: &OwnedFd, key: u128) -> io::Result<bool> {
    let mut hasher = Xxh3::new();
    // Through a buffer that stays in the processor's cache: mapping the file would touch every page.
    let mut buffer = vec![0; BUFFER_LENGTH];
    let mut position = 0;
    loop {
        match pread(file, &mut buffer, position) {
            Ok(0) => return Ok(hasher.digest128() == key),
            Ok(count) => {
                hasher.update(&buffer[..count]);
                position += count as u64;
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use xxhash_rust::xxh3::xxh3_128;

    use super::*;

    #[test]
    fn contents_that_are_not_those_of_the_key_are_refused() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::open(&root.path().join("cache")).unwrap();
        let error = cache.file("libx.so", 1, || Ok(b"contents".to_vec())).unwrap_err();
        assert!(matches!(error, CacheError::Refused { .. }), "{error}");
    }

    fn path_of(file: &(OwnedFd, CString)) -> PathBuf {
        PathBuf::from(file.1.to_str().unwrap())
    }

    fn get(cache: &Cache) -> Result<(OwnedFd, CString), CacheError> {
        cache.file("libx.so", xxh3_128(b"contents"), || Ok(b"contents".to_vec()))
    }

    #[test]
    fn a_library_is_written_once_and_verified() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let cache = Cache::open(&folder).unwrap();
        let path = path_of(&get(&cache).unwrap());
        assert_eq!(fs_err::metadata(&folder).unwrap().permissions().mode() & 0o7777, 0o700);
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("libx.so."));
        let written = fs_err::read(&path).unwrap();
        assert_eq!(written, b"contents");
        cache.file("libx.so", xxh3_128(b"contents"), || panic!("it is there")).unwrap();
        // What was cut short or changed is written again.
        for damaged in [&b"conte"[..], b"malice!!", b"contents and more", b""] {
            fs_err::write(&path, damaged).unwrap();
            get(&cache).unwrap();
            assert_eq!(fs_err::read(&path).unwrap(), written);
        }
        assert_eq!(fs_err::read_dir(&folder).unwrap().count(), 1);
    }

    #[test]
    fn what_others_could_write_to_is_not_used() {
        let root = tempfile::tempdir().unwrap();
        let open_to_all = root.path().join("open");
        fs_err::create_dir(&open_to_all).unwrap();
        fs_err::set_permissions(&open_to_all, PermissionsExt::from_mode(0o777)).unwrap();
        assert!(matches!(Cache::open(&open_to_all), Err(CacheError::Shared { .. })));
        let own = root.path().join("own");
        let cache = Cache::open(&own).unwrap();
        let link = root.path().join("link");
        symlink(&own, &link).unwrap();
        assert!(matches!(Cache::open(&link), Err(CacheError::Refused { .. })));
        // A link or a file of all in the place of a library is replaced.
        let path = path_of(&get(&cache).unwrap());
        let elsewhere = root.path().join("elsewhere");
        fs_err::rename(&path, &elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        get(&cache).unwrap();
        assert!(fs_err::symlink_metadata(&path).unwrap().is_file());
        fs_err::set_permissions(&path, PermissionsExt::from_mode(0o666)).unwrap();
        get(&cache).unwrap();
        assert_eq!(fs_err::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn threads_that_start_at_once_all_get_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("cache");
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| get(&Cache::open(&path).unwrap()).unwrap());
            }
        });
        assert_eq!(fs_err::read_dir(&path).unwrap().count(), 1);
    }
}
