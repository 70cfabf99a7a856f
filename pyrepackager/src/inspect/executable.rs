//! From a file to the packed resources in it.
//!
//! A *slot* (`pyslot/src/slot.h`) is in each of our executables. Resources that were added to a finished executable
//! are where it says. Those that were linked lie among read-only data, at a multiple of 64 bytes, and are found by
//! how they begin: symbols are gone after `strip`. Their header has a checksum, so that nothing else passes for it.

use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use object::LittleEndian;
use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _};
use pyresources::{FormatError, Resources};

use super::error::{InspectError, Problem};
use super::limit::is_plausible;
use crate::inject::{SLOT, SLOT_LENGTH};

type Header = FileHeader64<LittleEndian>;
type Segment = ProgramHeader64<LittleEndian>;

const LE: LittleEndian = LittleEndian;

/// First bytes of packed resources.
const MAGIC: &[u8] = b"\x89PyRes\r\n";
/// Where their header has the number of all their bytes.
const TOTAL_LENGTH: usize = 48;
/// Bytes of their header.
const HEADER_LENGTH: usize = 64;

/// A number that no version of the format comes near.
const NEVER_A_VERSION: u32 = 256;

/// The slot and linked resources begin at multiples of these numbers of bytes.
const SLOT_ALIGNMENT: usize = 8;
const BLOB_ALIGNMENT: usize = 64;

/// An executable of ours.
#[derive(Clone, Debug)]
pub struct Executable {
    path: PathBuf,
    /// As they are when it runs.
    bytes: Vec<u8>,
    /// Bytes of the file, where it is compressed.
    compressed: Option<u64>,
    /// Where the packed resources lie in it.
    resources: Range<usize>,
}

/// Why there are no resources, before the file's name is known to it.
enum Lack {
    Foreign(&'static str),
    Runtime,
    CutShort(u64),
    Damaged(FormatError),
}

impl Executable {
    /// Reads an executable and finds the packed resources in it. Of those, the header is verified.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is none of ours, has no application, was cut short or damaged.
    pub fn read(path: &Path) -> Result<Self, InspectError> {
        let file = fs_err::read(path)?;
        let damaged = |problem| InspectError::Damaged { path: path.to_owned(), problem };
        match unpacked(&file).map_err(damaged)? {
            Some(bytes) => {
                Ok(Self { compressed: Some(file.len() as u64), ..Self::of(path, bytes)? })
            }
            None => Self::of(path, file),
        }
    }

    /// As [`Executable::read`], of bytes that were read.
    pub(super) fn of(path: &Path, bytes: Vec<u8>) -> Result<Self, InspectError> {
        let path = path.to_owned();
        match locate(&bytes) {
            Ok(resources) => Ok(Self { path, bytes, compressed: None, resources }),
            Err(Lack::Foreign(reason)) => Err(InspectError::Foreign { path, reason }),
            Err(Lack::Runtime) => Err(InspectError::Runtime { path }),
            Err(Lack::CutShort(expected)) => {
                Err(InspectError::CutShort { path, found: bytes.len() as u64, expected })
            }
            Err(Lack::Damaged(error)) => Err(InspectError::Damaged { path, problem: error.into() }),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the file, where the executable is compressed as a whole; `None` where it is not.
    #[must_use]
    pub fn compressed(&self) -> Option<u64> {
        self.compressed
    }

    /// All bytes of the executable, as they are when it runs.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where the packed resources lie among the bytes.
    #[must_use]
    pub fn place(&self) -> Range<usize> {
        self.resources.clone()
    }

    /// The packed resources.
    ///
    /// # Errors
    ///
    /// As [`Executable::read`]; none that it has not found.
    pub fn resources(&self) -> Result<Resources<'_>, InspectError> {
        let blob = self.bytes.get(self.resources.clone()).unwrap_or_default();
        Resources::parse(blob).map_err(|error| self.damaged(error))
    }

    /// The error of something wrong within the packed resources.
    pub(super) fn damaged(&self, problem: impl Into<Problem>) -> InspectError {
        InspectError::Damaged { path: self.path.clone(), problem: problem.into() }
    }
}

/// The executable that a compressed one unpacks; `None` where the file is none.
fn unpacked(file: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    let Some(added) = added_bytes(file).filter(|added| added.starts_with(pyunpack::MAGIC)) else {
        return Ok(None);
    };
    let parts = pyunpack::read(added)?;
    let length = parts.iter().fold(0u64, |sum, part| sum.saturating_add(part.length));
    let stored = added.len() as u64;
    if !is_plausible(stored, length) {
        return Err(Problem::TooLarge { name: "the executable".to_owned(), stored, length });
    }
    let mut executable = Vec::new();
    for part in parts {
        let length = usize::try_from(part.length).map_err(|_| pyunpack::Damaged)?;
        let start = executable.len();
        let decoder = zstd::stream::read::Decoder::with_buffer(part.frame);
        let mut decoder =
            decoder.map_err(|_| pyunpack::Damaged)?.take(part.length.saturating_add(1));
        decoder.read_to_end(&mut executable).map_err(|_| pyunpack::Damaged)?;
        if executable.len() - start != length {
            return Err(pyunpack::Damaged.into());
        }
    }
    Ok(Some(executable))
}

/// What was added to a finished executable, if all of it is there.
fn added_bytes(bytes: &[u8]) -> Option<&[u8]> {
    let header = Header::parse(bytes).ok()?;
    let segments = header.program_headers(LE, bytes).ok()?;
    slots(bytes).into_iter().find_map(|slot| {
        let (start, end) = place(slot, segments)?;
        bytes.get(start as usize..end as usize)
    })
}

fn locate(bytes: &[u8]) -> Result<Range<usize>, Lack> {
    const NO_ELF: Lack = Lack::Foreign("it is no 64-bit little-endian ELF file");
    let is_known = bytes.get(..6).is_some_and(|start| {
        start[..4] == elf::ELFMAG && start[4] == elf::ELFCLASS64.0 && start[5] == elf::ELFDATA2LSB.0
    });
    if !is_known {
        return Err(NO_ELF);
    }
    let cut = |expected: usize| Lack::CutShort(expected as u64);
    let header = Header::parse(bytes).map_err(|_| cut(size_of::<Header>()))?;
    let segments = header.program_headers(LE, bytes).map_err(|_| {
        let size = u64::from(header.e_phentsize(LE)) * u64::from(header.e_phnum(LE));
        let end = header.e_phoff(LE).saturating_add(size);
        if end > bytes.len() as u64 { Lack::CutShort(end) } else { NO_ELF }
    })?;
    let slots = slots(bytes);
    if let Some(found) = slots.iter().find_map(|slot| added(*slot, segments, bytes)) {
        return found;
    }
    match linked(bytes) {
        Some(found) => found,
        None => Err(why_not(&slots, segments, bytes)),
    }
}

/// What slots say: address and length of added resources. A copy of how slots begin is in every packager, too, and
/// something else behind it.
fn slots(bytes: &[u8]) -> Vec<(u64, u64)> {
    let places = bytes.chunks_exact(SLOT_ALIGNMENT).enumerate();
    let starts = places.filter(|(_, chunk)| **chunk == SLOT[..SLOT_ALIGNMENT]);
    let slots = starts.filter_map(|(index, _)| {
        let start = index * SLOT_ALIGNMENT;
        let content = bytes.get(start..start + SLOT_LENGTH)?.strip_prefix(SLOT)?;
        let (address, length) = content.split_first_chunk()?;
        Some((u64::from_le_bytes(*address), u64::from_le_bytes(*length.first_chunk()?)))
    });
    slots.collect()
}

/// The resources that a slot leads to, if a segment is where it says.
fn added(
    slot: (u64, u64),
    segments: &[Segment],
    bytes: &[u8],
) -> Option<Result<Range<usize>, Lack>> {
    let (start, end) = place(slot, segments)?;
    if end > bytes.len() as u64 {
        return Some(Err(Lack::CutShort(end)));
    }
    let range = start as usize..end as usize;
    let parsed = Resources::parse(&bytes[range.clone()]);
    Some(parsed.map(|_| range).map_err(Lack::Damaged))
}

/// Where in the file the segment begins and ends that a slot leads to.
fn place((address, length): (u64, u64), segments: &[Segment]) -> Option<(u64, u64)> {
    let segment = segments.iter().find(|segment| {
        let is_it = segment.p_vaddr(LE) == address && segment.p_filesz(LE) == length;
        length > 0 && is_it && segment.p_type(LE) == elf::PT_LOAD
    })?;
    let start = segment.p_offset(LE);
    Some((start, start.saturating_add(length)))
}

/// The first resources that lie in the file.
fn linked(bytes: &[u8]) -> Option<Result<Range<usize>, Lack>> {
    let mut damaged = None;
    for start in (0..bytes.len()).step_by(BLOB_ALIGNMENT) {
        let rest = &bytes[start..];
        if !rest.starts_with(MAGIC) {
            continue;
        }
        let Some(header) = rest.get(..HEADER_LENGTH) else { continue };
        let total = header[TOTAL_LENGTH..].first_chunk().map_or(0, |all| u64::from_le_bytes(*all));
        // Without the rest, all but the length can be verified.
        let is_header = matches!(Resources::parse(header), Err(FormatError::Length { .. }) | Ok(_));
        let end = (start as u64).saturating_add(total);
        match Resources::parse(rest.get(..total as usize).unwrap_or(header)) {
            Ok(_) => return Some(Ok(start..end as usize)),
            Err(_) if is_header && end > bytes.len() as u64 => {
                return Some(Err(Lack::CutShort(end)));
            }
            Err(error) if is_header => return Some(Err(Lack::Damaged(error))),
            // Other bytes may begin in the same way: the packager's and the importer's constants do.
            Err(error @ FormatError::Header) => damaged = damaged.or(Some(error)),
            Err(error @ FormatError::Version { found: 0..NEVER_A_VERSION, .. }) => {
                damaged = damaged.or(Some(error));
            }
            Err(_) => {}
        }
    }
    damaged.map(|error| Err(Lack::Damaged(error)))
}

/// Why a file has no resources.
fn why_not(slots: &[(u64, u64)], segments: &[Segment], bytes: &[u8]) -> Lack {
    let ends = segments.iter().map(|s| s.p_offset(LE).saturating_add(s.p_filesz(LE)));
    let end = ends.max().unwrap_or(0);
    if end > bytes.len() as u64 {
        Lack::CutShort(end)
    } else if slots.contains(&(0, 0)) {
        Lack::Runtime
    } else {
        Lack::Foreign("it has no packed resources")
    }
}

#[cfg(test)]
mod tests;
