//! Where the system's loader gets a library from.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::CString;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};

use pyresources::{Entry, Role};
use rustix::io::{DupFlags, Errno, dup3};

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
    pub(super) file: Option<InMemory>,
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
            NativeLoading::Memory => {
                let name = Some(seeming_name(entry.name())?);
                let file = self.in_memory(entry.name(), &contents(entry)?)?;
                Ok(Ready { path: file.path.clone(), name, file: Some(file) })
            }
        }
    }

    /// Puts a library into a file in memory.
    ///
    /// The loader takes two libraries for one when their paths are the same by the letter, and
    /// descriptors have the same numbers again and again. So the path is another one each time.
    pub(super) fn in_memory(
        &mut self,
        library: &str,
        contents: &[u8],
    ) -> Result<InMemory, LoadError> {
        let file = write(library, contents)?;
        let number = file.as_raw_fd();
        let used = self.used.entry(number).or_insert(0);
        let path = format!("/proc/self/{}fd/{number}", "./".repeat(*used));
        *used += 1;
        Ok(InMemory { path: text(library, path)?, file })
    }
}

/// A library in a file in memory.
pub(super) struct InMemory {
    /// The path that leads to it as long as the file is open.
    pub(super) path: CString,
    file: OwnedFd,
}

impl InMemory {
    /// Changes the contents and keeps the path.
    pub(super) fn rewrite(&mut self, library: &str, contents: &[u8]) -> Result<(), LoadError> {
        let other = write(library, contents)?;
        dup3(&other, &mut self.file, DupFlags::CLOEXEC).map_err(|errno| no_memory(library, errno))
    }
}

fn write(library: &str, contents: &[u8]) -> Result<OwnedFd, LoadError> {
    files::in_memory(library, contents).map_err(|errno| no_memory(library, errno))
}

fn no_memory(library: &str, errno: Errno) -> LoadError {
    LoadError::Memory { library: library.to_owned(), source: errno.into() }
}

fn text(library: &str, text: impl Into<Vec<u8>>) -> Result<CString, LoadError> {
    CString::new(text).map_err(|_| LoadError::Name { library: library.to_owned() })
}

/// The path that a library seems to have, which the loader calls it by once it is loaded.
pub(super) fn seeming_name(library: &str) -> Result<CString, LoadError> {
    text(library, files::seeming_path(library))
}

/// The bytes of a library.
pub(super) fn contents(entry: &Entry<'static>) -> Result<Cow<'static, [u8]>, LoadError> {
    let library = || entry.name().to_owned();
    let content = entry
        .get(Role::Contents)
        .map_err(|source| LoadError::Damaged { library: library(), source })?
        .ok_or_else(|| LoadError::Empty { library: library() })?;
    resources::unpack(&content).map_err(|source| LoadError::Unpack { library: library(), source })
}
