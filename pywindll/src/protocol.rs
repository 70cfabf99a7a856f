//! The memory that host and agent share, as plain data: one definition for both sides.
//!
//! The structures are declared once, by [`layout!`]. Rust gets `#[repr(C)]` structures, and
//! [`c_header`] writes the same declarations for the agent, which is in C, with assertions of every
//! offset and size: where the two compilers lay something out differently, the agent does not build.
//! All integers are little-endian, as both sides run on one x86 processor.
//!
//! ```text
//! arena  0              4096                              HEAP_OFFSET           size
//!        ├─ Header ─────┼─ Channel 0 ┬─ Channel 1 ┬─ … ───┼─ blocks (arena.rs) ──┤
//!                         │
//!                         ├ turn, waits, level, doorbells
//!                         └ Frame 0 ┬ Frame 1 ┬ … one for each level of nested calls
//! ```
//!
//! **Turns.** A channel belongs to one thread of the host and one of the agent, of which one runs
//! while the other waits. `turn` is even while it is the host's, odd while it is the agent's. Who
//! has finished adds one and, where the other has said that it waits, writes one byte into the
//! other's doorbell, an anonymous pipe. A byte too many does no harm: who wakes looks at `turn` again.
//!
//! **Levels.** The host writes a request into the frame at `level` 0 and gives the turn away. The
//! agent answers [`Operation::Returned`] in the same frame, or asks for a callback in the next one. While that
//! callback runs, the host may make further requests in the frame after it, and so on. Each side
//! keeps its own count, and compares `level` with it.
//!
//! The module is also part of the build script, so it uses nothing but `core` and `std`.

/// First word of the arena: `WDLL`.
pub const MAGIC: u32 = 0x4c4c_4457;
/// Grows with every change of this file's meaning.
pub const VERSION: u32 = 1;
/// Channels of an arena. Channel 0 is for control, the last [`FOREIGN_CHANNELS`] for threads that
/// DLLs start, the others for threads of the host.
pub const CHANNELS: u32 = 128;
/// Channels for callbacks from threads that the host knows nothing of.
pub const FOREIGN_CHANNELS: u32 = 4;
/// Frames of a channel: how deep calls and callbacks nest, each counting one.
pub const LEVELS: u32 = 64;
/// Machine words of arguments in a frame; 4 bytes each for i686, 8 for x86_64.
pub const ARGUMENT_WORDS: u32 = 128;
/// Callbacks that can exist at one time.
pub const CALLBACKS: u32 = 4096;
/// Where the first channel begins, in bytes from the start of the arena.
pub const CHANNELS_OFFSET: u32 = 4096;

/// What a frame asks for, or answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Operation {
    /// Nothing: a frame that was never used.
    None = 0,
    /// Host: call `function` with `arguments`.
    Call = 1,
    /// Agent: the request of this frame is done.
    Returned = 2,
    /// Agent: call back `callback` with `arguments`.
    Callback = 3,
    /// Host: the callback of this frame is done.
    CallbackDone = 4,
    /// Host: describe a callback, `arguments` as [`CallbackKind`]; `result` is its address.
    AddCallback = 5,
    /// Host: a thread of its own for the channel `arguments[0]`.
    OpenChannel = 6,
    /// Host: end the thread of this channel.
    EndThread = 7,
    /// Host: call the `arguments[1]` frames at the address `arguments[0]`, up to the first that raises.
    Batch = 8,
    /// Host: leave the process as a program does that returns from `main`.
    Quit = 9,
}

impl Operation {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 10] = [
        Self::None,
        Self::Call,
        Self::Returned,
        Self::Callback,
        Self::CallbackDone,
        Self::AddCallback,
        Self::OpenChannel,
        Self::EndThread,
        Self::Batch,
        Self::Quit,
    ];

    /// The operation with this number, if there is one.
    pub fn from_number(number: u32) -> Option<Self> {
        Self::ALL.get(usize::try_from(number).ok()?).copied()
    }
}

/// Which register of the processor holds a routine's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum ResultKind {
    /// `rax`, or `edx:eax` on i686.
    Integer = 0,
    /// A `float`, in `xmm0`, or in `st(0)` on i686.
    Float = 1,
    /// A `double`, likewise.
    Double = 2,
}

/// Where the agent is in its start, in [`Header::state`].
#[allow(dead_code, reason = "the agent writes them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum AgentState {
    /// Not there yet.
    Starting = 0,
    /// Waits at the control channel.
    Ready = 1,
}

/// Flag of [`Frame::flags`]: exchange `errno` of the C runtimes with the frame's.
pub const FLAG_ERRNO: u32 = 1;
/// Flag of [`Frame::flags`], set by the agent: a callback was refused, as no frame was left for it.
pub const FLAG_TOO_DEEP: u32 = 2;

macro_rules! layout {
    ($($(#[doc = $doc:literal])+ pub struct $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $type:tt,)+ })+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug)]
            #[repr(C)]
            pub struct $name { $($(#[doc = $field_doc])+ pub $field: $type,)+ }
        )+

        /// Each structure with its size, and each field with its type in Rust and its offset.
        const STRUCTURES: &[(&str, usize, &[(&str, &str, usize)])] = &[$((
            stringify!($name),
            size_of::<$name>(),
            &[$((stringify!($field), stringify!($type), std::mem::offset_of!($name, $field)),)+],
        ),)+];
    };
}

layout! {
    /// The first line that the agent reads from its standard input, which stays open as its life
    /// line: when the host ends, for whatever reason, the read after it ends, and the agent with it.
    pub struct Greeting {
        /// Random bytes, the same as in the header.
        token: [u8; 16],
        /// Where the arena is in the host, and is to be in the agent.
        base: u64,
        /// Bytes of the arena.
        size: u64,
        /// The host's process number, as the kernel counts.
        host_pid: u32,
        /// The descriptor of the arena in the host.
        arena_fd: u32,
    }

    /// The first page of the arena.
    pub struct Header {
        /// [`MAGIC`].
        magic: u32,
        /// [`VERSION`].
        version: u32,
        /// An [`AgentState`].
        state: u32,
        /// `sizeof(void *)` of the agent.
        pointer_size: u32,
        /// The token of the greeting, wiped when the agent has compared it.
        token: [u8; 16],
        /// Windows' number of the agent's process.
        agent_pid: u32,
        /// Nothing.
        reserved: u32,
        /// Address of 16 bytes of the agent's own that equal the token, to find out whether the host
        /// may read the agent's memory without its help.
        probe: u64,
        /// Address of `LoadLibraryExW` in the agent.
        load_library: u64,
        /// Address of `GetProcAddress` in the agent.
        get_proc_address: u64,
        /// Address of `GetModuleHandleW` in the agent.
        get_module_handle: u64,
        /// Addresses of the functions `_errno` of the C runtimes there are, 0 where there is none.
        /// Written by the host.
        errno_functions: [u64; 2],
    }

    /// One call, callback or other request.
    pub struct Frame {
        /// An [`Operation`].
        operation: u32,
        /// How many words of `arguments` count.
        words: u32,
        /// A [`ResultKind`].
        result_kind: u32,
        /// The `FLAG_` constants.
        flags: u32,
        /// The address to call.
        function: u64,
        /// The integer result's register, all of it.
        result: u64,
        /// The bits of the floating-point result, a `float` in the low half.
        result_float: u64,
        /// What `GetLastError` answers before and after the call.
        last_error: u32,
        /// `errno` before and after the call, with [`FLAG_ERRNO`].
        errno: u32,
        /// The code of the exception that ended the call, or 0.
        exception: u32,
        /// Number of the callback.
        callback: u32,
        /// For an access violation: 0 reading, 1 writing, 8 executing.
        exception_access: u64,
        /// For an access violation: the address that was accessed.
        exception_address: u64,
        /// Registers `ecx` and `edx` at the call, on i686: what `thiscall` and `fastcall` pass there.
        registers: [u32; 2],
        /// Arguments in the order of the stack, each in a machine word of the agent or several.
        arguments: [u64; 128],
    }

    /// The state of one channel, before its frames.
    pub struct Channel {
        /// Even: the host's turn. Odd: the agent's.
        turn: u32,
        /// Keeps each of the words on a cache line of its own.
        padding0: [u8; 60],
        /// 1 while the agent waits at its doorbell.
        agent_waits: u32,
        /// See `padding0`.
        padding1: [u8; 60],
        /// 1 while the host waits at its doorbell.
        host_waits: u32,
        /// See `padding0`.
        padding2: [u8; 60],
        /// The frame that the turn was given for.
        level: u32,
        /// 1 when the agent's thread has opened both doorbells.
        opened: u32,
        /// The host's descriptor of the pipe that the agent reads.
        agent_bell: u32,
        /// The host's descriptor of the pipe that the agent writes.
        host_bell: u32,
        /// Rounds of looking at `turn` before the host and the agent wait.
        spin: u32,
        /// See `padding0`.
        padding3: [u8; 44],
        /// One for each level.
        frames: [Frame; 64],
    }

    /// What the agent knows of a callback, in the arguments of [`Operation::AddCallback`].
    pub struct CallbackKind {
        /// Its number, less than [`CALLBACKS`].
        index: u32,
        /// Words of arguments.
        words: u32,
        /// Bytes that it takes off the stack when it returns: those of its arguments for `stdcall` on
        /// i686, otherwise 0.
        pop: u32,
        /// A [`ResultKind`].
        result_kind: u32,
        /// Bit `n`: the argument `n` is floating-point. Counts for the first four on x86_64.
        floats: u32,
        /// Nothing.
        reserved: u32,
    }
}

/// Bytes from one channel to the next: whole pages.
pub const CHANNEL_STRIDE: u32 = (size_of::<Channel>() as u32).next_multiple_of(4096);
/// Where blocks of the arena begin.
pub const HEAP_OFFSET: u64 = CHANNELS_OFFSET as u64 + CHANNEL_STRIDE as u64 * CHANNELS as u64;

const _: () = assert!(size_of::<Header>() <= CHANNELS_OFFSET as usize);
const _: () =
    assert!(LEVELS == 64 && ARGUMENT_WORDS == 128, "the fields of Channel and Frame say so");

/// The declarations of this file for a C compiler. The build script's.
#[cfg_attr(not(test), allow(dead_code))]
pub fn c_header() -> String {
    use std::fmt::Write as _;
    let mut text = String::from("/* Written by pywindll/src/protocol.rs. */\n#pragma once\n");
    for (name, value) in [
        ("MAGIC", MAGIC),
        ("VERSION", VERSION),
        ("CHANNELS", CHANNELS),
        ("FOREIGN_CHANNELS", FOREIGN_CHANNELS),
        ("LEVELS", LEVELS),
        ("ARGUMENT_WORDS", ARGUMENT_WORDS),
        ("CALLBACKS", CALLBACKS),
        ("CHANNELS_OFFSET", CHANNELS_OFFSET),
        ("CHANNEL_STRIDE", CHANNEL_STRIDE),
        ("FLAG_ERRNO", FLAG_ERRNO),
        ("FLAG_TOO_DEEP", FLAG_TOO_DEEP),
        ("AGENT_READY", AgentState::Ready as u32),
        ("RESULT_FLOAT", ResultKind::Float as u32),
        ("RESULT_DOUBLE", ResultKind::Double as u32),
    ] {
        let _ = writeln!(text, "#define {name} {value}u");
    }
    for operation in Operation::ALL {
        let _ = writeln!(text, "#define OP_{operation:?} {}u", operation as u32);
    }
    text.push_str(
        "typedef __UINT8_TYPE__ u8;\ntypedef __UINT16_TYPE__ u16;\ntypedef __UINT32_TYPE__ u32;\n\
         typedef __UINT64_TYPE__ u64;\ntypedef __UINTPTR_TYPE__ uptr;\n",
    );
    for (name, size, fields) in STRUCTURES {
        let _ = writeln!(text, "typedef struct {name} {{");
        for (field, rust_type, _) in *fields {
            let _ = writeln!(text, "  {};", c_field(field, rust_type));
        }
        let _ = writeln!(text, "}} {name};");
        let _ = writeln!(text, "_Static_assert(sizeof({name}) == {size}, \"{name}\");");
        for (field, _, offset) in *fields {
            let _ = writeln!(
                text,
                "_Static_assert(__builtin_offsetof({name}, {field}) == {offset}, \"{name}.{field}\");"
            );
        }
    }
    text
}

/// A field in C: `[u64; 128]` follows the name there.
fn c_field(name: &str, rust_type: &str) -> String {
    match rust_type
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|rest| rest.split_once(';'))
    {
        Some((element, length)) => format!("{} {name}[{}]", element.trim(), length.trim()),
        None => format!("{rust_type} {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_hold_what_both_word_sizes_need() {
        assert_eq!(std::mem::offset_of!(Frame, arguments) % 8, 0);
        assert_eq!(size_of::<Frame>() % 8, 0);
        assert_eq!(CHANNEL_STRIDE % 4096, 0);
        assert_eq!(HEAP_OFFSET % 4096, 0);
    }

    #[test]
    fn words_that_both_sides_poll_have_cache_lines_of_their_own() {
        assert_eq!(std::mem::offset_of!(Channel, turn), 0);
        assert_eq!(std::mem::offset_of!(Channel, agent_waits), 64);
        assert_eq!(std::mem::offset_of!(Channel, host_waits), 128);
        assert_eq!(std::mem::offset_of!(Channel, frames), 256);
    }

    #[test]
    fn operations_are_found_by_number() {
        for operation in Operation::ALL {
            assert_eq!(Operation::from_number(operation as u32), Some(operation));
        }
        assert_eq!(Operation::from_number(10), None);
        assert_eq!(Operation::from_number(u32::MAX), None);
    }

    #[test]
    fn c_declarations_name_every_field() {
        let header = c_header();
        assert!(header.contains("#define OP_CallbackDone 4u"));
        assert!(header.contains("  u64 arguments[128];"));
        assert!(header.contains("  Frame frames[64];"));
        assert!(header.contains("_Static_assert(__builtin_offsetof(Greeting, host_pid) == 32"));
    }
}
