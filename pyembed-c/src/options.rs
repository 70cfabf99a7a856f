//! What is different from what was packed.

use std::ffi::{CString, OsString, c_char, c_void};

use pyembed::pyo3::ffi::PyObject;
use pyembed::{InittabModule, PythonConfig};

use crate::error::{Code, Error};
use crate::{guarded, text};

/// `PyInit_…`, as `pyembed.h` has it, which knows no `PyObject`.
type Initialize = unsafe extern "C" fn() -> *mut c_void;

/// `struct pyembed_options`.
#[derive(Debug, Default)]
pub struct Options {
    arguments: Vec<OsString>,
    paths: Vec<String>,
    modules: Vec<InittabModule>,
}

impl Options {
    pub(crate) fn apply(&self, config: &mut PythonConfig) {
        if !self.arguments.is_empty() {
            config.arguments.clone_from(&self.arguments);
        }
        config.sys_paths.extend_from_slice(&self.paths);
        config.modules.extend_from_slice(&self.modules);
    }
}

/// `pyembed_options_new()`.
#[unsafe(no_mangle)]
pub extern "C" fn pyembed_options_new() -> *mut Options {
    Box::into_raw(Box::default())
}

/// `pyembed_options_free()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_options_free(options: *mut Options) {
    if !options.is_null() {
        // SAFETY: what `pyembed_options_new` gave, and the caller uses no more.
        drop(unsafe { Box::from_raw(options) });
    }
}

/// Changes options by a text.
///
/// # Safety
///
/// Options of the caller's or NULL, and a string that ends in NUL or NULL.
unsafe fn change(
    options: *mut Options,
    argument: *const c_char,
    change: impl FnOnce(&mut Options, &str) -> Result<(), Error>,
) -> Code {
    let result = guarded(|| {
        // SAFETY: as the caller says.
        let Some(options) = (unsafe { options.as_mut() }) else {
            return Err(Error::new(Code::WrongArgument, "the options are NULL"));
        };
        // SAFETY: as the caller says.
        change(options, unsafe { text("an option", argument) }?)
    });
    match result {
        Ok(()) => Code::Ok,
        Err(error) => error.code(),
    }
}

/// `pyembed_options_add_argument()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_options_add_argument(
    options: *mut Options,
    argument: *const c_char,
) -> Code {
    let add = |options: &mut Options, text: &str| {
        options.arguments.push(text.into());
        Ok(())
    };
    // SAFETY: as the caller says.
    unsafe { change(options, argument, add) }
}

/// `pyembed_options_add_path()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_options_add_path(
    options: *mut Options,
    folder: *const c_char,
) -> Code {
    let add = |options: &mut Options, text: &str| {
        options.paths.push(text.to_owned());
        Ok(())
    };
    // SAFETY: as the caller says.
    unsafe { change(options, folder, add) }
}

/// `pyembed_options_add_module()`.
///
/// # Safety
///
/// See `pyembed.h`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pyembed_options_add_module(
    options: *mut Options,
    name: *const c_char,
    initialize: Option<Initialize>,
) -> Code {
    let add = |options: &mut Options, name: &str| {
        let wrong = |message| Error::new(Code::WrongArgument, message);
        let initialize = initialize.ok_or_else(|| wrong("the module's function is NULL"))?;
        let name = CString::new(name).map_err(|_| wrong("a module's name holds a NUL byte"))?;
        // SAFETY: the types are two names of a pointer to something that C declares as `PyObject`.
        let initialize = unsafe {
            std::mem::transmute::<Initialize, unsafe extern "C" fn() -> *mut PyObject>(initialize)
        };
        // SAFETY: the caller gives what CPython's documentation asks for.
        options.modules.push(unsafe { InittabModule::new(&name, initialize) });
        Ok(())
    };
    // SAFETY: as the caller says.
    unsafe { change(options, name, add) }
}
