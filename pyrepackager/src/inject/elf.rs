//! The same for ELF.

use std::io::Write;

use object::elf::{self, FileHeader64, ProgramHeader64, SectionHeader64};
use object::read::elf::{FileHeader as _, ProgramHeader as _, SectionHeader as _};
use object::{LittleEndian, U16, U32, U64, pod};

use super::InjectError;

type Header = FileHeader64<LittleEndian>;
type Segment = ProgramHeader64<LittleEndian>;
type Section = SectionHeader64<LittleEndian>;

const LE: LittleEndian = LittleEndian;

/// Beginning of the slot, up to the address, behind which the length stands: see `pyslot/src/slot.h`.
pub(crate) const SLOT: &[u8; 24] = b"\x0b\0\0\0\x10\0\0\0\x01\0\0\0PyOxidizer\0\0";
/// Bytes of all of it.
pub(crate) const SLOT_LENGTH: usize = 40;

/// Name of the slot's section, whose end is the name of the section that is added.
const SLOT_SECTION: &[u8] = b".note.pyembed";
const ADDED_SECTION: &[u8] = b".pyembed";

/// Alignment of the resources, in the file and in memory: the largest page of Linux on the machines that there are
/// runtimes for (aarch64 can have 64 KiB), so that the result runs whatever the kernel's pages are.
const ALIGNMENT: u64 = 64 << 10;

/// Where things are, or will be.
struct Layout {
    /// Where the slot lies in the runtime.
    slot: usize,
    /// The position of its segment among the program headers.
    segment: usize,
    /// Where the resources go in the file.
    offset: u64,
    /// Their first address.
    address: u64,
    /// Number of their bytes.
    length: u64,
}

/// Writes an executable to `out` that is `runtime` with `blob`.
///
/// # Errors
///
/// `runtime` is none, or `out` cannot be written to.
pub fn inject(runtime: &[u8], blob: &[u8], out: &mut dyn Write) -> Result<(), InjectError> {
    let header = read_header(runtime)?;
    let segments = header.program_headers(LE, runtime)?;
    let layout = layout(header, segments, runtime, blob.len() as u64)?;
    let sections = sections(header, runtime, &layout)?;
    let end = layout.offset + layout.length;

    let mut front = runtime.to_vec();
    put(&mut front, layout.slot + SLOT.len(), &layout.address.to_le_bytes());
    put(&mut front, layout.slot + SLOT.len() + 8, &layout.length.to_le_bytes());
    let segments = segments_with(segments, &layout);
    put(&mut front, header.e_phoff(LE) as usize, pod::bytes_of_slice(&segments));
    let mut header = *header;
    header.e_shoff = U64::new(LE, end.next_multiple_of(8));
    header.e_shnum = U16::new(LE, sections.len() as u16);
    put(&mut front, 0, pod::bytes_of(&header));
    front.resize(layout.offset as usize, 0);

    out.write_all(&front)?;
    out.write_all(blob)?;
    out.write_all(&[0; 8][..(end.next_multiple_of(8) - end) as usize])?;
    Ok(out.write_all(pod::bytes_of_slice(&sections))?)
}

fn put(bytes: &mut [u8], offset: usize, new: &[u8]) {
    bytes[offset..offset + new.len()].copy_from_slice(new);
}

fn read_header(runtime: &[u8]) -> Result<&Header, InjectError> {
    let is_known = runtime.get(..6).is_some_and(|start| {
        start[..4] == elf::ELFMAG && start[4] == elf::ELFCLASS64.0 && start[5] == elf::ELFDATA2LSB.0
    });
    if !is_known {
        return Err(InjectError::Format);
    }
    let header = Header::parse(runtime)?;
    if header.e_type(LE) == elf::ET_EXEC { Ok(header) } else { Err(InjectError::Format) }
}

fn layout(
    header: &Header,
    segments: &[Segment],
    runtime: &[u8],
    length: u64,
) -> Result<Layout, InjectError> {
    let (_, section) = header
        .sections(LE, runtime)?
        .section_by_name(LE, SLOT_SECTION)
        .ok_or(InjectError::NoSlot)?;
    let slot = section.sh_offset(LE);
    let content = runtime.get(slot as usize..).and_then(|rest| rest.get(..SLOT_LENGTH));
    match content.and_then(|content| content.strip_prefix(SLOT)) {
        None => return Err(InjectError::NoSlot),
        Some(content) if content.iter().any(|byte| *byte != 0) => return Err(InjectError::Filled),
        Some(_) => {}
    }
    let holds_slot = |segment: &Segment| {
        let start = segment.p_offset(LE);
        segment.p_type(LE) == elf::PT_NOTE
            && (start..start.saturating_add(segment.p_filesz(LE))).contains(&slot)
    };
    let segment = segments.iter().position(holds_slot).ok_or(InjectError::NoSlot)?;
    let mapped = segments.iter().filter(|segment| segment.p_type(LE) == elf::PT_LOAD);
    let ends = mapped.map(|segment| segment.p_vaddr(LE).saturating_add(segment.p_memsz(LE)));
    let end = ends.max().ok_or(InjectError::Format)?;
    Ok(Layout {
        slot: slot as usize,
        segment,
        offset: (runtime.len() as u64).next_multiple_of(ALIGNMENT),
        address: end.checked_next_multiple_of(ALIGNMENT).ok_or(InjectError::Format)?,
        length,
    })
}

/// The program headers, with that of the resources in the place of the slot's. Those that are mapped stay in the
/// order of their addresses.
fn segments_with(segments: &[Segment], layout: &Layout) -> Vec<Segment> {
    let mut segments = segments.to_vec();
    segments.remove(layout.segment);
    let last = segments.iter().rposition(|segment| segment.p_type(LE) == elf::PT_LOAD);
    let added = Segment {
        p_type: U32::new(LE, elf::PT_LOAD),
        p_flags: U32::new(LE, elf::PF_R),
        p_offset: U64::new(LE, layout.offset),
        p_vaddr: U64::new(LE, layout.address),
        p_paddr: U64::new(LE, layout.address),
        p_filesz: U64::new(LE, layout.length),
        p_memsz: U64::new(LE, layout.length),
        p_align: U64::new(LE, ALIGNMENT),
    };
    segments.insert(last.map_or(0, |last| last + 1), added);
    segments
}

/// The sections, with that of the resources.
fn sections(header: &Header, runtime: &[u8], layout: &Layout) -> Result<Vec<Section>, InjectError> {
    let table = header.sections(LE, runtime)?;
    let (_, slot) = table.section_by_name(LE, SLOT_SECTION).ok_or(InjectError::NoSlot)?;
    let skipped = SLOT_SECTION.len() - ADDED_SECTION.len();
    let mut sections: Vec<Section> = table.iter().copied().collect();
    sections.push(Section {
        sh_name: U32::new(LE, slot.sh_name(LE) + skipped as u32),
        sh_type: U32::new(LE, elf::SHT_PROGBITS),
        sh_flags: U64::new(LE, elf::SHF_ALLOC),
        sh_addr: U64::new(LE, layout.address),
        sh_offset: U64::new(LE, layout.offset),
        sh_size: U64::new(LE, layout.length),
        sh_link: U32::new(LE, 0),
        sh_info: U32::new(LE, 0),
        sh_addralign: U64::new(LE, ALIGNMENT),
        sh_entsize: U64::new(LE, 0),
    });
    Ok(sections)
}
