//! Python distributions: the archives that python-build-standalone publishes, and ours like them.
//!
//! * [`resolve()`]: from what the configuration asks for to an unpacked distribution.
//! * [`model`]: what the rest of the crate knows of an unpacked distribution.
//! * `open`, `python_json`: read one from its folder.
//! * `archive`: unpacks archives into the cache.
//! * `shelf`, `fetch`, [`pinned`]: archives that are there, can be downloaded, are published.
//! * `bitcode`: whether a linker can take the objects.
//! * [`build`]: makes an archive on this machine.

mod archive;
mod bitcode;
pub mod build;
mod error;
mod fetch;
pub mod model;
mod open;
pub mod pinned;
mod python_json;
mod resolve;
mod shelf;
#[cfg(test)]
mod testing;

pub use archive::{ArchiveError, unpack};
pub use bitcode::NotAnLlvmVersion;
pub use error::DistributionError;
pub use fetch::FetchError;
pub use model::{
    CoreBuild, Distribution, Extension, ExtensionVariant, Library, LlvmVersion, ObjectFormat,
};
pub use pinned::PinnedError;
pub use python_json::PythonJsonError;
pub use resolve::{Purpose, Rejection, resolve, resolve_with};
