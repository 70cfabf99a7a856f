//! What a trace holds: the file `trace.json`, as `docs/trace.rst` describes it.

use pyresources::trace::Use;
use serde::{Deserialize, Serialize};

/// What the file says it is.
pub const FORMAT: &str = "pyoxidizer-trace";
/// Version of the file's format.
pub const VERSION: u32 = 1;

/// A traced run of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// Version of the interpreter, such as `3.13.5`.
    pub python: String,
    /// The executable's file name and its arguments.
    pub command: Vec<String>,
    /// Exit code; `None` when a signal ended it.
    pub exit_code: Option<i32>,
    /// The application, and the processes that it started, in the order of their starts.
    pub processes: Vec<Process>,
}

/// A process, or what it became by `execve`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub process: u32,
    /// Position of the process that started it; `None` for one that something else started.
    pub parent: Option<usize>,
    /// `application`, or `python` for one that the application started to be that.
    pub role: String,
    /// What it was started with, its name first.
    pub arguments: Vec<String>,
    /// Nanoseconds from the start of the first process.
    pub start_ns: u64,
    /// Whether it ended by itself, not by a signal, `os._exit` or `execve`.
    pub finished: bool,
    /// Its imports, in the order in which they began.
    pub imports: Vec<Import>,
    /// What it used of what is packed, each once, in the order of its first use.
    pub uses: Vec<Used>,
}

/// An import of a module that was not imported yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Full dotted name.
    pub module: String,
    /// Where the module is from.
    pub kind: ImportKind,
    /// The path of a module from elsewhere, the type of the exception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Number of the thread, counted from 0.
    pub thread: u32,
    /// Position of the import that it was made in.
    pub parent: Option<usize>,
    /// When it began: nanoseconds from the start of the process.
    pub start_ns: u64,
    /// When it ended; of one that never did, when the process was last heard of.
    pub end_ns: u64,
}

/// Where a module is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportKind {
    /// Packed bytecode.
    Packed,
    /// A packed extension module.
    Extension,
    /// A packed namespace package.
    Namespace,
    /// Compiled into the executable.
    BuiltIn,
    /// CPython's own frozen code.
    Frozen,
    /// A file of the machine.
    File,
    /// None of these.
    Unknown,
    /// It was not imported: an exception was raised.
    Failed,
    /// It was going on when the process was last heard of.
    Unfinished,
}

/// Something packed that was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Used {
    /// What it is.
    pub what: Use,
    /// A module's full name, else a packed path.
    pub name: String,
}

impl ImportKind {
    /// Whether there is a module now.
    #[must_use]
    pub fn is_loaded(self) -> bool {
        !matches!(self, Self::Failed | Self::Unfinished)
    }
}

impl Import {
    /// Nanoseconds from begin to end.
    #[must_use]
    pub fn total_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }
}

impl Process {
    /// The nanoseconds that each import took without those that it made.
    #[must_use]
    pub fn self_ns(&self) -> Vec<u64> {
        let mut own: Vec<u64> = self.imports.iter().map(Import::total_ns).collect();
        for import in &self.imports {
            if let Some(own) = import.parent.and_then(|parent| own.get_mut(parent)) {
                *own = own.saturating_sub(import.total_ns());
            }
        }
        own
    }

    /// The imports that an import is in, the outermost first, and itself.
    #[must_use]
    pub fn stack(&self, index: usize) -> Vec<&Import> {
        let mut stack = Vec::new();
        let mut next = Some(index);
        // A parent comes before what it imports, so this ends whatever a file says.
        while let Some(index) = next {
            let Some(import) = self.imports.get(index) else { break };
            stack.push(import);
            next = import.parent.filter(|parent| *parent < index);
        }
        stack.reverse();
        stack
    }
}
