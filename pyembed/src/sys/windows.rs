//! Windows.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

/// `STATUS_CONTROL_C_EXIT`, what Windows' own Ctrl-C handler ends a process with.
const STATUS_CONTROL_C_EXIT: i32 = 0xc000_013a_u32 as i32;

/// The path of this executable, absolute.
pub(crate) fn executable_path() -> io::Result<PathBuf> {
    std::env::current_exe()
}

/// Shared libraries are told from executables on Linux only.
pub(crate) fn own_library() -> Option<&'static std::path::Path> {
    None
}

/// The bytes that CPython's `Py_DecodeLocale` expects: UTF-8, as UTF-8 mode is on.
pub(crate) fn os_bytes(text: OsString) -> Vec<u8> {
    text.to_string_lossy().into_owned().into_bytes()
}

/// The exit code of a program that the user interrupted.
pub(crate) fn die_of_interrupt() -> i32 {
    STATUS_CONTROL_C_EXIT
}

/// Windows has no executables that give their users more rights than they have.
pub(crate) fn is_privileged() -> bool {
    false
}

/// Whether this is the thread that the process was started with, as far as that can be told.
pub(crate) fn is_main_thread() -> bool {
    std::thread::current().name() == Some("main")
}

/// Whether another process of this executable has started this one: not found out here.
pub(crate) fn is_below_own_process() -> bool {
    false
}

/// Compressed executables are made for Linux only.
pub(crate) fn is_unpacked() -> bool {
    false
}

/// Compressed executables are made for Linux only.
pub(crate) fn take_over(_path: PathBuf) {}

/// Windows has no links that are started by names of their own.
pub(crate) fn python_link() -> Option<PathBuf> {
    None
}

/// Not found out yet.
pub(crate) fn has_input(_unless: Option<(u64, u64)>) -> bool {
    false
}

/// The file in the folder of a virtual environment that tells what it is.
pub(crate) const ENVIRONMENT_FILE: &str = "pyvenv.cfg";

/// Not found out yet.
pub(crate) fn environment_of(_python: &std::path::Path) -> Option<PathBuf> {
    None
}

/// The bytes of a file, for as long as the process runs.
pub(crate) fn map(path: &std::path::Path) -> std::io::Result<&'static [u8]> {
    Ok(fs_err::read(path)?.leak())
}
