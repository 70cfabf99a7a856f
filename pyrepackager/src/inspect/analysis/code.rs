//! What is not packed: machine code and what belongs to it.

use object::LittleEndian;
use object::elf::{self, FileHeader64, SectionHeader64};
use object::read::elf::{FileHeader as _, SectionHeader as _};

use super::tree::{Node, NodeKind};
use crate::inspect::Executable;

const LE: LittleEndian = LittleEndian;

/// What sections are for, by how their names begin. The first that fits counts.
const PURPOSES: [(&str, &[&str]); 6] = [
    ("functions", &[".text", ".plt", ".init", ".fini"]),
    ("unwind tables", &[".eh_frame", ".gcc_except_table"]),
    ("constants", &[".rodata", ".data.rel.ro", ".tdata"]),
    ("variables", &[".data", ".got", ".bss"]),
    ("dynamic linking", &[".dyn", ".gnu", ".rela", ".relr", ".hash", ".interp", ".note"]),
    ("symbols and debugging", &[".debug", ".symtab", ".strtab", ".zdebug"]),
];
const REST: &str = "headers and padding";

/// The node for all that is not packed.
pub(super) fn node(executable: &Executable) -> Node {
    let total = (executable.bytes().len() - executable.place().len()) as u64;
    let known = purposes(executable).unwrap_or_default();
    let used: u64 = known.iter().map(|(_, bytes)| bytes).sum();
    let mut children: Vec<Node> = Vec::new();
    // Sections of a damaged file may overlap, and say nothing then.
    if let Some(rest) = total.checked_sub(used) {
        let all = known.into_iter().chain([(REST, rest)]).filter(|(_, bytes)| *bytes > 0);
        children.extend(all.map(|(name, bytes)| Node::plain(name, NodeKind::Section, bytes)));
    } else {
        children.push(Node::plain("machine code", NodeKind::Section, total));
    }
    Node::with("machine code", NodeKind::MachineCode, children)
}

/// How many bytes of the file's sections serve which purpose.
fn purposes(executable: &Executable) -> Option<Vec<(&'static str, u64)>> {
    let bytes = executable.bytes();
    let header = FileHeader64::<LittleEndian>::parse(bytes).ok()?;
    let sections = header.sections(LE, bytes).ok()?;
    let mut sums = vec![0_u64; PURPOSES.len()];
    for section in sections.iter().filter(|section| section.sh_type(LE) != elf::SHT_NOBITS) {
        let name = sections.section_name(LE, section).ok()?;
        let is_for = |(_, starts): &(&str, &[&str])| {
            starts.iter().any(|start| name.starts_with(start.as_bytes()))
        };
        if let Some(purpose) = PURPOSES.iter().position(is_for) {
            sums[purpose] = sums[purpose].checked_add(unpacked_size(section, executable)?)?;
        }
    }
    Some(PURPOSES.iter().map(|(name, _)| *name).zip(sums).collect())
}

/// The bytes of a section that are no packed resources.
fn unpacked_size(section: &SectionHeader64<LittleEndian>, executable: &Executable) -> Option<u64> {
    let (start, size) = (section.sh_offset(LE), section.sh_size(LE));
    let end = start.checked_add(size)?;
    let packed = executable.place();
    let shared = end.min(packed.end as u64).saturating_sub(start.max(packed.start as u64));
    (end <= executable.bytes().len() as u64).then_some(size - shared)
}
