//! Parts of the Python half that are there from the start in some processes: they watch imports.

use std::ffi::CStr;

use pyo3::ffi::{Py_DECREF, PyImport_AddModule, PyObject_CallMethod};
use pyresources::{FormatError, Resources, setting};

use crate::{resources, trace};

/// An exception is set.
pub(super) struct Raised;

/// Begins what this process needs: most need nothing.
///
/// # Safety
///
/// The thread is attached to an interpreter whose importer was just installed.
pub(super) unsafe fn begin() -> Result<(), Raised> {
    let is_pruned = resources::packed()
        .and_then(|resources| resources.setting(setting::PRUNED))
        .is_ok_and(|names| names.is_some());
    // The one that is begun last is asked first: it is to see what the other one makes of an import.
    for (part, is_wanted) in [(c"pruned", is_pruned), (c"trace", trace::is_on())] {
        if is_wanted {
            // SAFETY: as the caller promises.
            unsafe { begin_part(part)? };
        }
    }
    Ok(())
}

/// Executes a part and calls its function `start`.
///
/// # Safety
///
/// As for [`begin`].
unsafe fn begin_part(name: &CStr) -> Result<(), Raised> {
    // SAFETY: as the caller promises. The importer's module is the interpreter's own until that ends; the part and
    // the result are new references, given back here.
    unsafe {
        let importer = PyImport_AddModule(c"_frozen_importlib_external".as_ptr());
        if importer.is_null() {
            return Err(Raised);
        }
        let text = c"s".as_ptr();
        let part = PyObject_CallMethod(importer, c"_part".as_ptr(), text, name.as_ptr());
        if part.is_null() {
            return Err(Raised);
        }
        let result = PyObject_CallMethod(part, c"start".as_ptr(), std::ptr::null());
        Py_DECREF(part);
        if result.is_null() {
            return Err(Raised);
        }
        Py_DECREF(result);
    }
    Ok(())
}

/// Whether a module, or a package that it is in, is among those that were left out.
pub(super) fn is_pruned(resources: &Resources<'_>, name: &str) -> Result<bool, FormatError> {
    Ok(resources.setting(setting::PRUNED)?.is_some_and(|names| covers(names, name)))
}

/// Whether a name, or what it is below, is one of the lines.
fn covers(lines: &[u8], name: &str) -> bool {
    lines.split(|byte| *byte == b'\n').any(|line| {
        let rest = name.as_bytes().strip_prefix(line);
        rest.is_some_and(|rest| rest.first().is_none_or(|byte| *byte == b'.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_package_that_was_left_out_was_left_out() {
        let names = ["asyncio", "asyncio.events", "asyncio_", "email", "email.mime.text"];
        let found = names.map(|name| covers(b"asyncio\nemail.mime", name));
        assert_eq!(found, [true, true, false, false, true]);
    }
}
