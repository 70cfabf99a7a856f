//! Python's `logging`, passed on to the logger of the Rust program: the crate [`log`], and `tracing` by its bridge from that.
//!
//! ```no_run
//! # use std::process::ExitCode;
//! # use pyo3::prelude::*;
//! fn main() -> ExitCode {
//!     // The program's own logger, before: `env_logger::init()`, or `tracing_subscriber::fmt::init()`.
//!     pyembed::main(|python| {
//!         python.attach(|py| {
//!             pyembed::logging::install(py)?;
//!             py.import("report")?.call_method0("show").map(drop)
//!         })
//!     })
//! }
//! ```
//!
//! A record of Python becomes one of Rust:
//!
//! | `logging` | `log` |
//! |---|---|
//! | name of the logger, such as `urllib3.connectionpool` | target |
//! | level: 40 and above, 30, 20, 10, and below | [`Level::Error`], `Warn`, `Info`, `Debug`, `Trace` |
//! | message; the traceback of an exception and the stack behind it | message |
//! | `module`, `pathname`, `lineno` | module path, file, line |
//!
//! Levels between those that Python names are the next lower one: 25 is `Info`.

use std::cell::Cell;
use std::ffi::CString;

use log::{Level, LevelFilter, Metadata, Record};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyModule, PyString};

/// The Python half.
const BRIDGE: &str = include_str!("bridge.py");

/// Passes on what Python code logs, from now on, to the logger of the Rust program.
///
/// Python's root logger gets one more handler, and the level of [`log::max_level`]: what Rust's logger would not take is not even
/// formatted. Handlers that were there stay, as do levels of other loggers. The program's own logger is to be set up before; after a
/// change of its level, and after `logging.config` has removed all handlers, this is called again.
///
/// Records come from all threads. Rust's logger is called without the interpreter, so it may wait, and it may call Python code;
/// what that logs on the same thread is not passed on again.
///
/// # Errors
///
/// A Python exception, such as that the module `logging` is not packed.
pub fn install(py: Python<'_>) -> PyResult<()> {
    static BRIDGE_MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let bridge = BRIDGE_MODULE.get_or_try_init(py, || {
        let source = CString::new(BRIDGE)?;
        let module = PyModule::from_code(py, &source, c"pyembed/logging.py", c"pyembed_logging")?;
        Ok::<_, PyErr>(module.unbind())
    })?;
    let level = python_level(log::max_level().min(log::STATIC_MAX_LEVEL));
    bridge.bind(py).call_method1("install", (functions(py)?, level)).map(drop)
}

/// What the handler calls.
fn functions(py: Python<'_>) -> PyResult<Bound<'_, PyModule>> {
    let module = PyModule::new(py, "pyembed_log")?;
    module.add_function(wrap_pyfunction!(is_enabled, &module)?)?;
    module.add_function(wrap_pyfunction!(log_record, &module)?)?;
    module.add_function(wrap_pyfunction!(flush, &module)?)?;
    Ok(module)
}

thread_local! {
    /// Whether Rust's logger is at work for a record of Python's, on this thread.
    static IS_LOGGING: Cell<bool> = const { Cell::new(false) };
}

/// Marks this thread as one on which Rust's logger is at work, until it is dropped.
struct Logging;

impl Logging {
    fn begin() -> Self {
        IS_LOGGING.set(true);
        Self
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        IS_LOGGING.set(false);
    }
}

/// Whether Rust's logger takes records of a target and level, and is not at work on this thread.
#[pyfunction]
fn is_enabled(target: &Bound<'_, PyString>, level: i64) -> bool {
    let level = rust_level(level);
    // The logger is asked last: that costs most, and it may log, too.
    let is_in_range = level <= log::STATIC_MAX_LEVEL && level <= log::max_level();
    if !is_in_range || IS_LOGGING.get() {
        return false;
    }
    let text = target.to_string_lossy();
    // Another thread may hold a lock of the logger's and wait for Python.
    target.py().detach(|| {
        let _logging = Logging::begin();
        log::logger().enabled(&Metadata::builder().target(&text).level(level).build())
    })
}

/// Gives a record to Rust's logger.
#[pyfunction]
#[pyo3(name = "log")]
fn log_record(
    target: &Bound<'_, PyString>,
    level: i64,
    message: &Bound<'_, PyString>,
    module: &Bound<'_, PyString>,
    file: &Bound<'_, PyString>,
    line: Option<u32>,
) {
    let py = target.py();
    // Paths, and so names of modules, may be no Unicode text.
    let [target, message, module, file] =
        [target, message, module, file].map(|text| text.to_string_lossy());
    py.detach(|| {
        let _logging = Logging::begin();
        log::logger().log(
            &Record::builder()
                .target(&target)
                .level(rust_level(level))
                .args(format_args!("{message}"))
                .module_path(Some(&module))
                .file(Some(&file))
                .line(line)
                .build(),
        );
    });
}

/// Has Rust's logger write what it has buffered.
#[pyfunction]
fn flush(py: Python<'_>) {
    py.detach(|| log::logger().flush());
}

/// Rust's level of a record with a level of Python's.
fn rust_level(level: i64) -> Level {
    match level {
        40.. => Level::Error,
        30.. => Level::Warn,
        20.. => Level::Info,
        10.. => Level::Debug,
        _ => Level::Trace,
    }
}

/// The least of Python's levels that become one that passes: that of a logger. `logging` names those from `DEBUG` on.
fn python_level(filter: LevelFilter) -> u8 {
    match filter {
        // Above `CRITICAL`.
        LevelFilter::Off => 51,
        LevelFilter::Error => 40,
        LevelFilter::Warn => 30,
        LevelFilter::Info => 20,
        LevelFilter::Debug => 10,
        // 0 would have a logger take its parent's level.
        LevelFilter::Trace => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_python_become_the_next_lower_ones_of_rust() {
        let levels = [-5, 0, 5, 10, 19, 20, 25, 30, 40, 50, 1000].map(rust_level);
        use Level::{Debug, Error, Info, Trace, Warn};
        let expected = [Trace, Trace, Trace, Debug, Debug, Info, Info, Warn, Error, Error, Error];
        assert_eq!(levels, expected);
    }

    #[test]
    fn what_passes_in_python_passes_in_rust() {
        for filter in LevelFilter::iter().filter(|filter| *filter != LevelFilter::Off) {
            let least = i64::from(python_level(filter));
            assert_eq!(rust_level(least).to_level_filter(), filter);
            assert!(least == 1 || rust_level(least - 1) > filter, "{filter}");
        }
    }
}
