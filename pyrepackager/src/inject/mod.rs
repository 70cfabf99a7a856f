//! Adds packed resources to a finished executable: an application without a linker.
//!
//! A *runtime* is an executable with the whole of an interpreter and no application. It has a slot, a note with a segment
//! (`slot.h` of `pyslot`). [`inject`] writes the runtime and the resources behind one another, fills the slot, which says where
//! they are, and makes its segment the one that maps them, read-only like what is linked. So the kernel maps them when
//! it starts the executable, whatever it is called, and nothing is opened, read or copied for that. A
//! section is added besides, as `strip` and its like make the file anew from its sections.
//!
//! The program headers stay where they are: `strip` of GNU's binutils moves those that were put elsewhere. That
//! is why the crate `libsui`, which does so, does not serve here; it has no say in the alignment either.
//!
//! Only ELF executables for 64-bit machines with a fixed address can be runtimes so far.

mod elf;
mod error;
#[cfg(test)]
mod tests;

pub use elf::inject;
pub(crate) use elf::{SLOT, SLOT_LENGTH};
pub use error::InjectError;
