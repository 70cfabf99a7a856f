//! What a shared object says of itself, read from its ELF structures.
//!
//! `image` finds the structures, as the dynamic loader does; `versions` reads those of symbols.

mod image;
mod versions;

use std::collections::BTreeSet;
use std::ops::Range;

use object::elf;
use object::read::elf::{Dyn, Sym};

use self::image::Image;
pub use self::versions::{Requirement, requirement};
use self::versions::{defined_versions, needed_versions, newest_glibc};
use super::glibc::Glibc;

type Result<T> = std::result::Result<T, ElfError>;

/// Why bytes are no shared object that can be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// They do not begin as ELF files do.
    #[error("it is no ELF file")]
    NotElf,
    /// An ELF file for machines with another size of addresses or order of bytes.
    #[error("it is for a {bits}-bit {endian}-endian machine, not a 64-bit little-endian one")]
    Class {
        /// Bits of its addresses.
        bits: u8,
        /// Its order of bytes: `little` or `big`.
        endian: &'static str,
    },
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
    /// Nothing in it is for the dynamic loader.
    #[error("it has no dynamic segment")]
    NoDynamic,
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

/// Tags whose value is a place among the strings.
const STRINGS: [elf::DynamicTag; 9] = [
    elf::DT_SONAME,
    elf::DT_NEEDED,
    elf::DT_RPATH,
    elf::DT_RUNPATH,
    elf::DT_AUXILIARY,
    elf::DT_FILTER,
    elf::DT_CONFIG,
    elf::DT_DEPAUDIT,
    elf::DT_AUDIT,
];

/// Reads a shared object.
///
/// # Errors
///
/// See [`ElfError`].
pub fn parse(data: &[u8]) -> Result<Object> {
    let image = Image::parse(data)?;
    if image.file_type() != elf::ET_DYN {
        return Err(ElfError::Type { found: image.file_type().0 });
    }
    let mut object = Object {
        machine: image.machine(),
        soname: None,
        needed: Vec::new(),
        search: Vec::new(),
        glibc: None,
    };
    object.dynamic(&image)?;
    object.glibc = newest_glibc(&image)?;
    Ok(object)
}

/// The newest `GLIBC_…` version that a symbol of a shared object or executable asks for.
///
/// # Errors
///
/// See [`ElfError`].
pub fn glibc(data: &[u8]) -> Result<Option<Glibc>> {
    newest_glibc(&Image::parse(data)?)
}

/// Reads where names lie in a shared object. Reading every symbol takes its time, and few objects are
/// changed.
pub(super) fn names(data: &[u8]) -> Result<Names> {
    let image = Image::parse(data)?;
    let mut names = Names { section: image.strings.clone(), ..Names::default() };
    for entry in image.dynamic {
        let tag = entry.tag(image.endian);
        let offset = entry.val(image.endian) as usize;
        if matches!(tag, elf::DT_SONAME | elf::DT_NEEDED) {
            names.libraries.insert(offset);
        }
        if STRINGS.contains(&tag) {
            names.starts.insert(offset);
        }
    }
    for symbol in image.symbols()? {
        names.starts.insert(symbol.st_name(image.endian) as usize);
    }
    names.starts.extend(defined_versions(&image)?);
    for version in needed_versions(&image)? {
        names.starts.extend([version.file, version.name]);
        names.libraries.insert(version.file);
    }
    Ok(names)
}

/// Whether a shared object exports the function that makes the module `name`.
#[must_use]
pub fn exports_module(data: &[u8], name: &str) -> bool {
    let find = || -> Result<bool> {
        let image = Image::parse(data)?;
        let wanted = format!("PyInit_{name}");
        Ok(image.symbols()?.iter().any(|symbol| {
            let found = image.text(symbol.st_name(image.endian) as usize).unwrap_or_default();
            // A name beyond ASCII is encoded in a way that no other function's name begins with.
            let is_wanted =
                found == wanted.as_bytes() || (!name.is_ascii() && found.starts_with(b"PyInitU_"));
            is_wanted && symbol.st_shndx(image.endian) != elf::SHN_UNDEF
        }))
    };
    find().unwrap_or(false)
}

fn text(image: &Image<'_>, offset: usize) -> Result<String> {
    Ok(String::from_utf8_lossy(image.text(offset)?).into_owned())
}

impl Object {
    /// Whether it is made for musl rather than glibc: both have a library of their own name.
    #[must_use]
    pub fn is_for_musl(&self) -> bool {
        self.needed.iter().any(|name| name == "libc.so" || name.starts_with("libc.musl-"))
    }

    fn dynamic(&mut self, image: &Image<'_>) -> Result<()> {
        let (mut rpath, mut runpath) = (None, None);
        for entry in image.dynamic {
            let tag = entry.tag(image.endian);
            let offset = entry.val(image.endian) as usize;
            match tag {
                elf::DT_SONAME => self.soname = Some(text(image, offset)?),
                elf::DT_NEEDED => self.needed.push(text(image, offset)?),
                elf::DT_RPATH => rpath = Some(text(image, offset)?),
                elf::DT_RUNPATH => runpath = Some(text(image, offset)?),
                _ => {}
            }
        }
        if let Some(search) = runpath.or(rpath).filter(|search| !search.is_empty()) {
            self.search = search.split(':').map(str::to_owned).collect();
        }
        Ok(())
    }
}
