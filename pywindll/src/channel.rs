//! The host's end of a channel: its turn, its doorbells and its frames. See `protocol.rs`.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr::{addr_of, addr_of_mut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering, fence};

use crate::arena::Arena;
use crate::error::Error;
use crate::protocol::{
    CHANNEL_STRIDE, CHANNELS, CHANNELS_OFFSET, Channel as Layout, Frame, LEVELS,
};

/// The agent's end of a channel is gone.
#[derive(Debug)]
pub(crate) struct Gone;

/// One channel. Only one thread uses it at a time.
#[derive(Debug)]
pub(crate) struct Channel {
    arena: Arc<Arena>,
    index: u32,
    /// Rings at the agent.
    ring: OwnedFd,
    /// The other end of `ring`, kept so that a ring for an agent that is gone raises no SIGPIPE.
    _agent_bell: OwnedFd,
    /// Where the agent rings.
    bell: OwnedFd,
    /// The other end of `bell`, until the agent has opened it: then the agent's end closes it.
    agent_ring: Option<OwnedFd>,
}

/// Whose turn is first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Host,
    Agent,
}

impl Channel {
    /// Sets the channel up with new doorbells.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left.
    pub(crate) fn new(
        arena: &Arc<Arena>,
        index: u32,
        spin: u32,
        first: First,
    ) -> Result<Self, Error> {
        debug_assert!(index < CHANNELS);
        let (agent_bell, ring) = pipe()?;
        let (bell, agent_ring) = pipe()?;
        let channel = Self {
            arena: Arc::clone(arena),
            index,
            ring,
            _agent_bell: agent_bell,
            bell,
            agent_ring: Some(agent_ring),
        };
        let layout = channel.layout();
        // SAFETY: the channel lies in the arena, and no agent's thread knows of it yet.
        unsafe {
            addr_of_mut!((*layout).turn).write_volatile(u32::from(first == First::Agent));
            addr_of_mut!((*layout).agent_waits).write_volatile(0);
            addr_of_mut!((*layout).host_waits).write_volatile(0);
            addr_of_mut!((*layout).level).write_volatile(0);
            addr_of_mut!((*layout).opened).write_volatile(0);
            addr_of_mut!((*layout).spin).write_volatile(spin);
            addr_of_mut!((*layout).agent_bell).write_volatile(number(&channel._agent_bell));
            addr_of_mut!((*layout).host_bell)
                .write_volatile(channel.agent_ring.as_ref().map_or(0, number));
        }
        Ok(channel)
    }

    /// Its number.
    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// The descriptor that becomes readable when the agent rings.
    pub(crate) fn bell(&self) -> RawFd {
        self.bell.as_raw_fd()
    }

    /// To be called once the agent has opened its ends: from now on its end is seen at the bell.
    pub(crate) fn agent_has_opened(&mut self) {
        self.agent_ring = None;
    }

    fn layout(&self) -> *mut Layout {
        let offset = u64::from(CHANNELS_OFFSET) + u64::from(CHANNEL_STRIDE) * u64::from(self.index);
        (self.arena.base() + offset) as *mut Layout
    }

    /// The frame at a level.
    pub(crate) fn frame(&self, level: u32) -> *mut Frame {
        debug_assert!(level < LEVELS);
        // SAFETY: the channel has this many frames.
        unsafe { addr_of_mut!((*self.layout()).frames).cast::<Frame>().add(level as usize) }
    }

    /// The level that the turn was given for; nothing that a damaged arena may not hold.
    pub(crate) fn level(&self) -> u32 {
        // SAFETY: the channel lies in the arena.
        unsafe { addr_of!((*self.layout()).level).read_volatile() }
    }

    fn word(&self, field: impl FnOnce(*mut Layout) -> *mut u32) -> &AtomicU32 {
        // SAFETY: the field lies in the arena, is aligned, and is only used as an atomic here; the
        // agent's accesses are atomic by the processor.
        unsafe { AtomicU32::from_ptr(field(self.layout())) }
    }

    fn turn(&self) -> &AtomicU32 {
        // SAFETY: an address of a field of a valid pointer.
        self.word(|layout| unsafe { addr_of_mut!((*layout).turn) })
    }

    /// Gives the turn to the agent, for the frame at `level`.
    pub(crate) fn give(&self, level: u32) {
        // SAFETY: the channel lies in the arena.
        unsafe { addr_of_mut!((*self.layout()).level).write_volatile(level) };
        self.turn().fetch_add(1, Ordering::SeqCst);
        fence(Ordering::SeqCst);
        // SAFETY: an address of a field of a valid pointer.
        if self.word(|layout| unsafe { addr_of_mut!((*layout).agent_waits) }).load(Ordering::SeqCst)
            != 0
        {
            ring(&self.ring);
        }
    }

    /// Waits until it is the host's turn.
    pub(crate) fn wait(&self) -> Result<(), Gone> {
        // SAFETY: an address of a field of a valid pointer.
        let waits = self.word(|layout| unsafe { addr_of_mut!((*layout).host_waits) });
        // SAFETY: the channel lies in the arena.
        let mut spin = unsafe { addr_of!((*self.layout()).spin).read_volatile() };
        while self.turn().load(Ordering::SeqCst) & 1 != 0 {
            if spin > 0 {
                spin -= 1;
                std::hint::spin_loop();
                continue;
            }
            waits.store(1, Ordering::SeqCst);
            if self.turn().load(Ordering::SeqCst) & 1 != 0 {
                self.read_bell()?;
            }
            waits.store(0, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Blocks until the agent rings.
    pub(crate) fn read_bell(&self) -> Result<(), Gone> {
        loop {
            let mut byte = 0u8;
            // SAFETY: the buffer is one byte long.
            let count = unsafe { libc::read(self.bell.as_raw_fd(), (&raw mut byte).cast(), 1) };
            match count {
                1 => return Ok(()),
                0 => return Err(Gone),
                _ if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
                _ => return Err(Gone),
            }
        }
    }
}

fn number(descriptor: &OwnedFd) -> u32 {
    descriptor.as_raw_fd().cast_unsigned()
}

/// One byte; where the pipe is full, the agent has enough to read already.
fn ring(pipe: &OwnedFd) {
    loop {
        // SAFETY: the buffer is one byte long.
        let count = unsafe { libc::write(pipe.as_raw_fd(), [1u8].as_ptr().cast(), 1) };
        if count == 1 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return;
        }
    }
}

/// A pipe that no program started from here inherits: its reading and its writing end.
fn pipe() -> Result<(OwnedFd, OwnedFd), Error> {
    let mut ends = [0; 2];
    // SAFETY: room for two descriptors; they are ours when the call succeeds.
    unsafe {
        if libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) != 0 {
            return Err(Error::last_os_error("a pipe to the agent"));
        }
        Ok((OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Operation;

    /// What the agent does, in a thread: answers each frame with its first argument plus one.
    fn answer(channel: &Channel, arena: &Arena, count: u32) {
        let turn = channel.turn();
        for _ in 0..count {
            while turn.load(Ordering::SeqCst) & 1 == 0 {
                std::thread::yield_now();
            }
            let frame = channel.frame(channel.level());
            assert!(frame as u64 > arena.base());
            // SAFETY: it is our turn.
            unsafe {
                (*frame).result = (*frame).arguments[0] + 1;
                (*frame).operation = Operation::Returned as u32;
            }
            turn.fetch_add(1, Ordering::SeqCst);
            // SAFETY: a field of the arena.
            if unsafe { (*channel.layout()).host_waits } != 0 {
                ring(channel.agent_ring.as_ref().unwrap());
            }
        }
    }

    #[test]
    fn turns_go_to_and_fro() {
        let arena = Arena::new(1 << 20, 8).unwrap();
        let channel = Channel::new(&arena, 3, 0, First::Host).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| answer(&channel, &arena, 1000));
            for number in 0..1000 {
                let frame = channel.frame(2);
                // SAFETY: it is our turn.
                unsafe { (*frame).arguments[0] = number };
                channel.give(2);
                channel.wait().unwrap();
                // SAFETY: it is our turn.
                assert_eq!(unsafe { (*frame).result }, number + 1);
            }
        });
    }

    #[test]
    fn an_agent_that_ends_is_noticed() {
        let arena = Arena::new(1 << 20, 8).unwrap();
        let mut channel = Channel::new(&arena, 0, 0, First::Agent).unwrap();
        channel.agent_has_opened();
        assert!(channel.wait().is_err());
    }
}
