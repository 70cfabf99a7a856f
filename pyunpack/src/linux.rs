//! Programs in memory, of Linux.

#![allow(unsafe_code)]

use std::convert::Infallible;
use std::error::Error;
use std::ffi::{CString, OsStr, OsString};
use std::fmt::Display;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::fcntl::AtFlags;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::{execve, execveat};
use pyunpack::{Damaged, NamelessFile, NoFileSizeLimit, Part, VARIABLE};
use rustix::fs::{MemfdFlags, ftruncate};
use rustix::io::{Errno, pwrite};
use rustix::process::geteuid;
use rustix::thread::{capabilities, capability_is_in_ambient_set};

/// What `/proc` shows of the memory.
const NAME: &str = "pyunpack";

/// Threads at most; more would wait for one another.
const THREADS: usize = 4;

/// Unpacks the parts and becomes the program.
pub fn start(parts: &[Part<'_>]) -> Result<Infallible, Box<dyn Error>> {
    if loses_capabilities()? {
        let error = "the capabilities of this file would be lost when it is unpacked; build the \
                     executable without `--compress`, or have it inherit ambient capabilities";
        return Err(error.into());
    }
    let no_limit = NoFileSizeLimit::lift();
    // A limit that stays is an error of the system calls then, rather than the end of this process.
    // SAFETY: no function is called when the signal comes.
    let _ = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
    let memory = NamelessFile::create(NAME, MemfdFlags::EXEC)
        .map_err(|errno| format!("no memory to unpack into: {errno}"))?;
    let length = parts.last().map_or(0, |part| part.offset + part.length);
    ftruncate(&memory.file, length)
        .map_err(|errno| format!("no memory to unpack into: {errno}"))?;
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), String> {
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            unpack(part, &memory.file)?;
        }
        Ok(())
    };
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(THREADS).min(parts.len());
    std::thread::scope(|scope| {
        // Where there can be no more threads, this one does it.
        let thread = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(thread).collect();
        let own = work();
        others
            .into_iter()
            .try_fold(own?, |(), other| other.join().unwrap_or(Err(Damaged.to_string())))
    })?;
    drop(no_limit);
    // SAFETY: as above. The program would inherit that the signal is ignored.
    let _ = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigDfl) };
    become_it(memory)
}

/// Whether this process has capabilities that the program in memory would not have: those of this
/// file. Those of root, and ambient ones, stay (capabilities(7), "Transformation of capabilities
/// during execve()").
fn loses_capabilities() -> Result<bool, Errno> {
    if geteuid().is_root() {
        return Ok(false);
    }
    let mut permitted = capabilities(None)?.permitted.iter();
    permitted.try_fold(false, |loses, each| Ok(loses || !capability_is_in_ambient_set(each)?))
}

fn unpack(part: &Part<'_>, memory: &OwnedFd) -> Result<(), String> {
    let capacity = usize::try_from(part.length).map_err(|_| Damaged.to_string())?;
    let bytes = zstd::bulk::decompress(part.frame, capacity)
        .map_err(|error| format!("{Damaged}: {error}"))?;
    if bytes.len() != capacity {
        return Err(Damaged.to_string());
    }
    let mut written = 0;
    while written < bytes.len() {
        let offset = part.offset + written as u64;
        written += pwrite(memory, &bytes[written..], offset)
            .map_err(|errno| format!("no memory to unpack into: {errno}"))?;
    }
    Ok(())
}

/// The same process, with the arguments and the environment that it has.
fn become_it(memory: NamelessFile) -> Result<Infallible, Box<dyn Error>> {
    let program = if memory.is_in_memory {
        memory.file
    } else {
        let program = memory.read_only().map_err(no_start)?;
        // The kernel runs no file in a folder that is open for writing.
        drop(memory);
        program
    };
    let c = |text: OsString| CString::new(text.into_vec());
    let arguments = std::env::args_os().map(c).collect::<Result<Vec<_>, _>>()?;
    let mut variables = Vec::new();
    for (mut variable, value) in std::env::vars_os().filter(|(name, _)| name != VARIABLE) {
        variable.push("=");
        variable.push(value);
        variables.push(c(variable)?);
    }
    // Where nothing tells, the program goes by what it was started as.
    if let Some(path) = path() {
        let mut variable = OsString::from(format!("{VARIABLE}="));
        variable.push(path);
        variables.push(c(variable)?);
    }
    let flags = AtFlags::AT_EMPTY_PATH;
    let Err(errno) = execveat(program.as_fd(), c"", &arguments, &variables, flags);
    // Linux before 3.19 has no such call, and some sandboxes refuse it.
    if matches!(errno, nix::errno::Errno::ENOSYS | nix::errno::Errno::EPERM) {
        let path = CString::new(format!("/proc/self/fd/{}", program.as_raw_fd()))?;
        let Err(errno) = execve(&path, &arguments, &variables);
        return Err(no_start(errno).into());
    }
    Err(no_start(errno).into())
}

fn no_start(errno: impl Display) -> String {
    format!("this system does not start programs from memory: {errno}")
}

/// The path of this file. Where `/proc` is not mounted, the one that it was started by.
fn path() -> Option<OsString> {
    match std::env::current_exe() {
        Ok(path) => Some(path.into_os_string()),
        Err(_) => {
            let started_as = OsStr::from_bytes(rustix::param::linux_execfn().to_bytes());
            Some(std::path::absolute(started_as).ok()?.into_os_string())
        }
    }
}
