//! The shared objects that go in: extension modules of packages, and libraries.
//!
//! [`resolve`] takes what [`crate::collect`] found and says of each object which others must be loaded before
//! it, as no search path leads into an executable. It changes contents only where two different libraries
//! have one name. How objects are loaded is the business of `pyembed`; the extension modules of the
//! distribution itself, which are linked, that of [`crate::policy`].
//!
//! * [`elf`]: what a shared object says of itself.
//! * `inspect`: which of them the target can load.
//! * `edges`: which file each name of a needed library means.
//! * `search_path`: the folders in which objects have them looked for.
//! * `system`: libraries that stay outside, libraries of this machine.
//! * `missing`: libraries that nothing provides.
//! * `merge`: equal libraries.
//! * `order`: what is loaded first.
//! * `rename`: different libraries of one SONAME.
//! * `resolve`: all of it; `report`: what is said of it, and where.
//! * `glibc`: versions of glibc.

mod edges;
pub mod elf;
mod error;
mod glibc;
mod inspect;
mod merge;
mod missing;
mod model;
mod order;
mod rename;
mod report;
mod resolve;
mod search_path;
mod system;
#[cfg(test)]
mod tests;

pub use error::NativeError;
pub use glibc::Glibc;
pub use missing::check;
pub use model::{
    ExtensionReport, GlibcReport, Libraries, Library, LibraryReport, MissingLibrary, Renamed,
    Report,
};
pub use report::FILE_NAMES;
pub use resolve::resolve;

/// Where a library comes from that an object of the distribution needs and the distribution lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// Every system has it.
    Everywhere,
    /// Systems that show windows have it.
    Display,
    /// It is not known to be anywhere.
    Unknown,
}

impl Outside {
    /// Where the library `soname` comes from on systems of the target `triple`.
    #[must_use]
    pub fn of(soname: &str, triple: &str) -> Self {
        if system::is_left_outside(soname, triple.contains("musl")) {
            Self::Everywhere
        } else if system::is_of_display(soname) {
            Self::Display
        } else {
            Self::Unknown
        }
    }
}
