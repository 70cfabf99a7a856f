//! Writes down which modules an application loads: `write_modules_directory_env`.

use std::ffi::{OsStr, OsString};

use pyo3::prelude::*;

use crate::{importer, sys};

/// The folder that the environment names, if it names one. That of a user whose rights are fewer
/// than the program's names none.
pub(crate) fn folder(variable: Option<&str>) -> Option<OsString> {
    if sys::is_privileged() {
        return None;
    }
    variable.and_then(std::env::var_os).filter(|folder| !folder.is_empty())
}

/// Has the list of loaded modules written into `folder` when the interpreter ends.
pub(crate) fn start(py: Python<'_>, folder: &OsStr) {
    let started = || importer::part(py, "probe")?.call_method1("start", (folder,)).map(drop);
    if let Err(error) = started() {
        error.print(py);
    }
}
