//! Routines of Windows DLLs called from Linux, through Wine, at some microseconds a call.
//!
//! A session starts one process under Wine, the *agent*, which loads DLLs and calls their routines.
//! Host and agent share memory that both have at the same address, the *arena*, so that pointers
//! into it mean the same on both sides; pipes tell each when it is its turn. `docs/windll.rst` says
//! how to use it from Python.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let session = pywindll::Session::start(&pywindll::Options::from_environment()?)?;
//! let module = session.load_library("msvcrt.dll", 0)?.map_err(|code| format!("error {code}"))?;
//! let abs = session.symbol(module, &pywindll::Symbol::Name("abs"))?.map_err(|code| format!("error {code}"))?;
//! let outcome = session.thread()?.call(abs, &[-5i64 as u64], session.pointer_size())?;
//! assert_eq!(outcome.result as u32, 5);
//! # Ok(())
//! # }
//! ```
//!
//! Map: `protocol` is the shared memory's layout, for both sides. `arena` maps it and gives out
//! blocks, `channel` passes turns, `words` lays out arguments by the calling conventions, `thread`
//! calls, `callback` is called. `wine` and `options` say what is started, `session` starts and ends
//! it. `pe` reads DLLs as files. `python` is the extension module. The agent is in `agent/`, in C.

#![warn(missing_docs)]

mod arena;
mod callback;
mod channel;
mod error;
mod options;
mod process;
mod protocol;
#[cfg(feature = "python")]
mod python;
mod session;
mod thread;
mod wine;
mod words;

pub use arena::{Arena, Block};
pub use callback::{Answer, Callback, Function, Signature};
pub use error::{Error, ExceptionRecord, ExitText};
pub use options::{Architecture, InvalidOption, Options, Prefix};
pub use protocol::ResultKind;
pub use session::{Session, Symbol, wide};
pub use thread::{Outcome, Routine, ScratchMark, Thread};
pub use wine::Wine;
pub use words::{Convention, WordReader, Words, fits_register};
