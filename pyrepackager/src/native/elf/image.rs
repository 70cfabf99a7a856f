//! A shared object as the dynamic loader sees it: by its segments.
//!
//! The loader never looks at section headers. Tools may strip them, and may leave them wrong. So all is
//! found by the addresses in the dynamic segment. Section headers are asked for one thing only, the number of
//! symbols, which the loader has no need to know.

use std::ops::Range;

use object::elf::{self, Dyn64, FileHeader64, Sym64};
use object::pod::{self, Pod};
use object::read::elf::{Dyn, FileHeader, GnuHashTable, HashTable, ProgramHeader};
use object::{Endianness, ReadRef};

use super::{ElfError, Result};

type Header = FileHeader64<Endianness>;

/// The parts of a shared object that the loader reads.
pub(super) struct Image<'a> {
    data: &'a [u8],
    header: &'a Header,
    pub endian: Endianness,
    /// Loaded segments: address in memory, place in the file.
    loaded: Vec<(u64, Range<usize>)>,
    /// The dynamic segment up to its end mark.
    pub dynamic: &'a [Dyn64<Endianness>],
    /// Where the strings lie in the file.
    pub strings: Range<usize>,
}

impl<'a> Image<'a> {
    /// Reads the headers and finds the dynamic segment.
    pub fn parse(data: &'a [u8]) -> Result<Self> {
        check_class(data)?;
        let header = Header::parse(data)?;
        let endian = header.endian()?;
        check_length(header, endian, data)?;
        let mut image =
            Self { data, header, endian, loaded: Vec::new(), dynamic: &[], strings: 0..0 };
        let mut dynamic = None;
        for segment in header.program_headers(endian, data)? {
            dynamic = segment.dynamic(endian, data)?.or(dynamic);
            if segment.p_type(endian) == elf::PT_LOAD {
                let (offset, size) = segment.file_range(endian);
                // `check_length` has seen that both fit.
                let range = offset as usize..offset.saturating_add(size) as usize;
                image.loaded.push((segment.p_vaddr(endian), range));
            }
        }
        let dynamic = dynamic.ok_or(ElfError::NoDynamic)?;
        let end = dynamic.iter().position(|entry| entry.tag(endian) == elf::DT_NULL);
        image.dynamic = &dynamic[..end.unwrap_or(dynamic.len())];
        image.strings = image.find_strings()?;
        Ok(image)
    }

    /// `e_type`.
    pub fn file_type(&self) -> elf::FileType {
        self.header.e_type(self.endian)
    }

    /// `e_machine`.
    pub fn machine(&self) -> u16 {
        self.header.e_machine(self.endian).0
    }

    /// The value of a tag.
    pub fn value(&self, tag: elf::DynamicTag) -> Option<u64> {
        let mut entries = self.dynamic.iter();
        Some(entries.find(|entry| entry.tag(self.endian) == tag)?.val(self.endian))
    }

    /// The string at an offset among the strings.
    pub fn text(&self, offset: usize) -> Result<&'a [u8]> {
        let rest = self.data[self.strings.clone()].get(offset..);
        let end = rest.and_then(|rest| rest.iter().position(|byte| *byte == 0));
        match (rest, end) {
            (Some(rest), Some(end)) => Ok(&rest[..end]),
            _ => Err(malformed("a name lies outside of the table of names")),
        }
    }

    /// What the table at an address holds, `skip` bytes into it.
    pub fn at<T: Pod>(&self, table: usize, skip: usize) -> Result<&'a T> {
        let bytes = table.checked_add(skip).and_then(|offset| self.data.get(offset..));
        let parsed = bytes.and_then(|bytes| pod::from_bytes(bytes).ok());
        Ok(parsed.ok_or_else(|| malformed("a table of versions goes beyond the end"))?.0)
    }

    /// Where the table of a tag lies in the file; `None` when there is none.
    pub fn table(&self, tag: elf::DynamicTag, what: &str) -> Result<Option<Range<usize>>> {
        let Some(address) = self.value(tag) else { return Ok(None) };
        let found =
            self.in_file(address).ok_or_else(|| malformed(&format!("{what} is not loaded")));
        found.map(Some)
    }

    /// The symbols for the loader.
    pub fn symbols(&self) -> Result<&'a [Sym64<Endianness>]> {
        let Some(table) = self.table(elf::DT_SYMTAB, "the table of symbols")? else {
            return Ok(&[]);
        };
        let room = table.len() / size_of::<Sym64<Endianness>>();
        let count = match self.symbol_count(&table)? {
            Some(count) if count > room => return Err(malformed("its symbols go beyond the end")),
            Some(count) => count,
            None => 0,
        };
        let symbols = pod::slice_from_bytes(&self.data[table], count);
        Ok(symbols.map_err(|()| malformed("its symbols are not aligned"))?.0)
    }

    /// How many symbols there are: nothing but section headers says so plainly. Hash tables lead to the last
    /// one that is exported, and linkers put the strings behind the last one of all.
    fn symbol_count(&self, table: &Range<usize>) -> Result<Option<usize>> {
        if let Some(count) = self.count_of_sections() {
            return Ok(Some(count));
        }
        if let Some(hash) = self.table(elf::DT_HASH, "the hash table")? {
            let hash = HashTable::<Header>::parse(self.endian, &self.data[hash])?;
            return Ok(Some(hash.symbol_table_length() as usize));
        }
        if let Some(hash) = self.table(elf::DT_GNU_HASH, "the hash table")? {
            let hash = GnuHashTable::<Header>::parse(self.endian, &self.data[hash])?;
            if let Some(count) = hash.symbol_table_length(self.endian) {
                return Ok(Some(count as usize));
            }
        }
        let behind = self.strings.start.checked_sub(table.start);
        Ok(behind.map(|bytes| bytes / size_of::<Sym64<Endianness>>()))
    }

    fn count_of_sections(&self) -> Option<usize> {
        let sections = self.header.sections(self.endian, self.data).ok()?;
        let symbols = sections.symbols(self.endian, self.data, elf::SHT_DYNSYM).ok()?;
        (!symbols.is_empty()).then(|| symbols.len())
    }

    fn find_strings(&self) -> Result<Range<usize>> {
        let Some(table) = self.table(elf::DT_STRTAB, "the table of names")? else {
            return Err(malformed("it has no table of names"));
        };
        let size = self.value(elf::DT_STRSZ).and_then(|size| usize::try_from(size).ok());
        match size {
            Some(size) if size <= table.len() => Ok(table.start..table.start + size),
            _ => Err(malformed("its table of names goes beyond the end")),
        }
    }

    /// From an address to the place in the file, up to the end of the segment.
    fn in_file(&self, address: u64) -> Option<Range<usize>> {
        self.loaded.iter().find_map(|(start, range)| {
            let inside = usize::try_from(address.checked_sub(*start)?).ok()?;
            (inside < range.len()).then(|| range.start + inside..range.end)
        })
    }
}

pub(super) fn malformed(what: &str) -> ElfError {
    ElfError::Malformed(what.to_owned())
}

/// That the file begins as one for 64-bit little-endian machines does.
fn check_class(data: &[u8]) -> Result<()> {
    if data.get(..4) != Some(&elf::ELFMAG[..]) {
        return Err(ElfError::NotElf);
    }
    let Some(&[class, order]) = data.get(4..6) else { return Err(truncated(data, 64)) };
    if (class, order) == (elf::ELFCLASS64.0, elf::ELFDATA2LSB.0) {
        return match data.read_bytes_at(0, size_of::<Header>() as u64) {
            Ok(_) => Ok(()),
            Err(()) => Err(truncated(data, size_of::<Header>() as u64)),
        };
    }
    let bits = if class == elf::ELFCLASS64.0 { 64 } else { 32 };
    let endian = if order == elf::ELFDATA2LSB.0 { "little" } else { "big" };
    Err(ElfError::Class { bits, endian })
}

fn truncated(data: &[u8], expected: u64) -> ElfError {
    ElfError::Truncated { found: data.len() as u64, expected }
}

/// That all segments and the section headers lie within the file.
fn check_length(header: &Header, endian: Endianness, data: &[u8]) -> Result<()> {
    let table = |start: u64, count: u16, size: u16| {
        start.saturating_add(u64::from(count) * u64::from(size))
    };
    let segments =
        table(header.e_phoff(endian), header.e_phnum(endian), header.e_phentsize(endian));
    let sections =
        table(header.e_shoff(endian), header.e_shnum(endian), header.e_shentsize(endian));
    let mut end = segments.max(sections);
    if end <= data.len() as u64 {
        for segment in header.program_headers(endian, data)? {
            end = end.max(segment.p_offset(endian).saturating_add(segment.p_filesz(endian)));
        }
    }
    if end > data.len() as u64 { Err(truncated(data, end)) } else { Ok(()) }
}
