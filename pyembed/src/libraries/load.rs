//! Which libraries are loaded, and in which order.

#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ffi::{CStr, CString, c_int, c_void};
use std::sync::{Mutex, OnceLock, PoisonError};

use libc::{RTLD_LAZY, RTLD_LOCAL, RTLD_NOLOAD, RTLD_NOW};
use pyresources::Role;

use super::cycle::Cycle;
use super::environment::log;
use super::error::LoadError;
use super::library::Library;
use super::place::{Opened, Place, Places, Ready, seeming_name};
use crate::config::NativeLoading;
use crate::ffi::{self, LoaderFile};
use crate::resources;
use crate::trace::Use;

static LIBRARIES: OnceLock<Mutex<Libraries>> = OnceLock::new();

/// The libraries of this process.
struct Libraries {
    places: Places,
    /// The names that the loader knows libraries by, by packed path. None is ever unloaded: code and
    /// data of an extension module are in use until the process ends.
    loaded: BTreeMap<String, CString>,
}

/// Begins to load libraries as the configuration says; the first call counts.
pub(super) fn begin(loading: &NativeLoading) {
    LIBRARIES.get_or_init(|| {
        Mutex::new(Libraries { places: Places::new(loading), loaded: BTreeMap::new() })
    });
}

/// Loads a library after those that it needs, unless it is loaded, and counts one more user of it.
pub(super) fn load_found(entry: &Library, mode: c_int) -> Result<*mut c_void, LoadError> {
    let libraries = LIBRARIES.get().ok_or(LoadError::NotServed)?;
    let name = {
        // One call is made at a time, so nobody waits here but a library's own initialiser.
        let loaded = lock(libraries).loaded.get(entry.name()).cloned();
        match loaded {
            Some(name) => name,
            None if mode & RTLD_NOLOAD != 0 => {
                return Err(LoadError::NotLoaded { library: entry.name().to_owned() });
            }
            None => load_with_dependencies(libraries, entry, mode)?,
        }
    };
    // SAFETY: a string that ends in NUL; the library is loaded under that name, so its initialisers
    // have run already.
    let handle = unsafe {
        ffi::pyembed_load_object(name.as_ptr(), std::ptr::null(), mode, std::ptr::null_mut(), 0)
    };
    if handle.is_null() { Err(refusal(entry.name(), &name)) } else { Ok(handle) }
}

fn lock(libraries: &Mutex<Libraries>) -> std::sync::MutexGuard<'_, Libraries> {
    libraries.lock().unwrap_or_else(PoisonError::into_inner)
}

fn load_with_dependencies(
    libraries: &Mutex<Libraries>,
    entry: &Library,
    mode: c_int,
) -> Result<CString, LoadError> {
    for name in dependencies(entry)? {
        if lock(libraries).loaded.contains_key(&name) {
            continue;
        }
        let Some(needed) = Library::find(entry.source(), &name)? else {
            return Err(LoadError::Absent { library: name, needed_by: entry.name().to_owned() });
        };
        load_dependency(libraries, &needed)?;
    }
    load_one(libraries, entry, mode)
}

/// Loads a library that another one needs.
///
/// It may use functions of a library that it does not say it needs, because whatever needs the one needs the
/// other, too: MKL's libraries are so. The loader finds those once all are loaded, if it looks when they are
/// called.
fn load_dependency(libraries: &Mutex<Libraries>, entry: &Library) -> Result<CString, LoadError> {
    match load_one(libraries, entry, RTLD_NOW | RTLD_LOCAL) {
        Err(refusal) if refusal.is_about_a_symbol() => {
            load_one(libraries, entry, RTLD_LAZY | RTLD_LOCAL)
        }
        result => result,
    }
}

/// The packed paths of the libraries that a library needs, each before those that need it.
fn dependencies(entry: &Library) -> Result<Vec<String>, LoadError> {
    let library = || entry.name().to_owned();
    let content = entry.get(Role::Dependencies);
    let content = content.map_err(|source| LoadError::Damaged { library: library(), source })?;
    let Some(content) = content else { return Ok(Vec::new()) };
    let text = resources::unpack(&content)
        .map_err(|source| LoadError::Unpack { library: library(), source })?;
    let paths = String::from_utf8_lossy(&text);
    Ok(paths.lines().map(|path| entry.source().packed_path(path.to_owned())).collect())
}

/// Loads a library whose dependencies are loaded; returns the name that the loader knows it by.
fn load_one(
    libraries: &Mutex<Libraries>,
    entry: &Library,
    mode: c_int,
) -> Result<CString, LoadError> {
    // The lock is free again when the loader runs the library's initialisers.
    let mut ready = lock(libraries).places.prepare(entry)?;
    loop {
        let place = ready.place;
        let refusal = match load_ready(libraries, entry, ready, mode) {
            Err(refusal) => refusal,
            loaded => return loaded,
        };
        let mut guard = lock(libraries);
        let places = &mut guard.places;
        ready = match place {
            Place::Cache => {
                // The folder may be one whose files must not be executed.
                log(entry.name(), &refusal);
                places.prepare_packed(entry)?
            }
            // It may be of a circle, whose libraries have to be changed.
            Place::Executable => places.prepare_in_memory(entry)?,
            Place::Memory => {
                drop(guard);
                return load_cycle(libraries, entry, refusal, mode);
            }
            Place::Files => return Err(refusal),
        };
    }
}

fn load_ready(
    libraries: &Mutex<Libraries>,
    entry: &Library,
    ready: Ready,
    mode: c_int,
) -> Result<CString, LoadError> {
    let Ready { path, name, file, .. } = ready;
    let files: Vec<&Opened> = file.iter().collect();
    let result = open(entry.name(), &path, name.as_deref(), mode, &files);
    // The path led to it until now.
    drop(file);
    result?;
    let name = name.unwrap_or(path);
    entry.source().used(Use::Library, entry.name());
    lock(libraries).loaded.insert(entry.name().to_owned(), name.clone());
    Ok(name)
}

/// Loads a library that needs one that needs it, if that is why the loader has refused it.
fn load_cycle(
    libraries: &Mutex<Libraries>,
    entry: &Library,
    mut refusal: LoadError,
    mode: c_int,
) -> Result<CString, LoadError> {
    let mut cycle = None;
    loop {
        let Some((missing, name)) = missing_dependency(entry, &refusal)? else {
            return Err(refusal);
        };
        {
            let places = &mut lock(libraries).places;
            let cycle = match &mut cycle {
                Some(cycle) => cycle,
                None => cycle.insert(Cycle::new(places, entry)?),
            };
            if !cycle.add(places, &missing, &name)? {
                return Err(refusal);
            }
        }
        let Some(cycle) = &cycle else { return Err(refusal) };
        let name = seeming_name(entry.name())?;
        match open(entry.name(), &cycle.path(), Some(&name), mode, &cycle.files()) {
            Ok(()) => {
                for (path, library) in cycle.members() {
                    let name = seeming_name(library)?;
                    // All are loaded; this has the loader keep them and know their names.
                    open(library, path, Some(&name), RTLD_NOW | RTLD_LOCAL, &[])?;
                    entry.source().used(Use::Library, library);
                    lock(libraries).loaded.insert(library.to_owned(), name);
                }
                return Ok(name);
            }
            Err(again) => refusal = again,
        }
    }
}

/// The packed library that a refusal says is missing, and its name in the loader's words, if it is one
/// that `entry` needs.
fn missing_dependency(
    entry: &Library,
    refusal: &LoadError,
) -> Result<Option<(Library, String)>, LoadError> {
    let Some(name) = refusal.missing_library() else { return Ok(None) };
    let own = dependencies(entry)?;
    let Some(library) = own.iter().find(|path| path.rsplit('/').next() == Some(name)) else {
        return Ok(None);
    };
    let found = Library::find(entry.source(), library)?;
    Ok(found.map(|found| (found, name.to_owned())))
}

/// Has the loader load a library, and keep it for good. It may open `files`, that of the library first.
fn open(
    library: &str,
    path: &CStr,
    name: Option<&CStr>,
    mode: c_int,
    files: &[&Opened],
) -> Result<(), LoadError> {
    let pointer = match name {
        // The loader keeps the pointer: one for each library that is loaded.
        Some(name) => Box::leak::<'static>(Box::<CStr>::from(name)).as_ptr(),
        None => std::ptr::null(),
    };
    let mut files: Vec<LoaderFile> = files.iter().map(|opened| opened.for_loader()).collect();
    let (table, count) = (files.as_mut_ptr(), files.len());
    // SAFETY: both are strings that end in NUL, or NULL, and the name lives as long as the process. The files
    // are open during the call. That the library's initialisers are sound is what whoever packed
    // it vouches for.
    let handle = unsafe { ffi::pyembed_load_object(path.as_ptr(), pointer, mode, table, count) };
    if handle.is_null() { Err(refusal(library, path)) } else { Ok(()) }
}

/// What the loader says of a library that it has not loaded.
fn refusal(library: &str, path: &CStr) -> LoadError {
    // SAFETY: the result is NULL or a string that ends in NUL, this thread's until its next call.
    let words = unsafe {
        let error = ffi::pyembed_load_error();
        if error.is_null() {
            "no reason given".into()
        } else {
            CStr::from_ptr(error).to_string_lossy().into_owned()
        }
    };
    let words = words.replace(&*path.to_string_lossy(), library);
    LoadError::Refused { library: library.to_owned(), words }
}
