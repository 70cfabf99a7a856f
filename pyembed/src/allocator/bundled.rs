//! Allocators written in C and C++ that are compiled in with a feature. Each has names of its own for its functions and
//! leaves the `malloc` of the process alone.

#![allow(unsafe_code)]

use std::ffi::c_void;

use super::backend::Backend;

/// mimalloc, of the crate `libmimalloc-sys`.
#[cfg(feature = "mimalloc")]
pub(super) struct Mimalloc;

// SAFETY: these are the functions of C's standard library by other names.
#[cfg(feature = "mimalloc")]
unsafe impl Backend for Mimalloc {
    fn allocate(size: usize) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { libmimalloc_sys::mi_malloc(size) }
    }

    fn allocate_zeroed(size: usize) -> *mut c_void {
        // SAFETY: as above.
        unsafe { libmimalloc_sys::mi_zalloc(size) }
    }

    unsafe fn reallocate(memory: *mut c_void, size: usize) -> *mut c_void {
        // SAFETY: by the caller, the memory is mimalloc's.
        unsafe { libmimalloc_sys::mi_realloc(memory, size) }
    }

    unsafe fn free(memory: *mut c_void) {
        // SAFETY: as above.
        unsafe { libmimalloc_sys::mi_free(memory) }
    }
}

/// jemalloc, of the crate `tikv-jemalloc-sys`.
#[cfg(feature = "jemalloc")]
pub(super) struct Jemalloc;

// SAFETY: these are the functions of C's standard library by other names.
#[cfg(feature = "jemalloc")]
unsafe impl Backend for Jemalloc {
    fn allocate(size: usize) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { tikv_jemalloc_sys::malloc(size) }
    }

    fn allocate_zeroed(size: usize) -> *mut c_void {
        // SAFETY: as above.
        unsafe { tikv_jemalloc_sys::calloc(1, size) }
    }

    unsafe fn reallocate(memory: *mut c_void, size: usize) -> *mut c_void {
        // SAFETY: by the caller, the memory is jemalloc's.
        unsafe { tikv_jemalloc_sys::realloc(memory, size) }
    }

    unsafe fn free(memory: *mut c_void) {
        // SAFETY: as above.
        unsafe { tikv_jemalloc_sys::free(memory) }
    }
}

/// snmalloc, of the crate `snmalloc-sys`.
#[cfg(feature = "snmalloc")]
pub(super) struct Snmalloc;

// SAFETY: these are the functions of C's standard library by other names.
#[cfg(feature = "snmalloc")]
unsafe impl Backend for Snmalloc {
    fn allocate(size: usize) -> *mut c_void {
        // SAFETY: any size may be asked for.
        unsafe { snmalloc_sys::sn_malloc(size) }
    }

    fn allocate_zeroed(size: usize) -> *mut c_void {
        // SAFETY: as above.
        unsafe { snmalloc_sys::sn_calloc(1, size) }
    }

    unsafe fn reallocate(memory: *mut c_void, size: usize) -> *mut c_void {
        // SAFETY: by the caller, the memory is snmalloc's.
        unsafe { snmalloc_sys::sn_realloc(memory, size) }
    }

    unsafe fn free(memory: *mut c_void) {
        // SAFETY: as above.
        unsafe { snmalloc_sys::sn_free(memory) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::backend::tests::serves_as_c_does;
    use super::*;

    #[cfg(feature = "mimalloc")]
    #[test]
    fn mimalloc_serves_as_c_does() {
        serves_as_c_does::<Mimalloc>();
    }

    #[cfg(feature = "jemalloc")]
    #[test]
    fn jemalloc_serves_as_c_does() {
        serves_as_c_does::<Jemalloc>();
    }

    #[cfg(feature = "snmalloc")]
    #[test]
    fn snmalloc_serves_as_c_does() {
        serves_as_c_does::<Snmalloc>();
    }
}
