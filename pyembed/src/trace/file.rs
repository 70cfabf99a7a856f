//! The file of this process, written line by line.

#![allow(unsafe_code)]

use std::os::fd::{BorrowedFd, IntoRawFd as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering::Relaxed};

use pyresources::trace::ENDING;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::{Errno, fcntl_dupfd_cloexec, retry_on_intr, write};
use rustix::process::geteuid;

/// The lowest number of the descriptor: programs expect those that they open to have the lowest ones.
const LOWEST_DESCRIPTOR: i32 = 100;

/// The file of the process that writes, whichever that is after a fork.
pub(super) struct File {
    folder: PathBuf,
    /// The process that the rest is about; 0 before there was any.
    process: AtomicU32,
    descriptor: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
    /// Whether it was said that it cannot be written.
    has_failed: AtomicBool,
}

impl File {
    /// Files in an existing folder.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            process: AtomicU32::new(0),
            descriptor: AtomicI32::new(-1),
            device: AtomicU64::new(0),
            inode: AtomicU64::new(0),
            has_failed: AtomicBool::new(false),
        }
    }

    /// Writes a line, behind the `first` one in a process that has written none.
    pub(super) fn write(&self, line: &str, first: impl FnOnce() -> String) {
        let process = std::process::id();
        let path = || self.folder.join(format!("{process}{ENDING}"));
        let is_new = self.process.swap(process, Relaxed) != process;
        let opened = if is_new { None } else { self.opened() };
        let file = opened.map_or_else(|| self.open(&path()), Ok);
        let result = file.and_then(|file| match is_new {
            true => append(file, &(first() + line)),
            false => append(file, line),
        });
        if let Err(error) = result
            && !self.has_failed.swap(true, Relaxed)
        {
            eprintln!("pyembed: the trace {} cannot be written: {error}", path().display());
        }
    }

    fn open(&self, path: &Path) -> Result<BorrowedFd<'_>, Errno> {
        // In a folder that others can write to, the name may lead elsewhere: it is guessable.
        let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::CLOEXEC;
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let file = open(path, flags, Mode::RUSR | Mode::WUSR)?;
        let status = fstat(&file)?;
        let is_file = FileType::from_raw_mode(status.st_mode) == FileType::RegularFile;
        if !is_file || status.st_uid != geteuid().as_raw() || status.st_nlink != 1 {
            return Err(Errno::PERM);
        }
        // Where the process may have no such number, the low one does.
        let file = fcntl_dupfd_cloexec(&file, LOWEST_DESCRIPTOR).unwrap_or(file);
        self.descriptor.store(file.into_raw_fd(), Relaxed);
        self.device.store(status.st_dev, Relaxed);
        self.inode.store(status.st_ino, Relaxed);
        self.opened().ok_or(Errno::BADF)
    }

    /// The file by its descriptor, unless that stands for something else by now.
    fn opened(&self) -> Option<BorrowedFd<'_>> {
        let descriptor = self.descriptor.load(Relaxed);
        if descriptor < 0 {
            return None;
        }
        // SAFETY: it is a number that a descriptor can have, used for nothing but to ask what it is, and after
        // that only if it is the file that was opened here, which nothing here closes.
        let file = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let status = fstat(file).ok()?;
        let is_ours =
            status.st_dev == self.device.load(Relaxed) && status.st_ino == self.inode.load(Relaxed);
        is_ours.then_some(file)
    }
}

fn append(file: BorrowedFd<'_>, text: &str) -> Result<(), Errno> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        let written = retry_on_intr(|| write(file, rest))?;
        rest = &rest[written..];
    }
    Ok(())
}
