//! Callbacks: functions of the host that DLLs call by address.

use std::fmt;
use std::ptr::addr_of_mut;
use std::sync::{Arc, Mutex, Weak};

use crate::channel::Channel;
use crate::error::Error;
use crate::protocol::{CALLBACKS, CallbackKind, Operation, ResultKind};
use crate::session::{Session, Shared, lock};
use crate::thread::Thread;
use crate::words::WordReader;

/// The registers that hold a callback's result.
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer {
    /// The integer register.
    pub result: u64,
    /// The bits of the floating-point register, a `float` in the low half.
    pub float: u64,
}

/// What runs when a DLL calls back; it may call routines of the session in turn.
pub type Function = dyn Fn(WordReader<'_>) -> Answer + Send + Sync;

/// How a DLL calls a callback.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// Machine words of arguments.
    pub words: u32,
    /// Whether the callback takes its arguments off the stack, as `stdcall` on i686.
    pub stdcall: bool,
    /// Where the result goes.
    pub result: ResultKind,
    /// Bit `n`: the argument `n` is floating-point.
    pub floats: u32,
}

/// The callbacks of a session, by number.
#[derive(Default)]
pub(crate) struct Callbacks(Mutex<Table>);

#[derive(Default)]
struct Table {
    functions: Vec<Option<Arc<Function>>>,
    free: Vec<u32>,
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Callbacks")
    }
}

impl Callbacks {
    fn add(&self, function: Arc<Function>) -> Result<u32, Error> {
        let mut table = lock(&self.0);
        if let Some(number) = table.free.pop() {
            table.functions[number as usize] = Some(function);
            return Ok(number);
        }
        let number = table.functions.len() as u32;
        if number >= CALLBACKS {
            return Err(Error::TooManyCallbacks(CALLBACKS));
        }
        table.functions.push(Some(function));
        Ok(number)
    }

    fn remove(&self, number: u32) {
        let mut table = lock(&self.0);
        let function = table.functions[number as usize].take();
        table.free.push(number);
        drop(table);
        // Not under the lock: dropping a Python object may run anything.
        drop(function);
    }

    fn get(&self, number: u32) -> Option<Arc<Function>> {
        lock(&self.0).functions.get(number as usize)?.clone()
    }
}

/// A callback that exists; gone when dropped. A DLL that calls it afterwards gets 0.
#[derive(Debug)]
pub struct Callback {
    session: Weak<Shared>,
    number: u32,
    address: u64,
}

impl Callback {
    /// The address to give to a DLL.
    pub fn address(&self) -> u64 {
        self.address
    }
}

impl Drop for Callback {
    fn drop(&mut self) {
        if let Some(session) = self.session.upgrade() {
            session.callbacks.remove(self.number);
        }
    }
}

impl Session {
    /// Makes a function callable by DLLs.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyCallbacks`], and where there is no agent any more.
    pub fn add_callback(
        &self,
        signature: &Signature,
        function: Arc<Function>,
    ) -> Result<Callback, Error> {
        let shared = self.shared();
        shared.serve_foreign_threads()?;
        let number = shared.callbacks.add(function)?;
        let pop =
            if signature.stdcall && shared.pointer_size() == 4 { signature.words * 4 } else { 0 };
        let kind = CallbackKind {
            index: number,
            words: signature.words,
            pop,
            result_kind: signature.result as u32,
            floats: signature.floats,
            reserved: 0,
        };
        // SAFETY: `control` gives a frame that is the host's; its arguments have room for the kind.
        let address = shared.control(|frame| unsafe {
            (*frame).operation = Operation::AddCallback as u32;
            addr_of_mut!((*frame).arguments).cast::<CallbackKind>().write(kind);
        });
        match address {
            Ok(0) => {
                shared.callbacks.remove(number);
                Err(Error::TooManyArguments {
                    given: signature.words as usize,
                    most: crate::protocol::ARGUMENT_WORDS,
                })
            }
            Ok(address) => Ok(Callback { session: Arc::downgrade(shared), number, address }),
            Err(error) => {
                shared.callbacks.remove(number);
                Err(error)
            }
        }
    }
}

/// Runs a callback by the number that the agent says.
pub(crate) fn run(session: &Shared, number: u32, words: &[u64]) -> Answer {
    match session.callbacks.get(number) {
        Some(function) => function(WordReader::new(words, session.pointer_size())),
        None => {
            log::warn!("a DLL called the callback {number}, which is gone: it gets 0");
            Answer::default()
        }
    }
}

/// Serves one channel for threads that DLLs make, until the agent ends.
pub(crate) fn serve_foreign(session: &Arc<Shared>, channel: Channel) {
    let number = session.number;
    Thread::enter(session, channel, true).serve_foreign();
    Thread::leave(number);
}
