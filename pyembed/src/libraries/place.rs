//! Where the system's loader gets a library from.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{CString, OsStr, c_long};
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use pyresources::{Content, Encoding, FormatError, Role, Verifier};
use rustix::fs::{Access, Mode, OFlags, access, open};
use rustix::io::{DupFlags, Errno, dup3, fcntl_dupfd_cloexec, pread};
use rustix::param::page_size;

use super::bind;
use super::cache::Cache;
use super::environment::{copies, log};
use super::error::LoadError;
use super::library::Library;
use crate::config::NativeLoading;
use crate::ffi::{self, LoaderFile};
use crate::{files, resources, sys, user_cache};

/// Bytes at the beginning of a library that tell whether a file is this executable's: an ELF header, with
/// the number and places of the library's segments and sections.
const COMPARED: usize = 64;

/// Bytes of a library that are read at a time.
const BUFFER_LENGTH: usize = 256 << 10;

/// A library that the loader can load.
pub(super) struct Ready {
    /// The path to load it from.
    pub(super) path: CString,
    /// The name to call it afterwards, when the path says nothing.
    pub(super) name: Option<CString>,
    /// What the path leads to, open until the library is loaded.
    pub(super) file: Option<Opened>,
    pub(super) place: Place,
}

/// Where a library is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In this executable's own file.
    Executable,
    Memory,
    Cache,
    Files,
}

/// The places of this process's libraries.
pub(super) struct Places {
    loading: NativeLoading,
    /// Whether the loader can be given libraries where they lie in this executable's file; `None` until
    /// the first is loaded.
    can_map: Option<bool>,
    /// The open cache, once it has been asked for; `None` when it cannot be used.
    cache: Option<Option<Cache>>,
    /// The least number of a descriptor that none had.
    next: RawFd,
    /// How often a descriptor's number has been used.
    used: BTreeMap<RawFd, usize>,
}

impl Places {
    pub(super) fn new(loading: &NativeLoading) -> Self {
        Self {
            loading: loading.clone(),
            can_map: None,
            cache: None,
            next: 0,
            used: BTreeMap::new(),
        }
    }

    /// Makes a packed library one that the loader can load.
    pub(super) fn prepare(&mut self, entry: &Library) -> Result<Ready, LoadError> {
        if bind::is_necessary()
            && let Some(ready) = self.bound(entry)?
        {
            return Ok(ready);
        }
        match &self.loading {
            // The folder beside the executable and the cache have what the executable has.
            _ if !entry.source().is_executable() => self.prepare_packed(entry),
            NativeLoading::Memory => self.prepare_packed(entry),
            NativeLoading::Cache { .. } => {
                if let Some(ready) = self.cached(entry)? {
                    return Ok(ready);
                }
                self.prepare_packed(entry)
            }
            NativeLoading::Files => {
                let library = entry.name();
                let path = text(library, files::beside_executable(library))?;
                if access(&path, Access::EXISTS).is_err() {
                    let path = path.to_string_lossy().into_owned();
                    return Err(LoadError::NotBeside { library: library.to_owned(), path });
                }
                Ok(Ready { path, name: None, file: None, place: Place::Files })
            }
        }
    }

    /// A library that needs symbols of the shared library which this code is part of: a copy in memory that has them.
    /// `None` when it needs none.
    fn bound(&mut self, entry: &Library) -> Result<Option<Ready>, LoadError> {
        let library = entry.name();
        let mut contents = match &self.loading {
            NativeLoading::Files => {
                let path = text(library, files::beside_executable(library))?;
                let path = Path::new(OsStr::from_bytes(path.to_bytes()));
                // What is said of a file that is not there is said elsewhere.
                let Ok(contents) = fs_err::read(path) else { return Ok(None) };
                contents
            }
            NativeLoading::Memory | NativeLoading::Cache { .. } => contents(entry)?.into_owned(),
        };
        if !bind::bind(library, &mut contents)? {
            return Ok(None);
        }
        let name = Some(seeming_name(library)?);
        let file = self.in_memory(library, &contents)?;
        Ok(Some(Ready { path: file.path.clone(), name, file: Some(file), place: Place::Memory }))
    }

    /// Has a library loaded from the executable, whatever the configuration says.
    pub(super) fn prepare_packed(&mut self, entry: &Library) -> Result<Ready, LoadError> {
        match self.inside(entry)? {
            Some(ready) => Ok(ready),
            None => self.prepare_in_memory(entry),
        }
    }

    /// A library where it lies in this executable's file: its pages are mapped, and nothing is copied.
    /// `None` when it is compressed, or the kernel does not help.
    fn inside(&mut self, entry: &Library) -> Result<Option<Ready>, LoadError> {
        let damaged = |source| LoadError::Damaged { library: entry.name().to_owned(), source };
        let found = entry.unverified(Role::Contents).map_err(damaged)?;
        let Some((packed, verifier)) = found else {
            return Err(LoadError::Empty { library: entry.name().to_owned() });
        };
        if packed.encoding != Encoding::Stored {
            return Ok(None);
        }
        let can_map = || {
            // SAFETY: the function changes nothing but how this thread's system calls are made, and back.
            !copies() && unsafe { ffi::pyembed_can_load_from_files() } != 0
        };
        if !*self.can_map.get_or_insert_with(can_map) {
            return Ok(None);
        }
        // SAFETY: the function looks into the table of this executable's segments only.
        let offset = unsafe { ffi::pyembed_file_offset(packed.bytes.as_ptr().cast()) };
        let is_page = usize::try_from(offset).is_ok_and(|at| at.is_multiple_of(page_size()));
        let Some(file) = executable(packed.bytes, offset).filter(|_| is_page) else {
            return Ok(None);
        };
        verify(&file, offset, packed.length, verifier).map_err(damaged)?;
        let path = seeming_name(entry.name())?;
        let file = Opened { path: path.clone(), file, offset };
        let name = Some(path.clone());
        Ok(Some(Ready { path, name, file: Some(file), place: Place::Executable }))
    }

    /// Has a library loaded from a file in memory, whatever the configuration says.
    pub(super) fn prepare_in_memory(&mut self, entry: &Library) -> Result<Ready, LoadError> {
        let name = Some(seeming_name(entry.name())?);
        let library = entry.name();
        let content = read(library, || entry.for_copy())?;
        let file = files::library_in_memory(library, |file| resources::copy(&content, file));
        let file = self.opened(library, file.map_err(|errno| no_memory(library, errno))?)?;
        Ok(Ready { path: file.path.clone(), name, file: Some(file), place: Place::Memory })
    }

    /// A library in the cache, `None` when it cannot be there.
    fn cached(&mut self, entry: &Library) -> Result<Option<Ready>, LoadError> {
        let library = entry.name();
        let loading = &self.loading;
        let cache = self.cache.get_or_insert_with(|| {
            let opened = user_cache::for_libraries(loading).and_then(|folder| Cache::open(&folder));
            opened.map_err(|error| log(library, &error)).ok()
        });
        let Some(cache) = cache else { return Ok(None) };
        let key = digest(entry)?;
        let name = library.rsplit('/').next().unwrap_or(library);
        let bytes = || contents(entry).map(Cow::into_owned).map_err(io::Error::other);
        match cache.file(name, key, bytes) {
            Ok((file, name)) => {
                let file = self.opened(library, file)?;
                let path = file.path.clone();
                Ok(Some(Ready { path, name: Some(name), file: Some(file), place: Place::Cache }))
            }
            Err(error) => {
                // What is wrong with the folder now is so for the next library, too.
                self.cache = Some(None);
                log(library, &error);
                Ok(None)
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
    ) -> Result<Opened, LoadError> {
        let file = write(library, contents)?;
        self.opened(library, file)
    }

    /// The path of a library in an open file. The descriptor gets a number that none had before, as long as there
    /// are such: a path of its own that is short, too, as a circle needs it.
    fn opened(&mut self, library: &str, file: OwnedFd) -> Result<Opened, LoadError> {
        let file = match fcntl_dupfd_cloexec(&file, self.next) {
            Ok(moved) => {
                self.next = moved.as_raw_fd() + 1;
                moved
            }
            Err(_) => file,
        };
        let number = file.as_raw_fd();
        let used = self.used.entry(number).or_insert(0);
        let path = format!("/proc/self/{}fd/{number}", "./".repeat(*used));
        *used += 1;
        Ok(Opened { path: text(library, path)?, file, offset: 0 })
    }
}

/// A library in an open file.
pub(super) struct Opened {
    /// The path that leads to it as long as the file is open, by way of `/proc`.
    pub(super) path: CString,
    file: OwnedFd,
    /// Where in the file the library begins, in bytes.
    offset: c_long,
}

impl Opened {
    /// What `c/loader_files.c` is given, which must not outlive this.
    pub(super) fn for_loader(&self) -> LoaderFile {
        let (path, file) = (self.path.as_ptr(), self.file.as_raw_fd());
        LoaderFile { path, file, offset: self.offset, is_opened: 0 }
    }

    /// Changes the contents and keeps the path.
    pub(super) fn rewrite(&mut self, library: &str, contents: &[u8]) -> Result<(), LoadError> {
        let other = write(library, contents)?;
        dup3(&other, &mut self.file, DupFlags::CLOEXEC).map_err(|errno| no_memory(library, errno))
    }
}

/// The file of this executable or shared library, if it has `contents` at that place. Where `/proc` is not mounted it is opened by its
/// path, which may lead to another file by now.
fn executable(contents: &[u8], offset: c_long) -> Option<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let by_path = || open(files::executable()?, flags, Mode::empty()).ok();
    let file = match sys::own_library() {
        Some(_) => by_path()?,
        None => open("/proc/self/exe", flags, Mode::empty()).ok().or_else(by_path)?,
    };
    let mut beginning = [0; COMPARED];
    let expected = contents.get(..COMPARED)?;
    let count = pread(&file, &mut beginning, u64::try_from(offset).ok()?).ok()?;
    (count == COMPARED && beginning == expected).then_some(file)
}

/// Verifies a library by reading it from the executable's file, through a buffer that stays in the processor's cache. In
/// the mapping of the executable every page that is looked at would stay in memory.
fn verify(
    file: &OwnedFd,
    offset: c_long,
    length: u64,
    mut verifier: Verifier,
) -> Result<(), FormatError> {
    let mut buffer = vec![0; BUFFER_LENGTH];
    let mut position = u64::try_from(offset).unwrap_or_default();
    let end = position.saturating_add(length);
    while position < end {
        let wanted = usize::try_from(end - position).unwrap_or(usize::MAX).min(BUFFER_LENGTH);
        match pread(file, &mut buffer[..wanted], position) {
            Ok(count) if count > 0 => {
                verifier.update(&buffer[..count]);
                position += count as u64;
            }
            Err(Errno::INTR) => {}
            // The checksum then tells.
            _ => break,
        }
    }
    verifier.finish()
}

fn write(library: &str, contents: &[u8]) -> Result<OwnedFd, LoadError> {
    files::library_in_memory(library, |file| file.write_all(contents))
        .map_err(|errno| no_memory(library, errno))
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

/// What there is of a library, as `get` reads it.
fn read(
    library: &str,
    get: impl FnOnce() -> Result<Option<Content<'static>>, FormatError>,
) -> Result<Content<'static>, LoadError> {
    let library = || library.to_owned();
    get()
        .map_err(|source| LoadError::Damaged { library: library(), source })?
        .ok_or_else(|| LoadError::Empty { library: library() })
}

/// The hash by which caches know a library.
fn digest(entry: &Library) -> Result<u128, LoadError> {
    let library = || entry.name().to_owned();
    let digest = entry.get(Role::Digest);
    let digest = digest.map_err(|source| LoadError::Damaged { library: library(), source })?;
    match digest.and_then(|digest| digest.bytes.try_into().ok()) {
        Some(digest) => Ok(u128::from_le_bytes(digest)),
        None => Err(LoadError::Empty { library: library() }),
    }
}

/// The bytes of a library.
pub(super) fn contents(entry: &Library) -> Result<Cow<'static, [u8]>, LoadError> {
    resources::unpack(&read(entry.name(), || entry.get(Role::Contents))?)
        .map_err(|source| LoadError::Unpack { library: entry.name().to_owned(), source })
}
