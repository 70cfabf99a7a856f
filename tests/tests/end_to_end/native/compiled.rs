//! Extension modules and libraries, compiled by the system's compiler against the distribution's headers.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::distribution;

/// The ending of an extension module for the distribution's very Python.
pub const SUFFIX: &str = ".cpython-313-x86_64-linux-gnu.so";

/// Compiles into a folder that goes into an executable.
pub struct Compiler {
    folder: PathBuf,
    include: PathBuf,
    /// Keeps what is linked with, and does not go in.
    pub scratch: tempfile::TempDir,
}

impl Compiler {
    /// One that writes into `folder`.
    pub fn new(folder: &Path) -> Self {
        let include = distribution::distribution().unwrap().include;
        Self { folder: folder.to_owned(), include, scratch: tempfile::tempdir().unwrap() }
    }

    /// Compiles the C source to a shared object at `path`, relative to the folder.
    pub fn shared(&self, path: &str, source: &str, flags: &[&str]) -> PathBuf {
        let target = self.folder.join(path);
        self.shared_at(&target, source, flags);
        target
    }

    /// Compiles the C source to a shared object at any path.
    pub fn shared_at(&self, target: &Path, source: &str, flags: &[&str]) {
        fs_err::create_dir_all(target.parent().unwrap()).unwrap();
        let file = self.scratch.path().join("source.c");
        fs_err::write(&file, source).unwrap();
        let mut command = Command::new("gcc");
        command.args(["-shared", "-fPIC", "-O1", "-o"]).arg(target).arg(&file);
        command.arg("-I").arg(&self.include).args(flags);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Compiles an extension module whose function `answer` returns what the C expression gives.
    pub fn module(&self, path: &str, answer: &str, flags: &[&str]) {
        let name = path.rsplit('/').next().unwrap().split('.').next().unwrap();
        let package = path.rsplit('/').nth(1).unwrap_or_default();
        let name = if name == "__init__" { package } else { name };
        self.shared(path, &source(name, answer), flags);
    }
}

/// An extension module with multi-phase initialisation that each interpreter may have for itself.
fn source(name: &str, answer: &str) -> String {
    format!(
        r#"
#include <Python.h>
extern int value(void);
static __thread int calls;
static PyObject *answer(PyObject *module, PyObject *nothing) {{ calls++; return Py_BuildValue({answer}); }}
static PyObject *count(PyObject *module, PyObject *nothing) {{ return PyLong_FromLong(calls); }}
static PyMethodDef methods[] = {{
    {{"answer", answer, METH_NOARGS, NULL}}, {{"count", count, METH_NOARGS, NULL}}, {{NULL}}
}};
static PyModuleDef_Slot slots[] = {{
#ifndef Py_LIMITED_API
    {{Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED}},
#endif
    {{0, NULL}}
}};
static struct PyModuleDef definition = {{
    PyModuleDef_HEAD_INIT, .m_name = "{name}", .m_methods = methods, .m_slots = slots
}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModuleDef_Init(&definition); }}
"#
    )
}
