//! Errors of sessions as Python's exceptions, which are classes of `pywindll/errors.py`.

use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

use crate::error::Error;
use crate::options::InvalidOption;

/// The exception for an error.
pub(super) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let name = match error {
        Error::WineMissing { .. } | Error::LibrariesMissing { .. } => "WineNotFound",
        Error::Root | Error::ForeignPrefix { .. } => "PrefixRefused",
        Error::Start { .. } => "StartError",
        Error::Ended { .. } | Error::Closed => "SessionEnded",
        Error::Forked { .. } => "SessionForked",
        Error::Damaged(_) => "SessionDamaged",
        Error::ArenaFull { .. } | Error::TooManyThreads(_) | Error::TooManyCallbacks(_) => {
            "OutOfMemory"
        }
        Error::TooDeep(_) => "NestedTooDeep",
        Error::TooManyArguments { .. } => "ArgumentError",
        Error::Exception(_) | Error::Memory { .. } => "DllException",
        Error::System { source, .. } => {
            let number = source.raw_os_error();
            return PyOSError::new_err((number, error.to_string()));
        }
    };
    let made =
        py.import("pywindll.errors").and_then(|module| module.getattr(name)).and_then(|class| {
            let instance = class.call1((error.to_string(),))?;
            if let Error::Exception(record) = error {
                instance.setattr("code", record.code)?;
                instance.setattr("address", record.address)?;
            }
            Ok(PyErr::from_value(instance))
        });
    made.unwrap_or_else(|other| other)
}

impl From<InvalidOption> for PyErr {
    fn from(error: InvalidOption) -> Self {
        PyValueError::new_err(error.to_string())
    }
}

/// `?` for errors of sessions.
pub(super) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, Error> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| exception(py, &error))
    }
}
