//! What can go wrong between the host and the agent, with what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// An error of a session. The message says what happened; where something can be done, what.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No Wine was found.
    #[error("Wine was not found: looked for {looked_for}; {hint}")]
    WineMissing {
        /// Commands that were tried.
        looked_for: String,
        /// How to install it here.
        hint: String,
    },
    /// The files of Wine for one architecture were not found.
    #[error("Wine's {machine} libraries were not found beside {wine}; {hint}")]
    LibrariesMissing {
        /// `i386-windows` or `x86_64-windows`.
        machine: &'static str,
        /// The command that was found.
        wine: PathBuf,
        /// How to install them here.
        hint: String,
    },
    /// Root may not run DLLs unless told so.
    #[error(
        "DLLs are not run as root, who owns Wine's own files: set PYWINDLL_ALLOW_ROOT=1 or pass allow_root=True to do so all the same"
    )]
    Root,
    /// The prefix belongs to somebody else.
    #[error(
        "{path}: this Wine prefix belongs to user {owner}, not to user {user}: pass another `prefix`"
    )]
    ForeignPrefix {
        /// The prefix.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// This process's user.
        user: u32,
    },
    /// The agent did not come up.
    #[error("the agent did not start under {wine}: {reason}")]
    Start {
        /// The command.
        wine: PathBuf,
        /// What was seen.
        reason: String,
    },
    /// The agent is gone: killed, or the DLL ended the process.
    #[error("the process that runs the DLLs has ended{status}: start another session")]
    Ended {
        /// How, where that is known.
        status: ExitText,
    },
    /// The session was closed by its user.
    #[error("the session is closed")]
    Closed,
    /// A call from the child of a fork.
    #[error(
        "this session belongs to process {host}, of which this process is a fork: start a session here"
    )]
    Forked {
        /// The process that started the session.
        host: u32,
    },
    /// The shared memory holds something that no agent writes.
    #[error(
        "the shared memory is damaged ({0}), as by a DLL that wrote where it must not; the session is closed"
    )]
    Damaged(&'static str),
    /// No room in the arena.
    #[error(
        "{requested} bytes do not fit into the {size} bytes that are shared with DLLs: pass a larger `memory`"
    )]
    ArenaFull {
        /// Bytes asked for.
        requested: u64,
        /// Bytes of the arena.
        size: u64,
    },
    /// Calls and callbacks are nested too deeply.
    #[error("calls and callbacks are nested more than {0} deep")]
    TooDeep(u32),
    /// All channels are in use.
    #[error("more than {0} threads use this session")]
    TooManyThreads(u32),
    /// All callbacks are in use.
    #[error("more than {0} callbacks exist")]
    TooManyCallbacks(u32),
    /// More words of arguments than a frame holds.
    #[error("the arguments take {given} machine words, of which {most} can be passed")]
    TooManyArguments {
        /// Words asked for.
        given: usize,
        /// Words there are.
        most: u32,
    },
    /// An exception that the DLL did not handle.
    #[error("{0}")]
    Exception(ExceptionRecord),
    /// The agent refused a read or a write of its memory.
    #[error("exception: access violation {verb} 0x{address:016X}")]
    Memory {
        /// `reading` or `writing`.
        verb: &'static str,
        /// The address.
        address: u64,
    },
    /// A call of the operating system failed.
    #[error("{what}: {source}")]
    System {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: io::Error,
    },
}

impl Error {
    /// The last error of the C library, for `what`.
    pub(crate) fn last_os_error(what: impl Into<String>) -> Self {
        Self::System { what: what.into(), source: io::Error::last_os_error() }
    }
}

/// How a process ended, as an addition to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitText {
    /// Not known.
    Unknown,
    /// By an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
}

impl fmt::Display for ExitText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::Code(code) => write!(formatter, " with exit code {code}"),
            Self::Signal(signal) => write!(formatter, " by signal {signal}"),
        }
    }
}

/// An exception of Windows, as `EXCEPTION_RECORD` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceptionRecord {
    /// The exception's code, `0xC0000005` for an access violation.
    pub code: u32,
    /// For an access violation: 0 reading, 1 writing, 8 executing.
    pub access: u64,
    /// For an access violation: the address.
    pub address: u64,
    /// Bytes of an address of the DLL.
    pub pointer_size: u32,
}

impl fmt::Display for ExceptionRecord {
    /// In the words of ctypes where ctypes has words for it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, access, address, pointer_size } = *self;
        let text = match code {
            0xC000_0005 => {
                let verb = match access {
                    0 => "reading",
                    8 => "executing",
                    _ => "writing",
                };
                let digits = pointer_size as usize * 2;
                return write!(
                    formatter,
                    "exception: access violation {verb} 0x{address:0digits$X}"
                );
            }
            0xC000_00FD => "exception: stack overflow",
            0x8000_0002 => "exception: datatype misalignment",
            0x8000_0003 => "exception: breakpoint encountered",
            0x8000_0004 => "exception: single step",
            0xC000_008C => "exception: array bounds exceeded",
            0xC000_008E => "exception: float divide by zero",
            0xE06D_7363 => "exception: 0xE06D7363 (a C++ exception that the DLL did not catch)",
            0xC000_0094 => "exception: 0xC0000094 (integer division by zero)",
            0xC000_001D => "exception: 0xC000001D (illegal instruction)",
            _ => return write!(formatter, "exception: 0x{code:08X}"),
        };
        formatter.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_violations_read_as_in_ctypes() {
        let record = ExceptionRecord { code: 0xC000_0005, access: 1, address: 16, pointer_size: 8 };
        assert_eq!(record.to_string(), "exception: access violation writing 0x0000000000000010");
        let record = ExceptionRecord { code: 0xC000_0005, access: 0, address: 0, pointer_size: 4 };
        assert_eq!(record.to_string(), "exception: access violation reading 0x00000000");
        let record = ExceptionRecord { code: 0xC000_0094, ..record };
        assert_eq!(record.to_string(), "exception: 0xC0000094 (integer division by zero)");
    }

    #[test]
    fn the_end_of_the_agent_is_told_with_what_is_known() {
        let message = Error::Ended { status: ExitText::Code(3) }.to_string();
        assert_eq!(
            message,
            "the process that runs the DLLs has ended with exit code 3: start another session"
        );
    }
}
