//! What the C files can ask: `struct pyembed_packed_files` of `c/files.h`.
//!
//! Every answer is 0, an `errno`, or [`ELSEWHERE`]. Nothing here locks: a process may fork while
//! another thread is here, and ask again in the child.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::os::fd::{IntoRawFd as _, OwnedFd};
use std::sync::OnceLock;

use pyresources::setting::{self, NATIVE_FOLDER};
use pyresources::{Content, Entry, FormatError, Resources, Role, install};
use rustix::fs::{OFlags, Stat, stat};
use rustix::io::Errno;

use super::memory::{self, Looks};
use super::place::Place;
use crate::ffi::{self, PackedFiles, PackedFolder, PackedNode};
use crate::resources;
use crate::sources::{self, Source};
use crate::trace::Use;
use crate::tree::{self, Node};

/// The answer about a path that does not lead into the executable.
const ELSEWHERE: c_int = -1;

/// Permissions of a file: those that an installed one has. Nobody can write to it all the same, as
/// on a file system that is mounted for reading; but copies should be their owner's to change.
const FILE_MODE: u32 = 0o644;
/// Permissions of a file that can be run.
const PROGRAM_MODE: u32 = 0o755;

/// The executable's path.
static EXECUTABLE: OnceLock<&'static CStr> = OnceLock::new();

/// The executable's own path, below which packed files seem to lie; `None` before that is so.
pub(crate) fn executable() -> Option<&'static CStr> {
    EXECUTABLE.get().copied()
}

static ANSWERS: PackedFiles = PackedFiles { find, open, list, child, free, locate };

/// Has packed files served at paths below `executable`, the value of `sys.executable`.
///
/// There is one interpreter in a process, so this is called once; what it keeps is never freed.
pub(crate) fn serve(executable: &CStr) {
    let executable = EXECUTABLE.get_or_init(|| Box::leak(executable.into()));
    // SAFETY: the path was leaked and ends in NUL, and the table of functions is static.
    unsafe { ffi::pyembed_serve_files(executable.as_ptr(), &raw const ANSWERS) };
}

/// The packed path that `path` leads to, `None` when it leads elsewhere.
pub(crate) fn packed_path(path: &CStr) -> Option<String> {
    let place = Place::of(path.to_bytes(), EXECUTABLE.get()?.to_bytes())?;
    Some(place.path)
}

/// As [`packed_path`], of a path that Python code has, most often one that we have given it.
pub(crate) fn packed(path: &[u8]) -> Option<Cow<'_, str>> {
    let below = path.strip_prefix(EXECUTABLE.get()?.to_bytes())?;
    let below = match below.split_first() {
        None => below,
        Some((b'/', below)) => below,
        Some(_) => return None,
    };
    if let Ok(below) = std::str::from_utf8(below)
        && !below.starts_with(['/', '.'])
        && !below.ends_with('/')
        && !below.contains("//")
        && !below.contains("/.")
    {
        return Some(Cow::Borrowed(below));
    }
    let path = CString::new(path).ok()?;
    packed_path(&path).map(Cow::Owned)
}

/// The path that what is packed seems to have.
pub(crate) fn seeming_path(packed: &str) -> Vec<u8> {
    let executable = EXECUTABLE.get().map(|path| path.to_bytes()).unwrap_or_default();
    if packed.is_empty() {
        return executable.to_vec();
    }
    [executable, b"/", packed.as_bytes()].concat()
}

/// The path of a library in the folder beside the executable.
pub(crate) fn beside_executable(path: &str) -> Vec<u8> {
    let executable = EXECUTABLE.get().map(|path| path.to_bytes()).unwrap_or_default();
    let slash = executable.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    [&executable[..slash], NATIVE_FOLDER.as_bytes(), b"/", path.as_bytes()].concat()
}

/// Why there is no answer.
enum Failure {
    Elsewhere,
    Errno(Errno),
}

impl From<Errno> for Failure {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

impl From<FormatError> for Failure {
    /// The executable is damaged.
    fn from(_: FormatError) -> Self {
        Self::Errno(Errno::IO)
    }
}

fn code(result: Result<(), Failure>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(Failure::Elsewhere) => ELSEWHERE,
        Err(Failure::Errno(errno)) => errno.raw_os_error(),
    }
}

/// What is packed at a path.
enum Found {
    /// The entry, and which of its byte strings is the file's contents.
    File(Entry<'static>, Role),
    Folder,
}

impl Found {
    fn at(resources: &Resources<'static>, place: &Place) -> Result<Self, Failure> {
        let path = &place.path;
        if let Some((entry, role)) = tree::file_entry(resources, path)? {
            return if place.must_be_folder {
                Err(Errno::NOTDIR.into())
            } else {
                Ok(Self::File(entry, role))
            };
        }
        if tree::is_folder(resources, path)? {
            return Ok(Self::Folder);
        }
        for (end, _) in path.match_indices('/') {
            if tree::is_file(resources, &path[..end])? {
                return Err(Errno::NOTDIR.into());
            }
        }
        Err(Errno::NOENT.into())
    }
}

/// The place that `path` leads to: the source, and the place there.
///
/// # Safety
///
/// `path` ends in NUL.
unsafe fn look(path: *const c_char) -> Result<(Place, Source), Failure> {
    // SAFETY: as the caller promises.
    let path = unsafe { CStr::from_ptr(path) };
    let executable = EXECUTABLE.get().ok_or(Failure::Elsewhere)?;
    let place = Place::of(path.to_bytes(), executable.to_bytes()).ok_or(Failure::Elsewhere)?;
    let (source, below) = sources::at(resources::packed()?, &place.path);
    let place =
        if source.is_executable() { place } else { Place { path: below.to_owned(), ..place } };
    Ok((merged(source.resources, place)?, source))
}

/// What is at a packed path: the folder that the path starts at, and the path of what is there. The folder is empty, or
/// that of installed packages. `None` when nothing is there.
pub(crate) fn found_at(
    resources: &Resources<'static>,
    path: &str,
) -> Result<Option<(String, String)>, FormatError> {
    let place = merged(resources, Place { path: path.to_owned(), must_be_folder: false })?;
    if !tree::is_file(resources, &place.path)? && !tree::is_folder(resources, &place.path)? {
        return Ok(None);
    }
    let below = place.path.strip_suffix(path).unwrap_or_default().trim_end_matches('/');
    Ok(Some((below.to_owned(), place.path)))
}

/// The same place, or that of installed packages where nothing is at the top.
///
/// Tools that unpack an application put its own files and its packages into one folder, `sys._MEIPASS`, and packages
/// look for their files below that when they are frozen.
fn merged(resources: &Resources<'_>, place: Place) -> Result<Place, FormatError> {
    let is_there =
        |path: &str| Ok(tree::is_file(resources, path)? || tree::is_folder(resources, path)?);
    let (folder, below) = install::split(&place.path);
    if folder != install::Folder::Application || below.is_empty() || is_there(below)? {
        return Ok(place);
    }
    let Some(stdlib) = resources.setting(setting::STDLIB)? else { return Ok(place) };
    let stdlib = String::from_utf8_lossy(stdlib);
    let path = format!("{stdlib}/{}/{below}", install::SITE_PACKAGES);
    Ok(if is_there(&path)? { Place { path, ..place } } else { place })
}

/// A number that stands for a packed path, never 0: FNV-1a, which is the same in every process.
fn inode(path: &str) -> u64 {
    let mix = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    path.bytes().fold(0xcbf2_9ce4_8422_2325, mix).max(1)
}

/// `find(path, node)`: what is packed at a path.
unsafe extern "C" fn find(path: *const c_char, node: *mut PackedNode) -> c_int {
    // SAFETY: the C files give a string that ends in NUL, and room for the answer.
    code(unsafe { look(path) }.and_then(|(place, source)| {
        let (kind, size) = match Found::at(source.resources, &place)? {
            Found::Folder => (ffi::NodeKind::Folder, 0),
            Found::File(entry, role) => {
                source.used(Use::File, &place.path);
                let is_program = entry.has(Role::Program);
                let kind = if is_program { ffi::NodeKind::Program } else { ffi::NodeKind::File };
                // Nobody reads the contents to tell the size.
                (kind, entry.length(role)?.unwrap_or_default())
            }
        };
        let found = PackedNode { inode: inode(&source.packed_path(place.path)), size, kind };
        // SAFETY: as above.
        unsafe { node.write(found) };
        Ok(())
    }))
}

/// `open(path, flags, descriptor)`: a descriptor of the file at a path.
unsafe extern "C" fn open(path: *const c_char, flags: c_int, descriptor: *mut c_int) -> c_int {
    // SAFETY: as for `find`.
    code(unsafe { look(path) }.and_then(|(place, source)| {
        let flags = OFlags::from_bits_retain(flags as u32);
        let opened = open_at(source.resources, &place, flags)?;
        source.used(Use::File, &place.path);
        // SAFETY: as for `find`.
        unsafe { descriptor.write(opened.into_raw_fd()) };
        Ok(())
    }))
}

fn open_at(
    resources: &Resources<'static>,
    place: &Place,
    flags: OFlags,
) -> Result<OwnedFd, Failure> {
    let writes = flags.intersects(OFlags::WRONLY | OFlags::RDWR | OFlags::TRUNC);
    let (entry, role) = match Found::at(resources, place) {
        Ok(_) if flags.contains(OFlags::CREATE | OFlags::EXCL) => Err(Errno::EXIST),
        Ok(Found::File(..)) if flags.contains(OFlags::DIRECTORY) => Err(Errno::NOTDIR),
        Ok(Found::File(..)) if writes => Err(Errno::ROFS),
        Ok(Found::File(entry, role)) => Ok((entry, role)),
        Ok(Found::Folder) if flags.contains(OFlags::DIRECTORY) && !writes => {
            // No descriptor can stand for a folder that the kernel does not know.
            Err(Errno::OPNOTSUPP)
        }
        Ok(Found::Folder) => Err(Errno::ISDIR),
        Err(Failure::Errno(Errno::NOENT)) if flags.contains(OFlags::CREATE) => Err(Errno::ROFS),
        Err(failure) => return Err(failure),
    }?;
    let content = resources::for_copy(&entry, role)?.ok_or(Errno::IO)?;
    let mode = if entry.has(Role::Program) { PROGRAM_MODE } else { FILE_MODE };
    let looks = Looks { mode, executable: executable_status() };
    let closes = flags.contains(OFlags::CLOEXEC);
    let fill = |file: &mut memory::Unsealed| resources::copy(&content, file);
    let file = match memory::file(&place.path, fill, &looks, closes) {
        // A kernel that runs nothing from memory makes no such file that could be run.
        Err(Errno::ACCESS) if looks.mode & memory::EXECUTABLE != 0 => {
            let looks = Looks { mode: FILE_MODE, ..looks };
            memory::file(&place.path, fill, &looks, closes)
        }
        file => file,
    };
    match file {
        Err(Errno::FBIG | Errno::PERM | Errno::NOSYS) => {
            let bytes = resources::unpack(&content).map_err(|_| Errno::IO)?;
            Ok(memory::pipe(&bytes, closes)?)
        }
        file => Ok(file?),
    }
}

/// A file in memory for the loader, with a library that `fill` writes; it is closed on exec.
///
/// # Errors
///
/// What the kernel said, such as [`Errno::MFILE`].
pub(crate) fn library_in_memory(
    name: &str,
    fill: impl FnOnce(&mut memory::Unsealed) -> io::Result<()>,
) -> Result<OwnedFd, Errno> {
    let looks = Looks { mode: FILE_MODE, executable: None };
    memory::file(name, fill, &looks, true)
}

/// A file in memory with a program; it is closed on exec, which needs it no more by then.
///
/// # Errors
///
/// What the kernel said; it may be set up to run nothing from memory.
pub(crate) fn program_in_memory(name: &str, content: &Content<'static>) -> Result<OwnedFd, Errno> {
    let looks = Looks { mode: PROGRAM_MODE, executable: None };
    memory::file(name, |file| resources::copy(content, file), &looks, true)
}

/// The executable's own status; `None` when it was removed and there is no `/proc`.
fn executable_status() -> Option<Stat> {
    EXECUTABLE.get().and_then(|path| stat(*path).ok()).or_else(|| stat(c"/proc/self/exe").ok())
}

/// What is in a folder, for `struct pyembed_packed_folder`.
pub(crate) struct Listing {
    /// The folder's packed path.
    folder: String,
    children: Vec<(Cow<'static, str>, Node)>,
}

/// `list(path, folder)`: what is in the folder at a path, to be given back to `free`.
unsafe extern "C" fn list(path: *const c_char, folder: *mut *mut PackedFolder) -> c_int {
    // SAFETY: as for `find`.
    code(unsafe { look(path) }.and_then(|(place, source)| {
        if !matches!(Found::at(source.resources, &place)?, Found::Folder) {
            return Err(Errno::NOTDIR.into());
        }
        let children = tree::children(source.resources, &place.path)?.into_iter().collect();
        source.used(Use::Folder, &place.path);
        let listing = Box::new(Listing { folder: source.packed_path(place.path), children });
        // SAFETY: as for `find`.
        unsafe { folder.write(Box::into_raw(listing).cast()) };
        Ok(())
    }))
}

/// `child(folder, position, node, name, capacity)`: one of those in a folder; `ENOENT` after the
/// last one.
unsafe extern "C" fn child(
    folder: *const PackedFolder,
    position: usize,
    node: *mut PackedNode,
    name: *mut c_char,
    capacity: usize,
) -> c_int {
    // SAFETY: the C files give what they had from `list` and have not given back yet.
    let listing = unsafe { &*folder.cast::<Listing>() };
    let Some((own, kind)) = listing.children.get(position) else {
        return Errno::NOENT.raw_os_error();
    };
    if own.len() >= capacity {
        return Errno::NAMETOOLONG.raw_os_error();
    }
    let path = match &*listing.folder {
        "" => own.to_string(),
        folder => format!("{folder}/{own}"),
    };
    let kind = match kind {
        Node::Folder => ffi::NodeKind::Folder,
        Node::File => ffi::NodeKind::File,
    };
    // SAFETY: there is room for the answer, and for `capacity` bytes of the name, which the name
    // and a NUL fit into.
    unsafe {
        node.write(PackedNode { inode: inode(&path), size: 0, kind });
        own.as_ptr().copy_to_nonoverlapping(name.cast(), own.len());
        name.add(own.len()).write(0);
    }
    0
}

/// `free(folder)`: ends the use of a folder.
unsafe extern "C" fn free(folder: *mut PackedFolder) {
    // SAFETY: the C files give back once what they had from `list`.
    drop(unsafe { Box::from_raw(folder.cast::<Listing>()) });
}

/// `locate(path, canonical, capacity)`: the canonical path of what is packed at a path.
unsafe extern "C" fn locate(path: *const c_char, canonical: *mut c_char, capacity: usize) -> c_int {
    // SAFETY: as for `find`.
    code(unsafe { look(path) }.and_then(|(place, source)| {
        Found::at(source.resources, &place)?;
        let mut whole = seeming_path(&source.packed_path(place.path));
        whole.push(0);
        if whole.len() > capacity {
            return Err(Errno::NAMETOOLONG.into());
        }
        // SAFETY: there is room for `capacity` bytes, NUL among them.
        unsafe { whole.as_ptr().copy_to_nonoverlapping(canonical.cast(), whole.len()) };
        Ok(())
    }))
}
