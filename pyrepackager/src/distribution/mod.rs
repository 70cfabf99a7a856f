//! Python distributions: the archives that python-build-standalone publishes, and ours like them.
//!
//! * [`model`]: what the rest of the crate knows of an unpacked distribution.

pub mod model;

pub use model::{
    CoreBuild, Distribution, Extension, ExtensionVariant, Library, LlvmVersion, ObjectFormat,
};
