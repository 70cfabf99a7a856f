//! From a Python string to packed resources, and back to Python objects and exceptions.

use std::borrow::Cow;
use std::ffi::CString;
use std::io;
use std::ptr;

use pyo3::ffi::{
    Py_DECREF, Py_False, Py_INCREF, Py_None, Py_True, Py_ssize_t, PyBytes_AsString,
    PyBytes_FromStringAndSize, PyBytes_Size, PyErr_Clear, PyErr_SetString, PyExc_ImportError,
    PyExc_TypeError, PyList_Append, PyList_New, PyObject, PyUnicode_AsUTF8AndSize, PyUnicode_Check,
    PyUnicode_DecodeFSDefaultAndSize, PyUnicode_EncodeFSDefault, PyUnicode_FromStringAndSize,
};
use pyresources::{Content, FormatError, Resources};

use crate::ffi::pyembed_read_code;
use crate::sources::{self, Source};
use crate::{files, resources};

/// What a function of the module gives: a new reference, or why there is none.
pub(super) type Answer = Result<*mut PyObject, Failure>;

/// Why a function of the module has no answer.
pub(super) enum Failure {
    /// A Python exception is set already.
    Raised,
    /// The packed resources are damaged.
    Damaged(FormatError),
    /// A packed resource cannot be unpacked.
    Unpack(io::Error),
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
pub(super) unsafe fn respond(
    argument: *mut PyObject,
    answer: impl FnOnce(&'static Resources<'static>, &str) -> Answer,
) -> *mut PyObject {
    // SAFETY: as the caller promises. The calling frame keeps the argument alive until this function returns.
    let Some(text) = (unsafe { borrowed(argument) }) else { return ptr::null_mut() };
    let result =
        resources::packed().map_err(Failure::from).and_then(|resources| answer(resources, text));
    // SAFETY: the thread is attached, as the caller promises.
    unsafe { finish(text, result) }
}

/// As [`respond`], for the name of a module: any string, of which one that is not Unicode text names nothing.
///
/// # Safety
///
/// As for [`respond`].
pub(super) unsafe fn respond_to_name(
    argument: *mut PyObject,
    answer: impl FnOnce(&'static Resources<'static>, &str) -> Answer,
) -> *mut PyObject {
    // SAFETY: as the caller promises. The calling frame keeps the argument alive until this function returns.
    unsafe {
        let text = match borrowed(argument) {
            Some(text) => text,
            None if PyUnicode_Check(argument) != 0 => {
                PyErr_Clear();
                ""
            }
            None => return ptr::null_mut(),
        };
        let result = resources::packed()
            .map_err(Failure::from)
            .and_then(|resources| answer(resources, text));
        finish(text, result)
    }
}

/// The object of an answer about `name`, or NULL and an exception.
///
/// # Safety
///
/// The thread is attached to the interpreter.
pub(super) unsafe fn finish(name: &str, result: Answer) -> *mut PyObject {
    match result {
        Ok(object) => object,
        Err(failure) => {
            // SAFETY: as the caller promises.
            unsafe { failure.raise(name) };
            ptr::null_mut()
        }
    }
}

/// As [`respond`], for a path in the place of a name: `answer` gets the source and the path there that it leads to. The result
/// is `None` where it leads elsewhere.
///
/// # Safety
///
/// As for [`respond`].
pub(super) unsafe fn respond_to_path(
    path: *mut PyObject,
    answer: impl FnOnce(Source, &str) -> Answer,
) -> *mut PyObject {
    // SAFETY: as the caller promises.
    unsafe {
        if PyUnicode_Check(path) == 0 {
            PyErr_SetString(PyExc_TypeError, c"expected a path as a string".as_ptr());
            return ptr::null_mut();
        }
        let Some(packed) = packed_path(path) else { return none() };
        let result = resources::packed().map_err(Failure::from).and_then(|resources| {
            let (source, path) = sources::at(resources, &packed);
            answer(source, path)
        });
        finish(&packed, result)
    }
}

/// The packed path that a path leads to, `None` when it leads elsewhere.
///
/// # Safety
///
/// `path` is a `str` that outlives the result, and the thread is attached to the interpreter.
pub(super) unsafe fn packed_path<'a>(path: *mut PyObject) -> Option<Cow<'a, str>> {
    let mut length: Py_ssize_t = 0;
    // SAFETY: as the caller promises; the text is the object's own.
    unsafe {
        let data = PyUnicode_AsUTF8AndSize(path, &raw mut length);
        if !data.is_null() {
            return files::packed(std::slice::from_raw_parts(data.cast::<u8>(), length as usize));
        }
        // The path of the executable need not be UTF-8.
        PyErr_Clear();
        let encoded = PyUnicode_EncodeFSDefault(path);
        if encoded.is_null() {
            PyErr_Clear();
            return None;
        }
        let (data, length) = (PyBytes_AsString(encoded), PyBytes_Size(encoded));
        let bytes = std::slice::from_raw_parts(data.cast::<u8>(), length as usize);
        let packed = files::packed(bytes).map(|packed| Cow::Owned(packed.into_owned()));
        Py_DECREF(encoded);
        packed
    }
}

/// A new `str` object: the path that what is packed at a path seems to have.
///
/// # Safety
///
/// The thread is attached to the interpreter.
pub(super) unsafe fn path_text(packed: &str) -> Answer {
    let path = files::seeming_path(packed);
    if let Ok(path) = std::str::from_utf8(&path) {
        // SAFETY: the caller is attached.
        return unsafe { text(path) };
    }
    // SAFETY: the caller is attached; the pointer and the length are a slice's, and are copied.
    object(unsafe {
        PyUnicode_DecodeFSDefaultAndSize(path.as_ptr().cast(), path.len() as Py_ssize_t)
    })
}

/// The text of a string; `None` with an exception set for what is none.
///
/// # Safety
///
/// `string` is a valid object that outlives the result, and the thread is attached to the interpreter.
pub(super) unsafe fn borrowed<'a>(string: *mut PyObject) -> Option<&'a str> {
    let mut length: Py_ssize_t = 0;
    // SAFETY: as the caller promises; the text is the object's own.
    let text = unsafe {
        let data = PyUnicode_AsUTF8AndSize(string, &raw mut length);
        if data.is_null() {
            return None;
        }
        std::slice::from_raw_parts(data.cast::<u8>(), length as usize)
    };
    // `PyUnicode_AsUTF8AndSize` gives UTF-8; what is none cannot be a packed name either.
    Some(std::str::from_utf8(text).unwrap_or_default())
}

impl Failure {
    /// Sets the Python exception for an answer about `name`.
    ///
    /// # Safety
    ///
    /// The thread is attached to the interpreter.
    unsafe fn raise(self, name: &str) {
        let message = match self {
            Self::Raised => return,
            Self::Damaged(error) => format!("cannot read {name:?} in the executable: {error}"),
            Self::Unpack(error) => format!("cannot unpack {name:?} in the executable: {error}"),
        };
        let message = CString::new(message).unwrap_or_default();
        // SAFETY: the exception type is a live static of CPython, the message ends in NUL.
        unsafe { PyErr_SetString(PyExc_ImportError, message.as_ptr()) };
    }
}

/// A new reference to `None`.
///
/// # Safety
///
/// The thread is attached to the interpreter.
pub(super) unsafe fn none() -> *mut PyObject {
    // SAFETY: `None` lives as long as the interpreter, which the caller is attached to.
    unsafe {
        let none = Py_None();
        Py_INCREF(none);
        none
    }
}

/// A new reference to `True` or `False`.
///
/// # Safety
///
/// The thread is attached to the interpreter.
pub(super) unsafe fn boolean(value: bool) -> *mut PyObject {
    // SAFETY: both live as long as the interpreter, which the caller is attached to.
    unsafe {
        let object = if value { Py_True() } else { Py_False() };
        Py_INCREF(object);
        object
    }
}

/// An object of CPython's making, or the exception that it set.
pub(super) fn object(object: *mut PyObject) -> Answer {
    if object.is_null() { Err(Failure::Raised) } else { Ok(object) }
}

/// A new `bytes` object, or `None`.
///
/// # Safety
///
/// The thread is attached to the interpreter.
pub(super) unsafe fn bytes(content: Option<Content<'_>>) -> Answer {
    let Some(content) = content else {
        // SAFETY: the caller is attached.
        return Ok(unsafe { none() });
    };
    let contents = resources::unpack(&content).map_err(Failure::Unpack)?;
    // SAFETY: the caller is attached; the pointer and the length are a slice's, and are copied.
    object(unsafe {
        PyBytes_FromStringAndSize(contents.as_ptr().cast(), contents.len() as Py_ssize_t)
    })
}

/// A new code object, or `None`; its file name is `filename` unless that is NULL.
///
/// # Safety
///
/// The thread is attached to the interpreter, the content is marshalled code of the packager's, and
/// `filename` is NULL or a valid `str`.
pub(super) unsafe fn code(content: Option<Content<'_>>, filename: *mut PyObject) -> Answer {
    let Some(content) = content else {
        // SAFETY: the caller is attached.
        return Ok(unsafe { none() });
    };
    let code = resources::unpack(&content).map_err(Failure::Unpack)?;
    // SAFETY: the caller is attached and vouches for `filename`. The reader stays within the slice;
    // what it reads is what the packager wrote, as the record's checksum has shown: the executable's
    // own code as much as its machine code is.
    object(unsafe { pyembed_read_code(code.as_ptr().cast(), code.len() as Py_ssize_t, filename) })
}

/// A new `str` object.
///
/// # Safety
///
/// The thread is attached to the interpreter.
pub(super) unsafe fn text(text: &str) -> Answer {
    // SAFETY: the caller is attached; the pointer and the length are a string's, and are copied.
    object(unsafe { PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as Py_ssize_t) })
}

/// A new list of what `items` gives.
///
/// # Safety
///
/// The thread is attached to the interpreter, and each item is a new reference.
pub(super) unsafe fn list(items: impl Iterator<Item = Answer>) -> Answer {
    // SAFETY: the caller is attached. The list is this function's own until it is returned, and
    // takes a reference of its own to each item, whose first one is given back.
    unsafe {
        let list = object(PyList_New(0))?;
        for item in items {
            let appended = item.and_then(|item| {
                let status = PyList_Append(list, item);
                Py_DECREF(item);
                if status == 0 { Ok(()) } else { Err(Failure::Raised) }
            });
            if let Err(failure) = appended {
                Py_DECREF(list);
                return Err(failure);
            }
        }
        Ok(list)
    }
}
