//! Packed files can be opened by the path that they seem to have, below the executable's own.
//!
//! Programs join `__file__` with a name and call `open`, `os.stat`, `os.listdir`. The executable is
//! no folder to the kernel, so it answers `ENOTDIR`; `c/files.c` and those beside it, whose
//! functions take the place of the C library's in this executable, then ask here. What is here answers from
//! the packed resources, for reading only, and writes nothing to disk.
//!
//! * `place`: which packed path a path stands for.
//! * `memory`: contents in a file in memory.
//! * `answers`: what the C files can ask.
//!
//! This is not the importer, which needs no file and never comes here. Other systems than Linux have
//! no such functions yet; [`serve`] does nothing there.

#[cfg(target_os = "linux")]
mod answers;
#[cfg(target_os = "linux")]
mod memory;
#[cfg(target_os = "linux")]
mod place;

#[cfg(target_os = "linux")]
pub(crate) use answers::{
    beside_executable, executable, found_at, library_in_memory, packed, packed_path,
    program_in_memory, seeming_path, serve,
};

/// Does nothing on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn serve(_executable: &std::ffi::CStr) {}
