//! The C interface of `pyembed`, as `include/pyembed.h` describes it.
//!
//! It is not the interface to Python's objects, which is CPython's own, but what a program needs to have a Python: to start,
//! to run what is packed, to call it with texts, to end. No call is undefined that C can make with valid pointers: each says
//! what is wrong with it.
//!
//! * `error`: errors as C sees them.
//! * `options`: what is different from what was packed.
//! * `state`: the one interpreter of the process.

#![allow(unsafe_code)]

mod error;
mod options;
mod state;

use std::ffi::{CStr, CString, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use error::deliver;
pub use error::{Code, Error};
pub use options::Options;

/// A text that C gives.
///
/// # Safety
///
/// NULL, or a string that ends in NUL and outlives the result.
unsafe fn text<'a>(what: &str, text: *const c_char) -> Result<&'a str, Error> {
    if text.is_null() {
        return Err(Error::new(Code::WrongArgument, format!("{what} is NULL")));
    }
    // SAFETY: as the caller says.
    let text = unsafe { CStr::from_ptr(text) };
    text.to_str().map_err(|_| Error::new(Code::WrongArgument, format!("{what} is no UTF-8")))
}

/// Writes where C wants to know it.
///
/// # Safety
///
/// NULL, or a place to write to.
unsafe fn write<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: as the caller says.
        unsafe { place.write(value) };
    }
}

/// `pyembed_run_if_python()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_run_if_python(exit_code: *mut c_int) -> c_int {
    let Some(code) = catch_unwind(pyembed::for_c::run_if_python).unwrap_or(Some(1)) else {
        return 0;
    };
    // SAFETY: as the caller says.
    unsafe { write(exit_code, code) };
    1
}

/// `pyembed_main()`.
#[unsafe(no_mangle)]
pub extern "C" fn pyembed_main() -> c_int {
    catch_unwind(pyembed::for_c::run).unwrap_or(1)
}

/// `pyembed_start()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_start(options: *const Options, error: *mut *mut Error) -> Code {
    // SAFETY: NULL or options of the caller's.
    let options = unsafe { options.as_ref() };
    // SAFETY: as the caller says.
    unsafe { deliver(error, || state::start(options)) }
}

/// `pyembed_is_running()`.
#[unsafe(no_mangle)]
pub extern "C" fn pyembed_is_running() -> c_int {
    c_int::from(state::is_running())
}

/// `pyembed_run_application()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_run_application(
    exit_code: *mut c_int,
    error: *mut *mut Error,
) -> Code {
    let run = || {
        let code = state::take()?.run();
        // SAFETY: as the caller says.
        unsafe { write(exit_code, code) };
        Ok(())
    };
    // SAFETY: as the caller says.
    unsafe { deliver(error, run) }
}

/// `pyembed_finish()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_finish(exit_code: *mut c_int, error: *mut *mut Error) -> Code {
    let finish = || {
        let code = pyembed::for_c::finish(state::take()?);
        // SAFETY: as the caller says.
        unsafe { write(exit_code, code) };
        Ok(())
    };
    // SAFETY: as the caller says.
    unsafe { deliver(error, finish) }
}

/// `pyembed_execute()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_execute(
    code: *const c_char,
    name: *const c_char,
    error: *mut *mut Error,
) -> Code {
    let execute = || {
        // SAFETY: as the caller says.
        let code = unsafe { text("the code", code) }?;
        // SAFETY: as the caller says.
        let name = if name.is_null() { "<string>" } else { unsafe { text("the name", name) }? };
        state::execute(code, name)
    };
    // SAFETY: as the caller says.
    unsafe { deliver(error, execute) }
}

/// `pyembed_call_function()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_call_function(
    function: *const c_char,
    arguments: *const *const c_char,
    count: usize,
    result: *mut *mut c_char,
    error: *mut *mut Error,
) -> Code {
    // SAFETY: as the caller says.
    unsafe { write(result, ptr::null_mut()) };
    let call = || {
        // SAFETY: as the caller says.
        let function = unsafe { text("the function's name", function) }?;
        if arguments.is_null() && count > 0 {
            return Err(Error::new(Code::WrongArgument, "the array of arguments is NULL"));
        }
        let mut texts = Vec::with_capacity(count);
        for index in 0..count {
            // SAFETY: the caller's array has `count` texts.
            texts.push(unsafe { text("an argument", *arguments.add(index)) }?);
        }
        let Some(returned) = state::call(function, &texts)? else { return Ok(()) };
        let returned = CString::new(returned).map_err(|_| {
            Error::new(Code::Exception, format!("what {function} has returned holds a NUL byte"))
        })?;
        if !result.is_null() {
            // SAFETY: as the caller says.
            unsafe { result.write(returned.into_raw()) };
        }
        Ok(())
    };
    // SAFETY: as the caller says.
    unsafe { deliver(error, call) }
}

/// `pyembed_text_free()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_text_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: a text that `pyembed_call_function` gave, and that the caller uses no more.
        drop(unsafe { CString::from_raw(text) });
    }
}

/// Runs what must not unwind into C.
fn guarded<T>(run: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
        Err(Error::new(Code::Bug, words.unwrap_or_else(|| "a panic without a message".to_owned())))
    })
}
