//! What CPython cannot be linked or started without.
//!
//! Published archives mark few extensions as required, and not always those that are. The table
//! was found by experiment, and agrees with the comments in CPython's `Modules/Setup.bootstrap`
//! for 3.10 to 3.15: interpreters were linked with one extension of that file left out each, then
//! ran a line of code, a module and a program that fails.

use crate::config::resolved::PythonVersion;
use crate::distribution::ExtensionVariant;

/// Why an extension goes in under every policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The core's objects hold it, or the distribution calls it required.
    Core,
    /// The core's objects refer to its symbols.
    Linked,
    /// The interpreter does not start without it.
    Start,
    /// It is imported at start, or to run a module or print a traceback, but what imports it has a
    /// way to do without, or only that one ability is lost.
    Use,
}

impl Need {
    /// Whether nothing works without it, so that not even an explicit wish removes it.
    pub fn is_absolute(self) -> bool {
        self != Self::Use
    }
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Core => "it is part of the interpreter's core",
            Self::Linked => "the interpreter does not link without it",
            Self::Start => "the interpreter does not start without it",
            Self::Use => "the interpreter uses it when it starts, runs a module or fails",
        })
    }
}

/// A row of the table: the extension, why it is needed, the first minor release of Python 3 where
/// it is, and by what.
type Row = (&'static str, Need, u8, &'static str);

/// Rows whose extension a distribution does not have, such as `nt` on Linux, do not count.
const TABLE: &[Row] = &[
    ("_signal", Need::Linked, 0, "_PySignal_Init, PyErr_CheckSignals"),
    ("_thread", Need::Linked, 0, "_PyThread_AfterFork; importlib._bootstrap"),
    ("atexit", Need::Linked, 0, "_PyAtExit_Call"),
    ("faulthandler", Need::Linked, 0, "_PyFaulthandler_Init"),
    ("posix", Need::Linked, 0, "PyOS_FSPath; importlib._bootstrap_external"),
    ("nt", Need::Linked, 0, "PyOS_FSPath; importlib._bootstrap_external"),
    ("_tracemalloc", Need::Linked, 0, "_PyTraceMalloc_Init, until 3.12"),
    ("_datetime", Need::Linked, 14, "_PyDateTime_InitTypes"),
    ("_codecs", Need::Start, 0, "codecs, and by it the encoding of file names"),
    ("_io", Need::Start, 0, "io, the standard streams"),
    ("_weakref", Need::Start, 0, "importlib._bootstrap"),
    ("winreg", Need::Start, 0, "importlib._bootstrap_external"),
    ("errno", Need::Use, 0, "runpy, traceback"),
    ("_collections", Need::Use, 0, "collections, and by it traceback"),
    ("_sre", Need::Use, 0, "re, and by it traceback"),
    ("itertools", Need::Use, 0, "collections, and by it traceback"),
    ("_abc", Need::Use, 0, "abc at start; _py_abc is slower"),
    ("_functools", Need::Use, 0, "functools; slower without"),
    ("_locale", Need::Use, 0, "the encoding of text files"),
    ("_operator", Need::Use, 0, "operator; slower without"),
    ("_stat", Need::Use, 0, "stat at start; slower without"),
    ("_suggestions", Need::Use, 13, "traceback; slower without"),
    ("_types", Need::Use, 14, "types; slower without"),
    ("time", Need::Use, 0, "zipimport at start"),
];

/// Why the extension `name` goes in under every policy; `None` when it need not.
pub fn need(name: &str, variant: &ExtensionVariant, version: PythonVersion) -> Option<Need> {
    let row = TABLE.iter().find(|(row, _, since, _)| *row == name && version.minor >= *since);
    let core = variant.required || variant.in_core || variant.init_fn.is_none();
    match row {
        Some((_, need, ..)) if need.is_absolute() => Some(*need),
        _ if core => Some(Need::Core),
        row => row.map(|(_, need, ..)| *need),
    }
}
