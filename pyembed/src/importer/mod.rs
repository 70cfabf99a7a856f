//! The native half of the finder and loader of packed modules: the built-in module `_pymodules`.
//!
//! Its functions answer what the Python half (`bootstrap.py`) asks of the packed resources. They
//! keep no state, so that any number of sub-interpreters can use them, each with a lock of its
//! own. Modules made with `pyo3` cannot be imported there, so this one talks to the C API itself.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::ptr;

use pyo3::ffi::{
    METH_O, Py_INCREF, Py_None, Py_ssize_t, PyBytes_FromStringAndSize, PyCFunction,
    PyErr_SetString, PyExc_ImportError, PyLong_FromLong, PyMethodDef, PyMethodDefPointer,
    PyModuleDef, PyModuleDef_HEAD_INIT, PyModuleDef_Init, PyModuleDef_Slot, PyObject,
    PyUnicode_AsUTF8AndSize,
};
use pyresources::{FormatError, Kind, Resources, Role};

use crate::ffi::PyMarshal_ReadObjectFromString;
use crate::resources;

/// Name of the module.
pub(crate) const NAME: &CStr = c"_pymodules";

/// `PyInit__pymodules`: the interpreter calls it for each (sub-)interpreter that imports it.
pub(crate) unsafe extern "C" fn initialize() -> *mut PyObject {
    // SAFETY: `MODULE` lives as long as the process. CPython alone writes to it, at its first use,
    // which is this call on the main thread while the interpreter starts.
    unsafe { PyModuleDef_Init(&raw mut MODULE) }
}

static mut MODULE: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: NAME.as_ptr(),
    m_doc: c"Access to the modules that are packed into the executable.".as_ptr(),
    m_size: 0,
    m_methods: (&raw mut METHODS).cast(),
    m_slots: (&raw mut SLOTS).cast(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

static mut METHODS: [PyMethodDef; 5] = [
    method(c"find", find, c"find(name): 0 for a module, 1 for a package, 2 for a namespace."),
    method(c"code", code, c"code(name): a module's code object, None if it has no bytecode."),
    method(c"source", source, c"source(name): a module's source as bytes, None if it has none."),
    method(c"file", file, c"file(path): a packed file's contents as bytes, None if unknown."),
    PyMethodDef::zeroed(),
];

const fn method(name: &'static CStr, function: PyCFunction, doc: &'static CStr) -> PyMethodDef {
    PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: PyMethodDefPointer { PyCFunction: function },
        ml_flags: METH_O,
        ml_doc: doc.as_ptr(),
    }
}

const END: PyModuleDef_Slot = PyModuleDef_Slot { slot: 0, value: ptr::null_mut() };

/// Says that any interpreter may import the module, even one with a lock of its own. The slot is
/// newer than the stable ABI of 3.10: `Py_mod_multiple_interpreters` and
/// `Py_MOD_PER_INTERPRETER_GIL_SUPPORTED` of `moduleobject.h`.
#[cfg(python_3_12)]
static mut SLOTS: [PyModuleDef_Slot; 2] =
    [PyModuleDef_Slot { slot: 3, value: ptr::without_provenance_mut(2) }, END];
#[cfg(not(python_3_12))]
static mut SLOTS: [PyModuleDef_Slot; 1] = [END];

/// Why a function of this module has no answer.
enum Failure {
    /// A Python exception is set already.
    Raised,
    /// The packed resources are damaged.
    Damaged(FormatError),
}

impl From<FormatError> for Failure {
    fn from(error: FormatError) -> Self {
        Self::Damaged(error)
    }
}

/// Runs `answer` with the text of `argument`, and turns what it says into an object or exception.
///
/// # Safety
///
/// `argument` is a valid object and the thread is attached to the interpreter.
unsafe fn respond(
    argument: *mut PyObject,
    answer: impl FnOnce(&Resources<'static>, &str) -> Result<*mut PyObject, Failure>,
) -> *mut PyObject {
    let mut length: Py_ssize_t = 0;
    // SAFETY: as the caller promises. The text is borrowed from `argument`, which the calling
    // frame keeps alive until this function returns.
    let text = unsafe {
        let data = PyUnicode_AsUTF8AndSize(argument, &raw mut length);
        if data.is_null() {
            return ptr::null_mut();
        }
        std::slice::from_raw_parts(data.cast::<u8>(), length as usize)
    };
    // `PyUnicode_AsUTF8AndSize` gives UTF-8; what is none cannot be a packed name either.
    let text = std::str::from_utf8(text).unwrap_or_default();
    let result =
        resources::packed().map_err(Failure::from).and_then(|resources| answer(resources, text));
    match result {
        Ok(object) => object,
        Err(Failure::Raised) => ptr::null_mut(),
        Err(Failure::Damaged(error)) => {
            let message = std::ffi::CString::new(error.to_string()).unwrap_or_default();
            // SAFETY: the exception type is a live static of CPython, the message ends in NUL.
            unsafe { PyErr_SetString(PyExc_ImportError, message.as_ptr()) };
            ptr::null_mut()
        }
    }
}

/// A new reference to `None`.
///
/// # Safety
///
/// The thread is attached to the interpreter.
unsafe fn none() -> *mut PyObject {
    // SAFETY: `None` lives as long as the interpreter, which the caller is attached to.
    unsafe {
        let none = Py_None();
        Py_INCREF(none);
        none
    }
}

/// An object of CPython's making, or the exception that it set.
fn object(object: *mut PyObject) -> Result<*mut PyObject, Failure> {
    if object.is_null() { Err(Failure::Raised) } else { Ok(object) }
}

/// A new `bytes` object, or `None`.
///
/// # Safety
///
/// The thread is attached to the interpreter.
unsafe fn bytes(contents: Option<&[u8]>) -> Result<*mut PyObject, Failure> {
    // SAFETY: the caller is attached; the pointer and the length are a slice's, and are copied.
    unsafe {
        match contents {
            Some(contents) => object(PyBytes_FromStringAndSize(
                contents.as_ptr().cast(),
                contents.len() as Py_ssize_t,
            )),
            None => Ok(none()),
        }
    }
}

unsafe extern "C" fn find(_module: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: the interpreter calls a `METH_O` function attached, with a borrowed reference that
    // lives through the call.
    unsafe {
        respond(name, |resources, name| match resources.module(name)? {
            Some(entry) => object(PyLong_FromLong(entry.module_kind()? as _)),
            None => Ok(none()),
        })
    }
}

unsafe extern "C" fn code(_module: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: the interpreter calls a `METH_O` function attached, with a borrowed reference that
    // lives through the call. `marshal` stays within the slice, which is static; what it reads is
    // what the packager wrote, the executable's own code as much as its machine code is.
    unsafe {
        respond(name, |resources, name| {
            let entry = resources.module(name)?;
            match entry.map(|entry| entry.get(Role::Bytecode)).transpose()?.flatten() {
                Some(code) => object(PyMarshal_ReadObjectFromString(
                    code.as_ptr().cast(),
                    code.len() as Py_ssize_t,
                )),
                None => Ok(none()),
            }
        })
    }
}

unsafe extern "C" fn source(_module: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: the interpreter calls a `METH_O` function attached, with a borrowed reference that
    // lives through the call.
    unsafe {
        respond(name, |resources, name| {
            let entry = resources.module(name)?;
            bytes(entry.map(|entry| entry.get(Role::Source)).transpose()?.flatten())
        })
    }
}

unsafe extern "C" fn file(_module: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: the interpreter calls a `METH_O` function attached, with a borrowed reference that
    // lives through the call.
    unsafe {
        respond(path, |resources, path| {
            let entry = resources.find(Kind::File, path)?;
            bytes(entry.map(|entry| entry.get(Role::Contents)).transpose()?.flatten())
        })
    }
}
