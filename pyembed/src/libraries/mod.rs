//! Loading packed shared libraries: extension modules, and what these need.
//!
//! CPython hands an extension module's path to `dlopen`, `ctypes` a library's. The function of that name
//! in `c/libraries.c` takes the place of the C library's in this executable and asks here about
//! paths that lead into it. What is packed is loaded once in a process, after the packed libraries
//! that it needs: the system's loader takes a library that is loaded already for every later one of
//! the same SONAME, so that neither a search path nor an environment variable has to lead there.
//!
//! * `answers`: what the C file asks.
//! * `load`: which libraries are loaded, and in which order.
//! * `place`: where the loader gets a library from: this executable's file (`c/loader_files.c`), memory, a
//!   cache, a folder beside the executable.
//! * `library`: a library, and which source of packed modules it is from.
//! * `bind`: libraries that need this one's symbols, where this code is part of a shared library.
//! * `cycle`: libraries that need one another.
//! * `cache`: the folder of libraries that processes share.
//! * `environment`: what the user's environment says of it.
//! * `error`: why a library was not loaded, and what helps.
//!
//! This is not the importer, which only says which library a module is. Other systems than Linux
//! with the GNU C library have no such function yet; [`serve`] does nothing there.

#[cfg(target_os = "linux")]
mod answers;
#[cfg(target_os = "linux")]
mod bind;
#[cfg(target_os = "linux")]
mod cache;
#[cfg(target_os = "linux")]
mod cycle;
#[cfg(target_os = "linux")]
mod environment;
#[cfg(target_os = "linux")]
mod error;
#[cfg(target_os = "linux")]
mod library;
#[cfg(target_os = "linux")]
mod load;
#[cfg(target_os = "linux")]
mod place;

#[cfg(target_os = "linux")]
pub(crate) use answers::serve;

/// Does nothing on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn serve(_loading: &crate::config::NativeLoading) {}
