//! The program's own allocator.
//!
//! Rust's allocators are told the size of what they free, which C's callers do not know. So each block has a header:
//!
//! ```text
//! block of the allocator ─► size in bytes of the whole block (usize), padded to ALIGNMENT
//! what CPython is given  ─► the memory, aligned to ALIGNMENT
//! ```

#![allow(unsafe_code)]

use std::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
use std::ffi::c_void;
use std::ptr;

use super::backend::Backend;

/// Bytes that every block is aligned to, as pymalloc's and the C library's are: 16 on 64-bit machines.
const ALIGNMENT: usize = 2 * size_of::<usize>();

/// Bytes before what CPython is given; as few as keep the alignment.
const HEADER: usize = ALIGNMENT;

/// The program's `#[global_allocator]`.
pub(super) struct Global;

// SAFETY: memory is the global allocator's, behind a header that is large enough for a `usize`, aligned, and known to
// nobody else. `Layout` refuses sizes that overflow.
unsafe impl Backend for Global {
    fn allocate(size: usize) -> *mut c_void {
        let Some(layout) = layout(size) else { return ptr::null_mut() };
        // SAFETY: its size is not zero.
        with_header(unsafe { alloc(layout) }, layout)
    }

    fn allocate_zeroed(size: usize) -> *mut c_void {
        let Some(layout) = layout(size) else { return ptr::null_mut() };
        // SAFETY: its size is not zero.
        with_header(unsafe { alloc_zeroed(layout) }, layout)
    }

    unsafe fn reallocate(memory: *mut c_void, size: usize) -> *mut c_void {
        let Some(new) = layout(size) else { return ptr::null_mut() };
        // SAFETY: by the caller, the memory is of this allocator.
        let (block, old) = unsafe { block(memory) };
        // SAFETY: the block is the global allocator's, with this layout; the new size is one of a layout, and not zero.
        with_header(unsafe { realloc(block, old, new.size()) }, new)
    }

    unsafe fn free(memory: *mut c_void) {
        // SAFETY: by the caller, the memory is of this allocator.
        let (block, layout) = unsafe { block(memory) };
        // SAFETY: the block is the global allocator's, with this layout.
        unsafe { dealloc(block, layout) };
    }
}

/// The layout of a block for so many bytes; `None` if there can be none.
fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, ALIGNMENT).ok()
}

/// Writes the header of a block, unless that is NULL, and gives what is behind it.
fn with_header(block: *mut u8, layout: Layout) -> *mut c_void {
    if block.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: a block is larger than its header, which is aligned for a `usize`.
    unsafe {
        block.cast::<usize>().write(layout.size());
        block.add(HEADER).cast()
    }
}

/// The block that memory is in, and its layout.
///
/// # Safety
///
/// The memory is one of [`with_header`], and its block is not freed.
unsafe fn block(memory: *mut c_void) -> (*mut u8, Layout) {
    // SAFETY: by the caller, the header is before it, in the same block.
    unsafe {
        let block = memory.cast::<u8>().sub(HEADER);
        let size = block.cast::<usize>().read();
        // SAFETY: it was the size of a layout with this alignment.
        (block, Layout::from_size_align_unchecked(size, ALIGNMENT))
    }
}

#[cfg(test)]
mod tests {
    use super::super::backend::tests::serves_as_c_does;
    use super::*;

    #[test]
    fn rust_serves_as_c_does() {
        serves_as_c_does::<Global>();
    }

    #[test]
    fn a_block_for_its_header_and_the_memory_is_asked_for() {
        assert_eq!(layout(1).unwrap().size(), HEADER + 1);
        assert_eq!(layout(usize::MAX), None);
        assert_eq!(layout(isize::MAX as usize - HEADER), None);
        let memory = Global::allocate(40);
        // SAFETY: it was allocated above.
        let (start, layout) = unsafe { block(memory) };
        assert_eq!((memory.addr() - start.addr(), layout.size()), (HEADER, HEADER + 40));
        // SAFETY: as above.
        unsafe { Global::free(memory) };
    }
}
