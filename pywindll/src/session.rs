//! A session: one arena, one agent, and a channel for each thread that uses it.

use std::ptr::{addr_of, addr_of_mut};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::arena::{Arena, Block};
use crate::callback::{self, Callbacks};
use crate::channel::{Channel, First};
use crate::error::{Error, ExitText};
use crate::options::{Architecture, Options};
use crate::process::{Process, random_token, reads_memory, start_agent, wait_for_end};
use crate::protocol::{CHANNELS, FOREIGN_CHANNELS, Frame, Header, Operation};
use crate::thread::Thread;
use crate::wine::{self, Wine};

/// Counts sessions, so that a thread finds its channel by number.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

/// Grows in the child of each fork; see [`generation`].
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Tells forks apart, at the price of reading a variable.
fn generation() -> u32 {
    static REGISTERED: Once = Once::new();
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: the handler does what a signal handler may do.
    REGISTERED.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
    GENERATION.load(Ordering::Relaxed)
}

/// DLLs under Wine. Clones share one agent, which ends with the last of them, or by [`close`](Self::close).
#[derive(Clone, Debug)]
pub struct Session(Arc<Handle>);

/// Closes the session when its last user is gone. Threads hold [`Shared`] beyond that.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What all threads of a session share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) number: u64,
    pub(crate) arena: Arc<Arena>,
    pub(crate) callbacks: Callbacks,
    architecture: Architecture,
    spin: u32,
    timeout_stop: Duration,
    generation: u32,
    host_pid: u32,
    child_pid: i32,
    /// Whether the kernel lets this process read the agent's memory.
    direct_memory: bool,
    functions: Functions,
    closed: AtomicBool,
    ended: AtomicBool,
    status: OnceLock<ExitText>,
    process: Mutex<Option<Process>>,
    control: Mutex<Channel>,
    free_channels: Mutex<Vec<u32>>,
    servants: Mutex<Vec<JoinHandle<()>>>,
    system: OnceLock<SystemFunctions>,
}

/// Addresses that the agent tells at its start.
#[derive(Clone, Copy, Debug)]
struct Functions {
    load_library: u64,
    get_proc_address: u64,
    get_module_handle: u64,
}

/// Routines of `kernel32.dll` that sessions use themselves.
#[derive(Clone, Copy, Debug)]
struct SystemFunctions {
    read_process_memory: u64,
    write_process_memory: u64,
}

impl Session {
    /// Starts an agent.
    ///
    /// # Errors
    ///
    /// Where there is no Wine, or it does not start.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let arena = Arena::new(options.arena_size(), options.architecture.pointer_size())?;
        Self::start_in(arena, options)
    }

    /// Starts an agent over an arena that was made before, as by [`Arena::new`] for the same
    /// architecture.
    ///
    /// # Errors
    ///
    /// See [`start`](Self::start).
    pub fn start_in(arena: Arc<Arena>, options: &Options) -> Result<Self, Error> {
        let began = Instant::now();
        let wine = Wine::find(options)?;
        wine.libraries(options.architecture)?;
        let prefix = wine::ready_prefix(&wine, options)?;
        let token = random_token()?;
        let (process, control) = start_agent(&arena, &token, &wine, &prefix, options)?;
        let header = arena.base() as *const Header;
        drop(prefix);
        let child_pid = process.child.id().cast_signed();
        // SAFETY: the agent has written these before it said that it is ready.
        let (functions, probe, pointer_size) = unsafe {
            let functions = Functions {
                load_library: addr_of!((*header).load_library).read_volatile(),
                get_proc_address: addr_of!((*header).get_proc_address).read_volatile(),
                get_module_handle: addr_of!((*header).get_module_handle).read_volatile(),
            };
            let probe = addr_of!((*header).probe).read_volatile();
            (functions, probe, addr_of!((*header).pointer_size).read_volatile())
        };
        if pointer_size != options.architecture.pointer_size() {
            return Err(Error::Damaged("size of pointers"));
        }
        let shared = Shared {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            callbacks: Callbacks::default(),
            architecture: options.architecture,
            spin: options.spin,
            timeout_stop: options.timeout_stop,
            generation: generation(),
            host_pid: std::process::id(),
            child_pid,
            direct_memory: reads_memory(child_pid, probe, &token),
            functions,
            closed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            status: OnceLock::new(),
            process: Mutex::new(Some(process)),
            control: Mutex::new(control),
            free_channels: Mutex::new((1..CHANNELS - FOREIGN_CHANNELS).rev().collect()),
            servants: Mutex::new(Vec::new()),
            system: OnceLock::new(),
            arena,
        };
        log::info!(
            "agent {} for {} is ready after {:.0} ms, memory at {:#x}, {}",
            child_pid,
            options.architecture.name(),
            began.elapsed().as_secs_f64() * 1e3,
            shared.arena.base(),
            if shared.direct_memory { "read directly" } else { "read by the agent" },
        );
        Ok(Self(Arc::new(Handle(Arc::new(shared)))))
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.0.0
    }

    /// Bytes of a pointer in its DLLs.
    pub fn pointer_size(&self) -> u32 {
        self.shared().architecture.pointer_size()
    }

    /// Which DLLs it loads.
    pub fn architecture(&self) -> Architecture {
        self.shared().architecture
    }

    /// The number of the agent's process.
    pub fn pid(&self) -> i32 {
        self.shared().child_pid
    }

    /// The memory that both sides see.
    pub fn arena(&self) -> &Arc<Arena> {
        &self.shared().arena
    }

    /// Whether calls can be made.
    pub fn is_open(&self) -> bool {
        self.shared().check().is_ok()
    }

    /// This thread's channel, opened at its first use.
    ///
    /// # Errors
    ///
    /// Where the session is closed, or has too many threads.
    pub fn thread(&self) -> Result<std::rc::Rc<Thread>, Error> {
        Thread::current(self.shared())
    }

    /// Ends the agent: as a program that returns from `main`, or after `timeout_stop` by force.
    pub fn close(&self) {
        self.shared().close();
    }

    /// Loads a DLL by its name or path in Windows' form. The error is Windows' number.
    ///
    /// # Errors
    ///
    /// Where no call can be made; exceptions of the DLL's start are among those.
    pub fn load_library(&self, name: &str, flags: u32) -> Result<Result<u64, u32>, Error> {
        let name = self.shared().arena.copy(&wide(name))?;
        let thread = self.thread()?;
        let outcome = thread.call(
            self.shared().functions.load_library,
            &[name.address(), 0, u64::from(flags)],
            self.pointer_size(),
        )?;
        if outcome.result == 0 {
            return Ok(Err(outcome.last_error));
        }
        self.find_errno(&thread)?;
        Ok(Ok(outcome.result))
    }

    /// Tells the agent where the C runtimes that are loaded by now keep `errno`.
    fn find_errno(&self, thread: &Thread) -> Result<(), Error> {
        for (place, runtime) in ["msvcrt.dll", "ucrtbase.dll"].into_iter().enumerate() {
            // SAFETY: the header lies in the arena; `place` is 0 or 1.
            let slot = unsafe {
                addr_of_mut!((*(self.shared().arena.base() as *mut Header)).errno_functions)
                    .cast::<u64>()
                    .add(place)
            };
            // SAFETY: as above.
            if unsafe { slot.read_volatile() } != 0 {
                continue;
            }
            let name = self.shared().arena.copy(&wide(runtime))?;
            let module = thread
                .call(
                    self.shared().functions.get_module_handle,
                    &[name.address()],
                    self.pointer_size(),
                )?
                .result;
            if module != 0 {
                let function = self.symbol(module, &Symbol::Name("_errno"))?.unwrap_or(0);
                // SAFETY: as above.
                unsafe { slot.write_volatile(function) };
            }
        }
        Ok(())
    }

    /// The address of a routine or variable. The error is Windows' number.
    ///
    /// # Errors
    ///
    /// Where no call can be made.
    pub fn symbol(&self, module: u64, symbol: &Symbol<'_>) -> Result<Result<u64, u32>, Error> {
        let name = match symbol {
            Symbol::Name(name) => {
                Some(self.shared().arena.copy(&[name.as_bytes(), &[0]].concat())?)
            }
            Symbol::Ordinal(_) => None,
        };
        let second = match (symbol, &name) {
            (Symbol::Ordinal(ordinal), _) => u64::from(*ordinal),
            (_, Some(block)) => block.address(),
            (_, None) => 0,
        };
        let outcome = self.thread()?.call(
            self.shared().functions.get_proc_address,
            &[module, second],
            self.pointer_size(),
        )?;
        Ok(if outcome.result == 0 { Err(outcome.last_error) } else { Ok(outcome.result) })
    }

    /// Reads memory of the DLLs: as many bytes as there are, at least one.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] where nothing can be read.
    pub fn read_memory(&self, address: u64, into: &mut [u8]) -> Result<usize, Error> {
        let length = into.len();
        if length == 0 {
            return Ok(0);
        }
        if self.shared().arena.holds(address, length as u64) {
            // SAFETY: the arena is mapped here, and holds all of it.
            unsafe { std::ptr::copy(address as *const u8, into.as_mut_ptr(), length) };
            return Ok(length);
        }
        self.shared().check()?;
        let none = Error::Memory { verb: "reading", address };
        if self.shared().direct_memory {
            let local = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: length };
            let remote = libc::iovec { iov_base: address as *mut libc::c_void, iov_len: length };
            // SAFETY: `local` is the whole of `into`; the kernel checks the other process's memory.
            let count = unsafe {
                libc::process_vm_readv(
                    self.shared().child_pid,
                    &raw const local,
                    1,
                    &raw const remote,
                    1,
                    0,
                )
            };
            return usize::try_from(count).ok().filter(|count| *count > 0).ok_or(none);
        }
        let buffer = self.shared().arena.allocate(length as u64 + 8)?;
        let count = buffer.address();
        let function = self.system()?.read_process_memory;
        let arguments = [u64::MAX, address, count + 8, length as u64, count];
        self.thread()?.call(function, &arguments, self.pointer_size())?;
        // SAFETY: the block is 8 bytes and `length` long.
        let read = unsafe {
            let read = if self.pointer_size() == 4 {
                u64::from((count as *const u32).read())
            } else {
                (count as *const u64).read()
            };
            let read = (read as usize).min(length);
            std::ptr::copy_nonoverlapping((count + 8) as *const u8, into.as_mut_ptr(), read);
            read
        };
        if read > 0 { Ok(read) } else { Err(none) }
    }

    /// Writes memory of the DLLs.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] where not all of it can be written.
    pub fn write_memory(&self, address: u64, bytes: &[u8]) -> Result<(), Error> {
        let length = bytes.len();
        if self.shared().arena.holds(address, length as u64) {
            // SAFETY: the arena is mapped here, and holds all of it.
            unsafe { std::ptr::copy(bytes.as_ptr(), address as *mut u8, length) };
            return Ok(());
        }
        let buffer = self.shared().arena.copy(bytes)?;
        let function = self.system()?.write_process_memory;
        let arguments = [u64::MAX, address, buffer.address(), length as u64, 0];
        let outcome = self.thread()?.call(function, &arguments, self.pointer_size())?;
        if outcome.result as u32 == 0 {
            Err(Error::Memory { verb: "writing", address })
        } else {
            Ok(())
        }
    }

    /// The bytes of a string before its end, which is one 0 of `unit` bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Memory`] where memory ends before the string does.
    pub fn read_string(&self, address: u64, unit: usize) -> Result<Vec<u8>, Error> {
        let mut text = Vec::new();
        let mut at = address;
        loop {
            // Up to the end of a page, as the next may not be there.
            let mut chunk = [0; 256];
            let length = chunk.len().min(4096 - (at % 4096) as usize);
            let count = self.read_memory(at, &mut chunk[..length])?;
            at += count as u64;
            let before = text.len();
            text.extend_from_slice(&chunk[..count]);
            let from = before - before % unit;
            if let Some(end) = text[from..]
                .chunks_exact(unit)
                .position(|piece| piece.iter().all(|byte| *byte == 0))
            {
                text.truncate(from + end * unit);
                return Ok(text);
            }
        }
    }

    fn system(&self) -> Result<SystemFunctions, Error> {
        if let Some(functions) = self.shared().system.get() {
            return Ok(*functions);
        }
        let name = self.shared().arena.copy(&wide("kernel32.dll"))?;
        let module = self
            .thread()?
            .call(
                self.shared().functions.get_module_handle,
                &[name.address()],
                self.pointer_size(),
            )?
            .result;
        let find = |name| {
            let found = self.symbol(module, &Symbol::Name(name))?;
            found.map_err(|_| Error::Damaged("kernel32.dll"))
        };
        let functions = SystemFunctions {
            read_process_memory: find("ReadProcessMemory")?,
            write_process_memory: find("WriteProcessMemory")?,
        };
        Ok(*self.shared().system.get_or_init(|| functions))
    }
}

/// What a DLL exports something as.
#[derive(Clone, Copy, Debug)]
pub enum Symbol<'a> {
    /// A name.
    Name(&'a str),
    /// A number.
    Ordinal(u16),
}

impl Shared {
    pub(crate) fn pointer_size(&self) -> u32 {
        self.architecture.pointer_size()
    }

    /// Whether calls can be made, from this process.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if GENERATION.load(Ordering::Relaxed) != self.generation {
            return Err(Error::Forked { host: self.host_pid });
        }
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::Closed);
        }
        if self.ended.load(Ordering::Acquire) {
            return Err(Error::Ended { status: self.status() });
        }
        Ok(())
    }

    /// Notes that the agent is gone, and says so.
    pub(crate) fn note_end(&self) -> Error {
        if self.closed.load(Ordering::Acquire) {
            return Error::Closed;
        }
        self.ended.store(true, Ordering::Release);
        Error::Ended { status: self.status() }
    }

    /// Ends a session whose memory is damaged.
    pub(crate) fn note_damage(&self, what: &'static str) -> Error {
        self.ended.store(true, Ordering::Release);
        if let Some(process) = lock(&self.process).as_mut() {
            let _ = process.child.kill();
        }
        Error::Damaged(what)
    }

    /// How the agent ended, if that shows within the time that a process needs to end.
    fn status(&self) -> ExitText {
        if let Some(status) = self.status.get() {
            return *status;
        }
        let mut guard = lock(&self.process);
        let Some(process) = guard.as_mut() else { return ExitText::Unknown };
        match wait_for_end(&mut process.child, Duration::from_millis(200)) {
            Some(status) => *self.status.get_or_init(|| status),
            None => ExitText::Unknown,
        }
    }

    /// A request on the control channel.
    pub(crate) fn control(&self, fill: impl FnOnce(*mut Frame)) -> Result<u64, Error> {
        self.check()?;
        let channel = lock(&self.control);
        let frame = channel.frame(0);
        fill(frame);
        channel.give(0);
        if channel.wait().is_err() {
            drop(channel);
            return Err(self.note_end());
        }
        // SAFETY: a frame of the arena.
        let (operation, result) = unsafe {
            (
                addr_of!((*frame).operation).read_volatile(),
                addr_of!((*frame).result).read_volatile(),
            )
        };
        if Operation::from_number(operation) != Some(Operation::Returned) {
            drop(channel);
            return Err(self.note_damage("answer of the control channel"));
        }
        Ok(result)
    }

    /// Has the agent open a channel, in a thread of its own unless it is a foreign one.
    fn open(&self, index: u32, first: First) -> Result<Channel, Error> {
        let mut channel = Channel::new(&self.arena, index, self.spin, first)?;
        // SAFETY: the frame is this thread's while it holds the control channel.
        let opened = self.control(|frame| unsafe {
            (*frame).operation = Operation::OpenChannel as u32;
            (*frame).arguments[0] = u64::from(index);
        })?;
        if opened == 0 {
            return Err(Error::TooManyThreads(CHANNELS - FOREIGN_CHANNELS - 1));
        }
        channel.agent_has_opened();
        Ok(channel)
    }

    /// A channel for a thread of the host.
    pub(crate) fn open_for_thread(&self) -> Result<Channel, Error> {
        self.check()?;
        let index = lock(&self.free_channels).pop();
        let index = index.ok_or(Error::TooManyThreads(CHANNELS - FOREIGN_CHANNELS - 1))?;
        self.open(index, First::Host).inspect_err(|_| lock(&self.free_channels).push(index))
    }

    /// Takes back the channel of a thread that ended.
    pub(crate) fn release(&self, channel: &Channel) {
        if self.check().is_err() {
            return;
        }
        let frame = channel.frame(0);
        // SAFETY: a frame of the arena, and the host's turn.
        unsafe { (*frame).operation = Operation::EndThread as u32 };
        channel.give(0);
        if channel.wait().is_ok() {
            lock(&self.free_channels).push(channel.index());
        }
    }

    /// Starts the threads that serve callbacks from threads of DLLs, at the first callback.
    pub(crate) fn serve_foreign_threads(self: &Arc<Self>) -> Result<(), Error> {
        let mut servants = lock(&self.servants);
        if !servants.is_empty() {
            return Ok(());
        }
        for place in 0..FOREIGN_CHANNELS {
            let channel = self.open(CHANNELS - FOREIGN_CHANNELS + place, First::Agent)?;
            let session = Arc::clone(self);
            let servant = std::thread::Builder::new()
                .name(format!("windll-{place}"))
                .stack_size(8 << 20)
                .spawn(move || callback::serve_foreign(&session, channel))
                .map_err(|source| Error::System {
                    what: "a thread for callbacks".to_owned(),
                    source,
                })?;
            servants.push(servant);
        }
        Ok(())
    }

    fn close(&self) {
        if GENERATION.load(Ordering::Relaxed) != self.generation {
            // The agent is another process's; only what this process has of it goes.
            return;
        }
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        let process = lock(&self.process).take();
        let Some(Process { mut child, life_line }) = process else { return };
        if !self.ended.load(Ordering::Acquire)
            && let Ok(channel) = self.control.try_lock()
        {
            // SAFETY: the frame is this thread's while it holds the control channel.
            unsafe { (*channel.frame(0)).operation = Operation::Quit as u32 };
            channel.give(0);
            wait_for_end(&mut child, self.timeout_stop);
        }
        drop(life_line);
        if wait_for_end(&mut child, self.timeout_stop).is_none() {
            log::warn!(
                "agent {} did not end within {:?} and is killed",
                self.child_pid,
                self.timeout_stop
            );
            let _ = child.kill();
            let _ = child.wait();
        }
        let me = std::thread::current().id();
        for servant in std::mem::take(&mut *lock(&self.servants)) {
            if servant.thread().id() != me {
                let _ = servant.join();
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
        if GENERATION.load(Ordering::Relaxed) != self.generation
            && let Some(process) = lock(&self.process).take()
        {
            // Closed here, but neither killed nor waited for: it is not this process's child.
            drop(process);
        }
    }
}

#[cfg(test)]
impl Shared {
    /// A session without an agent, for tests that play its part.
    pub(crate) fn without_agent(arena: Arc<Arena>) -> Arc<Self> {
        let control = Channel::new(&arena, 0, 0, First::Host).unwrap();
        Arc::new(Self {
            number: NEXT_NUMBER.fetch_add(1, Ordering::Relaxed),
            callbacks: Callbacks::default(),
            architecture: Architecture::Win64,
            spin: 0,
            timeout_stop: Duration::ZERO,
            generation: generation(),
            host_pid: std::process::id(),
            child_pid: 0,
            direct_memory: false,
            functions: Functions { load_library: 0, get_proc_address: 0, get_module_handle: 0 },
            closed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            status: OnceLock::new(),
            process: Mutex::new(None),
            control: Mutex::new(control),
            free_channels: Mutex::new(Vec::new()),
            servants: Mutex::new(Vec::new()),
            system: OnceLock::new(),
            arena,
        })
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Text as Windows takes it: UTF-16 and a 0.
pub fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

impl Session {
    /// A block of the arena that holds `bytes`.
    ///
    /// # Errors
    ///
    /// [`Error::ArenaFull`].
    pub fn share(&self, bytes: &[u8]) -> Result<Block, Error> {
        self.shared().arena.copy(bytes)
    }
}
