//! Python distributions: the archives that python-build-standalone publishes, and ours like them.
//!
//! * [`build`]: makes an archive on this machine.
//! * [`model`]: what the rest of the crate knows of an unpacked distribution.

pub mod build;
pub mod model;

pub use model::{
    CoreBuild, Distribution, Extension, ExtensionVariant, Library, LlvmVersion, ObjectFormat,
};
