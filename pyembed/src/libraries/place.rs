//! Where the system's loader gets a library from.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use pyresources::{Entry, Role};

use super::error::LoadError;
use crate::config::NativeLoading;
use crate::{files, resources};

/// A library that the loader can load.
pub(super) struct Ready {
    /// The path to load it from.
    pub(super) path: CString,
    /// The name to call it afterwards, when the path says nothing.
    pub(super) name: Option<CString>,
    /// What the path leads to, open until the library is loaded.
    pub(super) file: Option<OwnedFd>,
}

/// The places of this process's libraries.
pub(super) struct Places {
    loading: NativeLoading,
    /// How often a descriptor's number has been used.
    used: BTreeMap<RawFd, usize>,
}

impl Places {
    pub(super) fn new(loading: &NativeLoading) -> Self {
        Self { loading: loading.clone(), used: BTreeMap::new() }
    }

    /// Makes a packed library one that the loader can load.
    pub(super) fn prepare(&mut self, entry: &Entry<'static>) -> Result<Ready, LoadError> {
        match &self.loading {
            NativeLoading::Memory => self.in_memory(entry),
        }
    }

    /// Puts the library into a file in memory.
    ///
    /// The loader takes two libraries for one when their paths are the same by the letter, and
    /// descriptors have the same numbers again and again. So the path is another one each time.
    fn in_memory(&mut self, entry: &Entry<'static>) -> Result<Ready, LoadError> {
        let library = entry.name();
        let contents = contents(entry)?;
        let file = files::in_memory(library, &contents).map_err(|errno| LoadError::Memory {
            library: library.to_owned(),
            source: errno.into(),
        })?;
        let number = file.as_raw_fd();
        let used = self.used.entry(number).or_insert(0);
        let path = format!("/proc/self/{}fd/{number}", "./".repeat(*used));
        *used += 1;
        let text = |text: Vec<u8>| {
            CString::new(text).map_err(|_| LoadError::Name { library: library.to_owned() })
        };
        let name = files::seeming_path(library);
        Ok(Ready { path: text(path.into_bytes())?, name: Some(text(name)?), file: Some(file) })
    }
}

/// The bytes of a library.
fn contents(entry: &Entry<'static>) -> Result<std::borrow::Cow<'static, [u8]>, LoadError> {
    let library = || entry.name().to_owned();
    let content = entry
        .get(Role::Contents)
        .map_err(|source| LoadError::Damaged { library: library(), source })?
        .ok_or_else(|| LoadError::Empty { library: library() })?;
    resources::unpack(&content).map_err(|source| LoadError::Unpack { library: library(), source })
}
