//! One thread of the host and its channel: calls, and the callbacks that come while they run.

use std::cell::{Cell, RefCell};
use std::ptr::{addr_of, addr_of_mut};
use std::rc::Rc;
use std::sync::Arc;

use crate::arena::{Arena, Block};
use crate::callback;
use crate::channel::Channel;
use crate::error::{Error, ExceptionRecord};
use crate::protocol::{
    ARGUMENT_WORDS, FLAG_ERRNO, FLAG_TOO_DEEP, Frame, LEVELS, Operation, ResultKind,
};
use crate::session::Shared;
use crate::words::{Convention, Words};

/// Bytes of a thread's first block for copies of arguments.
const SCRATCH: u64 = 64 * 1024;

thread_local! {
    /// The channels of this thread, one for each session that it uses.
    static THREADS: RefCell<Vec<Rc<Thread>>> = const { RefCell::new(Vec::new()) };
}

/// A thread's part of a session.
#[derive(Debug)]
pub struct Thread {
    session: Arc<Shared>,
    channel: Channel,
    /// Served by a thread of a DLL, not by one that was started for this.
    foreign: bool,
    /// The frame of the next request.
    level: Cell<u32>,
    scratch: RefCell<Scratch>,
    /// What `GetLastError` would answer in the agent's thread.
    last_error: Cell<u32>,
    /// The copy that ctypes keeps for programs that set `use_last_error`.
    private_error: Cell<u32>,
    /// The copy of `errno` likewise.
    private_errno: Cell<u32>,
}

/// What to call, and how.
#[derive(Clone, Copy, Debug)]
pub struct Routine {
    /// Its address.
    pub address: u64,
    /// Where its result is.
    pub result: ResultKind,
    /// Exchange `GetLastError`'s value with the thread's private copy around the call.
    pub use_last_error: bool,
    /// Likewise for `errno`.
    pub use_errno: bool,
}

/// What came out of a call.
#[derive(Clone, Copy, Debug, Default)]
pub struct Outcome {
    /// The integer register, all of it.
    pub result: u64,
    /// The bits of the floating-point register, a `float` in the low half.
    pub float: u64,
    /// `GetLastError` after it.
    pub last_error: u32,
}

impl Thread {
    /// This thread's part of a session, made at its first use.
    pub(crate) fn current(session: &Arc<Shared>) -> Result<Rc<Self>, Error> {
        session.check()?;
        let found = THREADS.with_borrow(|threads| {
            threads.iter().find(|thread| thread.session.number == session.number).cloned()
        });
        if let Some(thread) = found {
            return Ok(thread);
        }
        let channel = session.open_for_thread()?;
        Ok(Self::enter(session, channel, false))
    }

    /// Makes a channel this thread's.
    pub(crate) fn enter(session: &Arc<Shared>, channel: Channel, foreign: bool) -> Rc<Self> {
        let thread = Rc::new(Self {
            session: Arc::clone(session),
            channel,
            foreign,
            level: Cell::new(0),
            scratch: RefCell::new(Scratch::default()),
            last_error: Cell::new(0),
            private_error: Cell::new(0),
            private_errno: Cell::new(0),
        });
        THREADS.with_borrow_mut(|threads| {
            // Those of sessions that were closed are of no more use.
            threads.retain(|thread| Rc::strong_count(thread) > 1 || thread.session.check().is_ok());
            threads.push(Rc::clone(&thread));
        });
        thread
    }

    /// Drops this thread's part of a session.
    pub(crate) fn leave(session_number: u64) {
        THREADS.with_borrow_mut(|threads| {
            threads.retain(|thread| thread.session.number != session_number)
        });
    }

    /// Calls a routine with words as they are, for a result of one word.
    ///
    /// # Errors
    ///
    /// See [`call_words`](Self::call_words).
    pub fn call(
        &self,
        address: u64,
        arguments: &[u64],
        pointer_size: u32,
    ) -> Result<Outcome, Error> {
        let mut words = Words::new(pointer_size, Convention::Stdcall);
        for argument in arguments {
            words.word(*argument)?;
        }
        let routine = Routine {
            address,
            result: ResultKind::Integer,
            use_last_error: false,
            use_errno: false,
        };
        let mut outcome = self.call_words(&routine, &words)?;
        if pointer_size == 4 {
            // The upper half is another register, which may hold anything.
            outcome.result &= 0xffff_ffff;
        }
        Ok(outcome)
    }

    /// Calls a routine. Callbacks run in this thread, before this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Exception`] where the routine raised one, after which the session goes on; and where
    /// there is no agent any more.
    pub fn call_words(&self, routine: &Routine, words: &Words) -> Result<Outcome, Error> {
        let system_error = self.last_error.get();
        let error_before =
            if routine.use_last_error { self.private_error.get() } else { system_error };
        let frame = self.request(|frame| {
            // SAFETY: `request` gives a frame that is the host's.
            unsafe { fill_call(frame, routine, words, error_before, self.private_errno.get()) };
        })?;
        // SAFETY: the frame is in the arena; it is read field by field, each once.
        let (outcome, exception, flags, errno) = unsafe {
            let outcome = Outcome {
                result: addr_of!((*frame).result).read_volatile(),
                float: addr_of!((*frame).result_float).read_volatile(),
                last_error: addr_of!((*frame).last_error).read_volatile(),
            };
            let exception = ExceptionRecord {
                code: addr_of!((*frame).exception).read_volatile(),
                access: addr_of!((*frame).exception_access).read_volatile(),
                address: addr_of!((*frame).exception_address).read_volatile(),
                pointer_size: self.session.pointer_size(),
            };
            let flags = addr_of!((*frame).flags).read_volatile();
            (outcome, exception, flags, addr_of!((*frame).errno).read_volatile())
        };
        if routine.use_last_error {
            self.private_error.set(outcome.last_error);
        } else {
            self.last_error.set(outcome.last_error);
        }
        if routine.use_errno {
            self.private_errno.set(errno);
        }
        if flags & FLAG_TOO_DEEP != 0 {
            return Err(Error::TooDeep(LEVELS));
        }
        if exception.code != 0 {
            return Err(Error::Exception(exception));
        }
        Ok(outcome)
    }

    /// Calls routines one after another, in one turn of the agent, up to the first that raises.
    ///
    /// # Errors
    ///
    /// See [`call_words`](Self::call_words). An exception is that of the last call that was made.
    pub fn batch(&self, calls: &[(Routine, Words)]) -> Result<Vec<Outcome>, Error> {
        let block = self.session.arena.allocate((calls.len() * size_of::<Frame>()) as u64)?;
        let frames = block.address() as *mut Frame;
        for (place, (routine, words)) in calls.iter().enumerate() {
            // SAFETY: the block has room for this many frames.
            unsafe {
                fill_call(
                    frames.add(place),
                    routine,
                    words,
                    self.last_error.get(),
                    self.private_errno.get(),
                )
            };
        }
        let frame = self.request(|frame| {
            // SAFETY: `request` gives a frame that is the host's.
            unsafe {
                (*frame).operation = Operation::Batch as u32;
                (*frame).flags = 0;
                (*frame).arguments[0] = block.address();
                (*frame).arguments[1] = calls.len() as u64;
            }
        })?;
        // SAFETY: a frame of the arena.
        let done = unsafe { addr_of!((*frame).result).read_volatile() };
        let done = usize::try_from(done).unwrap_or(usize::MAX).min(calls.len());
        let mut outcomes = Vec::with_capacity(done);
        for place in 0..done {
            // SAFETY: the block has room for this many frames.
            let call = unsafe { frames.add(place).read_volatile() };
            if call.exception != 0 {
                let (access, address) = (call.exception_access, call.exception_address);
                let pointer_size = self.session.pointer_size();
                return Err(Error::Exception(ExceptionRecord {
                    code: call.exception,
                    access,
                    address,
                    pointer_size,
                }));
            }
            self.last_error.set(call.last_error);
            outcomes.push(Outcome {
                result: call.result,
                float: call.result_float,
                last_error: call.last_error,
            });
        }
        Ok(outcomes)
    }

    /// Fills a frame, gives the turn, and serves callbacks until the answer is there.
    fn request(&self, fill: impl FnOnce(*mut Frame)) -> Result<*const Frame, Error> {
        self.session.check()?;
        let level = self.level.get();
        if level + 1 >= LEVELS {
            return Err(Error::TooDeep(LEVELS));
        }
        let frame = self.channel.frame(level);
        fill(frame);
        // A callback takes the frame after this, its own requests those behind.
        self.level.set(level + 2);
        let result = self.exchange(level);
        self.level.set(level);
        result.map(|()| frame.cast_const())
    }

    fn exchange(&self, level: u32) -> Result<(), Error> {
        self.channel.give(level);
        loop {
            if self.channel.wait().is_err() {
                return Err(self.session.note_end());
            }
            let answered = self.channel.level();
            if answered != level && answered != level + 1 {
                return Err(self.session.note_damage("level of a channel"));
            }
            match self.operation(answered) {
                Some(Operation::Returned) if answered == level => return Ok(()),
                Some(Operation::Callback) if answered == level + 1 => {
                    self.serve_callback(answered);
                    self.channel.give(answered);
                }
                _ => return Err(self.session.note_damage("operation of a frame")),
            }
        }
    }

    fn operation(&self, level: u32) -> Option<Operation> {
        // SAFETY: a frame of the arena.
        Operation::from_number(unsafe {
            addr_of!((*self.channel.frame(level)).operation).read_volatile()
        })
    }

    /// Runs the callback that the frame at a level asks for, and writes its answer there.
    fn serve_callback(&self, level: u32) {
        let frame = self.channel.frame(level);
        // SAFETY: a frame of the arena; what it holds is copied before it is looked at.
        let (number, words, arguments, last_error) = unsafe {
            (
                addr_of!((*frame).callback).read_volatile(),
                addr_of!((*frame).words).read_volatile().min(ARGUMENT_WORDS),
                addr_of!((*frame).arguments).read_volatile(),
                addr_of!((*frame).last_error).read_volatile(),
            )
        };
        let bytes = words as usize * self.session.pointer_size() as usize;
        let outer_error = self.last_error.replace(last_error);
        let answer = callback::run(&self.session, number, &arguments[..bytes.div_ceil(8)]);
        let last_error = self.last_error.replace(outer_error);
        // SAFETY: as above; it is the host's turn.
        unsafe {
            addr_of_mut!((*frame).result).write_volatile(answer.result);
            addr_of_mut!((*frame).result_float).write_volatile(answer.float);
            addr_of_mut!((*frame).last_error).write_volatile(last_error);
            addr_of_mut!((*frame).operation).write_volatile(Operation::CallbackDone as u32);
        }
    }

    /// Serves callbacks of threads of DLLs until the agent ends.
    pub(crate) fn serve_foreign(&self) {
        self.level.set(1);
        while self.channel.wait().is_ok() {
            if self.channel.level() != 0 || self.operation(0) != Some(Operation::Callback) {
                let _ = self.session.note_damage("callback of a thread of the DLL");
                return;
            }
            self.serve_callback(0);
            self.channel.give(0);
        }
    }

    /// What `GetLastError` would answer in the agent's thread.
    pub fn last_error(&self) -> u32 {
        self.last_error.get()
    }

    /// The copy that [`Routine::use_last_error`] exchanges.
    pub fn private_error(&self) -> &Cell<u32> {
        &self.private_error
    }

    /// The copy that [`Routine::use_errno`] exchanges.
    pub fn private_errno(&self) -> &Cell<u32> {
        &self.private_errno
    }

    /// Memory for copies of arguments, to be given back by [`release`](Self::release).
    ///
    /// # Errors
    ///
    /// [`Error::ArenaFull`].
    pub fn scratch(&self, length: u64) -> Result<u64, Error> {
        self.scratch.borrow_mut().take(&self.session.arena, length)
    }

    /// How far the scratch memory is used.
    pub fn mark(&self) -> ScratchMark {
        let scratch = self.scratch.borrow();
        ScratchMark { blocks: scratch.blocks.len(), used: scratch.used }
    }

    /// Gives back what was taken since `mark`.
    pub fn release(&self, mark: ScratchMark) {
        self.scratch.borrow_mut().release(mark);
    }
}

/// Fills a frame with a call.
///
/// # Safety
///
/// The frame is valid, and nobody else's now.
unsafe fn fill_call(
    frame: *mut Frame,
    routine: &Routine,
    words: &Words,
    last_error: u32,
    errno: u32,
) {
    let packed = words.packed();
    // SAFETY: the caller's promise; `packed` has no more words than a frame.
    unsafe {
        (*frame).operation = Operation::Call as u32;
        (*frame).words = words.count() as u32;
        (*frame).result_kind = routine.result as u32;
        (*frame).flags = if routine.use_errno { FLAG_ERRNO } else { 0 };
        (*frame).function = routine.address;
        (*frame).last_error = last_error;
        (*frame).errno = errno;
        (*frame).registers = words.registers();
        let arguments = addr_of_mut!((*frame).arguments).cast::<u64>();
        std::ptr::copy_nonoverlapping(packed.as_ptr(), arguments, packed.len());
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if !self.foreign && self.level.get() == 0 {
            self.session.release(&self.channel);
        }
    }
}

/// A state of the scratch memory.
#[derive(Clone, Copy, Debug)]
pub struct ScratchMark {
    blocks: usize,
    used: u64,
}

/// Blocks that are filled one after another. The last one stays when it is given back, so that
/// calls with buffers of one size find their memory again.
#[derive(Debug, Default)]
struct Scratch {
    blocks: Vec<Block>,
    /// Bytes used of the last block.
    used: u64,
    /// The largest block that was given back.
    spare: Option<Block>,
}

impl Scratch {
    fn take(&mut self, arena: &Arc<Arena>, length: u64) -> Result<u64, Error> {
        let length = length.max(1).next_multiple_of(16);
        let fits = |block: &Block, used: u64| block.length() - used >= length;
        if !self.blocks.last().is_some_and(|block| fits(block, self.used)) {
            let block = match self.spare.take_if(|spare| fits(spare, 0)) {
                Some(block) => block,
                None => arena.allocate(length.max(SCRATCH))?,
            };
            self.blocks.push(block);
            self.used = 0;
        }
        let Some(block) = self.blocks.last() else { return Err(Error::Closed) };
        let address = block.address() + self.used;
        self.used += length;
        Ok(address)
    }

    fn release(&mut self, mark: ScratchMark) {
        while self.blocks.len() > mark.blocks.max(1) {
            let block = self.blocks.pop();
            if let Some(block) = block
                && self.spare.as_ref().is_none_or(|spare| spare.length() < block.length())
            {
                self.spare = Some(block);
            }
        }
        self.used = if mark.blocks == 0 { 0 } else { mark.used };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;
    use crate::channel::First;
    use crate::protocol::{CHANNEL_STRIDE, CHANNELS_OFFSET};

    /// Xorshift: the same numbers in each run.
    struct Numbers(u64);

    impl Numbers {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }
    }

    /// An agent that answers with what no agent would: any level, operation, count and number, now and
    /// then with an answer that is right.
    fn misbehave(base: u64, stop: &AtomicBool, seed: u64) {
        let channel = base + u64::from(CHANNELS_OFFSET) + u64::from(CHANNEL_STRIDE);
        // SAFETY: `turn` is the first word of channel 1.
        let turn = unsafe { AtomicU32::from_ptr(channel as *mut u32) };
        let mut numbers = Numbers(seed);
        while !stop.load(Ordering::Relaxed) {
            if turn.load(Ordering::SeqCst) & 1 == 0 {
                std::thread::yield_now();
                continue;
            }
            let level = match numbers.next() % 8 {
                0 => numbers.next(),
                1 => 63,
                2 => 1,
                _ => 0,
            } as u32;
            let frame = channel + 256 + u64::from(level % LEVELS) * size_of::<Frame>() as u64;
            // SAFETY: the level is in the channel, the frame in the arena.
            unsafe {
                *((channel + 192) as *mut u32) = level;
                for word in 0..24 {
                    *((frame + 4 * word) as *mut u32) = numbers.next() as u32;
                }
                *(frame as *mut u32) = if level == 1 { 3 } else { 2 };
                if !numbers.next().is_multiple_of(4) {
                    // Neither a refused callback nor an exception.
                    *((frame + 12) as *mut u32) = 0;
                    *((frame + 48) as *mut u32) = 0;
                }
                if numbers.next().is_multiple_of(8) {
                    *(frame as *mut u32) = (numbers.next() % 12) as u32;
                }
            }
            turn.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn any_answer_of_an_agent_is_a_result_or_an_error() {
        let rounds: u64 = std::env::var("WINDLL_FUZZ_ROUNDS")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(40);
        let (mut results, mut errors) = (0u64, 0u64);
        for round in 1..=rounds {
            let arena = Arena::new(1 << 20, 8).unwrap();
            let session = Shared::without_agent(Arc::clone(&arena));
            // The host looks at the turn and is not rung for: it spins.
            let channel = Channel::new(&arena, 1, u32::MAX, First::Host).unwrap();
            let thread = Thread::enter(&session, channel, true);
            let stop = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| misbehave(arena.base(), &stop, round));
                for _ in 0..100 {
                    match thread.call(16, &[1, 2, 3], 8) {
                        Ok(_) => results += 1,
                        Err(Error::Ended { .. }) => break,
                        Err(_) => errors += 1,
                    }
                }
                stop.store(true, Ordering::Relaxed);
            });
            drop(thread);
            Thread::leave(session.number);
        }
        assert!(results > 0 && errors > 0, "{results} results, {errors} errors");
        println!("{results} results and {errors} errors");
    }

    #[test]
    fn scratch_memory_is_used_again() {
        let arena = Arena::new(8 << 20, 8).unwrap();
        let mut scratch = Scratch::default();
        let first = scratch.take(&arena, 100).unwrap();
        let mark = ScratchMark { blocks: scratch.blocks.len(), used: scratch.used };
        let large = scratch.take(&arena, 1 << 20).unwrap();
        scratch.release(mark);
        assert_eq!(scratch.take(&arena, 8).unwrap(), first + 112);
        assert_eq!(scratch.take(&arena, 1 << 20).unwrap(), large);
        scratch.release(ScratchMark { blocks: 0, used: 0 });
        assert_eq!(scratch.take(&arena, 8).unwrap(), first);
    }
}
