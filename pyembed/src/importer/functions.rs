//! What the module `_pymodules` can be asked.
//!
//! Every function is called by the interpreter, attached, with a borrowed reference to its argument
//! that lives through the call; that is what each `SAFETY` below stands on.

use std::ffi::{CString, c_long};
use std::ptr;
use std::sync::atomic::Ordering;

use pyo3::ffi::{
    Py_DECREF, Py_INCREF, Py_None, Py_ssize_t, PyErr_Clear, PyErr_SetString, PyExc_TypeError,
    PyList_Check, PyList_GetItem, PyList_Size, PyLong_FromLong, PyObject, PySequence_List,
    PyTuple_Pack, PyUnicode_Check, PyUnicode_DecodeFSDefaultAndSize,
};
use pyresources::{Kind, Role};

use super::answer::{
    Answer, Failure, boolean, borrowed, bytes, code as code_object, finish, list, none, object,
    packed_path, path_text, respond, respond_to_name, respond_to_path, text,
};
use super::watch;
use super::{
    CPYTHON_SETS_LOCALE, HEEDS_PYTHONPATH, IN_ENVIRONMENT, IS_PYTHON, OPTIMIZE_LEVEL, SEARCHES_PATH,
};
use crate::sources::{self, Source};
use crate::trace::{self, Use};
use crate::tree::join;
use crate::{calls, ffi, sys, tree};

/// What `find` adds to the kind of an extension module; `bootstrap.py` knows it.
const EXTENSION: c_long = 4;

/// `find(name, path)`: the first module of a name in the folders of a search path, as its kind and the path of its
/// file; `None` when there is none before the first entry that is no folder of ours.
///
/// The first entry that somebody else must look into ends the search, so that the order of the path is kept. So does
/// its end, where folders without a module of the name may still be parts of a namespace package.
pub(super) unsafe extern "C" fn find(
    _: *mut PyObject,
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        search(arguments, count, |name, place| match place {
            None => Ok(Step::End(none())),
            Some((source, folder)) => match tree::module(source.resources, folder, name)? {
                None => Ok(Step::Next),
                Some((entry, file)) => {
                    source.used(Use::Found, entry.name());
                    let extension = if entry.has(Role::Extension) { EXTENSION } else { 0 };
                    let kind = if tree::is_package(&entry, name) { 1 } else { 0 };
                    Ok(Step::End(pair(
                        object(PyLong_FromLong(kind + extension))?,
                        path_text(&source.packed_path(file))?,
                    )?))
                }
            },
        })
    }
}

/// `is_elsewhere(name, path)`: whether entries of a search path may lead to a module where `find` has not: folders of
/// others, and ours that are parts of a namespace package.
pub(super) unsafe extern "C" fn is_elsewhere(
    _: *mut PyObject,
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        let found = search(arguments, count, |name, place| match place {
            None => Ok(Step::End(boolean(true))),
            Some((source, folder)) if tree::is_folder(source.resources, &join(folder, name))? => {
                Ok(Step::End(boolean(true)))
            }
            Some(_) => Ok(Step::Next),
        });
        if found == Py_None() {
            Py_DECREF(found);
            return boolean(false);
        }
        found
    }
}

/// What becomes of a search.
enum Step {
    Next,
    End(*mut PyObject),
}

/// Asks `step` for each entry of a search path, with the last component of the module's name, and the source and the path
/// there of the folder, `None` for one that is none of ours. Gives what ends the search, else `None`.
///
/// # Safety
///
/// As for the functions of the module; `arguments` are `count` objects.
unsafe fn search(
    arguments: *mut *mut PyObject,
    count: Py_ssize_t,
    mut step: impl FnMut(&str, Option<(Source, &str)>) -> Result<Step, Failure>,
) -> *mut PyObject {
    // SAFETY: as the caller promises. The list is the argument itself or new, and given back; its items are borrowed
    // from it, and nothing runs meanwhile that could change it.
    unsafe {
        if count != 2 {
            PyErr_SetString(PyExc_TypeError, c"expected a name and a path".as_ptr());
            return ptr::null_mut();
        }
        let path = *arguments.add(1);
        let entries = if PyList_Check(path) != 0 {
            Py_INCREF(path);
            path
        } else {
            PySequence_List(path)
        };
        if entries.is_null() {
            return ptr::null_mut();
        }
        let answer = respond_to_name(*arguments, |resources, name| {
            let tail = name.rsplit('.').next().filter(|tail| !tail.is_empty());
            for index in 0..PyList_Size(entries) {
                let entry = PyList_GetItem(entries, index);
                // As CPython's own finder does, without a word.
                if entry.is_null() || PyUnicode_Check(entry) == 0 {
                    PyErr_Clear();
                    continue;
                }
                let folder = packed_path(entry);
                // Nothing that is packed has no name.
                let Some(tail) = tail.or(folder.is_none().then_some(name)) else { continue };
                let place = folder.as_deref().map(|folder| sources::at(resources, folder));
                if let Step::End(answer) = step(tail, place)? {
                    return Ok(answer);
                }
            }
            Ok(none())
        });
        Py_DECREF(entries);
        answer
    }
}

/// A tuple of two new references, which it takes over.
///
/// # Safety
///
/// The thread is attached to the interpreter.
unsafe fn pair(first: *mut PyObject, second: *mut PyObject) -> Answer {
    // SAFETY: as the caller promises; the tuple takes references of its own.
    unsafe {
        let pair = PyTuple_Pack(2, first, second);
        Py_DECREF(first);
        Py_DECREF(second);
        object(pair)
    }
}

/// `code(path)`: the code object of the module in a file, which has that path for its file name; `None` when there is
/// no bytecode.
pub(super) unsafe extern "C" fn code(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    let level = OPTIMIZE_LEVEL.load(Ordering::Relaxed);
    // SAFETY: see the module's documentation. Bytecode is the packager's, and `respond_to_path` has seen that the
    // path is a string.
    unsafe {
        respond_to_path(path, |source, file| {
            let Some(entry) = tree::module_in(source.resources, file)? else { return Ok(none()) };
            source.used(Use::Module, entry.name());
            code_object(entry.bytecode(level)?, path)
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

/// `source(path)`: the source of the module in a file, `None` when it has none.
pub(super) unsafe extern "C" fn source(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond_to_path(path, |source, file| {
            let Some(entry) = tree::module_in(source.resources, file)? else { return Ok(none()) };
            source.used(Use::Source, entry.name());
            bytes(entry.get(Role::Source)?)
        })
    }
}

/// `file(path)`: the contents of the file, `None` when there is none.
pub(super) unsafe extern "C" fn file(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond_to_path(path, |source, path| {
            let file = tree::file(source.resources, path)?;
            if file.is_some() {
                source.used(Use::File, path);
            }
            bytes(file)
        })
    }
}

/// `is_folder(path)`: whether a path is that of the executable or of a folder that is packed.
pub(super) unsafe extern "C" fn is_folder(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        let found = respond_to_path(path, |source, path| {
            Ok(boolean(tree::is_folder(source.resources, path)?))
        });
        if found == Py_None() {
            Py_DECREF(found);
            return boolean(false);
        }
        found
    }
}

/// `submodules(path)`: names of the modules in a folder, each with whether it is a package.
pub(super) unsafe extern "C" fn submodules(_: *mut PyObject, path: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        respond_to_path(path, |source, folder| {
            source.used(Use::Package, folder);
            list(tree::submodules(source.resources, folder).map(|module| {
                let (name, is_package) = module?;
                pair(text(name)?, boolean(is_package))
            }))
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
            let folders = |source: Source| {
                let found = match name {
                    "" => Ok(None),
                    name => source.resources.find(Kind::Distribution, name),
                };
                let all = name.is_empty().then(|| source.resources.below(Kind::Distribution, ""));
                found.transpose().into_iter().chain(all.into_iter().flatten()).map(move |entry| {
                    let folder = tree::metadata_folder(&entry?)?.into_owned();
                    path_text(&source.packed_path(folder))
                })
            };
            list(sources::all(resources).flat_map(folders))
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
            list(entries.map(|entry| path_text(entry?.name())))
        })
    }
}

/// `installed()`: begins what is to watch imports.
pub(super) unsafe extern "C" fn installed(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { if watch::begin().is_err() { ptr::null_mut() } else { none() } }
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
/// done so, which the environment may decide. That of a program that has loaded this as a library stays.
pub(super) unsafe extern "C" fn set_locale(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: the function takes nothing, and the interpreter is attached, so that no other thread of
    // Python's is within a function that goes by the locale.
    unsafe {
        if !CPYTHON_SETS_LOCALE.load(Ordering::Relaxed) && sys::own_library().is_none() {
            ffi::pyembed_set_locale();
        }
        none()
    }
}

/// `in_environment()`: whether this is the Python of a virtual environment.
pub(super) unsafe extern "C" fn in_environment(
    _: *mut PyObject,
    _: *mut PyObject,
) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { boolean(IN_ENVIRONMENT.load(Ordering::Relaxed)) }
}

/// `root()`: the executable's path, below which packed files seem to lie.
pub(super) unsafe extern "C" fn root(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { finish("", path_text("")) }
}

/// `searches_path()`: whether folders of the machine are searched for modules, too.
pub(super) unsafe extern "C" fn searches_path(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { boolean(SEARCHES_PATH.load(Ordering::Relaxed)) }
}

/// `refusal()`: why no process can be started to be python; `None` if one can.
pub(super) unsafe extern "C" fn refusal(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe {
        if calls::refuses_python() && !IS_PYTHON.load(Ordering::Relaxed) {
            finish("", text(calls::refusal()))
        } else {
            none()
        }
    }
}

/// `is_python()`: whether this process was started to be python, not the application.
pub(super) unsafe extern "C" fn is_python(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    // SAFETY: see the module's documentation.
    unsafe { boolean(IS_PYTHON.load(Ordering::Relaxed)) }
}

/// `pythonpath()`: the variable `PYTHONPATH` where it counts, else `None`.
pub(super) unsafe extern "C" fn pythonpath(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    let heeds = HEEDS_PYTHONPATH.load(Ordering::Relaxed);
    let value = std::env::var_os("PYTHONPATH").filter(|_| heeds);
    // The environment's strings end in NUL, which CPython relies on here.
    let value = value.and_then(|value| CString::new(sys::os_bytes(value)).ok());
    // SAFETY: see the module's documentation. The length is that of the string without its NUL.
    unsafe {
        let Some(value) = value else { return none() };
        PyUnicode_DecodeFSDefaultAndSize(value.as_ptr(), value.count_bytes() as Py_ssize_t)
    }
}
