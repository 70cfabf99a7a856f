//! What object files and static libraries define and need, and in which format they are.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use object::read::archive::ArchiveFile;
use object::read::macho::{FatArch, MachOFatFile32};
use object::read::{Object as _, ObjectSymbol as _};
use object::{Architecture, BinaryFormat, FileKind};

use super::LinkError;

/// LLVM bitcode begins with these bytes,
const BITCODE: &[u8] = b"BC\xc0\xde";
/// or, for macOS, with these, after which a header follows.
const WRAPPED_BITCODE: &[u8] = b"\xde\xc0\x17\x0b";

/// What an object file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// LLVM bitcode.
    Bitcode,
    /// Code of a CPU, in the format of an operating system.
    Native(BinaryFormat, Architecture),
}

impl ObjectKind {
    /// What native objects for a target are, by Rust's name of it.
    pub(super) fn of_target(target: &str) -> Result<Self, LinkError> {
        let (format, architecture) = native_format(target)?;
        Ok(Self::Native(format, architecture))
    }
}

/// Format of native objects for a target, by Rust's name of it, and the CPU that their code is for.
pub(super) fn native_format(target: &str) -> Result<(BinaryFormat, Architecture), LinkError> {
    let unknown = || LinkError::Target { target: target.to_owned() };
    let architecture = match target.split('-').next() {
        Some("x86_64") => Architecture::X86_64,
        Some("aarch64") => Architecture::Aarch64,
        _ => return Err(unknown()),
    };
    let format = if target.contains("-linux-") {
        BinaryFormat::Elf
    } else if target.contains("-apple-") {
        BinaryFormat::MachO
    } else if target.contains("-windows-") {
        BinaryFormat::Coff
    } else {
        return Err(unknown());
    };
    Ok((format, architecture))
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Native(format, architecture) = self else { return f.write_str("LLVM bitcode") };
        let format = match format {
            BinaryFormat::Elf => "ELF",
            BinaryFormat::MachO => "Mach-O",
            BinaryFormat::Coff => "COFF",
            _ => "unknown",
        };
        let architecture = match architecture {
            Architecture::X86_64 => "x86_64".to_owned(),
            Architecture::Aarch64 => "aarch64".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        };
        write!(f, "{format} for {architecture}")
    }
}

/// What the content of a file is; `None` when it is not an object file.
pub(super) fn kind(data: &[u8]) -> Option<ObjectKind> {
    if is_bitcode(data) {
        return Some(ObjectKind::Bitcode);
    }
    let file = object::File::parse(data).ok()?;
    Some(ObjectKind::Native(file.format(), file.architecture()))
}

fn is_bitcode(data: &[u8]) -> bool {
    data.starts_with(BITCODE) || data.starts_with(WRAPPED_BITCODE)
}

/// Whether a name stands somewhere in bitcode, or in a library of it, whose index has the names.
pub(crate) fn mentions(data: &[u8], name: &str) -> bool {
    !name.is_empty() && data.windows(name.len()).any(|window| window == name.as_bytes())
}

/// The symbols by which a native object is linked with others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Symbols {
    /// Those that others can use.
    pub defined: Vec<String>,
    /// Those that others must define. Weak references need no definition.
    pub undefined: Vec<String>,
}

impl Symbols {
    /// Of the content of a native object or shared library.
    pub(super) fn read(data: &[u8]) -> object::read::Result<Self> {
        let mut symbols = Self::default();
        let file = object::File::parse(data)?;
        for symbol in file.symbols() {
            let name = || symbol.name().map(str::to_owned);
            if symbol.is_undefined() {
                // The first entry of a table is one without a name.
                if !symbol.is_weak() && !symbol.name_bytes()?.is_empty() {
                    symbols.undefined.push(name()?);
                }
            } else if symbol.is_global() {
                symbols.defined.push(name()?);
            }
        }
        Ok(symbols)
    }

    /// Of the file at `path`.
    pub(super) fn of_file(path: &Path) -> Result<Self, LinkError> {
        let unreadable = |source| LinkError::Unreadable { path: path.to_owned(), source };
        Self::read(&fs_err::read(path)?).map_err(unreadable)
    }
}

/// The symbols that a shared library exports, without their versions.
pub(super) fn exported(path: &Path) -> Result<Vec<String>, LinkError> {
    let data = fs_err::read(path)?;
    let unreadable = |source| LinkError::Unreadable { path: path.to_owned(), source };
    let file = object::File::parse(&*data).map_err(unreadable)?;
    let symbols = file.dynamic_symbols().filter(|symbol| !symbol.is_undefined());
    symbols.map(|symbol| Ok(symbol.name().map_err(unreadable)?.to_owned())).collect()
}

/// A static library.
#[derive(Debug)]
pub(super) struct StaticLibrary {
    pub path: PathBuf,
    /// Whether a member is bitcode.
    pub has_bitcode: bool,
    data: Vec<u8>,
    members: Vec<Member>,
    /// The member that defines a symbol, by its index.
    index: HashMap<String, usize>,
}

/// A native object in a static library.
#[derive(Debug)]
struct Member {
    name: String,
    content: Range<usize>,
}

impl StaticLibrary {
    /// Reads a static library. The archive's own table of symbols is not used: it may be missing, or
    /// lack those of some members.
    ///
    /// Of native members, those of `kind` count: on macOS a library may be one for several CPUs.
    pub(super) fn open(path: &Path, kind: ObjectKind) -> Result<Self, LinkError> {
        let (path, data) = (path.to_owned(), fs_err::read(path)?);
        let (members, index) = (Vec::new(), HashMap::new());
        let mut library = Self { path, has_bitcode: false, data, members, index };
        match library.read(kind) {
            Ok(()) => Ok(library),
            Err(source) => Err(LinkError::Unreadable { path: library.path, source }),
        }
    }

    fn read(&mut self, kind: ObjectKind) -> object::read::Result<()> {
        let Ok(FileKind::MachOFat32) = FileKind::parse(&*self.data) else {
            return self.read_members(kind, 0..self.data.len());
        };
        let fat = MachOFatFile32::parse(&*self.data)?;
        let ranges = fat.arches().iter().map(FatArch::file_range);
        let parts: Vec<_> = ranges.map(|(start, size)| (start as usize, size as usize)).collect();
        for (start, size) in parts {
            self.read_members(kind, start..start.saturating_add(size))?;
        }
        Ok(())
    }

    /// Reads the members of the archive that fills a part of the file.
    fn read_members(&mut self, kind: ObjectKind, part: Range<usize>) -> object::read::Result<()> {
        let data = self.data.get(part.clone()).unwrap_or_default();
        for member in ArchiveFile::parse(data)?.members() {
            let member = member?;
            let content = member.data(data)?;
            if is_bitcode(content) {
                self.has_bitcode = true;
                continue;
            }
            // Archives may hold files that are no objects, which linkers skip.
            if self::kind(content) != Some(kind) {
                continue;
            }
            for name in Symbols::read(content)?.defined {
                self.index.entry(name).or_insert(self.members.len());
            }
            let (start, size) = member.file_range();
            let start = part.start + start as usize;
            self.members.push(Member {
                name: String::from_utf8_lossy(member.name()).into_owned(),
                content: start..start + size as usize,
            });
        }
        Ok(())
    }

    /// Whether it has no native object.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The member that defines a symbol, by its index.
    pub(super) fn member_with(&self, symbol: &str) -> Option<usize> {
        self.index.get(symbol).copied()
    }

    /// Everything that its members define.
    pub(super) fn into_defined(self) -> Vec<String> {
        self.index.into_keys().collect()
    }

    /// The member with this index.
    pub(super) fn content(&self, index: usize) -> &[u8] {
        let range = self.members.get(index).map(|member| member.content.clone());
        range.and_then(|range| self.data.get(range)).unwrap_or_default()
    }

    /// Name and symbols of the member with this index.
    pub(super) fn member(&self, index: usize) -> Result<(&str, Symbols), LinkError> {
        let Some(Member { name, .. }) = self.members.get(index) else {
            return Ok(("", Symbols::default()));
        };
        match Symbols::read(self.content(index)) {
            Ok(symbols) => Ok((name, symbols)),
            Err(source) => Err(LinkError::Unreadable { path: self.path.clone(), source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{archive, compile, compiler};
    use super::*;

    fn machine() -> ObjectKind {
        ObjectKind::of_target(&compiler().target).unwrap()
    }

    #[test]
    fn weak_references_need_no_definition() {
        let folder = tempfile::tempdir().unwrap();
        let source = "extern int strong(void); extern int weak(void) __attribute__((weak));\n\
                      static int hidden(void) { return strong(); }\n\
                      int common; int defined(void) { return weak ? weak() : hidden(); }\n";
        let mut symbols = Symbols::of_file(&compile(folder.path(), "some", source)).unwrap();
        symbols.undefined.retain(|name| name != "_GLOBAL_OFFSET_TABLE_");
        symbols.defined.sort();
        assert_eq!(symbols.undefined, ["strong"]);
        assert_eq!(symbols.defined, ["common", "defined"]);
    }

    #[test]
    fn members_of_a_static_library_are_found_by_what_they_define() {
        let folder = tempfile::tempdir().unwrap();
        let one = compile(folder.path(), "one", "int one(void) { return 1; }");
        let two = compile(folder.path(), "two", "int one(void); int two(void) { return one(); }");
        let library =
            StaticLibrary::open(&archive(folder.path(), "some", &[one, two]), machine()).unwrap();
        assert!(!library.has_bitcode);
        assert_eq!(library.member_with("three"), None);
        let (name, symbols) = library.member(library.member_with("two").unwrap()).unwrap();
        assert_eq!(name, "two.o");
        assert!(symbols.undefined.contains(&"one".to_owned()), "{symbols:?}");
    }

    #[test]
    fn kinds_are_told_by_content() {
        assert_eq!(kind(b"BC\xc0\xde5\x14"), Some(ObjectKind::Bitcode));
        assert_eq!(kind(b"\xde\xc0\x17\x0b\0\0\0\0"), Some(ObjectKind::Bitcode));
        assert_eq!(kind(b"int main(void) {}"), None);
        let folder = tempfile::tempdir().unwrap();
        let native = fs_err::read(compile(folder.path(), "some", "int some;")).unwrap();
        assert_eq!(kind(&native), Some(machine()));
    }
}
