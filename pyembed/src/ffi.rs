//! What the stable ABI that `pyo3` is built for lacks, declared by hand.
//!
//! Two kinds of things: functions of CPython that are exported but not in the stable ABI, and the
//! C files of this crate, in the folder `c`, whose headers these declarations mirror.

#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, c_longlong, c_uchar, c_void};

use pyo3::ffi::{Py_ssize_t, PyObject};

/// `enum pyembed_run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) enum Run {
    Nothing = 0,
    Repl = 1,
    Command = 2,
    File = 3,
}

/// `struct pyembed_option`.
#[repr(C)]
pub(crate) struct InterpreterOption {
    pub(crate) field: *const c_char,
    pub(crate) number: c_longlong,
    pub(crate) text: *const c_char,
    pub(crate) texts: *const *const c_char,
}

/// `struct pyembed_config`.
#[repr(C)]
pub(crate) struct Config {
    pub(crate) program_name: *const c_char,
    pub(crate) executable: *const c_char,
    pub(crate) environment_executable: *const c_char,
    pub(crate) environment: *const c_char,
    pub(crate) stdlib: *const c_char,
    pub(crate) stdio_encoding: *const c_char,
    pub(crate) stdio_errors: *const c_char,
    pub(crate) run_argument: *const c_char,
    pub(crate) argv: *const *const c_char,
    pub(crate) argc: isize,
    pub(crate) search_paths: *const *const c_char,
    pub(crate) as_python: c_int,
    pub(crate) safe_path: c_int,
    pub(crate) optimization_level: c_int,
    pub(crate) write_bytecode: c_int,
    pub(crate) use_environment: c_int,
    pub(crate) site_import: c_int,
    pub(crate) user_site_directory: c_int,
    pub(crate) buffered_stdio: c_int,
    pub(crate) is_guest: c_int,
    pub(crate) run: Run,
    pub(crate) options: *const InterpreterOption,
    pub(crate) option_count: usize,
    pub(crate) allocator: *const Allocator,
}

/// `struct pyembed_allocator_functions`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct AllocatorFunctions {
    pub(crate) malloc: Option<unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void>,
    pub(crate) calloc: Option<unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void>,
    pub(crate) realloc:
        Option<unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void>,
    pub(crate) free: Option<unsafe extern "C" fn(*mut c_void, *mut c_void)>,
}

/// `struct pyembed_allocator`.
#[repr(C)]
pub(crate) struct Allocator {
    pub(crate) raw: c_int,
    pub(crate) mem: c_int,
    pub(crate) obj: c_int,
    pub(crate) arenas: c_int,
    pub(crate) debug: c_int,
    pub(crate) uses_heap: c_int,
    pub(crate) functions: AllocatorFunctions,
}

/// `struct pyembed_status`.
#[repr(C)]
pub(crate) struct Status {
    pub(crate) kind: c_int,
    pub(crate) exit_code: c_int,
    pub(crate) stage: *const c_char,
    pub(crate) message: *const c_char,
}

/// `enum pyembed_node_kind`.
#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub(crate) enum NodeKind {
    File = 0,
    Program = 1,
    Folder = 2,
}

/// `struct pyembed_packed_node`.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct PackedNode {
    pub(crate) inode: u64,
    pub(crate) size: u64,
    pub(crate) kind: NodeKind,
}

/// `struct pyembed_packed_folder`, of which C knows no more than the address.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct PackedFolder {
    _unknown: [u8; 0],
}

/// `struct pyembed_packed_files`.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct PackedFiles {
    pub(crate) find: unsafe extern "C" fn(*const c_char, *mut PackedNode) -> c_int,
    pub(crate) open: unsafe extern "C" fn(*const c_char, c_int, *mut c_int) -> c_int,
    pub(crate) list: unsafe extern "C" fn(*const c_char, *mut *mut PackedFolder) -> c_int,
    pub(crate) child: unsafe extern "C" fn(
        *const PackedFolder,
        usize,
        *mut PackedNode,
        *mut c_char,
        usize,
    ) -> c_int,
    pub(crate) free: unsafe extern "C" fn(*mut PackedFolder),
    pub(crate) locate: unsafe extern "C" fn(*const c_char, *mut c_char, usize) -> c_int,
}

/// `struct pyembed_start`.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct Start {
    pub(crate) path: *const c_char,
    pub(crate) arguments: *const *const c_char,
    pub(crate) environment: *const *const c_char,
    pub(crate) program: c_int,
    pub(crate) kept: *mut c_void,
}

/// `struct pyembed_spawns`.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct Spawns {
    pub(crate) prepare: unsafe extern "C" fn(*mut Start, c_int) -> c_int,
    pub(crate) release: unsafe extern "C" fn(*mut Start),
    pub(crate) command: unsafe extern "C" fn(*const c_char) -> *mut c_char,
    pub(crate) release_command: unsafe extern "C" fn(*mut c_char),
}

/// `struct pyembed_packed_libraries`.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct PackedLibraries {
    pub(crate) load:
        unsafe extern "C" fn(*const c_char, c_int, *mut *mut c_void, *mut c_char) -> c_int,
    pub(crate) knows: unsafe extern "C" fn(*const c_char) -> c_int,
}

/// `struct pyembed_loader_file`.
#[cfg(target_os = "linux")]
#[repr(C)]
pub(crate) struct LoaderFile {
    pub(crate) path: *const c_char,
    pub(crate) file: c_int,
    pub(crate) offset: c_long,
    pub(crate) is_opened: c_int,
}

unsafe extern "C" {
    pub(crate) fn pyembed_replace_bootstrap(
        name: *const c_char,
        code: *const c_uchar,
        size: c_int,
    ) -> c_int;
    pub(crate) fn pyembed_initialize(config: *const Config) -> Status;
    pub(crate) fn pyembed_guard_end() -> c_int;
    pub(crate) fn pyembed_unguard_end() -> c_int;
    pub(crate) fn pyembed_set_running_main(running: c_int) -> c_int;
    pub(crate) fn pyembed_inspects() -> c_int;
    pub(crate) fn pyembed_begin_inspection() -> c_int;

    pub(crate) fn pyembed_read_code(
        data: *const c_char,
        length: Py_ssize_t,
        filename: *mut PyObject,
    ) -> *mut PyObject;
    pub(crate) fn pyembed_set_locale();

    pub(crate) fn pyembed_own_library() -> *const c_char;
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_binds() -> c_int;
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_find_symbol(name: *const c_char) -> *const c_void;
    pub(crate) fn pyembed_claim_process(path: *mut c_char, capacity: usize) -> c_int;
    pub(crate) fn pyembed_stay_loaded();

    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_watch_spawns(spawns: *const Spawns);
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_serve_files(executable: *const c_char, packed: *const PackedFiles);
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_serve_libraries(packed: *const PackedLibraries);
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_load_object(
        path: *const c_char,
        name: *const c_char,
        mode: c_int,
        files: *mut LoaderFile,
        count: usize,
    ) -> *mut c_void;
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_can_load_from_files() -> c_int;
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_file_offset(address: *const c_void) -> c_long;
    #[cfg(target_os = "linux")]
    pub(crate) fn pyembed_load_error() -> *const c_char;

    pub(crate) fn pyembed_linked_resources(length: *mut usize) -> *const u8;

    /// CPython, `cpython/pystate.h`: 1 when this thread is attached to the main interpreter.
    pub(crate) fn PyGILState_Check() -> c_int;
    /// CPython, `pylifecycle.h`.
    pub(crate) fn Py_RunMain() -> c_int;
}
