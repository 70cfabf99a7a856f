//! What the linker is given: objects, libraries and directives.
//!
//! * `inittab`: C source of the table of built-in modules.
//! * `blob_object`: an object file that holds the packed resources.
//! * `object_archive`: one archive of all object files of libpython and its extensions.
//! * `linker`: which object files the linker can read.
//! * `plan`: puts these together, for [`LinkPlan`].
//! * [`trial()`]: links them without Rust, to see what comes out.
//!
//! The objects are linked whole, and straight from the distribution's unpacked folder: nothing of
//! libpython is copied on the way into an executable.

mod blob_object;
mod error;
mod inittab;
mod linker;
mod object_archive;
mod plan;
mod trial;

pub use error::LinkError;
pub use linker::{BitcodeSupport, rust_with_llvm};
pub use plan::{Compiler, LinkLibrary, LinkPlan, plan};
pub use trial::trial;
