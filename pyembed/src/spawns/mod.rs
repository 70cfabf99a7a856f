//! Processes that this one starts.
//!
//! The functions by which Python, and the libraries that it loads, start programs are ours (`c/spawn.c`) and ask here
//! what to start, which is one of these:
//!
//! * This executable, as `sys.executable`. Whether it is to be Python or the application, `meaning` tells by the
//!   arguments; the process learns it from an environment variable that it alone gets (see [`crate::calls`]).
//! * A shell with a command that starts this executable: the variable is put into the command (`shell`).
//! * A packed program: from memory where it needs nothing beside it, else from the user's cache (`programs`, `disk`).
//! * Any other program. Paths of packed files among its arguments and in its environment are replaced by those of
//!   copies in the user's cache, as it could not open them (`arguments`).
//!
//! Packed programs are on the `PATH` of this process (`path`).
//!
//! `answers` is what the C file asks, `request` decides which of them it is, and `restarts` notices a process that becomes
//! the application for ever.
//!
//! Other systems than Linux with the GNU C library have no such functions yet; [`watch`] does nothing there.

#[cfg(target_os = "linux")]
mod answers;
#[cfg(target_os = "linux")]
mod arguments;
#[cfg(target_os = "linux")]
mod disk;
#[cfg(target_os = "linux")]
mod meaning;
#[cfg(target_os = "linux")]
mod path;
#[cfg(target_os = "linux")]
mod programs;
#[cfg(target_os = "linux")]
mod request;
#[cfg(target_os = "linux")]
mod restarts;
#[cfg(target_os = "linux")]
mod shell;

#[cfg(target_os = "linux")]
pub(crate) use answers::watch;
#[cfg(target_os = "linux")]
pub(crate) use path::append as append_to_path;
#[cfg(target_os = "linux")]
pub(crate) use restarts::Restarts;

/// Does nothing on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(
    _executable: std::ffi::CString,
    _role: crate::start::Role,
    _run: &crate::config::PythonRunMode,
) {
}

/// Does nothing on this system.
#[cfg(not(target_os = "linux"))]
pub(crate) fn append_to_path() {}

/// Whether a file is a script whose first line has Python run it, wherever that is: `#!/usr/bin/python3`,
/// `#!/usr/bin/env python`, `#!python`.
#[cfg(target_os = "linux")]
fn is_python_script(contents: &[u8]) -> bool {
    let Some(line) = contents.strip_prefix(b"#!") else { return false };
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let words = line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'/'));
    words.into_iter().any(|word| word.starts_with(b"python"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_of_python_are_told_by_their_first_line() {
        for line in
            ["#!python", "#!/usr/bin/python3 -s", "#! /usr/bin/env python\r", "#!/a/pythonw"]
        {
            assert!(is_python_script(format!("{line}\nimport os").as_bytes()), "{line}");
        }
        for line in ["#!/bin/sh", "#!/usr/bin/env node", "python", "", "#!/opt/notpython"] {
            assert!(!is_python_script(format!("{line}\npython").as_bytes()), "{line}");
        }
    }
}
