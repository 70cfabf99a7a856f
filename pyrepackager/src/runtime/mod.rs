//! Runtimes: executables with the whole of an interpreter and no application, to which [`crate::inject`] adds one.
//!
//! A runtime is made once for a distribution and a version of `pyembed`, by Cargo, and kept in the cache. Beside it
//! lies what an application has to fit: [`Record`].

mod error;
mod record;
mod shelf;
#[cfg(test)]
mod tests;

pub use error::RuntimeError;
pub use record::{FILE_NAME, Record};
pub use shelf::{Runtime, Shelf, Wanted};
