//! What CPython asks of an allocator.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr;

use crate::ffi;

/// An allocator. It may be called by any thread at any time, in a process that was forked as well.
///
/// Memory is aligned as C's `malloc` aligns it. Sizes are at least one byte.
///
/// # Safety
///
/// The functions do what those of C's standard library do: what they return is NULL or as large as was asked for, and
/// nobody else's.
pub(super) unsafe trait Backend {
    /// As `malloc`.
    fn allocate(size: usize) -> *mut c_void;

    /// As [`allocate`](Self::allocate), with zeros in it.
    fn allocate_zeroed(size: usize) -> *mut c_void;

    /// As `realloc`: when it returns NULL, `memory` is as before.
    ///
    /// # Safety
    ///
    /// `memory` is of this allocator and not freed.
    unsafe fn reallocate(memory: *mut c_void, size: usize) -> *mut c_void;

    /// As `free`.
    ///
    /// # Safety
    ///
    /// `memory` is of this allocator and not freed.
    unsafe fn free(memory: *mut c_void);
}

/// An allocator's functions as CPython calls them. Its contract is that of `PyMemAllocatorEx`: a request of zero bytes
/// gives memory of its own as well.
pub(super) fn functions<B: Backend>() -> ffi::AllocatorFunctions {
    ffi::AllocatorFunctions {
        malloc: Some(malloc::<B>),
        calloc: Some(calloc::<B>),
        realloc: Some(realloc::<B>),
        free: Some(free::<B>),
    }
}

extern "C" fn malloc<B: Backend>(_: *mut c_void, size: usize) -> *mut c_void {
    B::allocate(size.max(1))
}

extern "C" fn calloc<B: Backend>(_: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => B::allocate_zeroed(bytes.max(1)),
        None => ptr::null_mut(),
    }
}

unsafe extern "C" fn realloc<B: Backend>(
    _: *mut c_void,
    memory: *mut c_void,
    size: usize,
) -> *mut c_void {
    if memory.is_null() {
        return B::allocate(size.max(1));
    }
    // SAFETY: CPython passes on what this allocator has given it.
    unsafe { B::reallocate(memory, size.max(1)) }
}

unsafe extern "C" fn free<B: Backend>(_: *mut c_void, memory: *mut c_void) {
    if !memory.is_null() {
        // SAFETY: as above.
        unsafe { B::free(memory) }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashSet;

    use super::*;

    /// An allocator as C sees it.
    struct Functions {
        malloc: unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void,
        calloc: unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void,
        realloc: unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void,
        free: unsafe extern "C" fn(*mut c_void, *mut c_void),
    }

    impl Functions {
        fn of<B: Backend>() -> Self {
            let ffi::AllocatorFunctions { malloc, calloc, realloc, free } = functions::<B>();
            Self {
                malloc: malloc.unwrap(),
                calloc: calloc.unwrap(),
                realloc: realloc.unwrap(),
                free: free.unwrap(),
            }
        }

        fn malloc(&self, size: usize) -> *mut u8 {
            // SAFETY: any size may be asked for.
            unsafe { (self.malloc)(ptr::null_mut(), size) }.cast()
        }

        fn calloc(&self, count: usize, size: usize) -> *mut u8 {
            // SAFETY: as above.
            unsafe { (self.calloc)(ptr::null_mut(), count, size) }.cast()
        }

        fn realloc(&self, memory: *mut u8, size: usize) -> *mut u8 {
            // SAFETY: the tests pass on what they got, once.
            unsafe { (self.realloc)(ptr::null_mut(), memory.cast(), size) }.cast()
        }

        fn free(&self, memory: *mut u8) {
            // SAFETY: as above.
            unsafe { (self.free)(ptr::null_mut(), memory.cast()) };
        }
    }

    /// Bytes that depend on their place.
    fn fill(memory: *mut u8, size: usize) {
        for at in 0..size {
            // SAFETY: the memory has this size.
            unsafe { memory.add(at).write(at as u8 ^ 0x5a) };
        }
    }

    fn is_filled(memory: *mut u8, size: usize) -> bool {
        // SAFETY: the memory has this size and was filled.
        (0..size).all(|at| unsafe { memory.add(at).read() } == at as u8 ^ 0x5a)
    }

    /// What pymalloc passes on, and more.
    const SIZES: [usize; 12] =
        [1, 8, 15, 16, 17, 512, 513, 4096, 5000, 128 << 10, (1 << 20) + 1, 3 << 20];

    /// Requires of an allocator what CPython does.
    pub(crate) fn serves_as_c_does<B: Backend>() {
        let functions = &Functions::of::<B>();
        requests_of_zero_bytes_differ(functions);
        contents_stay(functions);
        memory_of_calloc_is_zero(functions);
        impossible_requests_give_null(functions);
        threads_free_what_others_allocate(functions);
    }

    fn requests_of_zero_bytes_differ(functions: &Functions) {
        let some = [
            functions.malloc(0),
            functions.malloc(0),
            functions.calloc(0, 8),
            functions.calloc(8, 0),
            functions.realloc(ptr::null_mut(), 0),
            functions.realloc(functions.malloc(100), 0),
        ];
        assert!(some.iter().all(|memory| !memory.is_null()));
        assert_eq!(some.iter().collect::<HashSet<_>>().len(), some.len());
        some.into_iter().for_each(|memory| functions.free(memory));
        functions.free(ptr::null_mut());
    }

    fn contents_stay(functions: &Functions) {
        for first in SIZES {
            for second in SIZES {
                let memory = functions.malloc(first);
                assert_eq!(memory.addr() % align_of::<u64>(), 0);
                if first >= 16 {
                    assert_eq!(memory.addr() % (2 * size_of::<usize>()), 0);
                }
                fill(memory, first);
                let memory = functions.realloc(memory, second);
                assert!(is_filled(memory, first.min(second)), "{first} {second}");
                fill(memory, second);
                functions.free(memory);
            }
        }
    }

    fn memory_of_calloc_is_zero(functions: &Functions) {
        for size in SIZES {
            // What was used before is not.
            let used = functions.malloc(size);
            fill(used, size);
            functions.free(used);
            let memory = functions.calloc(1, size);
            // SAFETY: the memory has this size.
            assert!((0..size).all(|at| unsafe { memory.add(at).read() } == 0), "{size}");
            functions.free(memory);
        }
        let memory = functions.calloc(1000, 24);
        fill(memory, 24_000);
        functions.free(memory);
    }

    fn impossible_requests_give_null(functions: &Functions) {
        let most = isize::MAX as usize;
        for size in [usize::MAX, usize::MAX - 15, most + 1, most] {
            assert!(functions.malloc(size).is_null());
            assert!(functions.calloc(1, size).is_null());
            assert!(functions.calloc(size, 1).is_null());
            let memory = functions.malloc(100);
            fill(memory, 100);
            assert!(functions.realloc(memory, size).is_null());
            assert!(is_filled(memory, 100));
            functions.free(memory);
        }
        // Both products overflow; one of them to a small number.
        assert!(functions.calloc(usize::MAX, 2).is_null());
        assert!(functions.calloc(1 << (usize::BITS / 2), (1 << (usize::BITS / 2)) + 1).is_null());
    }

    fn threads_free_what_others_allocate(functions: &Functions) {
        let (sender, receiver) = std::sync::mpsc::channel::<(usize, usize)>();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let sender = sender.clone();
                scope.spawn(move || {
                    for round in 0..2_000 {
                        let size = SIZES[round % 9];
                        let memory = functions.malloc(size);
                        fill(memory, size.min(64));
                        sender.send((memory.expose_provenance(), size)).unwrap();
                    }
                });
            }
            drop(sender);
            for (address, size) in receiver {
                let memory = ptr::with_exposed_provenance_mut(address);
                assert!(is_filled(memory, size.min(64)));
                functions.free(functions.realloc(memory, size / 2));
            }
        });
    }
}
