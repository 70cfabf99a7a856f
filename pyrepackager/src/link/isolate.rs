//! Gives what the interpreter is linked from names that nothing else in the executable has.
//!
//! CPython has its own mimalloc, and a distribution its own OpenSSL, SQLite and zlib. A Rust application may bring
//! other copies of them, which would clash or take the place of these. So each symbol that an object or a static
//! library of the distribution defines is renamed in all of them, but for Python's API. Of an object file, that adds
//! names to the table of strings and changes where symbols find theirs; code and data stay as they are.
//!
//! A few functions of the API are renamed where they are defined, as `pyembed` has its own in their place, which call
//! them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember};
use fs_err as fs;
use object::elf::{FileHeader64, SHT_SYMTAB, STB_LOCAL, SectionHeader64, Sym64};
use object::read::archive::ArchiveFile;
use object::read::elf::{FileHeader as _, SectionHeader as _, Sym as _};
use object::{BinaryFormat, LittleEndian};

use super::symbols::{self, ObjectKind, Symbols};
use super::{LinkError, Objects, ObjectsRequest, relative};
use crate::cache::Cache;
use crate::digest::Hasher;
use crate::distribution::Library;
use crate::reporter::{Length, Reporter};

/// The folder of the cache that holds the results.
const FOLDER: &str = "isolated-objects";

/// Counts changes of what is done here: it is a part of the results' names.
const VERSION: u32 = 1;

/// What the new names begin with.
const PREFIX: &str = "python_private_";

/// How names begin that stay: Python's API, and what compilers use between objects.
const KEPT: [&str; 5] = ["Py", "_Py", "__", "_Unwind_", "DW.ref."];

/// Functions of the API in whose place `pyembed/src/c/ending.c` has its own.
const REPLACED: [&str; 1] = ["PyGILState_Ensure"];

/// Renames the symbols of `objects`, or finds the result of an earlier time in the cache.
///
/// Only object files of Linux are changed; elsewhere, the result is what was given.
///
/// # Errors
///
/// An object file or a library is damaged, or the cache cannot be written to.
pub fn isolated(
    objects: Objects,
    request: &ObjectsRequest<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Objects, LinkError> {
    let kind = ObjectKind::of_target(&request.compiler.target)?;
    if !matches!(kind, ObjectKind::Native(BinaryFormat::Elf, _)) {
        return Ok(objects);
    }
    let inputs = Inputs { objects: &objects, kind, request };
    let key = inputs.key();
    let folder = cache.folder(FOLDER)?.join(&key);
    let lock = cache.lock(&format!("{FOLDER}-{key}"), reporter)?;
    if !folder.is_dir() {
        let _step = reporter.start("renaming symbols", Length::Unknown);
        let partial = lock.partial_folder(&folder)?;
        inputs.write(partial.path())?;
        partial.finish()?;
    }
    let file = |path: &Path| place(&folder, path, &request.distribution.root);
    let files = objects.files.iter().map(|path| file(path)).collect();
    let libraries = objects.libraries.iter().map(|library| match library {
        Library::Static { name, path } => Library::Static { name: name.clone(), path: file(path) },
        other => other.clone(),
    });
    Ok(Objects { files, libraries: libraries.collect(), pulled: objects.pulled })
}

/// The place of a changed file: a folder of its own, as several may have the same name.
fn place(folder: &Path, path: &Path, root: &Path) -> PathBuf {
    let mut hasher = Hasher::default();
    hasher.add_block(relative(path, root));
    folder.join(&hasher.finish().to_string()[..16]).join(path.file_name().unwrap_or_default())
}

/// What is changed.
struct Inputs<'a> {
    objects: &'a Objects,
    kind: ObjectKind,
    request: &'a ObjectsRequest<'a>,
}

impl Inputs<'_> {
    fn libraries(&self) -> impl Iterator<Item = &Path> {
        self.objects.libraries.iter().filter_map(|library| match library {
            Library::Static { path, .. } => Some(path.as_path()),
            _ => None,
        })
    }

    /// Names the result by all that it depends on.
    fn key(&self) -> String {
        let distribution = self.request.distribution;
        let mut hasher = Hasher::default();
        hasher.add(&VERSION.to_le_bytes());
        hasher.add_block(distribution.archive_sha256.to_string());
        hasher.add_block(&self.request.compiler.target);
        for path in self.objects.files.iter().map(PathBuf::as_path).chain(self.libraries()) {
            hasher.add_block(relative(path, &distribution.root));
        }
        hasher.finish().to_string()
    }

    /// Writes all files with their symbols renamed.
    fn write(&self, folder: &Path) -> Result<(), LinkError> {
        let root = &self.request.distribution.root;
        let functions = self.request.extensions.iter();
        let functions = functions.filter_map(|extension| extension.variant.init_fn.as_deref());
        let kept: HashSet<&str> = functions.collect();
        let mut defined = self.defined()?;
        let versioned = defined.iter().filter(|name| name.contains("@@"));
        let versioned: Vec<String> = versioned.map(|name| unversioned(name)).collect();
        defined.extend(versioned);
        defined.retain(|name| {
            !KEPT.iter().any(|start| name.starts_with(start)) && !kept.contains(name.as_str())
        });
        let target = |path: &Path| -> Result<PathBuf, LinkError> {
            let target = place(folder, path, root);
            fs::create_dir_all(target.parent().unwrap_or(folder))?;
            Ok(target)
        };
        for path in &self.objects.files {
            let unreadable = |source| LinkError::Unreadable { path: path.clone(), source };
            let renamed = renamed(&fs::read(path)?, &defined).map_err(unreadable)?;
            fs::write(target(path)?, renamed)?;
        }
        for path in self.libraries() {
            self.write_library(path, &target(path)?, &defined)?;
        }
        Ok(())
    }

    /// All symbols that an object or a library defines for others.
    fn defined(&self) -> Result<HashSet<String>, LinkError> {
        let mut defined = HashSet::new();
        for path in &self.objects.files {
            defined.extend(Symbols::of_file(path)?.defined);
        }
        for path in self.libraries() {
            defined.extend(symbols::StaticLibrary::open(path, self.kind)?.into_defined());
        }
        Ok(defined)
    }

    /// Writes a static library again.
    fn write_library(
        &self,
        path: &Path,
        target: &Path,
        defined: &HashSet<String>,
    ) -> Result<(), LinkError> {
        let unreadable = |source| LinkError::Unreadable { path: path.to_owned(), source };
        let data = fs::read(path)?;
        let mut members = Vec::new();
        for member in ArchiveFile::parse(&*data).map_err(unreadable)?.members() {
            let member = member.map_err(unreadable)?;
            let content = member.data(&*data).map_err(unreadable)?;
            let content = match symbols::kind(content) == Some(self.kind) {
                true => renamed(content, defined).map_err(unreadable)?,
                // Archives may hold files that are no objects, which linkers skip.
                false => content.to_vec(),
            };
            let name = String::from_utf8_lossy(member.name()).into_owned();
            members.push(NewArchiveMember::new(content, &DEFAULT_OBJECT_READER, name));
        }
        let mut file = fs::File::create(target)?;
        ar_archive_writer::write_archive_to_stream(
            &mut file,
            &members,
            ArchiveKind::Gnu,
            false,
            None,
        )
        .map_err(|source| LinkError::Archive { path: target.to_owned(), source })
    }
}

/// An object file with its symbols renamed: those among `defined`, and the definitions of those that are [`REPLACED`].
fn renamed(data: &[u8], defined: &HashSet<String>) -> object::read::Result<Vec<u8>> {
    let header = FileHeader64::<LittleEndian>::parse(data)?;
    let sections = header.sections(LittleEndian, data)?;
    let mut result = data.to_vec();
    for (index, section) in sections.enumerate() {
        if section.sh_type(LittleEndian) != SHT_SYMTAB {
            continue;
        }
        let table = sections.symbol_table_by_index(LittleEndian, data, index)?;
        // Other sections may have their names in the same one, so all of it is kept.
        let section_of_names = sections.section(table.string_section())?;
        let mut names = section_of_names.data(LittleEndian, data)?.to_vec();
        for (index, symbol) in table.enumerate() {
            let name = symbol.name(LittleEndian, table.strings())?;
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let is_replaced = REPLACED.contains(&name) && !symbol.is_undefined(LittleEndian);
            if symbol.st_bind() == STB_LOCAL || !(is_replaced || defined.contains(name)) {
                continue;
            }
            let start = section.sh_offset(LittleEndian) as usize + index.0 * SYMBOL_SIZE;
            // `st_name` is the first field of a symbol.
            write_at(&mut result, start, &(names.len() as u32).to_le_bytes());
            names.extend_from_slice(PREFIX.as_bytes());
            names.extend_from_slice(unversioned(name).as_bytes());
            names.push(0);
        }
        let (offset, size) = (result.len() as u64, names.len() as u64);
        result.extend(names);
        let start =
            header.e_shoff(LittleEndian) as usize + table.string_section().0 * SECTION_HEADER_SIZE;
        write_at(&mut result, start + SECTION_OFFSET, &offset.to_le_bytes());
        write_at(&mut result, start + SECTION_OFFSET + size_of::<u64>(), &size.to_le_bytes());
    }
    Ok(result)
}

const SYMBOL_SIZE: usize = size_of::<Sym64<LittleEndian>>();
const SECTION_HEADER_SIZE: usize = size_of::<SectionHeader64<LittleEndian>>();
/// Where `sh_offset` is in a section's header; `sh_size` follows.
const SECTION_OFFSET: usize = 24;

fn write_at(data: &mut [u8], start: usize, bytes: &[u8]) {
    if let Some(place) = data.get_mut(start..start + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// The name by which others refer to a symbol that has a version of a shared library, `NAME@@VERSION`: static libraries
/// of some systems are compiled from the same source.
fn unversioned(name: &str) -> String {
    match name.split_once("@@") {
        Some((name, _)) => name.to_owned(),
        None => name.replace('@', "_"),
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::testing::{compile, run};
    use super::*;

    fn rename(path: &Path, defined: &[&str]) {
        let defined = defined.iter().map(|name| (*name).to_owned()).collect();
        fs::write(path, renamed(&fs::read(path).unwrap(), &defined).unwrap()).unwrap();
    }

    #[test]
    fn objects_with_other_names_are_linked_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let source = "int helper(void); static int own(void) { return 2; }\n\
                      int Py_Answer(void) { return helper() + own(); }\n\
                      int PyGILState_Ensure(void) { return 3; }\n";
        let one = compile(folder.path(), "one", source);
        let two = compile(folder.path(), "two", "int helper(void) { return 40; }");
        for path in [&one, &two] {
            rename(path, &["helper"]);
        }
        let source = "int Py_Answer(void), python_private_PyGILState_Ensure(void);\n\
                      int helper(void) { return 0; }\n\
                      int PyGILState_Ensure(void) { return python_private_PyGILState_Ensure(); }\n\
                      int main(void) { return Py_Answer() + PyGILState_Ensure() + helper(); }\n";
        let main = compile(folder.path(), "main", source);
        let program = folder.path().join("program");
        run(Command::new("cc").arg("-o").arg(&program).args([&main, &one, &two]));
        assert_eq!(Command::new(&program).status().unwrap().code(), Some(45));
        let symbols = Symbols::of_file(&one).unwrap();
        assert_eq!(symbols.defined, ["Py_Answer", "python_private_PyGILState_Ensure"]);
        assert!(symbols.undefined.contains(&"python_private_helper".to_owned()), "{symbols:?}");
    }

    #[test]
    fn names_with_versions_lose_them() {
        assert_eq!(unversioned("strnunvis@@LIBBSD_0.2"), "strnunvis");
        assert_eq!(unversioned("strnunvis@LIBBSD_0.1"), "strnunvis_LIBBSD_0.1");
        assert_eq!(unversioned("inflate"), "inflate");
    }
}
