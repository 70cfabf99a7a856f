//! Finds what of a distribution cannot be part of a shared library.
//!
//! Code of an executable may know where its variables are, those of the C library and of each thread among them. Code of a
//! shared library must not. Operating systems' static libraries are mostly compiled for executables: Debian's are
//! position-independent, so that the most of what they hold can be in a shared library all the same. An extension
//! module that needs one of the others is left out.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use object::elf::{self, RelocationType};
use object::read::{Object as _, ObjectSection as _, ObjectSymbol as _, RelocationTarget};
use object::{Architecture, BinaryFormat, RelocationFlags, SectionFlags, SymbolFlags};

use super::LinkError;
use super::symbols::{ObjectKind, StaticLibrary, Symbols};
use super::system::LINKER_DEFINED;
use crate::distribution::{Distribution, ExtensionVariant};
use crate::policy::{self, SelectedExtension, Selection};

/// The C library's variables of which [`isolated`](super::isolated) gives such code copies of its own.
pub(super) const STREAMS: [&str; 3] = ["stdin", "stdout", "stderr"];

/// Leaves out of a selection the extension modules that cannot be part of a shared library for `target`, and notes which
/// and why. Those that the interpreter cannot do without stay.
///
/// # Errors
///
/// An object file or a library is damaged.
pub fn leave_out_fixed(
    selection: &mut Selection,
    distribution: &Distribution,
    target: &str,
) -> Result<(), LinkError> {
    let kind @ ObjectKind::Native(BinaryFormat::Elf, _) = ObjectKind::of_target(target)? else {
        return Ok(());
    };
    let mut search = Search { kind, libraries: HashMap::new() };
    let mut reasons = Vec::new();
    let mut kept = Vec::new();
    for extension in std::mem::take(&mut selection.extensions) {
        let SelectedExtension { name, variant } = &extension;
        let need = policy::need(name, variant, distribution.version);
        match search.obstacle(variant)? {
            Some(obstacle) if need.is_none() => reasons.push(format!("{name} ({obstacle})")),
            _ => kept.push(extension),
        }
    }
    selection.extensions = kept;
    if !reasons.is_empty() {
        selection.notes.push(format!(
            "extension modules left out, as a shared library cannot have them: {}",
            reasons.join(", ")
        ));
    }
    Ok(())
}

/// What code knows that it must not know in a shared library.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Assumption {
    /// A variable or function by its address.
    Address(String),
    /// A thread's variable by its distance from the thread's own data.
    ThreadLocal,
    /// A variable of another library by its distance from the code.
    Foreign(String),
}

/// Why an extension module cannot be part of a shared library.
#[derive(Debug)]
struct Obstacle {
    /// The object file, or the library with the member in parentheses.
    file: String,
    assumption: Assumption,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, assumption } = self;
        write!(f, "{file} was compiled for executables: ")?;
        match assumption {
            Assumption::Address(name) => write!(f, "it has the address of `{name}`"),
            Assumption::ThreadLocal => f.write_str("its thread-local variables have fixed places"),
            Assumption::Foreign(name) => {
                write!(f, "it has `{name}` of the C library at a fixed distance")
            }
        }
    }
}

struct Search {
    kind: ObjectKind,
    libraries: HashMap<PathBuf, Rc<StaticLibrary>>,
}

impl Search {
    /// Looks at an extension module's objects, and at those of its libraries that the linker would take for it.
    fn obstacle(&mut self, variant: &ExtensionVariant) -> Result<Option<Obstacle>, LinkError> {
        let mut libraries = Vec::new();
        for path in variant.links.iter().filter_map(super::spare::archive) {
            libraries.push(self.library(path)?);
        }
        let mut wanted = VecDeque::new();
        let mut contents = Vec::new();
        for path in &variant.objects {
            contents.push((path.clone(), fs_err::read(path)?));
        }
        let provides =
            |name: &str| libraries.iter().any(|library| library.member_with(name).is_some());
        for (path, content) in &contents {
            let unreadable = |source| LinkError::Unreadable { path: path.clone(), source };
            // Bitcode is turned into what each kind of file needs.
            if super::symbols::kind(content) != Some(self.kind) {
                continue;
            }
            let file = file_name(path);
            if let Some(assumption) = assumption(content, &provides).map_err(unreadable)? {
                return Ok(Some(Obstacle { file, assumption }));
            }
            wanted.extend(Symbols::read(content).map_err(unreadable)?.undefined);
        }
        let mut seen = HashSet::new();
        while let Some(symbol) = wanted.pop_front() {
            let find = |(index, library): (usize, &Rc<StaticLibrary>)| {
                Some((index, library.member_with(&symbol)?))
            };
            let Some(found) = libraries.iter().enumerate().find_map(find) else { continue };
            if !seen.insert(found) {
                continue;
            }
            let library = &libraries[found.0];
            let (member, symbols) = library.member(found.1)?;
            let unreadable = |source| LinkError::Unreadable { path: library.path.clone(), source };
            let content = library.content(found.1);
            if let Some(assumption) = assumption(content, &provides).map_err(unreadable)? {
                let file = format!("{}({member})", file_name(&library.path));
                return Ok(Some(Obstacle { file, assumption }));
            }
            wanted.extend(symbols.undefined);
        }
        Ok(None)
    }

    fn library(&mut self, path: &Path) -> Result<Rc<StaticLibrary>, LinkError> {
        if let Some(library) = self.libraries.get(path) {
            return Ok(library.clone());
        }
        let library = Rc::new(StaticLibrary::open(path, self.kind)?);
        self.libraries.insert(path.to_owned(), library.clone());
        Ok(library)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// What the code of an ELF object assumes. `provides` says whether a symbol will be in the same shared library.
fn assumption(
    content: &[u8],
    provides: &dyn Fn(&str) -> bool,
) -> object::read::Result<Option<Assumption>> {
    let file = object::File::parse(content)?;
    let architecture = file.architecture();
    for section in file.sections() {
        let SectionFlags::Elf { sh_flags, .. } = section.flags() else { continue };
        if !sh_flags.contains(elf::SHF_ALLOC) {
            continue;
        }
        for (_, relocation) in section.relocations() {
            let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
            let Some(kind) = Kind::of(architecture, r_type) else { continue };
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let symbol = file.symbol_by_index(index)?;
            let name = String::from_utf8_lossy(symbol.name_bytes()?).into_owned();
            match kind {
                Kind::Address => return Ok(Some(Assumption::Address(name))),
                Kind::ThreadLocal => return Ok(Some(Assumption::ThreadLocal)),
                Kind::Distance => {
                    let SymbolFlags::Elf { st_other, .. } = symbol.flags() else { continue };
                    let is_foreign = symbol.is_undefined()
                        && st_other.visibility() == elf::STV_DEFAULT
                        && !provides(&name)
                        && !STREAMS.contains(&&*name)
                        && !LINKER_DEFINED.contains(&&*name);
                    if is_foreign {
                        return Ok(Some(Assumption::Foreign(name)));
                    }
                }
            }
        }
    }
    Ok(None)
}

/// The standard streams that the code of an object has at a fixed distance. One that is not for a machine with such
/// relocations has none.
pub(super) fn fixed_streams(content: &[u8]) -> object::read::Result<HashSet<String>> {
    let file = object::File::parse(content)?;
    let mut streams = HashSet::new();
    for section in file.sections() {
        for (_, relocation) in section.relocations() {
            let RelocationFlags::Elf { r_type } = relocation.flags() else { continue };
            let RelocationTarget::Symbol(index) = relocation.target() else { continue };
            let Some(Kind::Distance) = Kind::of(file.architecture(), r_type) else { continue };
            let symbol = file.symbol_by_index(index)?;
            let name = symbol.name_bytes()?;
            if symbol.is_undefined() && STREAMS.iter().any(|stream| stream.as_bytes() == name) {
                streams.insert(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    Ok(streams)
}

/// What a relocation has the linker write.
enum Kind {
    /// An address of less than 64 bits, which no dynamic loader can write.
    Address,
    /// A distance from the data of a thread.
    ThreadLocal,
    /// A distance from the code, without a detour by a table.
    Distance,
}

impl Kind {
    /// That of a relocation which only executables can have, or only some.
    fn of(architecture: Architecture, r_type: RelocationType) -> Option<Self> {
        match architecture {
            Architecture::X86_64 => Some(match r_type {
                elf::R_X86_64_8 | elf::R_X86_64_16 | elf::R_X86_64_32 | elf::R_X86_64_32S => {
                    Self::Address
                }
                elf::R_X86_64_TPOFF32 | elf::R_X86_64_TPOFF64 => Self::ThreadLocal,
                elf::R_X86_64_PC32 | elf::R_X86_64_PC64 => Self::Distance,
                _ => return None,
            }),
            Architecture::Aarch64 => {
                let addresses = elf::R_AARCH64_MOVW_UABS_G0..=elf::R_AARCH64_MOVW_SABS_G2;
                let of_threads =
                    elf::R_AARCH64_TLSLE_MOVW_TPREL_G2..=elf::R_AARCH64_TLSLE_LDST64_TPREL_LO12_NC;
                Some(match r_type {
                    elf::R_AARCH64_ABS32 | elf::R_AARCH64_ABS16 => Self::Address,
                    elf::R_AARCH64_ADR_PREL_LO21 | elf::R_AARCH64_ADR_PREL_PG_HI21 => {
                        Self::Distance
                    }
                    other if addresses.contains(&other) => Self::Address,
                    other if of_threads.contains(&other) => Self::ThreadLocal,
                    _ => return None,
                })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::testing::{archive, run};
    use super::*;
    use crate::distribution::Library;

    /// Compiles C for executables.
    fn compile(folder: &Path, name: &str, option: &str, source: &str) -> PathBuf {
        let (input, object) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.o")));
        fs_err::write(&input, source).unwrap();
        let mut command = Command::new("cc");
        run(command.args(["-c", "-O1", "-w", option, "-o"]).args([&object, &input]));
        object
    }

    fn obstacle(folder: &Path, option: &str, source: &str) -> Option<String> {
        let unused = "extern char **environ; void *unused(void) { return environ; }";
        let members =
            [compile(folder, "part", option, source), compile(folder, "unused", option, unused)];
        let path = archive(folder, "part", &members);
        let module = "int part(void); int PyInit_module(void) { return part(); }";
        let variant = ExtensionVariant {
            objects: vec![compile(folder, "module", "-fPIC", module)],
            links: vec![Library::Static { name: "part".to_owned(), path }],
            ..ExtensionVariant::default()
        };
        let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let kind = ObjectKind::of_target(&target).unwrap();
        let mut search = Search { kind, libraries: HashMap::new() };
        search.obstacle(&variant).unwrap().map(|obstacle| obstacle.to_string())
    }

    #[test]
    fn code_for_executables_is_told_from_code_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let thread_local = "static __thread int own; int part(void) { return own++; }";
        let environment = "extern char **environ; int part(void) { return environ[0][0]; }";
        let stream = "#include <stdio.h>\nint part(void) { return fputs(\"\", stderr); }";
        let of = |option: &str, source: &str| obstacle(folder.path(), option, source);
        assert_eq!(
            of("-fPIE", thread_local).unwrap(),
            "libpart.a(part.o) was compiled for executables: its thread-local variables have fixed places"
        );
        assert_eq!(
            of("-fPIE", environment).unwrap(),
            "libpart.a(part.o) was compiled for executables: it has `environ` of the C library at a fixed \
             distance"
        );
        assert_eq!(of("-fPIE", stream), None);
        for source in [thread_local, environment, stream] {
            assert_eq!(of("-fPIC", source), None, "{source}");
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn addresses_in_code_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let table = "int table[9]; int part(int i) { return table[i]; }";
        let found = obstacle(folder.path(), "-fno-pie", table).unwrap();
        assert!(found.contains("it has the address of "), "{found}");
    }
}
