//! What a shared object says of itself, read from its ELF structures.
//!
//! Reading goes by section headers, which every linker writes and which tools that change libraries,
//! such as patchelf, keep right. An object without them that has a dynamic segment is refused rather than
//! taken for one that needs nothing.

use std::collections::BTreeSet;
use std::ops::Range;

use object::elf::{self, FileHeader64};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym};
use object::{Endianness, StringTable};

use super::glibc::Glibc;

type Header = FileHeader64<Endianness>;
type Result<T> = std::result::Result<T, ElfError>;

/// Why bytes are no shared object that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// They do not begin as ELF files do.
    #[error("it is no ELF file")]
    NotElf,
    /// An ELF file for machines with another size of addresses or order of bytes.
    #[error("it is for a machine that is not 64-bit and little-endian")]
    Class,
    /// The file ends before a part that it says to have.
    #[error("it is cut short: it has {found} bytes and says that it has {expected}")]
    Truncated {
        /// Bytes that there are.
        found: u64,
        /// Bytes up to the end of the last part.
        expected: u64,
    },
    /// An object file or an executable.
    #[error("it is an ELF file of the type {found}, not a shared object")]
    Type {
        /// `e_type`.
        found: u16,
    },
    /// There is a dynamic segment and no section headers.
    #[error("its section headers are stripped")]
    NoSections,
    /// Its structures contradict one another.
    #[error("it is damaged: {0}")]
    Malformed(String),
}

impl From<object::read::Error> for ElfError {
    fn from(error: object::read::Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

/// A shared object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// `e_machine`.
    pub machine: u16,
    /// `DT_SONAME`.
    pub soname: Option<String>,
    /// `DT_NEEDED`, in their order.
    pub needed: Vec<String>,
    /// The folders of `DT_RUNPATH`, or of `DT_RPATH` where there is no such, as they are written.
    pub search: Vec<String>,
    /// The newest `GLIBC_…` version that a symbol asks for.
    pub glibc: Option<Glibc>,
    /// Where names lie in the file.
    pub(super) names: Names,
}

/// The section of strings for the dynamic loader, and what points into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Where the section lies in the file, in bytes.
    pub section: Range<usize>,
    /// Where the strings begin that anything refers to, in the section.
    pub starts: BTreeSet<usize>,
    /// Where the names of libraries begin, in the section: of the object itself, of those that it
    /// needs, of those that have the versions that it needs.
    pub libraries: BTreeSet<usize>,
}

/// Reads a shared object.
///
/// # Errors
///
/// See [`ElfError`].
pub fn parse(data: &[u8]) -> Result<Object> {
    if data.get(..4) != Some(&elf::ELFMAG[..]) {
        return Err(ElfError::NotElf);
    }
    if data.get(4..6) != Some(&[elf::ELFCLASS64.0, elf::ELFDATA2LSB.0][..]) {
        return Err(if data.len() < 6 { truncated(data, 64) } else { ElfError::Class });
    }
    if data.len() < size_of::<Header>() {
        return Err(truncated(data, size_of::<Header>() as u64));
    }
    let header = Header::parse(data)?;
    let endian = header.endian()?;
    check_length(header, endian, data)?;
    if header.e_type(endian) != elf::ET_DYN {
        return Err(ElfError::Type { found: header.e_type(endian).0 });
    }
    let sections = header.sections(endian, data)?;
    let segments = header.program_headers(endian, data)?;
    if sections.is_empty() && segments.iter().any(|s| s.p_type(endian) == elf::PT_DYNAMIC) {
        return Err(ElfError::NoSections);
    }
    let mut object = Object {
        machine: header.e_machine(endian).0,
        soname: None,
        needed: Vec::new(),
        search: Vec::new(),
        glibc: None,
        names: Names::default(),
    };
    for section in sections.iter() {
        if let Some((entries, link)) = section.dynamic(endian, data)? {
            let strings = sections.section(link)?;
            let (start, length) = strings.file_range(endian).unwrap_or_default();
            object.names.section = start as usize..start.saturating_add(length) as usize;
            object.dynamic(endian, entries, &sections.strings(endian, data, link)?)?;
        }
    }
    object.versions(endian, data, &sections)?;
    Ok(object)
}

/// Whether a shared object exports the function that makes the module `name`.
#[must_use]
pub fn exports_module(data: &[u8], name: &str) -> bool {
    let find = || -> object::read::Result<bool> {
        let header = Header::parse(data)?;
        let endian = header.endian()?;
        let symbols = header.sections(endian, data)?.symbols(endian, data, elf::SHT_DYNSYM)?;
        let wanted = format!("PyInit_{name}");
        Ok(symbols.iter().any(|symbol| {
            let found = symbol.name(endian, symbols.strings()).unwrap_or_default();
            // A name beyond ASCII is encoded in a way that no other function's name begins with.
            let is_wanted =
                found == wanted.as_bytes() || (!name.is_ascii() && found.starts_with(b"PyInitU_"));
            is_wanted && !symbol.is_undefined(endian)
        }))
    };
    find().unwrap_or(false)
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

fn text(strings: &StringTable<'_>, offset: usize) -> Result<String> {
    let malformed = || ElfError::Malformed("a name lies outside of the table of names".to_owned());
    let offset = u32::try_from(offset).map_err(|_| malformed())?;
    let bytes = strings.get(offset).map_err(|()| malformed())?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

impl Object {
    /// Whether it is made for musl rather than glibc: both have a library of their own name.
    #[must_use]
    pub fn is_for_musl(&self) -> bool {
        self.needed.iter().any(|name| name == "libc.so" || name.starts_with("libc.musl-"))
    }

    fn dynamic(
        &mut self,
        endian: Endianness,
        entries: &[elf::Dyn64<Endianness>],
        strings: &StringTable<'_>,
    ) -> Result<()> {
        let (mut rpath, mut runpath) = (None, None);
        for entry in entries {
            let tag = entry.tag(endian);
            let offset = entry.val(endian) as usize;
            match tag {
                elf::DT_NULL => break,
                elf::DT_SONAME => self.soname = Some(text(strings, offset)?),
                elf::DT_NEEDED => self.needed.push(text(strings, offset)?),
                elf::DT_RPATH => rpath = Some(text(strings, offset)?),
                elf::DT_RUNPATH => runpath = Some(text(strings, offset)?),
                _ => continue,
            }
            self.names.starts.insert(offset);
            if matches!(tag, elf::DT_SONAME | elf::DT_NEEDED) {
                self.names.libraries.insert(offset);
            }
        }
        let search = runpath.or(rpath).unwrap_or_default();
        self.search = search.split(':').filter(|p| !p.is_empty()).map(str::to_owned).collect();
        Ok(())
    }

    /// Reads the versions that symbols ask for, and notes what else refers to names.
    fn versions(
        &mut self,
        endian: Endianness,
        data: &[u8],
        sections: &SectionTable<'_, Header>,
    ) -> Result<()> {
        for symbol in sections.symbols(endian, data, elf::SHT_DYNSYM)?.iter() {
            self.names.starts.insert(symbol.st_name(endian) as usize);
        }
        if let Some((mut defined, _)) = sections.gnu_verdef(endian, data)? {
            while let Some((_, mut names)) = defined.next()? {
                while let Some(name) = names.next()? {
                    self.names.starts.insert(name.vda_name.get(endian) as usize);
                }
            }
        }
        let Some((mut needed, link)) = sections.gnu_verneed(endian, data)? else { return Ok(()) };
        let strings = sections.strings(endian, data, link)?;
        while let Some((file, mut versions)) = needed.next()? {
            let offset = file.vn_file.get(endian) as usize;
            self.names.starts.insert(offset);
            self.names.libraries.insert(offset);
            while let Some(version) = versions.next()? {
                let offset = version.vna_name.get(endian) as usize;
                self.names.starts.insert(offset);
                self.glibc = self.glibc.take().max(Glibc::parse(&text(&strings, offset)?));
            }
        }
        Ok(())
    }
}
