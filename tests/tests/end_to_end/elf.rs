//! What an executable exports, needs and contains, by an independent reader of ELF files.

use std::collections::BTreeSet;
use std::path::Path;

use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _};
use object::{Endianness, Object as _, ObjectSymbol as _, elf};

/// Names that other files find in an executable.
pub fn exports(path: &Path) -> BTreeSet<String> {
    let data = fs_err::read(path).unwrap();
    let file = object::File::parse(&*data).unwrap();
    let defined = file.dynamic_symbols().filter(|symbol| symbol.is_definition());
    defined.map(|symbol| symbol.name().unwrap().to_owned()).collect()
}

/// Names of functions and data that were linked into an executable; empty when it was stripped.
pub fn symbols(path: &Path) -> BTreeSet<String> {
    let data = fs_err::read(path).unwrap();
    let file = object::File::parse(&*data).unwrap();
    let defined = file.symbols().filter(|symbol| symbol.is_definition());
    defined.filter_map(|symbol| symbol.name().ok().map(str::to_owned)).collect()
}

/// Names of the shared libraries that an executable asks the loader for.
pub fn needed(path: &Path) -> BTreeSet<String> {
    let data = fs_err::read(path).unwrap();
    let file = ElfFile64::<Endianness>::parse(&*data).unwrap();
    let (endian, header) = (file.endian(), file.elf_header());
    let sections = header.sections(endian, &*data).unwrap();
    let (entries, strings) = sections.dynamic(endian, &*data).unwrap().unwrap();
    let strings = sections.strings(endian, &*data, strings).unwrap();
    entries
        .iter()
        .filter(|entry| entry.tag(endian) == elf::DT_NEEDED)
        .map(|entry| String::from_utf8(entry.string(endian, strings).unwrap().to_vec()).unwrap())
        .collect()
}
