//! Contents in a file without a name, in memory where the kernel has that.

use std::io::{self, Write as _};
use std::os::fd::OwnedFd;

use pyunpack::{NamelessFile, NoFileSizeLimit};
use rustix::fs::{
    MemfdFlags, Mode, SealFlags, SeekFrom, Stat, Timespec, Timestamps, fchmod, fcntl_add_seals,
    futimens, seek,
};
use rustix::io::{DupFlags, Errno, FdFlags, dup3, fcntl_setfd, write};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};

/// Bytes that the kernel allows in a name of such a file.
const NAME_LENGTH: usize = 249;

/// What such a file looks like to `fstat`.
pub(super) struct Looks {
    /// Permissions.
    pub(super) mode: u32,
    /// The executable, whose times the file gets, where it can still be found.
    pub(super) executable: Option<Stat>,
}

/// The bits of permissions to run a file. The kernel must be told of them when the file is made.
pub(super) const EXECUTABLE: u32 = 0o111;

/// Bytes that a pipe can hold at most, unless the system is set up otherwise: `pipe(7)`.
const PIPE_LENGTH: usize = 1 << 20;

/// The end of a pipe that `contents` can be read from, for where no file in memory can be had: the size of files is
/// limited, or a filter of system calls refuses them. There is no going back in it.
///
/// # Errors
///
/// What the kernel said; [`Errno::FBIG`] when a pipe does not hold as much.
pub(super) fn pipe(contents: &[u8], close_on_exec: bool) -> Result<OwnedFd, Errno> {
    if contents.len() > PIPE_LENGTH {
        return Err(Errno::FBIG);
    }
    let flags = if close_on_exec { PipeFlags::CLOEXEC } else { PipeFlags::empty() };
    let (reader, writer) = pipe_with(flags)?;
    fcntl_setpipe_size(&writer, contents.len())?;
    Unsealed(writer).write_all(contents).map_err(|error| number(&error))?;
    Ok(reader)
}

/// The kernel's number of an error.
fn number(error: &io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

/// A file in memory that is being written. Errors have the kernel's number, by which the caller knows what to do.
pub(crate) struct Unsealed(OwnedFd);

impl io::Write for Unsealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(write(&self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that nobody can write to afterwards, with what `fill` writes, positioned at its start.
///
/// `name` is what `/proc` shows. The descriptor is closed on exec if `close_on_exec` says so.
///
/// # Errors
///
/// What the kernel said, such as [`Errno::MFILE`], or `fill`: without a number, [`Errno::IO`].
pub(super) fn file(
    name: &str,
    fill: impl FnOnce(&mut Unsealed) -> io::Result<()>,
    looks: &Looks,
    close_on_exec: bool,
) -> Result<OwnedFd, Errno> {
    let _no_limit = NoFileSizeLimit::lift();
    let permission =
        if looks.mode & EXECUTABLE != 0 { MemfdFlags::EXEC } else { MemfdFlags::NOEXEC_SEAL };
    let flags = MemfdFlags::ALLOW_SEALING | permission;
    let NamelessFile { file, is_in_memory } = NamelessFile::create(end(name), flags)?;
    let mut file = Unsealed(file);
    fill(&mut file).map_err(|error| number(&error))?;
    let Unsealed(file) = file;
    fchmod(&file, Mode::from_raw_mode(looks.mode))?;
    if let Some(executable) = &looks.executable {
        futimens(&file, &times(executable))?;
    }
    if is_in_memory {
        fcntl_add_seals(
            &file,
            SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE | SealFlags::SEAL,
        )?;
    }
    read_only(NamelessFile { file, is_in_memory }, close_on_exec)
}

/// As much of the end of a name as the kernel allows.
fn end(name: &str) -> &str {
    let mut start = name.len().saturating_sub(NAME_LENGTH);
    while !name.is_char_boundary(start) {
        start += 1;
    }
    &name[start..]
}

/// The same file under the same number, opened for reading only: writing to it then fails as it does
/// for other files, and kernels before 6.7 let it be mapped, which they refuse when a sealed file is
/// open for writing.
fn read_only(nameless: NamelessFile, close_on_exec: bool) -> Result<OwnedFd, Errno> {
    let reopened = nameless.read_only();
    let mut file = nameless.file;
    if let Ok(reopened) = reopened {
        let flags = if close_on_exec { DupFlags::CLOEXEC } else { DupFlags::empty() };
        dup3(&reopened, &mut file, flags)?;
        return Ok(file);
    }
    // There is no /proc; the seals alone must do.
    seek(&file, SeekFrom::Start(0))?;
    if !close_on_exec {
        fcntl_setfd(&file, FdFlags::empty())?;
    }
    Ok(file)
}

/// The executable's times of access and of change.
fn times(executable: &Stat) -> Timestamps {
    // The fields' types differ between architectures.
    let time = |seconds, nanoseconds| Timespec { tv_sec: seconds, tv_nsec: nanoseconds };
    Timestamps {
        last_access: time(executable.st_atime as _, executable.st_atime_nsec as _),
        last_modification: time(executable.st_mtime as _, executable.st_mtime_nsec as _),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use fs_err::File;
    use rustix::fs::{fcntl_get_seals, fstat};
    use rustix::io::fcntl_getfd;

    use super::*;

    const LOOKS: Looks = Looks { mode: 0o644, executable: None };

    #[test]
    fn contents_can_be_read_and_not_written() {
        let contents = vec![7_u8; 3_000_000];
        let fill = |file: &mut Unsealed| file.write_all(&contents);
        let descriptor = file("a/b.bin", fill, &LOOKS, true).unwrap();
        assert_eq!(write(&descriptor, b"x"), Err(Errno::BADF));
        assert!(fcntl_get_seals(&descriptor).unwrap().contains(SealFlags::WRITE));
        let status = fstat(&descriptor).unwrap();
        assert_eq!((status.st_size, status.st_mode & 0o7777), (3_000_000, 0o644));
        let mut read = Vec::new();
        File::from_parts(descriptor.into(), "a/b.bin").read_to_end(&mut read).unwrap();
        assert!(read == contents);
    }

    #[test]
    fn the_number_of_an_error_is_kept() {
        let fill = |_: &mut Unsealed| Err(Errno::FBIG.into());
        assert_eq!(file("x", fill, &LOOKS, true).map(drop), Err(Errno::FBIG));
        // What cannot be written to says so itself.
        let (reader, _writer) = pipe_with(PipeFlags::CLOEXEC).unwrap();
        let error = Unsealed(reader).write_all(b"x").unwrap_err();
        assert_eq!(Errno::from_io_error(&error), Some(Errno::BADF));
    }

    #[test]
    fn the_caller_says_whether_exec_closes_it() {
        let is_closed = |close| {
            let descriptor = file("x", |_| Ok(()), &LOOKS, close).unwrap();
            fcntl_getfd(&descriptor).unwrap().contains(FdFlags::CLOEXEC)
        };
        assert_eq!((is_closed(true), is_closed(false)), (true, false));
    }

    #[test]
    fn a_name_may_be_longer_than_the_kernel_allows() {
        let name = "ä".repeat(200);
        file(&name, |_| Ok(()), &LOOKS, true).unwrap();
    }
}
