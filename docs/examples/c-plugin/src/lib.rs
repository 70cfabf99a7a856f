//! The plug-in `libformula.so`: see `formula.h`.

use std::ffi::{CStr, c_char, c_int};
use std::panic::catch_unwind;

use pyembed::Interpreter;
use pyo3::prelude::*;

/// Evaluates a formula at each value; an error is one line.
fn evaluate(formula: &str, x: &[f64]) -> Result<Vec<f64>, String> {
    let python = Interpreter::get_or_start().map_err(|error| error.to_string())?;
    python.attach(|py| {
        let result = py
            .import("formulas")
            .and_then(|formulas| formulas.call_method1("evaluate", (formula, x.to_vec())))
            .and_then(|values| values.extract());
        result.map_err(|error| error.to_string())
    })
}

/// The plug-in's function, as `formula.h` describes it.
///
/// # Safety
///
/// The pointers are as in `formula.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn formula_evaluate(
    formula: *const c_char,
    x: *const f64,
    count: usize,
    y: *mut f64,
    message: *mut c_char,
    capacity: usize,
) -> c_int {
    // SAFETY: the caller gives a string that ends in NUL, and `count` numbers.
    let (formula, x) = unsafe { (CStr::from_ptr(formula), std::slice::from_raw_parts(x, count)) };
    // A panic must not reach the program.
    let result = catch_unwind(|| evaluate(&formula.to_string_lossy(), x));
    let error = match result.unwrap_or_else(|_| Err("the plug-in has a bug".to_owned())) {
        Ok(values) if values.len() == count => {
            // SAFETY: the caller has room for `count` numbers.
            unsafe { y.copy_from_nonoverlapping(values.as_ptr(), count) };
            return 0;
        }
        Ok(values) => format!("the formula has {} values in place of {count}", values.len()),
        Err(error) => error,
    };
    let length = error.len().min(capacity.saturating_sub(1));
    if capacity > 0 {
        // SAFETY: the caller has room for so many bytes, one more than `length` at least.
        unsafe {
            message.copy_from_nonoverlapping(error.as_ptr().cast(), length);
            *message.add(length) = 0;
        }
    }
    1
}
