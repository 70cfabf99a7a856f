//! The native half of the finder and loader of packed modules: the built-in module `_pymodules`.
//!
//! Its functions answer what the Python half asks of the packed resources: `bootstrap.py`, which
//! takes part in every import, and the parts beside it for what is seldom used. They keep no state
//! of an interpreter, so that any number of sub-interpreters can use them, each with a lock of its
//! own. Modules made with `pyo3` cannot be imported there, so this one talks to the C API itself.
//!
//! * `functions`: what the module can be asked.
//! * `watch`: parts of the Python half that watch imports, in processes that need it.
//! * `answer`: from a Python string to resources, and back to Python objects and exceptions.

#![allow(unsafe_code)]

mod answer;
mod functions;
mod watch;

use std::ffi::CStr;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use pyo3::ffi::{
    METH_FASTCALL, METH_NOARGS, METH_O, PyCFunction, PyCFunctionFast, PyMethodDef,
    PyMethodDefPointer, PyModuleDef, PyModuleDef_HEAD_INIT, PyModuleDef_Init, PyModuleDef_Slot,
    PyObject,
};
use pyo3::prelude::*;
use pyresources::setting;

/// Name of the module.
pub(crate) const NAME: &CStr = c"_pymodules";

/// Whether folders of the machine are searched for modules, too.
static SEARCHES_PATH: AtomicBool = AtomicBool::new(false);
/// Whether the interpreter is python, not the application.
static IS_PYTHON: AtomicBool = AtomicBool::new(false);
/// Whether the variable `PYTHONPATH` counts.
static HEEDS_PYTHONPATH: AtomicBool = AtomicBool::new(false);
/// Whether that is the Python of a virtual environment.
static IN_ENVIRONMENT: AtomicBool = AtomicBool::new(false);
/// Level of the bytecode that is preferred where there are several.
static OPTIMIZE_LEVEL: AtomicU8 = AtomicU8::new(0);

/// Whether CPython itself sets the C library's locale when it starts.
static CPYTHON_SETS_LOCALE: AtomicBool = AtomicBool::new(false);

/// Says how the importer works; to be called before the interpreter starts.
pub(crate) fn configure(
    searches_path: bool,
    is_python: bool,
    in_environment: bool,
    uses_environment: bool,
    optimize_level: u8,
) {
    CPYTHON_SETS_LOCALE.store(is_python || uses_environment, Ordering::Relaxed);
    IS_PYTHON.store(is_python, Ordering::Relaxed);
    let heeds_pythonpath = is_python || (uses_environment && searches_path);
    HEEDS_PYTHONPATH.store(heeds_pythonpath, Ordering::Relaxed);
    IN_ENVIRONMENT.store(in_environment, Ordering::Relaxed);
    SEARCHES_PATH.store(searches_path, Ordering::Relaxed);
    OPTIMIZE_LEVEL.store(optimize_level, Ordering::Relaxed);
}

/// One of the parts of the Python half.
pub(crate) fn part<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(setting::BOOTSTRAP_MODULE)?.call_method1("_part", (name,))
}

/// `PyInit__pymodules`: the interpreter calls it for each (sub-)interpreter that imports it.
pub(crate) unsafe extern "C" fn initialize() -> *mut PyObject {
    // SAFETY: `MODULE` lives as long as the process. CPython alone writes to it, at its first use,
    // which is this call on the main thread while the interpreter starts.
    unsafe { PyModuleDef_Init(&raw mut MODULE) }
}

static mut MODULE: PyModuleDef = PyModuleDef {
    m_base: PyModuleDef_HEAD_INIT,
    m_name: NAME.as_ptr(),
    m_doc: c"Access to what is packed into the executable.".as_ptr(),
    m_size: 0,
    m_methods: (&raw mut METHODS).cast(),
    m_slots: (&raw mut SLOTS).cast(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
};

static mut METHODS: [PyMethodDef; 22] = [
    fast_method(
        c"find",
        functions::find,
        c"find(name, path): kind and file of a module: 0 for a module, 1 for a package, 4 more for an \
          extension module; None if no folder of ours has it before one of others.",
    ),
    fast_method(
        c"is_elsewhere",
        functions::is_elsewhere,
        c"is_elsewhere(name, path): whether there may be a module that find() does not give.",
    ),
    method(
        c"code",
        functions::code,
        c"code(path): the code object of a module's file, None if it has no bytecode.",
    ),
    method(
        c"source",
        functions::source,
        c"source(path): the source in a module's file as bytes, None if it has none.",
    ),
    method(
        c"part",
        functions::part,
        c"part(name): the code object of a piece of the import system.",
    ),
    method(
        c"submodules",
        functions::submodules,
        c"submodules(path): names of the modules in a folder, each with whether it is a package.",
    ),
    method(c"file", functions::file, c"file(path): contents of a file as bytes, None if not packed."),
    method(
        c"is_folder",
        functions::is_folder,
        c"is_folder(path): whether a path is that of the executable or of a packed folder.",
    ),
    method(
        c"distributions",
        functions::distributions,
        c"distributions(name): metadata folders of the distribution of that name, '' for all.",
    ),
    method(
        c"libraries",
        functions::libraries,
        c"libraries(beginning): paths of the shared libraries that begin so, '' for all.",
    ),
    method(
        c"pruned",
        functions::pruned,
        c"pruned(name): whether a module was left out because nobody had loaded it.",
    ),
    method(c"began", functions::began, c"began(name): note that an import begins."),
    fast_method(
        c"ended",
        functions::ended,
        c"ended(name, kind, detail): note that an import has ended.",
    ),
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"installed",
            functions::installed,
            c"installed(): begin what is to watch imports.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"set_locale",
            functions::set_locale,
            c"set_locale(): set the C library's locale as python does when it starts.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"in_environment",
            functions::in_environment,
            c"in_environment(): whether this is the Python of a virtual environment.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"root",
            functions::root,
            c"root(): the executable's path, below which packed files seem to lie.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"searches_path",
            functions::searches_path,
            c"searches_path(): whether folders of the machine are searched for modules, too.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"is_python",
            functions::is_python,
            c"is_python(): whether this process was started to be python, not the application.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"refusal",
            functions::refusal,
            c"refusal(): why no process can be started to be python; None if one can.",
        )
    },
    PyMethodDef {
        ml_flags: METH_NOARGS,
        ..method(
            c"pythonpath",
            functions::pythonpath,
            c"pythonpath(): the variable PYTHONPATH where it counts, else None.",
        )
    },
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

const fn fast_method(
    name: &'static CStr,
    function: PyCFunctionFast,
    doc: &'static CStr,
) -> PyMethodDef {
    PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: PyMethodDefPointer { PyCFunctionFast: function },
        ml_flags: METH_FASTCALL,
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
