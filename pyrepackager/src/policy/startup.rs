//! What CPython cannot be linked or started without.
//!
//! Published archives mark few extensions as required, and not always the ones that are. The table
//! holds what was found for CPython 3.10 to 3.15: the symbols that the core's objects take from
//! objects under `Modules/`, and the built-in modules that an isolated interpreter imports until it
//! runs the first line of a program, with `-c` and with `-m`.

use crate::distribution::ExtensionVariant;

/// Why an extension cannot be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The core's objects hold it, or the distribution calls it required.
    Core,
    /// The core's objects refer to its symbols.
    Linked,
    /// The interpreter imports it until it is up.
    Started,
    /// `runpy` and `traceback` import it, so that no program runs as a module, or fails legibly,
    /// without it.
    Run,
}

impl std::fmt::Display for Need {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Core => "it is part of the interpreter's core",
            Self::Linked => "the interpreter does not link without it",
            Self::Started => "the interpreter does not start without it",
            Self::Run => "modules cannot be run without it",
        })
    }
}

/// Why each is needed. Extensions that the distribution does not have are passed over, so rows for
/// one version or one operating system do no harm elsewhere.
const TABLE: &[(&str, Need)] = &[
    // `_PyThread_AfterFork`, `_PyAtExit_Call`, `_PyFaulthandler_Init`, `PyOS_FSPath`,
    // `_PySignal_Init`, `_PyTraceMalloc_Init` (to 3.12).
    ("_signal", Need::Linked),
    ("_thread", Need::Linked),
    ("_tracemalloc", Need::Linked),
    ("atexit", Need::Linked),
    ("faulthandler", Need::Linked),
    ("nt", Need::Linked),
    ("posix", Need::Linked),
    // `importlib._bootstrap` takes `_thread`, `_warnings` and `_weakref`; its external half `posix`
    // or `nt` and `winreg`; `codecs`, `io` and `abc` their halves in C; `zipimport`, which is
    // imported when import hooks are set up, `time`.
    ("_abc", Need::Started),
    ("_codecs", Need::Started),
    ("_io", Need::Started),
    ("_weakref", Need::Started),
    ("time", Need::Started),
    ("winreg", Need::Started),
    // `TextIOWrapper` asks `locale` for the encoding in 3.10.
    ("_locale", Need::Started),
    // `stat` (for `os`), `errno`, and what `functools`, `collections`, `re`, `enum`, `types` and
    // `keyword` are made of, which `runpy`, `pkgutil`, `linecache` and `traceback` import.
    ("_collections", Need::Run),
    ("_functools", Need::Run),
    ("_operator", Need::Run),
    ("_sre", Need::Run),
    ("_stat", Need::Run),
    ("_suggestions", Need::Run),
    ("_types", Need::Run),
    ("errno", Need::Run),
    ("itertools", Need::Run),
];

/// Why the extension `name` goes in under every policy; `None` when it need not.
pub fn need(name: &str, variant: &ExtensionVariant) -> Option<Need> {
    let listed = || {
        TABLE
            .iter()
            .find(|(listed, _)| *listed == name)
            .map(|(_, need)| *need)
    };
    let core = variant.required || variant.in_core || variant.init_fn.is_none();
    listed().or(core.then_some(Need::Core))
}
