//! What differs between operating systems: the one place to edit for a port.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{
    die_of_interrupt, executable_path, is_privileged, is_unpacked, os_bytes, take_over,
};
#[cfg(windows)]
pub(crate) use windows::{
    die_of_interrupt, executable_path, is_privileged, is_unpacked, os_bytes, take_over,
};
