//! The shared objects that go in.
//!
//! * `elf`: what a shared object says of itself.
//! * `glibc`: versions of glibc.

pub mod elf;
mod glibc;

pub use glibc::Glibc;
