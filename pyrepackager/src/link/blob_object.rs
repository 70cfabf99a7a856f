//! An object file that holds the packed resources.
//!
//! The linker maps it into the executable's read-only data, where `pyembed` reads it in place. It
//! defines two symbols: `pyembed_resources`, the first byte of the blob, and
//! `pyembed_resources_length`, the number of its bytes as a 64-bit integer. Objects of packages and of executables that
//! have resources of their own have other names, which `pyembed` looks for first.

use std::io::BufWriter;
use std::path::Path;

use object::write::{Object, StandardSection, StreamingBuffer, Symbol, SymbolSection};
use object::{BinaryFormat, Endianness, SectionKind, SymbolFlags, SymbolKind, SymbolScope};

use super::LinkError;
use super::symbols::native_format;

/// Alignment of the blob in memory: a page, as the shared libraries in it are, which are mapped from the
/// executable's file. Its parts are aligned relative to its start.
const ALIGNMENT: u64 = 4096;

/// What resources belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// All that is linked with one `pyembed`.
    Library,
    /// All that one package makes.
    Package,
    /// One executable.
    Executable,
}

impl Owner {
    /// The symbol of the resources. `pyembed/src/c/resources.c` has these names, too.
    fn symbol(self) -> &'static str {
        match self {
            Self::Library => "pyembed_resources",
            Self::Package => "pyembed_package_resources",
            Self::Executable => "pyembed_executable_resources",
        }
    }
}

/// Writes an object file for `target` that holds `blob`, to the file at `path`.
///
/// A blob may have gigabytes: it is not copied.
pub(super) fn write(path: &Path, target: &str, blob: &[u8], owner: Owner) -> Result<(), LinkError> {
    let object = object(target, blob, owner)?;
    let mut file = StreamingBuffer::new(BufWriter::new(fs_err::File::create(path)?));
    object.emit(&mut file).map_err(|source| LinkError::Object { source })?;
    Ok(file.flush()?)
}

fn object<'a>(target: &str, blob: &'a [u8], owner: Owner) -> Result<Object<'a>, LinkError> {
    let (format, architecture) = native_format(target)?;

    let mut object = Object::new(format, architecture, Endianness::Little);
    if format == BinaryFormat::Elf {
        // An object without this section makes GNU ld ask for an executable stack.
        object.add_section(Vec::new(), b".note.GNU-stack".to_vec(), SectionKind::Other);
    }
    let symbol = |object: &mut Object<'a>, name: &str, section| {
        object.add_symbol(Symbol {
            name: name.as_bytes().to_vec(),
            value: 0,
            size: 0,
            kind: SymbolKind::Data,
            scope: SymbolScope::Linkage,
            weak: false,
            section,
            flags: SymbolFlags::None,
        })
    };
    let section = object.section_id(StandardSection::ReadOnlyData);
    object.section_mut(section).set_data(blob, ALIGNMENT);
    symbol(&mut object, owner.symbol(), SymbolSection::Section(section));
    // In another section, as bytes that are added to one are copied with all that is in it.
    let section = object.section_id(StandardSection::Data);
    let length = format!("{}_length", owner.symbol());
    let id = symbol(&mut object, &length, SymbolSection::Undefined);
    object.add_symbol_data(
        id,
        section,
        &(blob.len() as u64).to_le_bytes(),
        size_of::<u64>() as u64,
    );
    Ok(object)
}

#[cfg(test)]
mod tests {
    use object::read::{Object as _, ObjectSection as _, ObjectSymbol as _};

    use super::*;

    #[test]
    fn every_target_gets_both_symbols() {
        let targets = [
            "x86_64-unknown-linux-gnu",
            "aarch64-unknown-linux-gnu",
            "aarch64-apple-darwin",
            "x86_64-pc-windows-msvc",
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("resources.o");
        for target in targets {
            write(&path, target, b"some resources", Owner::Library).unwrap();
            let bytes = fs_err::read(&path).unwrap();
            let file = object::File::parse(&*bytes).unwrap();
            let at = |name: &str, length: usize| {
                let symbol = file.symbols().find(|s| s.name().unwrap().ends_with(name)).unwrap();
                let section = file.section_by_index(symbol.section_index().unwrap()).unwrap();
                let start = (symbol.address() - section.address()) as usize;
                section.data().unwrap()[start..start + length].to_vec()
            };
            assert_eq!(at("pyembed_resources", 14), b"some resources", "{target}");
            assert_eq!(at("pyembed_resources_length", 8), 14u64.to_le_bytes(), "{target}");
        }
    }

    #[test]
    fn an_unknown_target_is_refused() {
        let error = object("mips-unknown-linux-gnu", b"", Owner::Library).unwrap_err();
        assert_eq!(
            error.to_string(),
            "cannot write object files for the target mips-unknown-linux-gnu"
        );
    }
}
