//! What `c/spawn.c` can ask: `struct pyembed_spawns` of `c/spawn.h`.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::ptr;

use super::request::{Change, Process, Request, change, changed_command};
use crate::config::PythonRunMode;
use crate::ffi::{self, Spawns, Start};
use crate::start::Role;

static ANSWERS: Spawns = Spawns { prepare, release, command, release_command };

/// Begins to answer. `executable` is the value of `sys.executable`, `run` what the application runs.
///
/// There is one interpreter in a process, so this is called once; what it keeps is never freed.
pub(crate) fn watch(executable: CString, role: Role, run: &PythonRunMode) {
    Process::set(executable, role, run);
    // SAFETY: the table is static.
    unsafe { ffi::pyembed_watch_spawns(&raw const ANSWERS) };
}

/// The strings of a list as C has it: pointers, NULL behind the last.
///
/// # Safety
///
/// `list` is NULL or such a list.
unsafe fn strings<'a>(list: *const *const c_char) -> Vec<Cow<'a, [u8]>> {
    let mut strings = Vec::new();
    if list.is_null() {
        return strings;
    }
    let mut next = list;
    // SAFETY: as the caller promises.
    unsafe {
        while !(*next).is_null() {
            strings.push(Cow::Borrowed(CStr::from_ptr(*next).to_bytes()));
            next = next.add(1);
        }
    }
    strings
}

/// What is started instead, with all that C points to.
struct Kept {
    path: Option<CString>,
    arguments: Option<List>,
    environment: Option<List>,
    program: Option<OwnedFd>,
}

/// A list of strings, and the pointers to them.
struct List {
    _strings: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl List {
    fn new(strings: Vec<Vec<u8>>) -> Self {
        let strings: Vec<CString> =
            strings.into_iter().filter_map(|text| CString::new(text).ok()).collect();
        let pointers = strings.iter().map(|text| text.as_ptr()).chain([ptr::null()]).collect();
        Self { _strings: strings, pointers }
    }
}

impl From<Change> for Kept {
    fn from(change: Change) -> Self {
        Self {
            path: change.path.and_then(|path| CString::new(path).ok()),
            arguments: change.arguments.map(List::new),
            environment: change.environment.map(List::new),
            program: change.program,
        }
    }
}

/// `prepare(start, in_place)`: what to start, or an `errno`.
unsafe extern "C" fn prepare(start: *mut Start, in_place: c_int) -> c_int {
    // SAFETY: the C file gives a structure of its own, with strings that end in NUL and lists that end in NULL.
    let (start, request) = unsafe {
        let start = &mut *start;
        let request = Request {
            path: CStr::from_ptr(start.path),
            arguments: strings(start.arguments),
            environment: strings(start.environment),
            in_place: in_place != 0,
        };
        (start, request)
    };
    let kept = match change(&request) {
        Ok(None) => return 0,
        Ok(Some(change)) => Box::new(Kept::from(change)),
        Err(errno) => return errno.raw_os_error(),
    };
    if let Some(path) = &kept.path {
        start.path = path.as_ptr();
    }
    if let Some(arguments) = &kept.arguments {
        start.arguments = arguments.pointers.as_ptr();
    }
    if let Some(environment) = &kept.environment {
        start.environment = environment.pointers.as_ptr();
    }
    start.program = kept.program.as_ref().map_or(-1, |program| program.as_raw_fd());
    start.kept = Box::into_raw(kept).cast::<c_void>();
    0
}

/// `release(start)`: ends the use of what `prepare` gave.
unsafe extern "C" fn release(start: *mut Start) {
    // SAFETY: the C file gives back once what it had from `prepare`.
    drop(unsafe { Box::from_raw((*start).kept.cast::<Kept>()) });
}

/// `command(command)`: what to hand to a shell instead, NULL for the same.
unsafe extern "C" fn command(command: *const c_char) -> *mut c_char {
    // SAFETY: the C file gives a string that ends in NUL.
    let command = unsafe { CStr::from_ptr(command) };
    let changed = changed_command(command.to_bytes()).and_then(|text| CString::new(text).ok());
    changed.map_or(ptr::null_mut(), CString::into_raw)
}

/// `release_command(command)`: ends the use of what `command` gave.
unsafe extern "C" fn release_command(command: *mut c_char) {
    // SAFETY: the C file gives back once what it had from `command`.
    drop(unsafe { CString::from_raw(command) });
}
