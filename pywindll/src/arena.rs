//! The memory that host and agent share, mapped at the same address in both, and its blocks.
//!
//! A pointer into the arena means the same on both sides, so structures, linked lists and buffers
//! that lie in it need no copy. The allocator's own books are kept in the host's memory: a DLL that
//! scribbles on the arena damages contents, never the books.

use std::collections::BTreeMap;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::protocol::HEAP_OFFSET;

/// Blocks are aligned to this many bytes, as memory of `malloc` is.
const ALIGNMENT: u64 = 16;
/// Up to this size, freed blocks are kept in a list of their own size.
const SMALL: u64 = 1024;
/// Small blocks are cut from pieces of this size.
const SLAB: u64 = 64 * 1024;
/// Larger blocks are whole pages.
const PAGE: u64 = 4096;

/// Addresses to try for arenas of 64-bit agents, 1 TiB apart: far from where Linux and Wine put
/// libraries, stacks and heaps.
const BASES_64: Bases = Bases { first: 0x2000_0000_0000, step: 0x100_0000_0000, count: 64 };
/// Addresses to try for arenas of 32-bit agents, 64 MiB apart; Wine's own DLLs lie from `0x6000_0000` on.
const BASES_32: Bases = Bases { first: 0x1000_0000, step: 0x400_0000, count: 18 };

/// Addresses in equal steps.
struct Bases {
    first: u64,
    step: u64,
    count: u64,
}

/// Shared memory with an allocator.
#[derive(Debug)]
pub struct Arena {
    base: u64,
    size: u64,
    descriptor: OwnedFd,
    books: Mutex<Books>,
}

/// What is free.
#[derive(Debug)]
struct Books {
    /// Free ranges of whole pages: offset to length.
    ranges: BTreeMap<u64, u64>,
    /// Free small blocks, by size in units of [`ALIGNMENT`].
    small: Vec<Vec<u64>>,
    /// The rest of the slab that small blocks are cut from: offset and end.
    slab: (u64, u64),
}

impl Arena {
    /// Shared memory of `size` bytes, blocks included, at an address that a process with pointers of
    /// `pointer_size` bytes can map.
    ///
    /// # Errors
    ///
    /// When the memory cannot be made, or none of the addresses is free.
    pub fn new(size: u64, pointer_size: u32) -> Result<Arc<Self>, Error> {
        let size = size.next_multiple_of(PAGE) + HEAP_OFFSET;
        // SAFETY: the name is a C string; the result is checked before it is used.
        let descriptor = unsafe {
            let descriptor = libc::memfd_create(c"pywindll-arena".as_ptr(), libc::MFD_CLOEXEC);
            if descriptor < 0 {
                return Err(Error::last_os_error("memfd_create"));
            }
            OwnedFd::from_raw_fd(descriptor)
        };
        // SAFETY: the descriptor is open.
        if unsafe { libc::ftruncate(descriptor.as_raw_fd(), size.cast_signed()) } != 0 {
            return Err(Error::last_os_error(format!("{size} bytes of shared memory")));
        }
        let bases = if pointer_size == 4 { BASES_32 } else { BASES_64 };
        let mut last = None;
        for base in (0..bases.count).map(|number| bases.first + number * bases.step) {
            match map(base, size, &descriptor) {
                Ok(()) => {
                    let books = Mutex::new(Books::new(HEAP_OFFSET, size));
                    return Ok(Arc::new(Self { base, size, descriptor, books }));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or(Error::ArenaFull { requested: size, size: 0 }))
    }

    /// Its address in both processes.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Its bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The descriptor of the memory.
    pub(crate) fn descriptor(&self) -> &OwnedFd {
        &self.descriptor
    }

    /// Whether `length` bytes from `address` on lie in it, behind the channels.
    pub fn holds(&self, address: u64, length: u64) -> bool {
        let begin = self.base + HEAP_OFFSET;
        let end = self.base + self.size;
        address >= begin && address <= end && length <= end - address
    }

    /// A block of at least `length` bytes of undefined contents.
    ///
    /// # Errors
    ///
    /// [`Error::ArenaFull`].
    pub fn allocate(self: &Arc<Self>, length: u64) -> Result<Block, Error> {
        let full = Error::ArenaFull { requested: length, size: self.size - HEAP_OFFSET };
        let Some(offset) = self.books().take(length) else { return Err(full) };
        Ok(Block { arena: Arc::clone(self), address: self.base + offset, length })
    }

    /// A copy of `bytes`.
    ///
    /// # Errors
    ///
    /// [`Error::ArenaFull`].
    pub fn copy(self: &Arc<Self>, bytes: &[u8]) -> Result<Block, Error> {
        let block = self.allocate(bytes.len() as u64)?;
        // SAFETY: the block is this long, mapped, and nobody's but ours.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), block.address as *mut u8, bytes.len())
        };
        Ok(block)
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this size; every block holds a reference to the arena.
        unsafe { libc::munmap(self.base as *mut libc::c_void, self.size as usize) };
    }
}

fn map(base: u64, size: u64, descriptor: &OwnedFd) -> Result<(), Error> {
    // SAFETY: with MAP_FIXED_NOREPLACE nothing that is mapped already is touched.
    let address = unsafe {
        libc::mmap(
            base as *mut libc::c_void,
            size as usize,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_FIXED_NOREPLACE,
            descriptor.as_raw_fd(),
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return Err(Error::last_os_error(format!("{size} bytes of shared memory at {base:#x}")));
    }
    if address as u64 != base {
        // Kernels before 4.17 take the address for a wish.
        // SAFETY: mapped just now.
        unsafe { libc::munmap(address, size as usize) };
        let source = std::io::Error::from_raw_os_error(libc::EEXIST);
        return Err(Error::System { what: format!("shared memory at {base:#x}"), source });
    }
    Ok(())
}

impl Books {
    fn new(begin: u64, end: u64) -> Self {
        let small = vec![Vec::new(); (SMALL / ALIGNMENT) as usize + 1];
        Self { ranges: BTreeMap::from([(begin, end - begin)]), small, slab: (0, 0) }
    }

    fn take(&mut self, length: u64) -> Option<u64> {
        if length > SMALL {
            return self.take_pages(length.checked_next_multiple_of(PAGE)?);
        }
        let length = length.max(1).next_multiple_of(ALIGNMENT);
        if let Some(offset) = self.small[(length / ALIGNMENT) as usize].pop() {
            return Some(offset);
        }
        if self.slab.1 - self.slab.0 < length {
            let begin = self.take_pages(SLAB)?;
            self.slab = (begin, begin + SLAB);
        }
        let offset = self.slab.0;
        self.slab.0 += length;
        Some(offset)
    }

    /// The first range that is long enough.
    fn take_pages(&mut self, length: u64) -> Option<u64> {
        let (&offset, &free) = self.ranges.iter().find(|(_, free)| **free >= length)?;
        self.ranges.remove(&offset);
        if free > length {
            self.ranges.insert(offset + length, free - length);
        }
        Some(offset)
    }

    fn give_back(&mut self, offset: u64, length: u64) {
        if length <= SMALL {
            let length = length.max(1).next_multiple_of(ALIGNMENT);
            self.small[(length / ALIGNMENT) as usize].push(offset);
            return;
        }
        let mut begin = offset;
        let mut end = offset + length.next_multiple_of(PAGE);
        if let Some((&before, &free)) = self.ranges.range(..offset).next_back()
            && before + free == begin
        {
            self.ranges.remove(&before);
            begin = before;
        }
        if let Some(free) = self.ranges.remove(&end) {
            end += free;
        }
        self.ranges.insert(begin, end - begin);
    }
}

/// A piece of the arena, free again when dropped.
#[derive(Debug)]
pub struct Block {
    arena: Arc<Arena>,
    address: u64,
    length: u64,
}

impl Block {
    /// Its address, in both processes.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// Bytes that were asked for.
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.arena.books().give_back(self.address - self.arena.base, self.length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_ranges_join_their_neighbors() {
        let mut books = Books::new(0, 64 * PAGE);
        let offsets: Vec<_> = (0..4).map(|_| books.take(2 * PAGE).unwrap()).collect();
        assert_eq!(offsets, [0, 2 * PAGE, 4 * PAGE, 6 * PAGE]);
        books.give_back(offsets[1], 2 * PAGE);
        books.give_back(offsets[0], 2 * PAGE);
        books.give_back(offsets[3], 2 * PAGE);
        books.give_back(offsets[2], 2 * PAGE);
        assert_eq!(books.ranges, BTreeMap::from([(0, 64 * PAGE)]));
    }

    #[test]
    fn small_blocks_are_used_again() {
        let arena = Arena::new(1 << 20, 8).unwrap();
        let first = arena.allocate(24).unwrap().address();
        let second = arena.allocate(17).unwrap();
        assert_eq!(second.address(), first);
        assert_eq!(second.address() % ALIGNMENT, 0);
        assert_ne!(arena.allocate(24).unwrap().address(), first);
    }

    #[test]
    fn a_full_arena_says_how_much_there_is() {
        let arena = Arena::new(1 << 20, 8).unwrap();
        let message = arena.allocate(2 << 20).unwrap_err().to_string();
        assert_eq!(
            message,
            "2097152 bytes do not fit into the 1048576 bytes that are shared with DLLs: pass a larger `memory`"
        );
        assert!(arena.allocate(u64::MAX).is_err());
    }

    #[test]
    fn contents_are_where_the_address_says() {
        let arena = Arena::new(1 << 20, 4).unwrap();
        let block = arena.copy(b"hello").unwrap();
        assert!(arena.holds(block.address(), 5));
        assert!(!arena.holds(arena.base(), 1), "the header is no block");
        assert!(!arena.holds(arena.base() + arena.size(), 1));
        assert!(block.address() + 5 < 1 << 32);
        // SAFETY: the block is alive.
        let bytes = unsafe { std::slice::from_raw_parts(block.address() as *const u8, 5) };
        assert_eq!(bytes, b"hello");
    }

    #[test]
    fn arenas_of_one_process_lie_apart() {
        let first = Arena::new(1 << 20, 8).unwrap();
        let second = Arena::new(1 << 20, 8).unwrap();
        assert_ne!(first.base(), second.base());
    }
}
