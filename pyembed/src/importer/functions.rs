//! What the module `_pymodules` can be asked.
//!
//! Every function is called by the interpreter, attached, with a borrowed reference to its argument
//! that lives through the call; that is what each `SAFETY` below stands on.

use std::ffi::{CString, c_long};
use std::ptr;
use std::sync::atomic::Ordering;

use pyo3::ffi::{
    Py_DECREF, Py_ssize_t, PyErr_SetString, PyExc_TypeError, PyLong_FromLong, PyObject,
    PyTuple_Pack, PyUnicode_Check, PyUnicode_DecodeFSDefaultAndSize,
};
use pyresources::{Kind, Role};

use super::answer::{
    boolean, borrowed, bytes, code as code_object, list, none, object, respond, text,
};
use super::watch;
use super::{CPYTHON_SETS_LOCALE, IS_PYTHON, OPTIMIZE_LEVEL, SEARCHES_PATH};
use crate::trace::{self, Use};
use crate::{ffi, sys, tree};

/// What `find` adds to the kind of an extension module; `bootstrap.py` knows it.
const EXTENSION: c_long = 4;

/// `find(name)`: the module's kind as a number, `None` when it is not packed.
pub(super) unsafe extern "C" fn find(_: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(name, |resources, name| match resources.module(name)? {
            Some(entry) => {
                trace::used(Use::Found, name);
                let extension = if entry.has(Role::Extension) { EXTENSION } else { 0 };
                object(PyLong_FromLong(entry.module_kind() as c_long + extension))
            }
            None => Ok(none()),
        })
    }
}

/// `extension(name)`: path of the shared library of an extension module, `None` when it is none.
pub(super) unsafe extern "C" fn extension(_: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(name, |resources, name| {
            let Some(entry) = resources.module(name)? else { return Ok(none()) };
            let Some(path) = entry.get(Role::Extension)? else { return Ok(none()) };
            // Written by the packager as UTF-8, and never compressed by it.
            text(&String::from_utf8_lossy(path.bytes))
        })
    }
}

/// `code(name, filename)`: the module's code object, `None` when it has no bytecode.
pub(super) unsafe extern "C" fn code(
    _: *mut PyObject,
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    let level = OPTIMIZE_LEVEL.load(Ordering::Relaxed);
    // SAFETY: as for the others; the interpreter gives `count` arguments. The importer, the only
    // caller, gives two strings. Bytecode is the packager's.
    unsafe {
        if count != 2 || PyUnicode_Check(*arguments.add(1)) == 0 {
            PyErr_SetString(PyExc_TypeError, c"code() takes a name and a file name".as_ptr());
            return ptr::null_mut();
        }
        let filename = *arguments.add(1);
        respond(*arguments, |resources, name| {
            let Some(entry) = resources.module(name)? else { return Ok(none()) };
            trace::used(Use::Module, name);
            code_object(entry.bytecode(level)?, filename)
        })
    }
}

/// `part(name)`: the code object of a piece of the import system.
pub(super) unsafe extern "C" fn part(_: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation. Bytecode is the packager's.
    unsafe {
        respond(name, |resources, name| {
            let Some(entry) = resources.find(Kind::Bootstrap, name)? else { return Ok(none()) };
            code_object(entry.bytecode(0)?, ptr::null_mut())
        })
    }
}

/// `source(name)`: the module's source, `None` when it has none.
pub(super) unsafe extern "C" fn source(_: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(name, |resources, name| {
            let Some(entry) = resources.module(name)? else { return Ok(none()) };
            trace::used(Use::Source, name);
            bytes(entry.get(Role::Source)?)
        })
    }
}

/// `file(path)`: the contents of the file, `None` when there is none.
pub(super) unsafe extern "C" fn file(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(path, |resources, path| {
            let file = tree::file(resources, path)?;
            if file.is_some() {
                trace::used(Use::File, path);
            }
            bytes(file)
        })
    }
}

/// `is_file(path)`: whether there is such a file.
pub(super) unsafe extern "C" fn is_file(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(path, |resources, path| {
            let is_file = tree::is_file(resources, path)?;
            if is_file {
                trace::used(Use::File, path);
            }
            Ok(boolean(is_file))
        })
    }
}

/// `is_folder(path)`: whether there is anything below the path.
pub(super) unsafe extern "C" fn is_folder(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { respond(path, |resources, path| Ok(boolean(tree::is_folder(resources, path)?))) }
}

/// `listdir(path)`: names of the files and folders in a folder, sorted.
pub(super) unsafe extern "C" fn listdir(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(path, |resources, path| {
            let nodes = tree::children(resources, path)?;
            trace::used(Use::Folder, path);
            list(nodes.keys().map(|name| text(name)))
        })
    }
}

/// `submodules(package)`: names of the modules in a package, each with whether it is one itself.
pub(super) unsafe extern "C" fn submodules(
    _: *mut PyObject,
    package: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: see the module's documentation. The tuple takes references of its own; the name's
    // first one is given back.
    unsafe {
        respond(package, |resources, package| {
            trace::used(Use::Package, package);
            let modules = tree::submodules(resources, package);
            let pairs = modules.map(|module| {
                let (name, is_package) = module?;
                let name = text(name)?;
                let is_package = boolean(is_package);
                let pair = PyTuple_Pack(2, name, is_package);
                Py_DECREF(name);
                Py_DECREF(is_package);
                object(pair)
            });
            list(pairs)
        })
    }
}

/// `distributions(name)`: metadata folders of the distribution of that normalised name, of all for
/// an empty name.
pub(super) unsafe extern "C" fn distributions(
    _: *mut PyObject,
    name: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(name, |resources, name| {
            if name.is_empty() {
                let entries = resources.below(Kind::Distribution, "");
                return list(entries.map(|entry| text(&tree::metadata_folder(&entry?)?)));
            }
            let found = resources.find(Kind::Distribution, name)?;
            list(found.iter().map(|entry| text(&tree::metadata_folder(entry)?)))
        })
    }
}

/// `libraries(beginning)`: paths of the packed shared libraries that begin so, sorted.
pub(super) unsafe extern "C" fn libraries(
    _: *mut PyObject,
    beginning: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(beginning, |resources, beginning| {
            let entries = resources.below(Kind::SharedLibrary, beginning);
            list(entries.map(|entry| text(entry?.name())))
        })
    }
}

/// `installed()`: begins what is to watch imports, and gives what `searches_path` does.
pub(super) unsafe extern "C" fn installed(
    module: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        if watch::begin().is_err() {
            return ptr::null_mut();
        }
        searches_path(module, ptr::null_mut())
    }
}

/// `pruned(name)`: whether the module, or a package that it is in, was left out because nobody had loaded it.
pub(super) unsafe extern "C" fn pruned(_: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { respond(name, |resources, name| Ok(boolean(watch::is_pruned(resources, name)?))) }
}

/// `began(name)`: notes that the import of a module begins.
pub(super) unsafe extern "C" fn began(_: *mut PyObject, name: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond(name, |_, name| {
            trace::began(name);
            Ok(none())
        })
    }
}

/// `ended(name, kind, detail)`: notes that the import of a module has ended.
pub(super) unsafe extern "C" fn ended(
    _: *mut PyObject,
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: as for `code`; each text is borrowed from an argument.
    unsafe {
        if count != 3 {
            PyErr_SetString(PyExc_TypeError, c"ended() takes three strings".as_ptr());
            return ptr::null_mut();
        }
        let texts = (0..3).map(|index| borrowed(*arguments.add(index))).collect::<Option<Vec<_>>>();
        let Some([name, kind, detail]) = texts.as_deref() else { return ptr::null_mut() };
        trace::ended(name, kind, detail);
        none()
    }
}

/// `set_locale()`: sets the C library's locale as `python` does when it starts, unless CPython has
/// done so, which the environment may decide.
pub(super) unsafe extern "C" fn set_locale(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: the function takes nothing, and the interpreter is attached, so that no other thread of
    // Python's is within a function that goes by the locale.
    unsafe {
        if !CPYTHON_SETS_LOCALE.load(Ordering::Relaxed) {
            ffi::pyembed_set_locale();
        }
        none()
    }
}

/// `searches_path()`: whether `sys.path` is searched after the packed modules.
pub(super) unsafe extern "C" fn searches_path(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { boolean(SEARCHES_PATH.load(Ordering::Relaxed)) }
}

/// `pythonpath()`: the variable `PYTHONPATH` in a process that is python, else `None`.
pub(super) unsafe extern "C" fn pythonpath(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    let value = std::env::var_os("PYTHONPATH").filter(|_| IS_PYTHON.load(Ordering::Relaxed));
    // The environment's strings end in NUL, which CPython relies on here.
    let value = value.and_then(|value| CString::new(sys::os_bytes(value)).ok());
    // SAFETY: see the module's documentation. The length is that of the string without its NUL.
    unsafe {
        let Some(value) = value else { return none() };
        PyUnicode_DecodeFSDefaultAndSize(value.as_ptr(), value.count_bytes() as Py_ssize_t)
    }
}
