//! Linux and macOS.

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
use std::ffi::CString;
use std::ffi::{CStr, OsStr, OsString};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::ffi;

/// The path of the file that this executable was unpacked from, if it was.
static UNPACKED_FROM: OnceLock<PathBuf> = OnceLock::new();

/// Takes over from the program that has unpacked this one (`pyunpack`) from the file at `path`: that, and the file's
/// name, which tools show for the process.
pub(crate) fn take_over(path: PathBuf) {
    #[cfg(target_os = "linux")]
    if let Some(name) = path.file_name().and_then(|name| CString::new(name.as_bytes()).ok()) {
        // The kernel shows the name of the memory otherwise; that is no harm.
        let _ = rustix::thread::set_name(&name);
    }
    // There is one start in a process.
    let _ = UNPACKED_FROM.set(path);
}

/// The path of the shared library that this code is part of, absolute; `None` in an executable.
pub(crate) fn own_library() -> Option<&'static Path> {
    static PATH: OnceLock<Option<PathBuf>> = OnceLock::new();
    PATH.get_or_init(|| {
        // SAFETY: the result is NULL or a string that ends in NUL and lives as long as the library.
        let path = unsafe {
            let path = ffi::pyembed_own_library();
            if path.is_null() {
                return None;
            }
            CStr::from_ptr(path)
        };
        let path = Path::new(OsStr::from_bytes(path.to_bytes()));
        // It may be relative to the folder that was the working one when the library was loaded.
        Some(
            mapped_path()
                .or_else(|| std::path::absolute(path).ok())
                .unwrap_or_else(|| path.to_owned()),
        )
    })
    .as_deref()
}

/// The path of the file that this code was loaded from, as the kernel tells it (`proc_pid_maps(5)`).
fn mapped_path() -> Option<PathBuf> {
    let address = own_library as *const () as usize;
    let maps = fs_err::read("/proc/self/maps").ok()?;
    let line = maps.split(|byte| *byte == b'\n').find(|line| {
        let range = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        let bound = |text: &str| usize::from_str_radix(text, 16).ok();
        let range = str::from_utf8(range).ok().and_then(|range| range.split_once('-'));
        let range = range.and_then(|(start, end)| Some(bound(start)?..bound(end)?));
        range.is_some_and(|range| range.contains(&address))
    })?;
    let start = line.iter().position(|byte| *byte == b'/')?;
    let path = &line[start..];
    Some(Path::new(OsStr::from_bytes(path.strip_suffix(b" (deleted)").unwrap_or(path))).to_owned())
}

/// The path of this executable or, where this code is part of one, of the shared library; absolute.
///
/// # Errors
///
/// What the operating system said, where neither it nor the way the program was started tells.
pub(crate) fn executable_path() -> io::Result<PathBuf> {
    if let Some(path) = UNPACKED_FROM.get() {
        return Ok(path.clone());
    }
    if let Some(path) = own_library() {
        return Ok(path.to_owned());
    }
    // Linux tells by /proc, which a minimal root may not have.
    std::env::current_exe().or_else(|error| {
        let started_as = path_of_exec().ok_or(error)?;
        std::path::absolute(started_as)
    })
}

/// The bytes of a file, mapped for as long as the process runs.
#[cfg(target_os = "linux")]
pub(crate) fn map(path: &Path) -> io::Result<&'static [u8]> {
    use rustix::mm::{MapFlags, ProtFlags};

    // The caller names the path.
    let file = rustix::fs::open(
        path,
        rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )?;
    let length = usize::try_from(rustix::fs::fstat(&file)?.st_size).unwrap_or_default();
    if length == 0 {
        return Ok(&[]);
    }
    let (protection, flags) = (ProtFlags::READ, MapFlags::PRIVATE);
    // SAFETY: the kernel chooses a place where nothing else is. Nobody unmaps it, and nobody writes there; that nobody writes to the
    // file either, the documentation of `PackedResources::from_file` asks for, as it is asked of the executable's own file.
    unsafe {
        let first = rustix::mm::mmap(std::ptr::null_mut(), length, protection, flags, &file, 0)?;
        Ok(std::slice::from_raw_parts(first.cast(), length))
    }
}

/// The bytes of a file, for as long as the process runs.
#[cfg(not(target_os = "linux"))]
pub(crate) fn map(path: &Path) -> io::Result<&'static [u8]> {
    Ok(fs_err::read(path)?.leak())
}

/// The path that the kernel was given to start this program.
#[cfg(target_os = "linux")]
fn path_of_exec() -> Option<PathBuf> {
    // SAFETY: `AT_EXECFN` is the address of a string that ends in NUL and that the kernel put on
    // the stack before the program started; nobody writes to it.
    let path = unsafe {
        let address = libc::getauxval(libc::AT_EXECFN) as *const std::ffi::c_char;
        if address.is_null() {
            return None;
        }
        CStr::from_ptr(address)
    };
    Some(Path::new(OsStr::from_bytes(path.to_bytes())).to_owned())
}

#[cfg(not(target_os = "linux"))]
fn path_of_exec() -> Option<PathBuf> {
    std::env::args_os().next().map(|name| Path::new(&name).to_owned())
}

/// The bytes that CPython's `Py_DecodeLocale` expects.
pub(crate) fn os_bytes(text: OsString) -> Vec<u8> {
    text.into_vec()
}

/// Whether the process may do more than the user who started it, whose environment it must not
/// trust: the executable is setuid, setgid or has file capabilities.
#[cfg(target_os = "linux")]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: the function reads what the kernel has given to the process.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Whether the process may do more than the user who started it, whose environment it must not
/// trust: the executable is setuid or setgid.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_privileged() -> bool {
    // SAFETY: the functions read numbers of the process, and cannot fail.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// Whether this is the thread that the process was started with, as far as that can be told.
pub(crate) fn is_main_thread() -> bool {
    #[cfg(target_os = "linux")]
    return rustix::thread::gettid() == rustix::process::getpid();
    #[cfg(not(target_os = "linux"))]
    return std::thread::current().name() == Some("main");
}

/// Whether `pyunpack` has started this image, from memory.
///
/// A copy of the image in such memory has none of the rights that its file may have, so a user who
/// pretends to be `pyunpack` gains nothing. Where `/proc` is not mounted, the kernel's own record of
/// how the program was started tells, which a user can forge: it does not count where rights are at
/// stake.
#[cfg(target_os = "linux")]
pub(crate) fn is_unpacked() -> bool {
    // `memfd_create(2)`: the link in /proc has this prefix, and ends so as the file has no name.
    const IMAGE: &CStr = c"/memfd:pyunpack (deleted)";
    match rustix::fs::readlink("/proc/self/exe", Vec::new()) {
        Ok(image) if image.as_c_str() == IMAGE => true,
        // Where there is no such memory, it is a file that has lost its name. It may be one that had rights of its own.
        Ok(_) => !is_privileged() && has_no_name("/proc/self/exe"),
        // `execveat(2)` of a descriptor gives this path.
        Err(_) => {
            !is_privileged() && path_of_exec().is_some_and(|path| path.starts_with("/dev/fd"))
        }
    }
}

/// Whether an open file is in no folder.
#[cfg(target_os = "linux")]
fn has_no_name(link: &str) -> bool {
    rustix::fs::stat(link).is_ok_and(|status| status.st_nlink == 0)
}

/// The file in the folder of a virtual environment that tells what it is.
pub(crate) const ENVIRONMENT_FILE: &str = "pyvenv.cfg";

/// Whether the name at the end of a path is Python's: `python`, `python3`, `python3.13`.
pub(crate) fn is_python_name(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let Some(version) = name.strip_prefix(b"python") else { return false };
    version.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// The link by whose name, which is Python's, this executable was started; `None` when it was started by its own name.
///
/// Tools make such links in the environments that they set up (PEP 405).
#[cfg(target_os = "linux")]
pub(crate) fn python_link() -> Option<PathBuf> {
    // Of a script whose first line names the link, the kernel was given the script's path, and the link is the name of
    // the program. Of an executable that was unpacked, it was given the memory.
    let of_kernel = if UNPACKED_FROM.get().is_none() { path_of_exec() } else { None };
    let names = of_kernel.into_iter().chain(std::env::args_os().next().map(PathBuf::from));
    let mut paths = names.filter(|path| is_python_name(path.as_os_str().as_bytes())).peekable();
    paths.peek()?;
    let executable = executable_path().ok()?;
    paths.filter_map(|path| std::path::absolute(path).ok()).find(|path| {
        // Tools may copy the executable instead of making a link.
        let is_link = path.is_symlink() || environment_of(path).is_some();
        is_link && fs_err::canonicalize(path).is_ok_and(|real| real == executable)
    })
}

/// Whether another process of this executable has started this one, or one of those that have.
#[cfg(target_os = "linux")]
pub(crate) fn is_below_own_process() -> bool {
    /// More than there are, should a process end meanwhile and its number be used again.
    const MANY: usize = 100;
    let parents = std::iter::successors(parent_of("self"), |process| parent_of(process));
    parents.take(MANY).any(|process| is_own_process(&process).unwrap_or_default())
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_below_own_process() -> bool {
    false
}

/// The number of a process's parent, `None` for the first process.
#[cfg(target_os = "linux")]
fn parent_of(process: &str) -> Option<String> {
    // `proc_pid_stat(5)`: the name stands in parentheses and may have any in it, then come the state and the parent.
    let text = fs_err::read(format!("/proc/{process}/stat")).ok()?;
    let name_end = text.iter().rposition(|byte| *byte == b')')?;
    let rest = String::from_utf8_lossy(text.get(name_end + 1..)?);
    let parent = rest.split_whitespace().nth(1)?;
    (parent != "0").then(|| parent.to_owned())
}

/// Whether a process is one of this executable.
#[cfg(target_os = "linux")]
fn is_own_process(process: &str) -> io::Result<bool> {
    let Some(executable) = UNPACKED_FROM.get() else {
        let identity = |process: &str| {
            let status = rustix::fs::stat(format!("/proc/{process}/exe"))?;
            Ok::<_, io::Error>((status.st_dev, status.st_ino))
        };
        return Ok(identity(process)? == identity("self")?);
    };
    // Each has memory of its own. What the process was started with tells, whatever it has changed since.
    let variable =
        [pyunpack::VARIABLE.as_bytes(), b"=", executable.as_os_str().as_bytes()].concat();
    let environment = fs_err::read(format!("/proc/{process}/environ"))?;
    Ok(environment.split(|byte| *byte == 0).any(|other| other == variable))
}

/// The virtual environment whose Python is at a path.
pub(crate) fn environment_of(python: &Path) -> Option<PathBuf> {
    let folder = python.parent()?.parent()?;
    folder.join(ENVIRONMENT_FILE).is_file().then(|| folder.to_owned())
}

/// As on Linux, where this can be found out.
#[cfg(not(target_os = "linux"))]
pub(crate) fn python_link() -> Option<PathBuf> {
    None
}

/// The numbers of device and file of standard input, and whether it is a pipe, a socket or a file.
fn status_of_input() -> Option<((u64, u64), bool)> {
    // SAFETY: a structure of plain numbers, which the function fills in.
    let status = unsafe {
        let mut status: libc::stat = std::mem::zeroed();
        if libc::fstat(libc::STDIN_FILENO, &raw mut status) != 0 {
            return None;
        }
        status
    };
    let kind = status.st_mode & libc::S_IFMT;
    let has_end = matches!(kind, libc::S_IFIFO | libc::S_IFSOCK | libc::S_IFREG);
    // The fields' types differ between systems.
    #[allow(clippy::unnecessary_cast)]
    Some(((status.st_dev as u64, status.st_ino as u64), has_end))
}

/// The numbers of device and file of standard input.
#[cfg(target_os = "linux")]
pub(crate) fn input() -> Option<(u64, u64)> {
    status_of_input().map(|(numbers, _)| numbers)
}

/// Whether standard input is a pipe or a file, and another one than that with these numbers.
pub(crate) fn has_input(unless: Option<(u64, u64)>) -> bool {
    status_of_input().is_some_and(|(numbers, has_end)| has_end && unless != Some(numbers))
}

/// Compressed executables are made for Linux only.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_unpacked() -> bool {
    false
}

/// Ends the process by `SIGINT`, so that a shell sees that the user interrupted it.
///
/// `python` does the same after a `KeyboardInterrupt` that nobody caught (`exit_sigint` in
/// CPython's `Modules/main.c`). Returns the exit code to use should the signal be blocked.
pub(crate) fn die_of_interrupt() -> i32 {
    // SAFETY: both calls take plain numbers; the interpreter, whose handler this removes, has
    // ended.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_DFL);
        libc::kill(libc::getpid(), libc::SIGINT);
    }
    128 + libc::SIGINT
}
