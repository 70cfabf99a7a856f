//! Gives what the interpreter is linked from names that nothing else in the executable has.
//!
//! CPython has its own mimalloc, and a distribution its own OpenSSL, SQLite and zlib. A Rust application may bring
//! other copies of them, which would clash or take the place of these. So each symbol that an object or a static
//! library of the distribution defines is renamed in all of them, but for Python's API. Of an object file, that adds
//! names to the table of strings and changes where symbols find theirs; code and data stay as they are.
//!
//! An added extension module's symbols are renamed by its name: it uses the distribution's libraries where it brings none
//! of its own.
//! The new names are hidden, so that code which was compiled for executables can be part of a shared library, too. For the
//! same reason such code gets copies of the C library's standard streams, where something is to become a shared library.
//!
//! A few functions of the API are renamed where they are defined, as `pyembed` has its own in their place, which call
//! them.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ar_archive_writer::{ArchiveKind, DEFAULT_OBJECT_READER, NewArchiveMember};
use fs_err as fs;
use object::elf::{FileHeader64, SHT_SYMTAB, STB_LOCAL, STV_HIDDEN, SectionHeader64, Sym64};
use object::read::archive::ArchiveFile;
use object::read::elf::{FileHeader as _, SectionHeader as _, Sym as _};
use object::{BinaryFormat, LittleEndian};

use super::added;
use super::fixed::{STREAMS, fixed_streams};
use super::symbols::{self, ObjectKind, Symbols};
use super::{LinkError, Objects, ObjectsRequest, relative};
use crate::cache::Cache;
use crate::digest::Hasher;
use crate::distribution::Library;
use crate::reporter::{Length, Reporter};

/// The folder of the cache that holds the results.
const FOLDER: &str = "isolated-objects";

/// Counts changes of what is done here: it is a part of the results' names.
const VERSION: u32 = 3;

/// What the new names begin with.
const PREFIX: &str = "python_private_";

/// What the new names of symbols of added extension modules begin with; the module's name follows.
const ADDED_PREFIX: &str = "added_private_";

/// How names begin that stay: Python's API, and what compilers use between objects.
const KEPT: [&str; 5] = ["Py", "_Py", "__", "_Unwind_", "DW.ref."];

/// Functions of CPython in whose place `pyembed` has its own: `c/ending.c` and `c/allocator.c`.
pub(super) const REPLACED: [&str; 3] =
    ["PyGILState_Ensure", "PyMem_SetAllocator", "_PyMem_SetDefaultAllocator"];

/// Functions of the C library in whose place the distribution's code calls one of `pyembed`, where something is to become
/// a shared library: `pyembed/src/c/shared.c`.
const REDIRECTED: [(&str, &str); 1] = [("dlsym", "pyembed_dlsym")];

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
    let groups = added::groups(request);
    let libraries = objects.libraries.iter().filter_map(|library| match library {
        Library::Static { path, .. } => Some(path),
        _ => None,
    });
    let own = objects.files.iter().chain(libraries);
    let own = own.filter(|path| !groups.iter().any(|group| group.contains(path)));
    let distribution = Isolation { files: own.cloned().collect(), others: &[], kind, request };
    let mut places = distribution.write(cache, reporter)?;
    for files in groups {
        let group = Isolation { files, others: &distribution.files, kind, request };
        places.extend(group.write(cache, reporter)?);
    }
    let file = |path: &PathBuf| places.get(path).unwrap_or(path).clone();
    let files = objects.files.iter().map(file).collect();
    let libraries = objects.libraries.iter().map(|library| match library {
        Library::Static { name, path } => Library::Static { name: name.clone(), path: file(path) },
        other => other.clone(),
    });
    let libraries = libraries.collect();
    Ok(Objects { files, libraries, pulled: objects.pulled, shared: request.shared })
}

/// C source of what the code for executables has in the place of the C library's streams: they stand at a fixed distance
/// from it.
pub(super) fn streams_source() -> String {
    let mut text = String::from("#include <stdio.h>\n\n#pragma GCC visibility push(hidden)\n");
    for name in STREAMS {
        let _ = writeln!(text, "FILE *{PREFIX}{name};");
    }
    text.push_str("#pragma GCC visibility pop\n\n");
    text.push_str("__attribute__((constructor)) static void copy_streams(void)\n{\n");
    for name in STREAMS {
        let _ = writeln!(text, "    {PREFIX}{name} = {name};");
    }
    text.push_str("}\n");
    text
}

/// Files whose symbols are renamed: those that the files define, and those that others define which were renamed before.
struct Isolation<'a> {
    /// Objects and static libraries.
    files: Vec<PathBuf>,
    /// The distribution's, where `files` are an added extension module's; what these define themselves comes first.
    others: &'a [PathBuf],
    kind: ObjectKind,
    request: &'a ObjectsRequest<'a>,
}

impl Isolation<'_> {
    /// Writes all files with their symbols renamed, if that was not done before; gives their new places by the old.
    fn write(
        &self,
        cache: &Cache,
        reporter: &dyn Reporter,
    ) -> Result<HashMap<PathBuf, PathBuf>, LinkError> {
        let key = self.key()?;
        let folder = cache.folder(FOLDER)?.join(&key);
        let lock = cache.lock(&format!("{FOLDER}-{key}"), reporter)?;
        if !folder.is_dir() {
            let _step = reporter.start("renaming symbols", Length::Unknown);
            let partial = lock.partial_folder(&folder)?;
            self.write_files(partial.path())?;
            partial.finish()?;
        }
        let place = |path: &PathBuf| (path.clone(), self.place(&folder, path));
        Ok(self.files.iter().map(place).collect())
    }

    /// The place of a changed file: a folder of its own, as several may have the same name.
    fn place(&self, folder: &Path, path: &Path) -> PathBuf {
        let mut hasher = Hasher::default();
        hasher.add_block(relative(path, &self.request.distribution.root));
        let name = path.file_name().unwrap_or_default();
        folder.join(&hasher.finish().to_string()[..16]).join(name)
    }

    /// Names the result by all that it depends on.
    fn key(&self) -> Result<String, LinkError> {
        let distribution = self.request.distribution;
        let mut hasher = Hasher::default();
        hasher.add(&VERSION.to_le_bytes());
        hasher.add(&[u8::from(self.request.shared)]);
        hasher.add_block(distribution.archive_sha256.to_string());
        hasher.add_block(&self.request.compiler.target);
        hasher.add_block(self.prefix());
        for path in self.files.iter().chain(self.others) {
            hasher.add_block(relative(path, &distribution.root));
        }
        // The distribution's do not change.
        for path in self.files.iter().filter(|path| added::is_outside(path, self.request)) {
            hasher.add_block(fs::read(path)?);
        }
        Ok(hasher.finish().to_string())
    }

    fn write_files(&self, folder: &Path) -> Result<(), LinkError> {
        let mut names = Names::new();
        for (files, prefix) in [(self.others, PREFIX.to_owned()), (&self.files, self.prefix())] {
            let kept = self.kept();
            let defined = defined(files, self.kind)?.into_iter();
            let renamed = defined.filter(|name| {
                !KEPT.iter().any(|start| name.starts_with(start)) && !kept.contains(name.as_str())
            });
            names.extend(renamed.map(|name| (name, prefix.clone())));
        }
        for path in &self.files {
            let target = self.place(folder, path);
            fs::create_dir_all(target.parent().unwrap_or(folder))?;
            let data = fs::read(path)?;
            if data.starts_with(&object::archive::MAGIC) {
                self.write_library(path, &data, &target, &names)?;
            } else {
                let unreadable = |source| LinkError::Unreadable { path: path.clone(), source };
                fs::write(target, self.renamed(&data, &names).map_err(unreadable)?)?;
            }
        }
        Ok(())
    }

    /// What the names of symbols begin with that `files` define.
    fn prefix(&self) -> String {
        let added = self.files.first().filter(|path| added::is_outside(path, self.request));
        let module = added.and_then(|path| added::module_of(path, self.request));
        module.map_or_else(|| PREFIX.to_owned(), |name| format!("{ADDED_PREFIX}{name}_"))
    }

    /// Functions that the table of built-in modules names.
    fn kept(&self) -> HashSet<&str> {
        let functions = self.request.extensions.iter();
        functions.filter_map(|extension| extension.variant.init_fn.as_deref()).collect()
    }

    /// An object file with its symbols renamed.
    fn renamed(&self, data: &[u8], names: &Names) -> object::read::Result<Vec<u8>> {
        let shared = self.request.shared;
        let streams = if shared { fixed_streams(data)? } else { HashSet::new() };
        let redirected = |name: &str| {
            let found = REDIRECTED.iter().find(|(from, _)| shared && *from == name);
            found.map(|(_, to)| (*to).to_owned())
        };
        renamed(data, &|name| match names.get(name) {
            Some(prefix) => Some(format!("{prefix}{}", unversioned(name))),
            None if streams.contains(name) => Some(private(name)),
            None => redirected(name),
        })
    }

    /// Writes a static library again.
    fn write_library(
        &self,
        path: &Path,
        data: &[u8],
        target: &Path,
        names: &Names,
    ) -> Result<(), LinkError> {
        let unreadable = |source| LinkError::Unreadable { path: path.to_owned(), source };
        let mut members = Vec::new();
        for member in ArchiveFile::parse(data).map_err(unreadable)?.members() {
            let member = member.map_err(unreadable)?;
            let content = member.data(data).map_err(unreadable)?;
            let content = match symbols::kind(content) == Some(self.kind) {
                true => self.renamed(content, names).map_err(unreadable)?,
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

/// Symbols that are renamed, and what their new names begin with.
type Names = HashMap<String, String>;

/// All symbols that objects and static libraries define for others, those with versions by their plain names, too.
fn defined(files: &[PathBuf], kind: ObjectKind) -> Result<HashSet<String>, LinkError> {
    let mut defined = HashSet::new();
    for path in files {
        let data = fs::read(path)?;
        if data.starts_with(&object::archive::MAGIC) {
            defined.extend(symbols::StaticLibrary::open(path, kind)?.into_defined());
        } else {
            let unreadable = |source| LinkError::Unreadable { path: path.clone(), source };
            defined.extend(Symbols::read(&data).map_err(unreadable)?.defined);
        }
    }
    let versioned = defined.iter().filter(|name| name.contains("@@"));
    let versioned: Vec<String> = versioned.map(|name| unversioned(name)).collect();
    defined.extend(versioned);
    Ok(defined)
}

/// An object file with its symbols renamed: those that `new_name` has a name for, and the definitions of those that are
/// [`REPLACED`].
fn renamed(
    data: &[u8],
    new_name: &dyn Fn(&str) -> Option<String>,
) -> object::read::Result<Vec<u8>> {
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
        let mut strings = section_of_names.data(LittleEndian, data)?.to_vec();
        for (index, symbol) in table.enumerate() {
            let name = symbol.name(LittleEndian, table.strings())?;
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let is_replaced = REPLACED.contains(&name) && !symbol.is_undefined(LittleEndian);
            let new_name = if is_replaced { Some(private(name)) } else { new_name(name) };
            let Some(new_name) = new_name.filter(|_| symbol.st_bind() != STB_LOCAL) else {
                continue;
            };
            let start = section.sh_offset(LittleEndian) as usize + index.0 * SYMBOL_SIZE;
            // `st_name` is the first field of a symbol.
            write_at(&mut result, start, &(strings.len() as u32).to_le_bytes());
            let other = symbol.st_other().with_visibility(STV_HIDDEN);
            write_at(&mut result, start + SYMBOL_OTHER, &[other.0]);
            strings.extend_from_slice(new_name.as_bytes());
            strings.push(0);
        }
        let (offset, size) = (result.len() as u64, strings.len() as u64);
        result.extend(strings);
        let start =
            header.e_shoff(LittleEndian) as usize + table.string_section().0 * SECTION_HEADER_SIZE;
        write_at(&mut result, start + SECTION_OFFSET, &offset.to_le_bytes());
        write_at(&mut result, start + SECTION_OFFSET + size_of::<u64>(), &size.to_le_bytes());
    }
    Ok(result)
}

const SYMBOL_SIZE: usize = size_of::<Sym64<LittleEndian>>();
/// Where `st_other` is in a symbol.
const SYMBOL_OTHER: usize = 5;
const SECTION_HEADER_SIZE: usize = size_of::<SectionHeader64<LittleEndian>>();
/// Where `sh_offset` is in a section's header; `sh_size` follows.
const SECTION_OFFSET: usize = 24;

fn write_at(data: &mut [u8], start: usize, bytes: &[u8]) {
    if let Some(place) = data.get_mut(start..start + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

/// The new name of a symbol.
fn private(name: &str) -> String {
    format!("{PREFIX}{}", unversioned(name))
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
        let new_name = |name: &str| defined.contains(&name).then(|| private(name));
        fs::write(path, renamed(&fs::read(path).unwrap(), &new_name).unwrap()).unwrap();
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
    fn code_for_executables_becomes_part_of_a_shared_library() {
        let folder = tempfile::tempdir().unwrap();
        let source = |name: &str, option: &str, text: &str| {
            let (input, object) =
                (folder.path().join(name), folder.path().join(format!("{name}.o")));
            fs::write(&input, text).unwrap();
            run(Command::new("cc")
                .args(["-x", "c", "-c", "-O1", option, "-o"])
                .args([&object, &input]));
            object
        };
        let tell = "#include <stdio.h>\nextern int helper; int tell(void) { return helper + fputs(\"told\", stderr); }";
        let tell = source("tell", "-fPIE", tell);
        let helper = source("helper", "-fPIE", "int helper = 40;");
        let streams = source("streams", "-fPIC", &streams_source());
        let fixed = fixed_streams(&fs::read(&tell).unwrap()).unwrap();
        assert_eq!(fixed, ["stderr".to_owned()].into());
        for path in [&tell, &helper] {
            let new_name = |name: &str| {
                let is_meant = name == "helper" || fixed.contains(name);
                is_meant.then(|| private(name))
            };
            fs::write(path, renamed(&fs::read(path).unwrap(), &new_name).unwrap()).unwrap();
        }
        let library = folder.path().join("libsome.so");
        let mut link = Command::new("cc");
        run(link.args(["-shared", "-o"]).arg(&library).args([&tell, &helper, &streams]));
        let main = source("main", "-fPIE", "int tell(void); int main(void) { return tell(); }");
        let program = folder.path().join("program");
        run(Command::new("cc").arg("-o").arg(&program).args([&main, &library]));
        let output = Command::new(&program).env("LD_LIBRARY_PATH", folder.path()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "told");
        assert_eq!(output.status.code(), Some(41));
    }

    #[test]
    fn names_with_versions_lose_them() {
        assert_eq!(unversioned("strnunvis@@LIBBSD_0.2"), "strnunvis");
        assert_eq!(unversioned("strnunvis@LIBBSD_0.1"), "strnunvis_LIBBSD_0.1");
        assert_eq!(unversioned("inflate"), "inflate");
    }
}
