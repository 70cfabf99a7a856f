//! The agent as a process: how it is started, how one waits for it, and how it ends.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::ptr::addr_of;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::arena::Arena;
use crate::channel::{Channel, First};
use crate::error::{Error, ExitText};
use crate::options::{Architecture, Options};
use crate::protocol::{AgentState, Greeting, Header, MAGIC, VERSION};
use crate::wine::{self, Wine};

/// The agents, as the build script made them.
const AGENT_64: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent64.exe"));
const AGENT_32: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent32.exe"));

/// How often a start is tried. Wine's server ends with its last program, and a program that comes
/// at that moment may find it neither there nor gone.
const ATTEMPTS: u32 = 4;

/// The agent's process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    /// The life line: the agent ends when this is closed.
    pub(crate) life_line: ChildStdin,
}

/// What tells one agent from others.
pub(crate) fn random_token() -> Result<[u8; 16], Error> {
    let mut token = [0; 16];
    // SAFETY: the buffer is as long as is said.
    let count = unsafe { libc::getrandom(token.as_mut_ptr().cast(), token.len(), 0) };
    if count == 16 { Ok(token) } else { Err(Error::last_os_error("getrandom")) }
}

/// The agent's program in memory.
fn agent_image(architecture: Architecture) -> Result<OwnedFd, Error> {
    let bytes = match architecture {
        Architecture::Win64 => AGENT_64,
        Architecture::Win32 => AGENT_32,
    };
    // SAFETY: the name is a C string; the result is checked before it is used.
    let image = unsafe {
        let descriptor = libc::memfd_create(c"pywindll-agent".as_ptr(), libc::MFD_CLOEXEC);
        if descriptor < 0 {
            return Err(Error::last_os_error("memfd_create"));
        }
        OwnedFd::from_raw_fd(descriptor)
    };
    let mut file = std::io::BufWriter::new(
        image
            .try_clone()
            .map(fs_file)
            .map_err(|source| Error::System { what: "the agent's program".to_owned(), source })?,
    );
    let written =
        std::io::Write::write_all(&mut file, bytes).and_then(|()| std::io::Write::flush(&mut file));
    written.map_err(|source| Error::System { what: "the agent's program".to_owned(), source })?;
    Ok(image)
}

#[allow(clippy::disallowed_types, reason = "memory without a path")]
fn fs_file(descriptor: OwnedFd) -> std::fs::File {
    std::fs::File::from(descriptor)
}

/// Starts the agent, once more where Wine itself fails.
pub(crate) fn start_agent(
    arena: &Arc<Arena>,
    token: &[u8; 16],
    wine: &Wine,
    prefix: &wine::ReadyPrefix,
    options: &Options,
) -> Result<(Process, Channel), Error> {
    let image = agent_image(options.architecture)?;
    let header = arena.base() as *mut Header;
    let mut attempt = 1;
    loop {
        let mut control = Channel::new(arena, 0, options.spin, First::Host)?;
        // SAFETY: the arena begins with its header, and no agent knows of it yet.
        unsafe {
            header.write_bytes(0, 1);
            (*header).magic = MAGIC;
            (*header).version = VERSION;
            (*header).token = *token;
        }
        let mut process = spawn(wine, prefix, options, &image)?;
        // An agent that has ended by now is noticed when it is waited for.
        let _ = greet(&mut process, arena, token);
        let error = match wait_until_ready(&mut process, wine, &control, header, options) {
            Ok(()) => {
                control.agent_has_opened();
                return Ok((process, control));
            }
            Err(error) => error,
        };
        let status = process.child.try_wait().ok().flatten();
        let _ = process.child.kill();
        let _ = process.child.wait();
        if attempt == ATTEMPTS || status.and_then(|status| status.code()) != Some(WINE_FAILED) {
            return Err(error);
        }
        log::debug!("start {attempt} of the agent failed: {error}");
        std::thread::sleep(Duration::from_millis(25) * attempt);
        attempt += 1;
    }
}

/// Wine's exit code for failures of its own.
const WINE_FAILED: i32 = 1;

/// Starts Wine with the agent, which Wine opens by this process's name for it.
fn spawn(
    wine: &Wine,
    prefix: &wine::ReadyPrefix,
    options: &Options,
    image: &OwnedFd,
) -> Result<Process, Error> {
    let mut command = Command::new(wine.command());
    command.arg(format!("/proc/{}/fd/{}", std::process::id(), image.as_raw_fd()));
    command.env("WINEPREFIX", &prefix.path).env("WINEDEBUG", &options.debug);
    if let Some(overrides) = prefix.overrides {
        let given = std::env::var("WINEDLLOVERRIDES").unwrap_or_default();
        let separator = if given.is_empty() { "" } else { ";" };
        command.env("WINEDLLOVERRIDES", format!("{overrides}{separator}{given}"));
    }
    wine::set_home(&mut command, &prefix.path);
    // Of a group of its own, so that Ctrl-C at the terminal reaches Python alone.
    command.process_group(0).stdin(Stdio::piped());
    if !options.output {
        command.stdout(Stdio::null()).stderr(Stdio::null());
    }
    let failed = |source| Error::System { what: wine.command().display().to_string(), source };
    let mut child = command.spawn().map_err(failed)?;
    let life_line = child.stdin.take().ok_or(Error::Closed)?;
    Ok(Process { child, life_line })
}

fn greet(process: &mut Process, arena: &Arena, token: &[u8; 16]) -> Result<(), Error> {
    let greeting = Greeting {
        token: *token,
        base: arena.base(),
        size: arena.size(),
        host_pid: std::process::id(),
        arena_fd: arena.descriptor().as_raw_fd().cast_unsigned(),
    };
    // SAFETY: a structure without padding, as its size is the sum of its fields'.
    let bytes = unsafe {
        std::slice::from_raw_parts((&raw const greeting).cast::<u8>(), size_of::<Greeting>())
    };
    std::io::Write::write_all(&mut process.life_line, bytes)
        .map_err(|source| Error::System { what: "the agent's standard input".to_owned(), source })
}

/// Waits for the agent's first ring.
fn wait_until_ready(
    process: &mut Process,
    wine: &Wine,
    control: &Channel,
    header: *const Header,
    options: &Options,
) -> Result<(), Error> {
    let failed = |reason| Error::Start { wine: wine.command().to_owned(), reason };
    let until = Instant::now() + options.timeout_start;
    loop {
        // SAFETY: the header lies in the arena.
        if unsafe { addr_of!((*header).state).read_volatile() } == AgentState::Ready as u32 {
            return control.read_bell().map_err(|_| failed("it ended at once".to_owned()));
        }
        let ready = poll(&[control.bell()], Duration::from_millis(20));
        if ready {
            continue;
        }
        if let Ok(Some(status)) = process.child.try_wait()
            // On i686 the first process starts another one and ends well.
            && !status.success()
        {
            return Err(failed(start_failure(status.code())));
        }
        if Instant::now() > until {
            return Err(failed(format!("no answer within {:?}", options.timeout_start)));
        }
    }
}

/// What the agent's exit codes mean; `agent.c` has them.
fn start_failure(code: Option<i32>) -> String {
    match code {
        Some(6) => "its standard input was closed".to_owned(),
        Some(7) => "it may not open this process's memory, as when /proc is not mounted or this process was set to be not dumpable".to_owned(),
        Some(8 | 9) => "it could not map the shared memory at the address that this process has it at".to_owned(),
        Some(code) => format!("it ended with exit code {code}; PYWINDLL_DEBUG=err+all shows what Wine says"),
        None => "it was killed".to_owned(),
    }
}

/// Whether one of the descriptors becomes readable within the time.
fn poll(descriptors: &[i32], time: Duration) -> bool {
    let mut entries: Vec<_> = descriptors
        .iter()
        .map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 })
        .collect();
    let milliseconds = i32::try_from(time.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: as many entries as are said.
    unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, milliseconds) > 0 }
}

/// How a process ended, if it does within the time.
pub(crate) fn wait_for_end(child: &mut Child, time: Duration) -> Option<ExitText> {
    // SAFETY: the arguments are a process number and no flags.
    let watch = unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) };
    // SAFETY: a descriptor of ours when it is one.
    let watch = i32::try_from(watch)
        .ok()
        .filter(|fd| *fd >= 0)
        .map(|fd| unsafe { OwnedFd::from_raw_fd(fd) });
    let until = Instant::now() + time;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => {
                let text =
                    status.code().map(ExitText::Code).or(status.signal().map(ExitText::Signal));
                return Some(text.unwrap_or(ExitText::Unknown));
            }
            Ok(None) => {}
            Err(_) => return Some(ExitText::Unknown),
        }
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        match &watch {
            Some(watch) => {
                poll(&[watch.as_raw_fd()], left);
            }
            // Kernels before 5.3.
            None => std::thread::sleep(left.min(Duration::from_millis(1))),
        }
    }
}

/// Whether the kernel lets this process read the child's memory, and the child is the agent.
pub(crate) fn reads_memory(child: i32, probe: u64, token: &[u8; 16]) -> bool {
    let mut found = [0u8; 16];
    let local = libc::iovec { iov_base: found.as_mut_ptr().cast(), iov_len: found.len() };
    let remote = libc::iovec { iov_base: probe as *mut libc::c_void, iov_len: found.len() };
    // SAFETY: `local` is the whole of `found`; the kernel checks the other process's memory.
    let count =
        unsafe { libc::process_vm_readv(child, &raw const local, 1, &raw const remote, 1, 0) };
    count == 16 && found == *token
}
