//! Binds packed libraries to the shared library that this code is part of.
//!
//! The loader looks for the symbols that a library lacks in the executable and in libraries that everybody may use. A
//! plug-in is not among these, and another Python may be. So in the copy of an extension module that goes into memory, each symbol
//! of Python's API becomes one of its own, which has the absolute address of this plug-in's. The loader uses those without
//! looking for them anywhere.
//!
//! ELF's structures are those of `elf(5)`, for 64 bits; a library of another kind is left alone, as the loader refuses it.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::ops::Range;

use super::error::LoadError;
use crate::ffi;

const PT_LOAD: u32 = 1;
const PT_DYNAMIC: u32 = 2;
const SHT_DYNSYM: u32 = 11;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_GNU_HASH: u64 = 0x6fff_fef5;
const SHN_UNDEF: u16 = 0;
const SHN_ABS: u16 = 0xfff1;
const STT_TLS: u8 = 6;
const STV_HIDDEN: u8 = 2;
const PROGRAM_HEADER_SIZE: u64 = 56;
const SECTION_HEADER_SIZE: u64 = 64;
const DYNAMIC_SIZE: u64 = 16;
const SYMBOL_SIZE: u64 = 24;

/// The first release of the C library whose loader takes absolute symbols for what they are (its bug 19818).
const OLDEST_C_LIBRARY: (u32, u32) = (2, 28);

/// Whether libraries are to be bound: this code is part of a shared library.
pub(super) fn is_necessary() -> bool {
    // SAFETY: the function looks whether a symbol is linked.
    unsafe { ffi::pyembed_binds() != 0 }
}

/// Binds what of a library's contents can be bound; false when nothing can.
///
/// # Errors
///
/// The C library's loader is too old for it.
pub(super) fn bind(library: &str, contents: &mut [u8]) -> Result<bool, LoadError> {
    let find = |name: &CStr| {
        // SAFETY: a string that ends in NUL; the function looks into a constant table.
        let address = unsafe { ffi::pyembed_find_symbol(name.as_ptr()) };
        (!address.is_null()).then(|| address.addr() as u64)
    };
    let is_bound = Image(contents).bind(&find).unwrap_or_default() > 0;
    if is_bound && c_library() < Some(OLDEST_C_LIBRARY) {
        return Err(LoadError::OldCLibrary { library: library.to_owned() });
    }
    Ok(is_bound)
}

/// The release of the C library, `None` when it does not say.
fn c_library() -> Option<(u32, u32)> {
    // SAFETY: the function gives a constant string that ends in NUL.
    let version = unsafe { CStr::from_ptr(libc::gnu_get_libc_version()) };
    let mut numbers = version.to_str().ok()?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A shared library's file. Nothing is found where it is damaged.
struct Image<'a>(&'a mut [u8]);

impl Image<'_> {
    /// Gives undefined symbols the addresses that `find` knows; returns how many.
    fn bind(&mut self, find: &dyn Fn(&CStr) -> Option<u64>) -> Option<usize> {
        // ELF, of 64 bits, little-endian.
        if self.0.get(..6)? != b"\x7fELF\x02\x01" {
            return None;
        }
        let dynamic = self.dynamic()?;
        let (symbols, names) =
            (dynamic.file_offset(self, DT_SYMTAB)?, dynamic.file_offset(self, DT_STRTAB)?);
        let mut bound = 0;
        for index in 1..self.symbol_count(&dynamic)? {
            let symbol = symbols.checked_add(index.checked_mul(SYMBOL_SIZE)?)?;
            let info = self.byte(symbol + 4)?;
            if self.u16(symbol + 6)? != SHN_UNDEF || info & 0xf == STT_TLS {
                continue;
            }
            let name = names.checked_add(self.u32(symbol)?.into())?;
            let name =
                CStr::from_bytes_until_nul(self.0.get(usize::try_from(name).ok()?..)?).ok()?;
            let Some(address) = find(name) else { continue };
            let other = self.byte(symbol + 5)?;
            // A binding of 0 is a local one.
            self.write(symbol + 4, &[info & 0xf, other & !3 | STV_HIDDEN])?;
            self.write(symbol + 6, &SHN_ABS.to_le_bytes())?;
            self.write(symbol + 8, &address.to_le_bytes())?;
            bound += 1;
        }
        Some(bound)
    }

    /// How many symbols at the beginning of the table are to be looked at: all, or those that are not defined.
    fn symbol_count(&self, dynamic: &Dynamic) -> Option<u64> {
        let (start, count) = (self.u64(40)?, u64::from(self.u16(60)?));
        for index in 0..count {
            let section = start.checked_add(index * SECTION_HEADER_SIZE)?;
            // Section headers may have been stripped.
            if self.u32(section + 4) == Some(SHT_DYNSYM) {
                return Some(self.u64(section + 32)? / SYMBOL_SIZE);
            }
        }
        if let Some(table) = dynamic.file_offset(self, DT_HASH) {
            return self.u32(table + 4).map(u64::from);
        }
        // This table has the defined ones alone, and says which is the first.
        let table = dynamic.file_offset(self, DT_GNU_HASH)?;
        self.u32(table + 4).map(u64::from)
    }

    fn dynamic(&self) -> Option<Dynamic> {
        let (start, count) = (self.u64(32)?, u64::from(self.u16(56)?));
        let mut loaded = Vec::new();
        let mut table = None;
        for index in 0..count {
            let header = start.checked_add(index * PROGRAM_HEADER_SIZE)?;
            let (offset, address) = (self.u64(header + 8)?, self.u64(header + 16)?);
            let size = self.u64(header + 32)?;
            match self.u32(header)? {
                PT_LOAD => loaded.push((address..address.checked_add(size)?, offset)),
                PT_DYNAMIC => table = Some((offset, size / DYNAMIC_SIZE)),
                _ => {}
            }
        }
        let (start, count) = table?;
        Some(Dynamic { start, count, loaded })
    }

    fn bytes<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        let start = usize::try_from(offset).ok()?;
        self.0.get(start..start.checked_add(N)?)?.try_into().ok()
    }

    fn byte(&self, offset: u64) -> Option<u8> {
        self.bytes::<1>(offset).map(|[byte]| byte)
    }

    fn u16(&self, offset: u64) -> Option<u16> {
        self.bytes(offset).map(u16::from_le_bytes)
    }

    fn u32(&self, offset: u64) -> Option<u32> {
        self.bytes(offset).map(u32::from_le_bytes)
    }

    fn u64(&self, offset: u64) -> Option<u64> {
        self.bytes(offset).map(u64::from_le_bytes)
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) -> Option<()> {
        let start = usize::try_from(offset).ok()?;
        self.0.get_mut(start..start.checked_add(bytes.len())?)?.copy_from_slice(bytes);
        Some(())
    }
}

/// Where a library's dynamic section is, and what of the file is loaded to which addresses.
struct Dynamic {
    start: u64,
    count: u64,
    loaded: Vec<(Range<u64>, u64)>,
}

impl Dynamic {
    /// The place in the file of what an entry of the section has the address of.
    fn file_offset(&self, image: &Image<'_>, tag: u64) -> Option<u64> {
        let entry = |index: u64| self.start.checked_add(index * DYNAMIC_SIZE);
        let mut entries = (0..self.count).map_while(entry);
        let entry = entries.find(|entry| image.u64(*entry) == Some(tag))?;
        let address = image.u64(entry + 8)?;
        let (range, offset) = self.loaded.iter().find(|(range, _)| range.contains(&address))?;
        offset.checked_add(address - range.start)
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    static VALUE: u64 = 42;

    extern "C" fn twice(value: u64) -> u64 {
        2 * value
    }

    #[test]
    fn a_bound_library_uses_the_given_addresses_whatever_others_export() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let source = "extern unsigned long Py_Value, Py_Twice(unsigned long), strlen(const char *);\n\
                      static unsigned long *place = &Py_Value;\n\
                      unsigned long answer(void) { return Py_Twice(*place) + Py_Value + strlen(\"abc\"); }";
        fs_err::write(path("library.c"), source).unwrap();
        for (name, options) in [
            ("lazy.so", &["-Wl,-z,lazy"][..]),
            ("now.so", &["-Wl,-z,now", "-Wl,--hash-style=sysv"]),
        ] {
            let mut command = Command::new("cc");
            command.args(["-shared", "-fPIC", "-o"]).arg(path(name)).arg(path("library.c"));
            assert!(command.args(options).status().unwrap().success());
            let mut contents = fs_err::read(path(name)).unwrap();
            let find = |name: &CStr| match name.to_bytes() {
                b"Py_Value" => Some((&raw const VALUE).addr() as u64),
                b"Py_Twice" => Some(twice as *const () as usize as u64),
                _ => None,
            };
            assert_eq!(Image(&mut contents).bind(&find), Some(2), "{name}");
            assert_eq!(Image(&mut contents).bind(&find), Some(0), "{name}");
            fs_err::write(path(name), &contents).unwrap();
            let file = std::ffi::CString::new(path(name).to_str().unwrap()).unwrap();
            // SAFETY: the library is the one above, whose function takes nothing and gives a number.
            let answer = unsafe {
                let handle = libc::dlopen(file.as_ptr(), libc::RTLD_LAZY);
                assert!(!handle.is_null(), "{:?}", CStr::from_ptr(libc::dlerror()));
                let answer = libc::dlsym(handle, c"answer".as_ptr());
                std::mem::transmute::<*mut libc::c_void, extern "C" fn() -> u64>(answer)()
            };
            assert_eq!(answer, 2 * 42 + 42 + 3, "{name}");
        }
    }

    #[test]
    fn damaged_files_are_left_alone() {
        let mut contents = fs_err::read("/proc/self/exe").unwrap();
        contents.truncate(200);
        for length in [0, 3, 6, 63, 64, 150, 200] {
            assert_eq!(Image(&mut contents[..length]).bind(&|_| Some(1)), None, "{length}");
        }
    }
}
