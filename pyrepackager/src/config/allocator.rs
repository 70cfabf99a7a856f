//! `[allocator]`, resolved.

/// `[allocator]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocatorConfig {
    /// Which allocator serves Python's memory.
    pub backend: AllocatorBackend,
    /// Whether it serves the raw domain.
    pub raw: bool,
    /// Whether it serves the domain of `PyMem_Malloc`.
    pub mem: bool,
    /// Whether it serves the domain of `PyObject_Malloc`.
    pub obj: bool,
    /// Whether it serves the arenas of CPython's own allocator.
    pub arenas: bool,
    /// Whether CPython's debug hooks are installed.
    pub debug: bool,
    /// Line of the section in the TOML file, from 1, for messages.
    pub line: usize,
}

/// An allocator for Python's memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AllocatorBackend {
    /// The C library and CPython's own.
    #[default]
    Default,
    /// The one of the Rust program.
    Rust,
    /// One that is compiled in.
    Bundled(BundledAllocator),
}

/// An allocator that is compiled in with the feature of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BundledAllocator {
    /// mimalloc.
    Mimalloc,
    /// jemalloc.
    Jemalloc,
    /// snmalloc.
    Snmalloc,
}

impl AllocatorBackend {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Default,
        Self::Rust,
        Self::Bundled(BundledAllocator::Mimalloc),
        Self::Bundled(BundledAllocator::Jemalloc),
        Self::Bundled(BundledAllocator::Snmalloc),
    ];

    /// Its name in the TOML file and in the packed settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Rust => "rust",
            Self::Bundled(bundled) => bundled.name(),
        }
    }

    /// The one of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|backend| backend.name() == name)
    }

    /// The one that has to be compiled in.
    #[must_use]
    pub fn bundled(self) -> Option<BundledAllocator> {
        match self {
            Self::Bundled(bundled) => Some(bundled),
            Self::Default | Self::Rust => None,
        }
    }
}

impl BundledAllocator {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mimalloc, Self::Jemalloc, Self::Snmalloc];

    /// Its name, which is that of the feature of `pyembed` and `pyapp` as well.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mimalloc => "mimalloc",
            Self::Jemalloc => "jemalloc",
            Self::Snmalloc => "snmalloc",
        }
    }
}

/// A name that no allocator has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no allocator `{0}`: there are mimalloc, jemalloc and snmalloc")]
pub struct UnknownAllocator(String);

impl std::str::FromStr for BundledAllocator {
    type Err = UnknownAllocator;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|allocator| allocator.name() == name);
        found.ok_or_else(|| UnknownAllocator(name.to_owned()))
    }
}
