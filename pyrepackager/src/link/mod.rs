//! What the linker is given: objects, libraries and directives.
//!
//! [`objects()`] finds native objects and libraries in which no symbol is missing:
//!
//! * [`toolchain`](Toolchain): the linker of LLVM's that comes with Rust.
//! * `convert`: turns bitcode into native objects, once.
//! * `symbols`: what object files and static libraries define and need.
//! * `system`: what the operating system's libraries define.
//! * `spare`: what a distribution has beside what is selected.
//! * `members`: objects that it has only in its `libpython`.
//! * `closure`: which of it is needed.
//! * [`pulled`](Pulled): a record of that.
//! * `added`: extension modules of the user's.
//!
//! [`leave_out_fixed()`] leaves out what cannot be part of a shared library, where one is made.
//!
//! [`isolated()`] renames their symbols, so that a Rust application can bring other copies of the same libraries.
//!
//! [`plan()`] puts them together with the rest, for Cargo:
//!
//! * `inittab`: C source of the table of built-in modules.
//! * `blob_object`: an object file that holds the packed resources.
//! * `shared`: what shared libraries have in place of exported symbols.
//! * `object_archive`: one archive of all object files of libpython and its extensions.
//!
//! [`kit()`] puts them together for those who build without Cargo.
//!
//! [`trial()`] links them without Rust, to see what comes out.
//!
//! The objects are linked whole, and straight from the cache: nothing of libpython is copied on the way into an
//! executable.

use std::path::Path;

mod added;
mod blob_object;
mod closure;
mod convert;
mod error;
mod fixed;
mod inittab;
mod isolate;
mod kit;
mod members;
mod object_archive;
mod objects;
mod plan;
mod pulled;
mod shared;
mod spare;
mod symbols;
mod system;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod toolchain;
mod trial;

pub use blob_object::Owner;
pub use closure::UnresolvedSymbol;
pub use error::LinkError;
pub(crate) use error::NO_LLD;
pub use fixed::leave_out_fixed;
pub use isolate::isolated;
pub use kit::{KitLinks, kit, kit_resources};
pub use objects::{Objects, ObjectsRequest, objects};
pub use plan::{Compiler, LinkLibrary, LinkPlan, plan};
pub use pulled::Pulled;
pub use symbols::ObjectKind;
pub(crate) use symbols::mentions;
pub use toolchain::{BitcodeSupport, Toolchain, rust_release_with_llvm};
pub use trial::trial;

/// Writes an object file for `target` with packed resources that count in the place of those that come with `pyembed`.
///
/// # Errors
///
/// See [`LinkError`].
pub fn resources(path: &Path, target: &str, blob: &[u8], owner: Owner) -> Result<(), LinkError> {
    blob_object::write(path, target, blob, owner)
}

/// A path from the folder of the distribution: what depends on it does not depend on where that is.
fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned()
}
