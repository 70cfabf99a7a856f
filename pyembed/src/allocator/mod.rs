//! Which allocator serves Python's memory: `[allocator]` in the TOML file.
//!
//! CPython asks for memory in three domains, each of which can be served by another allocator: `raw`, which threads use
//! that are not attached to the interpreter, `mem` and `obj`. By default, the C library's allocator serves the first and
//! CPython's own, pymalloc, small requests of the other two; larger ones it passes on to `raw`. It takes its memory in
//! arenas, which come from an allocator as well.
//!
//! * `backend`: what CPython asks of an allocator, and how Rust's functions become that.
//! * `rust`: the program's `#[global_allocator]`, which is to be told the size of what it frees.
//! * `bundled`: allocators that are compiled in with a feature.
//!
//! `c/allocator.c` has CPython use them.

mod backend;
#[cfg(any(feature = "mimalloc", feature = "jemalloc", feature = "snmalloc"))]
mod bundled;
mod rust;

use std::ffi::c_int;

use crate::ffi;

use backend::functions;

/// Which allocator serves Python's memory, for [`PythonConfig::allocator`](crate::PythonConfig::allocator).
///
/// The domains are those of [CPython's documentation](https://docs.python.org/3/c-api/memory.html#allocator-domains).
/// With [`AllocatorBackend::Default`] only `debug` counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocator {
    /// The allocator.
    pub backend: AllocatorBackend,
    /// Whether it serves the raw domain, and so what is larger than 512 bytes of the others, unless it serves them, too.
    pub raw: bool,
    /// Whether it serves the domain of `PyMem_Malloc`: buffers, among them those of lists.
    pub mem: bool,
    /// Whether it serves the domain of `PyObject_Malloc`: objects.
    pub obj: bool,
    /// Whether pymalloc takes from it the arenas that it serves small requests from.
    pub arenas: bool,
    /// Whether CPython's debug hooks look for mistakes in the use of memory, as by `PYTHONMALLOC=debug`.
    pub debug: bool,
}

/// An allocator for Python's memory.
///
/// Those with a feature of their own are there when the feature of that name is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllocatorBackend {
    /// CPython's choice: the C library and pymalloc.
    #[default]
    Default,
    /// The program's own: its `#[global_allocator]`, otherwise the one of Rust's standard library.
    Rust,
    /// mimalloc.
    #[cfg(feature = "mimalloc")]
    Mimalloc,
    /// jemalloc.
    #[cfg(feature = "jemalloc")]
    Jemalloc,
    /// snmalloc.
    #[cfg(feature = "snmalloc")]
    Snmalloc,
}

impl Default for Allocator {
    fn default() -> Self {
        Self {
            backend: AllocatorBackend::Default,
            raw: true,
            mem: false,
            obj: false,
            arenas: false,
            debug: false,
        }
    }
}

impl AllocatorBackend {
    /// All that this program has.
    const ALL: &[Self] = &[
        Self::Default,
        Self::Rust,
        #[cfg(feature = "mimalloc")]
        Self::Mimalloc,
        #[cfg(feature = "jemalloc")]
        Self::Jemalloc,
        #[cfg(feature = "snmalloc")]
        Self::Snmalloc,
    ];

    /// Its name in the TOML file.
    fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Rust => "rust",
            #[cfg(feature = "mimalloc")]
            Self::Mimalloc => "mimalloc",
            #[cfg(feature = "jemalloc")]
            Self::Jemalloc => "jemalloc",
            #[cfg(feature = "snmalloc")]
            Self::Snmalloc => "snmalloc",
        }
    }

    /// The one of a name; `None` if this program has no such one.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|backend| backend.name() == name)
    }

    /// Its functions; `None` where CPython's own stay.
    fn functions(self) -> Option<ffi::AllocatorFunctions> {
        match self {
            Self::Default => None,
            Self::Rust => Some(functions::<rust::Global>()),
            #[cfg(feature = "mimalloc")]
            Self::Mimalloc => Some(functions::<bundled::Mimalloc>()),
            #[cfg(feature = "jemalloc")]
            Self::Jemalloc => Some(functions::<bundled::Jemalloc>()),
            #[cfg(feature = "snmalloc")]
            Self::Snmalloc => Some(functions::<bundled::Snmalloc>()),
        }
    }
}

impl Allocator {
    /// Whether much of what CPython allocates is in the C library's heap.
    fn uses_heap(&self) -> bool {
        match self.backend {
            // The allocator of Rust's standard library is the C library's.
            AllocatorBackend::Default | AllocatorBackend::Rust => true,
            #[cfg(any(feature = "mimalloc", feature = "jemalloc", feature = "snmalloc"))]
            _ => !self.raw,
        }
    }

    /// What C is told.
    pub(crate) fn request(&self) -> ffi::Allocator {
        let functions = self.backend.functions();
        let serves = |domain: bool| c_int::from(domain && functions.is_some());
        ffi::Allocator {
            raw: serves(self.raw),
            mem: serves(self.mem),
            obj: serves(self.obj),
            arenas: serves(self.arenas),
            debug: c_int::from(self.debug),
            uses_heap: c_int::from(self.uses_heap()),
            functions: functions.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backends_have_names() {
        for backend in AllocatorBackend::ALL {
            assert_eq!(AllocatorBackend::of_name(backend.name()), Some(*backend));
        }
        assert_eq!(AllocatorBackend::of_name("mine"), None);
    }

    #[test]
    fn cpythons_own_allocators_are_not_replaced() {
        let Allocator { backend, .. } = Allocator::default();
        let domains =
            Allocator { backend, raw: true, mem: true, obj: true, arenas: true, debug: true };
        let request = domains.request();
        let ffi::Allocator { raw, mem, obj, arenas, debug, uses_heap, functions } = request;
        assert_eq!((raw, mem, obj, arenas, debug, uses_heap), (0, 0, 0, 0, 1, 1));
        assert!(functions.malloc.is_none());
    }
}
