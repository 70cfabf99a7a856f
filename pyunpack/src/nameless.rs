//! Files without names, of Linux: in memory, or in a folder where the kernel has no files in memory.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::fs::{
    AtFlags, CWD, MemfdFlags, Mode, OFlags, StatVfsMountFlags, memfd_create, openat, statvfs,
    unlinkat,
};
use rustix::io::Errno;
use rustix::process::getpid;

/// Folders for such files, the first in memory mostly. Those that hold no programs are passed over.
const FOLDERS: [&str; 3] = ["/dev/shm", "/tmp", "/var/tmp"];

/// A file without a name, open for reading and writing, closed on exec.
#[derive(Debug)]
pub struct NamelessFile {
    /// The open file.
    pub file: OwnedFd,
    /// Whether it is in memory, and so can be sealed.
    pub is_in_memory: bool,
}

impl NamelessFile {
    /// Makes an empty one, from which programs can be run and libraries loaded as far as `flags` say so; `name` is what
    /// `/proc` shows of it.
    ///
    /// It is in memory, by `memfd_create(2)`. Linux before 3.17 has no such files, and some sandboxes refuse them: then it is
    /// in a folder that every user may write to, where others cannot open it.
    ///
    /// # Errors
    ///
    /// What the kernel said about the file in memory.
    pub fn create(name: &str, flags: MemfdFlags) -> Result<Self, Errno> {
        let flags = flags | MemfdFlags::CLOEXEC;
        let created = match memfd_create(name, flags) {
            // Linux before 6.3 does not know these flags; later ones can be set up to demand one of them.
            Err(Errno::INVAL) => {
                memfd_create(name, flags.difference(MemfdFlags::EXEC | MemfdFlags::NOEXEC_SEAL))
            }
            created => created,
        };
        match created {
            Ok(file) => Ok(Self { file, is_in_memory: true }),
            Err(errno @ (Errno::NOSYS | Errno::PERM)) => FOLDERS
                .iter()
                .find_map(|folder| in_folder(Path::new(folder)))
                .map(|file| Self { file, is_in_memory: false })
                .ok_or(errno),
            Err(errno) => Err(errno),
        }
    }

    /// The same file, opened for reading only.
    ///
    /// # Errors
    ///
    /// `/proc` is not mounted.
    pub fn read_only(&self) -> Result<OwnedFd, Errno> {
        let path = format!("/proc/self/fd/{}", self.file.as_fd().as_raw_fd());
        openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    }
}

/// A file in a folder, `None` when there can be none that holds programs.
fn in_folder(folder: &Path) -> Option<OwnedFd> {
    let mounted = statvfs(folder).ok()?.f_flag;
    if mounted.intersects(StatVfsMountFlags::NOEXEC | StatVfsMountFlags::RDONLY) {
        return None;
    }
    let mode = Mode::RWXU;
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::EXCL;
    if let Ok(file) = openat(CWD, folder, flags | OFlags::TMPFILE, mode) {
        return Some(file);
    }
    // Not every file system has those. Nobody else can open this one before it loses its name.
    static FILES: AtomicUsize = AtomicUsize::new(0);
    let number = FILES.fetch_add(1, Ordering::Relaxed);
    let path = folder.join(format!(".pyunpack-{}-{number}", getpid()));
    let file = openat(CWD, &path, flags | OFlags::CREATE | OFlags::NOFOLLOW, mode).ok()?;
    unlinkat(CWD, &path, AtFlags::empty()).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use rustix::fs::fstat;
    use rustix::io::{pread, pwrite};

    use super::*;

    #[test]
    fn a_file_in_a_folder_has_no_name() {
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let file = in_folder(folder.path()).unwrap();
        let file = NamelessFile { file, is_in_memory: false };
        pwrite(&file.file, b"abc", 0).unwrap();
        let mut read = [0; 3];
        assert_eq!(pread(file.read_only().unwrap(), &mut read, 0), Ok(3));
        assert_eq!(&read, b"abc");
        assert_eq!(fstat(&file.file).unwrap().st_nlink, 0);
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0);
        assert!(pwrite(file.read_only().unwrap(), b"x", 0).is_err());
    }

    #[test]
    fn folders_that_hold_no_programs_are_passed_over() {
        for folder in ["/no/such/folder", "/proc"] {
            assert!(in_folder(Path::new(folder)).is_none(), "{folder}");
        }
    }
}
