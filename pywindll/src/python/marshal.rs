//! Objects of Python as arguments, and back: what lies in the arena is passed as it is, all else is
//! copied there, by the size that the object knows.
//!
//! An object that holds addresses is copied with what they lead to. ctypes keeps each object that
//! a pointer was made of in `_objects`, which is where it is looked for: its memory is copied in
//! turn, and the address in the copy is that of the copy. An address that leads to none of them is the DLLs' own.
//! After the call, bytes go back, but for an address that the DLL has not changed.

use std::collections::{BTreeMap, HashSet, VecDeque};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use super::errors::OrRaise;
use super::session::Session;
use super::types::{Buffer, ByRef, Item, Kind, Step, TypeInfo};
use crate::thread::{ScratchMark, Thread};
use crate::words::{Words, fits_register};

/// A copy of an object's memory in the arena.
struct Copy<'py> {
    buffer: Buffer,
    guest: u64,
    /// `None` for plain bytes.
    info: Option<Bound<'py, TypeInfo>>,
    /// Whether what the DLL writes goes back.
    writable: bool,
    /// Addresses that were moved: the item, the host's value, the DLLs'.
    moved: Vec<(Item, u64, u64)>,
}

/// What is left to do.
enum Open<'py> {
    /// Fill this copy.
    Fill(usize, Bound<'py, PyAny>),
    /// Look through an object of the arena at an address.
    LookThrough(Bound<'py, PyAny>, Bound<'py, TypeInfo>, u64),
}

/// The arguments of one call. Dropping it gives the copies' memory back.
pub(super) struct Marshaler<'py, 'a> {
    py: Python<'py>,
    session: &'a Session,
    thread: &'a Thread,
    pub(super) words: Words,
    copies: Vec<Copy<'py>>,
    /// The copies by the host's address.
    by_address: BTreeMap<u64, usize>,
    /// What is still to be filled or looked through for addresses. A list, as chains of objects may be
    /// longer than the stack is deep.
    open: Vec<Open<'py>>,
    /// Addresses of objects of the arena that were looked through.
    looked_through: HashSet<u64>,
    /// Addresses in the arena itself that were changed for the call: where, the host's value, the DLLs'.
    patches: Vec<(u64, u64, u64)>,
    mark: ScratchMark,
}

impl<'py, 'a> Marshaler<'py, 'a> {
    pub(super) fn new(
        py: Python<'py>,
        session: &'a Session,
        thread: &'a Thread,
        words: Words,
    ) -> Self {
        Self {
            py,
            session,
            thread,
            words,
            copies: Vec::new(),
            by_address: BTreeMap::new(),
            open: Vec::new(),
            looked_through: HashSet::new(),
            patches: Vec::new(),
            mark: thread.mark(),
        }
    }

    fn narrow(&self) -> bool {
        self.session.pointer_size() == 4
    }

    /// Passes an object as ctypes does where there are no `argtypes`.
    ///
    /// # Errors
    ///
    /// `TypeError` for what ctypes cannot pass, without the number of the argument.
    pub(super) fn any(&mut self, object: &Bound<'py, PyAny>) -> PyResult<()> {
        if let Some(value) = integer(object) {
            return self.word(value & 0xffff_ffff);
        }
        if let Some(info) = self.session.known_type(object)? {
            return self.instance(object, &info);
        }
        if let Some(address) = self.address_like(object)? {
            return self.word(address);
        }
        if let Ok(parameter) = object.getattr("_as_parameter_") {
            return self.any(&parameter);
        }
        if let Some(value) = super::routine::parameter_object(self.py, object)? {
            return self.any(&value);
        }
        Err(PyTypeError::new_err("Don't know how to convert parameter"))
    }

    /// Passes an object of one of ctypes' types by value.
    pub(super) fn instance(
        &mut self,
        object: &Bound<'py, PyAny>,
        info: &Bound<'py, TypeInfo>,
    ) -> PyResult<()> {
        let type_info = info.get();
        match type_info.kind {
            Kind::Simple => {
                let value = self.read(object, type_info.host_size)?;
                if matches!(type_info.code, 'd' | 'q' | 'Q' | 'l' | 'L') {
                    return self.words.wide(value).or_raise(self.py);
                }
                if type_info.code == 'f' {
                    return self.words.float(f32::from_bits(value as u32)).or_raise(self.py);
                }
                self.word(value)
            }
            Kind::Pointer => {
                let value = self.read(object, type_info.host_size)?;
                let address = self.resolve(value, object)?;
                self.word(address)
            }
            Kind::Function => {
                let value = self.read(object, type_info.host_size)?;
                self.word(value)
            }
            Kind::Array => {
                let address = self.memory(object, Some(info))?;
                self.word(address)
            }
            Kind::Structure => self.structure(object, info),
        }
    }

    /// The address that an argument for a parameter of a pointer's type stands for. `None` for what is none.
    pub(super) fn pointer(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Option<u64>> {
        if let Some(address) = self.address_like(object)? {
            return Ok(Some(address));
        }
        if let Some(value) = integer(object) {
            return Ok(Some(value));
        }
        let Some(info) = self.session.known_type(object)? else { return Ok(None) };
        match info.get().kind {
            Kind::Pointer => {
                let value = self.read(object, info.get().host_size)?;
                self.resolve(value, object).map(Some)
            }
            Kind::Function => self.read(object, info.get().host_size).map(Some),
            Kind::Array | Kind::Structure | Kind::Simple => {
                self.memory(object, Some(&info)).map(Some)
            }
        }
    }

    /// `None`, `byref`, bytes, text, and objects with the buffer protocol that are not ctypes'.
    fn address_like(&mut self, object: &Bound<'py, PyAny>) -> PyResult<Option<u64>> {
        if object.is_none() {
            return Ok(Some(0));
        }
        if let Ok(reference) = object.cast_exact::<ByRef>() {
            let reference = reference.get();
            let target = reference.object.bind(self.py);
            let info = self.session.known_type(target)?;
            let address = self.memory(target, info.as_ref())?;
            return Ok(Some(address.wrapping_add_signed(reference.offset as i64)));
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return self.text(bytes.as_bytes(), 1).map(Some);
        }
        if let Ok(text) = object.cast::<PyString>() {
            return self.text(&utf16(text)?, 2).map(Some);
        }
        if self.session.known_type(object)?.is_none() && has_buffer(object) {
            return self.memory(object, None).map(Some);
        }
        Ok(None)
    }

    /// Bytes and an end of `unit` zeros, as a copy that is not copied back.
    pub(super) fn text(&mut self, bytes: &[u8], unit: usize) -> PyResult<u64> {
        let address = self.thread.scratch((bytes.len() + unit) as u64).or_raise(self.py)?;
        // SAFETY: the scratch memory is this long, and this call's.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len());
            std::ptr::write_bytes((address + bytes.len() as u64) as *mut u8, 0, unit);
        }
        Ok(address)
    }

    pub(super) fn word(&mut self, value: u64) -> PyResult<()> {
        self.words.word(value).or_raise(self.py)
    }

    /// Passes a structure by value.
    fn structure(
        &mut self,
        object: &Bound<'py, PyAny>,
        info: &Bound<'py, TypeInfo>,
    ) -> PyResult<()> {
        let size = info.get().guest_size;
        let bytes = if info.get().items.is_empty() {
            let buffer = Buffer::of(object)?;
            // SAFETY: the buffer is this long, and the GIL keeps it as it is.
            unsafe {
                std::slice::from_raw_parts(buffer.address() as *const u8, size.min(buffer.length()))
            }
            .to_vec()
        } else {
            let address = self.copy(object, Some(info))?;
            self.settle()?;
            // SAFETY: a copy of this size, of this call.
            unsafe { std::slice::from_raw_parts(address as *const u8, size) }.to_vec()
        };
        if self.narrow() || fits_register(size) {
            self.words.structure(&bytes).or_raise(self.py)?;
            return Ok(());
        }
        let address = self.thread.scratch(size as u64).or_raise(self.py)?;
        // SAFETY: the scratch memory is this long, and this call's.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) };
        self.word(address)
    }

    /// The first bytes of an object's memory as a number.
    fn read(&self, object: &Bound<'py, PyAny>, size: usize) -> PyResult<u64> {
        let buffer = Buffer::of(object)?;
        let mut bytes = [0u8; 8];
        let size = size.min(8).min(buffer.length());
        // SAFETY: the buffer is at least this long.
        unsafe {
            std::ptr::copy_nonoverlapping(buffer.address() as *const u8, bytes.as_mut_ptr(), size)
        };
        Ok(u64::from_le_bytes(bytes))
    }

    /// The address of an object's memory for DLLs: its own in the arena, otherwise that of a copy.
    fn memory(
        &mut self,
        object: &Bound<'py, PyAny>,
        info: Option<&Bound<'py, TypeInfo>>,
    ) -> PyResult<u64> {
        let buffer = Buffer::of(object)?;
        let (address, length) = (buffer.address(), buffer.length());
        if self.session.arena().holds(address, length as u64) {
            match info {
                Some(info) if !info.get().items.is_empty() => {
                    if !self.narrow() {
                        if self.looked_through.insert(address) {
                            self.open.push(Open::LookThrough(
                                object.clone(),
                                info.clone(),
                                address,
                            ));
                        }
                        return Ok(address);
                    }
                }
                _ => return Ok(address),
            }
        }
        drop(buffer);
        self.copy(object, info)
    }

    /// A copy of an object's memory, or of one that holds it and was copied before.
    fn copy(
        &mut self,
        object: &Bound<'py, PyAny>,
        info: Option<&Bound<'py, TypeInfo>>,
    ) -> PyResult<u64> {
        let buffer = Buffer::of(object)?;
        let (address, length) = (buffer.address(), buffer.length());
        if let Some(there) = self.copied(address, length) {
            return Ok(there);
        }
        let plain = info.is_none_or(|info| info.get().items.is_empty());
        let guest_length = match info {
            Some(info) if !plain => info.get().guest_size,
            _ => length,
        };
        let guest = self.thread.scratch(guest_length as u64).or_raise(self.py)?;
        let writable = !buffer.is_read_only();
        if plain {
            // SAFETY: the scratch memory is as long as the buffer, and they lie apart.
            unsafe {
                std::ptr::copy_nonoverlapping(address as *const u8, guest as *mut u8, length)
            };
            self.add(Copy { buffer, guest, info: None, writable, moved: Vec::new() });
            return Ok(guest);
        }
        let Some(info) = info else { return Ok(guest) };
        if length < info.get().host_size {
            return Err(PyTypeError::new_err("the object is smaller than its type"));
        }
        // SAFETY: the scratch memory is this long.
        unsafe { std::ptr::write_bytes(guest as *mut u8, 0, guest_length) };
        self.open.push(Open::Fill(self.copies.len(), object.clone()));
        self.add(Copy { buffer, guest, info: Some(info.clone()), writable, moved: Vec::new() });
        Ok(guest)
    }

    fn add(&mut self, copy: Copy<'py>) {
        self.by_address.insert(copy.buffer.address(), self.copies.len());
        self.copies.push(copy);
    }

    /// Fills copies, and what these lead to, until nothing is left.
    ///
    /// # Errors
    ///
    /// Where memory runs out, or something has a type that DLLs do not have.
    pub(super) fn settle(&mut self) -> PyResult<()> {
        while let Some(open) = self.open.pop() {
            match open {
                Open::Fill(place, object) => self.fill(place, &object)?,
                Open::LookThrough(object, info, address) => self.patch(&object, &info, address)?,
            }
        }
        Ok(())
    }

    /// Fills a copy of an object whose layouts differ, or that holds addresses.
    fn fill(&mut self, place: usize, object: &Bound<'py, PyAny>) -> PyResult<()> {
        let copy = &self.copies[place];
        let (address, guest) = (copy.buffer.address(), copy.guest);
        let Some(info) = copy.info.clone() else { return Ok(()) };
        for item in &info.get().items {
            let from = address + item.host as u64;
            let to = guest + item.guest as u64;
            match item.step {
                Step::Pointer => {
                    // SAFETY: `TypeInfo` holds only items inside of the type, of 8 bytes.
                    let value = unsafe { (from as *const u64).read_unaligned() };
                    let moved = self.resolve(value, object)?;
                    self.copies[place].moved.push((*item, value, moved));
                    self.write_pointer(to, moved);
                }
                Step::Function => {
                    // SAFETY: as above.
                    let value = unsafe { (from as *const u64).read_unaligned() };
                    self.write_pointer(to, value);
                }
                // SAFETY: `TypeInfo` holds only items inside of the type on both sides.
                _ => unsafe { to_guest(item, from, to) },
            }
        }
        Ok(())
    }

    /// Where the copy of this memory is, if there is one.
    fn copied(&self, address: u64, length: usize) -> Option<u64> {
        let (&begin, &place) = self.by_address.range(..=address).next_back()?;
        let found = &self.copies[place];
        if address + length as u64 > begin + found.buffer.length() as u64 {
            return None;
        }
        // Inside of a copy whose layout differs, only the whole has an address.
        if address != begin && found.info.is_some() && self.narrow() {
            return None;
        }
        Some(found.guest + (address - found.buffer.address()))
    }

    fn write_pointer(&self, to: u64, value: u64) {
        // SAFETY: callers have checked the place.
        unsafe {
            if self.narrow() {
                (to as *mut u32).write_unaligned(value as u32);
            } else {
                (to as *mut u64).write_unaligned(value);
            }
        }
    }

    /// Has addresses in an object of the arena lead to copies for the time of the call.
    fn patch(
        &mut self,
        object: &Bound<'py, PyAny>,
        info: &Bound<'py, TypeInfo>,
        address: u64,
    ) -> PyResult<()> {
        for item in info.get().items.iter().filter(|item| item.step == Step::Pointer) {
            let place = address + item.host as u64;
            if self.patches.iter().any(|(patched, ..)| *patched == place) {
                continue;
            }
            // SAFETY: the object lies in the arena, and the item inside of it.
            let value = unsafe { (place as *const u64).read_unaligned() };
            let moved = self.resolve(value, object)?;
            if moved != value {
                // SAFETY: as above.
                unsafe { (place as *mut u64).write_unaligned(moved) };
                self.patches.push((place, value, moved));
            }
        }
        Ok(())
    }

    /// The address for DLLs of what an address of the host's leads to, where `keeper` keeps it.
    fn resolve(&mut self, value: u64, keeper: &Bound<'py, PyAny>) -> PyResult<u64> {
        if value == 0 {
            return Ok(0);
        }
        if let Some(there) = self.copied(value, 1) {
            return Ok(there);
        }
        let in_arena = self.session.arena().holds(value, 1);
        let mut root = keeper.clone();
        while let Ok(base) = root.getattr("_b_base_") {
            if base.is_none() {
                break;
            }
            root = base;
        }
        let Ok(kept) = root.getattr("_objects") else { return Ok(value) };
        let Some(found) = find_kept(value, &kept)? else { return Ok(value) };
        let begin = Buffer::of(&found)?.address();
        if let Ok(bytes) = found.cast::<PyBytes>() {
            return Ok(self.text(bytes.as_bytes(), 1)? + (value - begin));
        }
        let info = self.session.known_type(&found)?;
        if in_arena && !self.narrow() {
            // Where it is already; but what it points to may not be.
            self.memory(&found, info.as_ref())?;
            return Ok(value);
        }
        Ok(self.memory(&found, info.as_ref())? + (value - begin))
    }

    /// Brings back what the DLL wrote.
    pub(super) fn finish(&self) {
        for copy in &self.copies {
            let address = copy.buffer.address();
            if !copy.writable {
                continue;
            }
            let Some(info) = &copy.info else {
                // SAFETY: as long as when it was copied; the buffer is held.
                unsafe {
                    std::ptr::copy_nonoverlapping(
                        copy.guest as *const u8,
                        address as *mut u8,
                        copy.buffer.length(),
                    )
                };
                continue;
            };
            for item in &info.get().items {
                let host = address + item.host as u64;
                let guest = copy.guest + item.guest as u64;
                if item.step == Step::Pointer || item.step == Step::Function {
                    let value = self.read_pointer(guest);
                    let same =
                        copy.moved.iter().any(|(moved, _, after)| moved == item && *after == value);
                    if !same {
                        // SAFETY: the item lies inside of the buffer.
                        unsafe { (host as *mut u64).write_unaligned(self.back(value)) };
                    }
                } else {
                    // SAFETY: `TypeInfo` holds only items inside of the type on both sides.
                    unsafe { to_host(item, guest, host) };
                }
            }
        }
        self.restore();
    }

    /// The host's addresses in the arena, where the DLL has left ours alone.
    fn restore(&self) {
        for (place, before, during) in &self.patches {
            // SAFETY: checked to lie in the arena when it was patched.
            unsafe {
                if (*place as *const u64).read_unaligned() == *during {
                    (*place as *mut u64).write_unaligned(*before);
                }
            }
        }
    }

    fn read_pointer(&self, address: u64) -> u64 {
        // SAFETY: callers have checked the place.
        unsafe {
            if self.narrow() {
                u64::from((address as *const u32).read_unaligned())
            } else {
                (address as *const u64).read_unaligned()
            }
        }
    }

    /// The host's address of what an address of a copy leads to.
    fn back(&self, value: u64) -> u64 {
        let found = self.copies.iter().find(|copy| {
            let length =
                copy.info.as_ref().map_or(copy.buffer.length(), |info| info.get().guest_size);
            value >= copy.guest && value < copy.guest + length as u64
        });
        found.map_or(value, |copy| copy.buffer.address() + (value - copy.guest))
    }
}

impl Drop for Marshaler<'_, '_> {
    fn drop(&mut self) {
        self.restore();
        self.copies.clear();
        self.thread.release(self.mark);
    }
}

/// The object below `kept` whose memory holds an address.
pub(super) fn find_kept<'py>(
    value: u64,
    kept: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let mut seen = HashSet::new();
    // The nearest first: behind each object are those that it refers to, to the end of any chain.
    let mut open = VecDeque::from([kept.clone()]);
    while let Some(object) = open.pop_front() {
        if object.is_none() || !seen.insert(object.as_ptr() as usize) {
            continue;
        }
        if let Ok(dict) = object.cast::<PyDict>() {
            open.extend(dict.values().iter());
        } else if let Ok(tuple) = object.cast::<PyTuple>() {
            open.extend(tuple.iter());
        } else if let Ok(list) = object.cast::<PyList>() {
            open.extend(list.iter());
        } else if has_buffer(&object) {
            let buffer = Buffer::of(&object)?;
            let end = buffer.address() + buffer.length() as u64;
            // The 0 behind bytes counts.
            if value >= buffer.address() && value < end.max(buffer.address() + 1) {
                return Ok(Some(object));
            }
            if let Ok(more) = object.getattr("_objects") {
                open.push_back(more);
            }
        }
    }
    Ok(None)
}

/// One step from the host's layout to the DLLs'.
///
/// # Safety
///
/// Both places hold the item.
pub(super) unsafe fn to_guest(item: &Item, host: u64, guest: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        match item.step {
            Step::Copy => {
                std::ptr::copy_nonoverlapping(host as *const u8, guest as *mut u8, item.length)
            }
            Step::Pointer | Step::Function => {}
            Step::Wchar => {
                (guest as *mut u16).write_unaligned((host as *const u16).read_unaligned())
            }
        }
    }
}

/// One step back.
///
/// # Safety
///
/// Both places hold the item.
pub(super) unsafe fn to_host(item: &Item, guest: u64, host: u64) {
    // SAFETY: the caller's promise.
    unsafe {
        match item.step {
            Step::Copy => {
                std::ptr::copy_nonoverlapping(guest as *const u8, host as *mut u8, item.length)
            }
            Step::Pointer | Step::Function => {}
            Step::Wchar => (host as *mut u32)
                .write_unaligned(u32::from((guest as *const u16).read_unaligned())),
        }
    }
}

/// The value of an integer, modulo 2 to the 64th.
pub(super) fn integer(object: &Bound<'_, PyAny>) -> Option<u64> {
    // SAFETY: the GIL is held; the type is checked before the value is taken, so no error is set.
    unsafe {
        if pyo3::ffi::PyLong_Check(object.as_ptr()) == 0 {
            return None;
        }
        Some(pyo3::ffi::PyLong_AsUnsignedLongLongMask(object.as_ptr()))
    }
}

/// Text in UTF-16, without its end. Lone surrogates stay what they are.
pub(super) fn utf16(text: &Bound<'_, PyString>) -> PyResult<Vec<u8>> {
    let encoded = text.call_method1("encode", ("utf-16-le", "surrogatepass"))?;
    Ok(encoded.cast::<PyBytes>()?.as_bytes().to_vec())
}

/// Whether an object has the buffer protocol.
fn has_buffer(object: &Bound<'_, PyAny>) -> bool {
    unsafe extern "C" {
        fn PyObject_CheckBuffer(object: *mut pyo3::ffi::PyObject) -> std::ffi::c_int;
    }
    // SAFETY: the GIL is held.
    unsafe { PyObject_CheckBuffer(object.as_ptr()) != 0 }
}

/// Whether ctypes keeps an object for `keeper` whose memory has an address.
#[pyfunction]
pub(super) fn keeps(keeper: &Bound<'_, PyAny>, address: u64) -> PyResult<bool> {
    let Ok(kept) = keeper.getattr("_objects") else { return Ok(false) };
    Ok(find_kept(address, &kept)?.is_some())
}

/// Fills an object from bytes in the DLLs' layout. Addresses stay the DLLs'.
pub(super) fn load_object(
    session: &Session,
    object: &Bound<'_, PyAny>,
    bytes: &[u8],
) -> PyResult<()> {
    let buffer = Buffer::of(object)?;
    let info = session.known_type(object)?;
    let Some(info) = info.as_ref().map(Bound::get).filter(|info| !info.items.is_empty()) else {
        let length = bytes.len().min(buffer.length());
        // SAFETY: both are at least this long.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer.address() as *mut u8, length)
        };
        return Ok(());
    };
    if buffer.length() < info.host_size || bytes.len() < info.guest_size {
        return Err(PyTypeError::new_err("the object is smaller than its type"));
    }
    let narrow = session.pointer_size() == 4;
    for item in &info.items {
        let (guest, host) =
            (bytes.as_ptr() as u64 + item.guest as u64, buffer.address() + item.host as u64);
        // SAFETY: `TypeInfo` holds only items inside of the type on both sides.
        unsafe {
            if matches!(item.step, Step::Pointer | Step::Function) {
                let value = if narrow {
                    u64::from((guest as *const u32).read_unaligned())
                } else {
                    (guest as *const u64).read_unaligned()
                };
                (host as *mut u64).write_unaligned(value);
            } else {
                to_host(item, guest, host);
            }
        }
    }
    Ok(())
}

/// An object's bytes in the DLLs' layout, with its addresses as they are.
pub(super) fn object_bytes(session: &Session, object: &Bound<'_, PyAny>) -> PyResult<Vec<u8>> {
    let buffer = Buffer::of(object)?;
    let info = session.known_type(object)?;
    let Some(info) = info.as_ref().map(Bound::get).filter(|info| !info.items.is_empty()) else {
        // SAFETY: the buffer is this long.
        return Ok(unsafe {
            std::slice::from_raw_parts(buffer.address() as *const u8, buffer.length())
        }
        .to_vec());
    };
    if buffer.length() < info.host_size {
        return Err(PyTypeError::new_err("the object is smaller than its type"));
    }
    let mut bytes = vec![0u8; info.guest_size];
    let pointer_size = session.pointer_size() as usize;
    for item in &info.items {
        let host = buffer.address() + item.host as u64;
        if matches!(item.step, Step::Pointer | Step::Function) {
            // SAFETY: `TypeInfo` holds only items inside of the type, of 8 bytes.
            let value = unsafe { (host as *const u64).read_unaligned() }.to_le_bytes();
            bytes[item.guest..item.guest + pointer_size].copy_from_slice(&value[..pointer_size]);
        } else {
            // SAFETY: `TypeInfo` holds only items inside of the type on both sides.
            unsafe { to_guest(item, host, bytes.as_mut_ptr() as u64 + item.guest as u64) };
        }
    }
    Ok(bytes)
}
