//! What is known of ctypes' types and objects: where their memory is, and how DLLs lay it out.

use std::ffi::{c_char, c_int, c_void};

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::PyList;

/// What an object of a type is, as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number or a character, passed by value.
    Simple,
    /// An address with something behind it: `POINTER(T)`, `c_char_p`, `c_wchar_p`, `c_void_p`.
    Pointer,
    /// The address of a routine or callback, which is the DLLs' already.
    Function,
    /// Passed by the address of its first element.
    Array,
    /// A structure or union, passed by value.
    Structure,
}

/// One step of copying an object between the host's layout and the DLLs'.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) step: Step,
    /// Offset in the host.
    pub(super) host: usize,
    /// Offset in the DLLs' layout.
    pub(super) guest: usize,
    /// Bytes in the host.
    pub(super) length: usize,
}

/// How the bytes of an [`Item`] change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Not at all.
    Copy,
    /// An address of memory: from 8 bytes to those of the DLLs' pointers, and moved with what it points to.
    Pointer,
    /// An address of code, likewise but never moved.
    Function,
    /// The C library's `wchar_t`: 4 bytes to 2.
    Wchar,
}

/// How objects of one type of ctypes are passed to DLLs of one session. Made by `pywindll/layout.py`.
#[pyclass(frozen, module = "pywindll._native")]
#[derive(Debug)]
pub(super) struct TypeInfo {
    pub(super) kind: Kind,
    /// The letter of a simple type, as ctypes and `struct` have it.
    pub(super) code: char,
    pub(super) host_size: usize,
    pub(super) guest_size: usize,
    /// Empty where the bytes are the same on both sides and none of them is an address.
    pub(super) items: Vec<Item>,
}

#[pymethods]
impl TypeInfo {
    #[new]
    fn new(
        kind: &str,
        code: char,
        host_size: usize,
        guest_size: usize,
        items: Vec<(char, usize, usize, usize)>,
        pointer_size: usize,
    ) -> PyResult<Self> {
        let kind = match kind {
            "simple" => Kind::Simple,
            "pointer" => Kind::Pointer,
            "function" => Kind::Function,
            "array" => Kind::Array,
            "structure" => Kind::Structure,
            _ => return Err(PyValueError::new_err(format!("{kind}: no kind of type"))),
        };
        let items = items.into_iter().map(|(step, host, guest, length)| {
            let (step, guest_length) = match step {
                'C' => (Step::Copy, length),
                'P' => (Step::Pointer, pointer_size),
                'F' => (Step::Function, pointer_size),
                'u' => (Step::Wchar, 2),
                _ => return Err(PyValueError::new_err(format!("{step}: no step"))),
            };
            let inside = host.checked_add(length).is_some_and(|end| end <= host_size)
                && guest.checked_add(guest_length).is_some_and(|end| end <= guest_size);
            let sized =
                matches!(step, Step::Copy) || length == if step == Step::Wchar { 4 } else { 8 };
            if inside && sized {
                Ok(Item { step, host, guest, length })
            } else {
                Err(PyValueError::new_err("an item lies outside of its type"))
            }
        });
        Ok(Self { kind, code, host_size, guest_size, items: items.collect::<PyResult<_>>()? })
    }

    #[getter]
    fn kind(&self) -> String {
        format!("{:?}", self.kind).to_lowercase()
    }

    #[getter]
    fn host_size(&self) -> usize {
        self.host_size
    }

    #[getter]
    fn guest_size(&self) -> usize {
        self.guest_size
    }

    #[getter]
    fn plain(&self) -> bool {
        self.items.is_empty()
    }

    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(
            py,
            self.items
                .iter()
                .map(|item| (format!("{:?}", item.step), item.host, item.guest, item.length)),
        )
    }
}

/// What [`TypeInfo`] says, changed by `byref`: the memory of an object from an offset on.
#[pyclass(frozen, module = "pywindll._native")]
pub(super) struct ByRef {
    #[pyo3(get, name = "_obj")]
    pub(super) object: Py<PyAny>,
    #[pyo3(get)]
    pub(super) offset: isize,
}

#[pymethods]
impl ByRef {
    #[new]
    #[pyo3(signature = (obj, offset = 0))]
    fn new(obj: Py<PyAny>, offset: isize) -> Self {
        Self { object: obj, offset }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.object)
    }
}

/// `Py_buffer` of CPython. Its layout is that of all versions since 3.3 (it was made part of the
/// stable ABI as it is in 3.11, PEP 384 and bpo-45459), but pyo3 offers it only from 3.11 on.
#[repr(C)]
struct RawBuffer {
    address: *mut c_void,
    object: *mut ffi::PyObject,
    length: ffi::Py_ssize_t,
    item_size: ffi::Py_ssize_t,
    read_only: c_int,
    dimensions: c_int,
    format: *mut c_char,
    shape: *mut ffi::Py_ssize_t,
    strides: *mut ffi::Py_ssize_t,
    suboffsets: *mut ffi::Py_ssize_t,
    internal: *mut c_void,
}

unsafe extern "C" {
    fn PyObject_GetBuffer(object: *mut ffi::PyObject, view: *mut RawBuffer, flags: c_int) -> c_int;
    fn PyBuffer_Release(view: *mut RawBuffer);
}

const PYBUF_SIMPLE: c_int = 0;

/// The memory of an object, which stays where it is while this exists.
pub(super) struct Buffer(Box<RawBuffer>);

impl Buffer {
    /// The memory of an object that has one, contiguous.
    ///
    /// # Errors
    ///
    /// What the object raises where it has none.
    pub(super) fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut view = Box::new(RawBuffer {
            address: std::ptr::null_mut(),
            object: std::ptr::null_mut(),
            length: 0,
            item_size: 0,
            read_only: 0,
            dimensions: 0,
            format: std::ptr::null_mut(),
            shape: std::ptr::null_mut(),
            strides: std::ptr::null_mut(),
            suboffsets: std::ptr::null_mut(),
            internal: std::ptr::null_mut(),
        });
        // SAFETY: the GIL is held, as `Bound` shows; the view stays where it is until it is released.
        if unsafe { PyObject_GetBuffer(object.as_ptr(), &raw mut *view, PYBUF_SIMPLE) } != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        Ok(Self(view))
    }

    pub(super) fn address(&self) -> u64 {
        self.0.address as u64
    }

    pub(super) fn length(&self) -> usize {
        self.0.length.unsigned_abs()
    }

    pub(super) fn is_read_only(&self) -> bool {
        self.0.read_only != 0
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: buffers live on the stack of functions that hold the GIL; see `Marshaler`.
        unsafe { PyBuffer_Release(&raw mut *self.0) };
    }
}
