//! Errors as C sees them.

use std::ffi::{CString, c_char, c_int};
use std::ptr;

use pyembed::pyo3::exceptions::PySystemExit;
use pyembed::pyo3::prelude::*;

use crate::guarded;

/// `enum pyembed_code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
#[allow(missing_docs, reason = "the header says what they mean")]
pub enum Code {
    Ok = 0,
    CannotStart = 1,
    SecondStart = 2,
    NotStarted = 3,
    Ended = 4,
    WrongThread = 5,
    WrongArgument = 6,
    Exception = 7,
    Bug = 8,
}

/// `struct pyembed_error`.
#[derive(Debug)]
pub struct Error {
    code: Code,
    message: CString,
    traceback: CString,
    exit_code: c_int,
}

impl Error {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        let message = message.into();
        let traceback = format!("{message}\n");
        Self { code, message: c_text(message), traceback: c_text(traceback), exit_code: 1 }
    }

    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// That of an exception that nobody has caught.
    pub(crate) fn of_exception(py: Python<'_>, error: &PyErr) -> Self {
        let message = error.to_string();
        let lines = || -> PyResult<String> {
            let lines =
                py.import("traceback")?.call_method1("format_exception", (error.value(py),))?;
            Ok(lines.extract::<Vec<String>>()?.concat())
        };
        // The application may have no such module, or an exception that does not let itself be shown.
        let traceback = lines().unwrap_or_else(|_| format!("{message}\n"));
        let exit_code = match error.is_instance_of::<PySystemExit>(py) {
            true => exit_code(py, error),
            false => 1,
        };
        let (message, traceback) = (c_text(message), c_text(traceback));
        Self { code: Code::Exception, message, traceback, exit_code }
    }
}

/// The exit code that a `SystemExit` asks for, of which the operating system keeps the low eight bits.
fn exit_code(py: Python<'_>, error: &PyErr) -> c_int {
    match error.value(py).getattr("code") {
        Ok(code) if code.is_none() => 0,
        Ok(code) => code.extract::<i64>().map_or(1, |code| code as c_int),
        Err(_) => 1,
    }
}

/// A text for C, up to its first NUL byte.
fn c_text(text: String) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

/// Runs what C has called for, and gives it the code, and the error where it wants that.
///
/// # Safety
///
/// NULL, or a place to write to.
pub(crate) unsafe fn deliver(
    place: *mut *mut Error,
    run: impl FnOnce() -> Result<(), Error>,
) -> Code {
    let (code, error) = match guarded(run) {
        Ok(()) => (Code::Ok, ptr::null_mut()),
        Err(error) => (error.code, Box::into_raw(Box::new(error))),
    };
    if !place.is_null() {
        // SAFETY: as the caller says.
        unsafe { place.write(error) };
    } else if !error.is_null() {
        // SAFETY: it was boxed above, and nobody else has it.
        drop(unsafe { Box::from_raw(error) });
    }
    code
}

/// `pyembed_error_code()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_error_code(error: *const Error) -> Code {
    // SAFETY: NULL or an error of the caller's.
    unsafe { error.as_ref() }.map_or(Code::Ok, |error| error.code)
}

/// `pyembed_error_message()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_error_message(error: *const Error) -> *const c_char {
    // SAFETY: NULL or an error of the caller's.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

/// `pyembed_error_traceback()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_error_traceback(error: *const Error) -> *const c_char {
    // SAFETY: NULL or an error of the caller's.
    unsafe { error.as_ref() }.map_or(c"".as_ptr(), |error| error.traceback.as_ptr())
}

/// `pyembed_error_exit_code()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_error_exit_code(error: *const Error) -> c_int {
    // SAFETY: NULL or an error of the caller's.
    unsafe { error.as_ref() }.map_or(0, |error| error.exit_code)
}

/// `pyembed_error_free()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_error_free(error: *mut Error) {
    if !error.is_null() {
        // SAFETY: an error that `deliver` gave, and that the caller uses no more.
        drop(unsafe { Box::from_raw(error) });
    }
}
