//! What the C file asks: `struct pyembed_packed_libraries` of `c/libraries.h`.

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};

use pyresources::{Entry, FormatError, Kind, Resources};

use super::error::LoadError;
use super::library::Library;
use super::load::{begin, load_found};
use crate::config::NativeLoading;
use crate::ffi::{self, PackedLibraries};
use crate::sources::{self, Source};
use crate::{files, resources};

const LOADED: c_int = 0;
const FAILED: c_int = 1;
const ELSEWHERE: c_int = -1;
/// `PYEMBED_LIBRARY_MESSAGE`.
const MESSAGE_LENGTH: usize = 4096;

static ANSWERS: PackedLibraries = PackedLibraries { load, knows };

/// Has packed libraries loaded by path.
///
/// There is one interpreter in a process, so this is called once, before it starts.
pub(crate) fn serve(loading: &NativeLoading) {
    begin(loading);
    // SAFETY: the table of functions is static.
    unsafe { ffi::pyembed_serve_libraries(&raw const ANSWERS) };
}

/// `load(path, mode, handle, message)`: loads the packed library at a path.
unsafe extern "C" fn load(
    path: *const c_char,
    mode: c_int,
    handle: *mut *mut c_void,
    message: *mut c_char,
) -> c_int {
    // SAFETY: the C file gives a string that ends in NUL.
    let path = unsafe { CStr::from_ptr(path) };
    let result = find(path).and_then(|found| {
        let Some(found) = found else { return Ok(None) };
        load_found(&found, mode).map(Some)
    });
    match result {
        Ok(None) => ELSEWHERE,
        Ok(Some(object)) => {
            // SAFETY: the C file has room for the answer.
            unsafe { handle.write(object) };
            LOADED
        }
        Err(error) => {
            let text = shortened(error.explain());
            // SAFETY: the C file has room for that many bytes, NUL among them.
            unsafe {
                text.as_ptr().copy_to_nonoverlapping(message.cast(), text.len());
                message.add(text.len()).write(0);
            }
            FAILED
        }
    }
}

/// `knows(path)`: whether `load` has an answer.
unsafe extern "C" fn knows(path: *const c_char) -> c_int {
    // SAFETY: the C file gives a string that ends in NUL.
    let found = find(unsafe { CStr::from_ptr(path) });
    c_int::from(!matches!(found, Ok(None)))
}

/// A message that fits, without NUL.
fn shortened(text: String) -> String {
    let mut text = text.replace('\0', "");
    let mut end = text.len().min(MESSAGE_LENGTH - 1);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// The packed library that is meant, if one is.
fn find(path: &CStr) -> Result<Option<Library>, LoadError> {
    let text = path.to_string_lossy();
    let look = |resources: &'static Resources<'static>| {
        if text.contains('/') {
            let Some(packed) = files::packed_path(path) else { return Ok(None) };
            let (source, below) = sources::at(resources, &packed);
            let found = files::found_at(source.resources, below)?;
            let path = found.map_or_else(|| below.to_owned(), |(_, path)| path);
            let found = source.resources.find(Kind::SharedLibrary, &path)?;
            return Ok(found.map(|entry| Library::new(source, entry)));
        }
        // By the name of its file, wherever that lies.
        let entries = sources::all(resources).flat_map(|source| {
            let entries = source.resources.below(Kind::SharedLibrary, "");
            entries.map(move |entry| Ok((source, entry?)))
        });
        let is_meant = |found: &Result<(Source, Entry<'static>), FormatError>| {
            found.as_ref().map_or(true, |(_, entry)| is_named(entry, &text))
        };
        let found = { entries }.find(is_meant).transpose()?;
        Ok(found.map(|(source, entry)| Library::new(source, entry)))
    };
    let found = resources::packed().and_then(look);
    found.map_err(|source| LoadError::Damaged { library: text.clone().into_owned(), source })
}

fn is_named(entry: &Entry<'_>, file_name: &str) -> bool {
    entry.name().rsplit('/').next() == Some(file_name)
}
