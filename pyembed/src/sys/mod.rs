//! What differs between operating systems: the one place to edit for a port.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::{
    ENVIRONMENT_FILE, die_of_interrupt, environment_of, executable_path, has_input,
    is_below_own_process, is_main_thread, is_privileged, is_unpacked, map, os_bytes, own_library,
    python_link, take_over,
};
#[cfg(target_os = "linux")]
pub(crate) use unix::{input, is_python_name};
#[cfg(windows)]
pub(crate) use windows::{
    ENVIRONMENT_FILE, die_of_interrupt, environment_of, executable_path, has_input,
    is_below_own_process, is_main_thread, is_privileged, is_unpacked, map, os_bytes, own_library,
    python_link, take_over,
};
