//! Writes all that is packed as files, in the way in which CPython finds them in folders.
//!
//! Modules become `.pyc` files. Where source is packed, that is a `.py` file, and the bytecode lies below `__pycache__`,
//! marked as not to be compared with the source; else the `.pyc` file takes the place of the source, as CPython allows.
//! Files, metadata of distributions and shared libraries lie under their virtual paths. What only the executable has
//! a use for, import system, settings and build record, is in the folder [`OWN_FOLDER`].

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use fs_err as fs;
use pyresources::{Entry, Kind, ModuleKind, Resources, Role, setting};

use super::{BuildRecord, Executable, InspectError};

/// The folder of what is neither module nor file.
pub const OWN_FOLDER: &str = ".pyoxidizer";

/// Longest name of a file on Linux, in bytes.
const LONGEST: usize = 255;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// The folder.
    pub folder: PathBuf,
    /// Modules with bytecode or source.
    pub modules: usize,
    /// Of these, modules with source.
    pub sources: usize,
    /// Files that are no modules, metadata included.
    pub files: usize,
    /// Shared libraries.
    pub libraries: usize,
    /// Shared libraries whose contents are not in the executable but in a folder beside it.
    pub beside: usize,
    /// Bytes of all files.
    pub bytes: u64,
}

/// Writes all that is packed in `executable` into `folder`, which is made, or is there and empty.
///
/// The folder is filled as a whole: when something fails, it is as it was.
///
/// # Errors
///
/// The folder is not empty or cannot be written; the executable is damaged, or a name in it cannot be that of a file
/// below the folder.
pub fn extract(executable: &Executable, folder: &Path) -> Result<Extracted, InspectError> {
    let resources = executable.resources()?;
    let Some(record) = executable.record(&resources)? else {
        return Err(InspectError::NoRecord { path: executable.path().to_owned() });
    };
    check_empty(folder)?;
    let parent = folder.parent().filter(|path| !path.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    // It goes away by itself, whatever happens.
    let scratch = tempfile::Builder::new().prefix(".pyoxidizer-").tempdir_in(parent)?;
    let root = scratch.path().join("new");
    fs::create_dir(&root)?;
    let level = resources.setting(setting::OPTIMIZE_LEVEL).map_err(|e| executable.damaged(e))?;
    let level = level.and_then(|level| level.first()).map_or(0, |digit| digit.wrapping_sub(b'0'));
    let mut writer = Writer {
        executable,
        record: &record,
        level,
        root,
        written: BTreeSet::new(),
        extracted: Extracted { folder: folder.to_owned(), ..Extracted::default() },
    };
    writer.all(&resources)?;
    let Writer { root, extracted, .. } = writer;
    // A folder may take the place of an empty one.
    fs::rename(root, folder)?;
    Ok(extracted)
}

fn check_empty(folder: &Path) -> Result<(), InspectError> {
    match fs::read_dir(folder).map(|mut entries| entries.next()) {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(InspectError::NotEmpty { path: folder.to_owned() }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

struct Writer<'a> {
    executable: &'a Executable,
    record: &'a BuildRecord,
    /// The level of optimisation that the executable runs with.
    level: u8,
    root: PathBuf,
    written: BTreeSet<String>,
    extracted: Extracted,
}

impl Writer<'_> {
    fn all(&mut self, resources: &Resources<'_>) -> Result<(), InspectError> {
        for entry in resources.entries() {
            let entry = entry.map_err(|error| self.executable.damaged(error))?;
            match entry.kind() {
                Kind::Module => self.module(&entry)?,
                Kind::File => {
                    self.extracted.files += 1;
                    self.content(&entry, Role::Contents, entry.name().to_owned())?;
                }
                Kind::SharedLibrary if entry.has(Role::Contents) => {
                    self.extracted.libraries += 1;
                    self.content(&entry, Role::Contents, entry.name().to_owned())?;
                }
                Kind::SharedLibrary => self.extracted.beside += 1,
                // The files of the metadata folder are among the files.
                Kind::Distribution => {}
                Kind::Bootstrap | Kind::Setting | Kind::Report => self.own(&entry)?,
            }
        }
        Ok(())
    }

    fn module(&mut self, entry: &Entry<'_>) -> Result<(), InspectError> {
        let path = entry.name();
        if path.split('/').any(|part| !is_file_name(part)) {
            return Err(self.bad_name(path));
        }
        let (folder, stem) = match entry.module_kind() {
            ModuleKind::Namespace => return self.folder(path),
            ModuleKind::Package => (path, "__init__"),
            ModuleKind::Module | ModuleKind::Script => path.rsplit_once('/').unwrap_or(("", path)),
        };
        let is_script = entry.module_kind() == ModuleKind::Script;
        let file = if is_script { stem.to_owned() } else { format!("{stem}.py") };
        let stem = if is_script { stem.strip_suffix(".py").unwrap_or(stem) } else { stem };
        let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let has_source = entry.has(Role::Source);
        let levels = Role::ALL[..3].iter().filter(|role| entry.has(**role)).count();
        if has_source {
            self.extracted.sources += 1;
            self.content(entry, Role::Source, format!("{folder}{file}"))?;
            for level in 0..=2 {
                let Some(role) = Role::bytecode(level) else { continue };
                let level = if level == 0 { String::new() } else { format!(".opt-{level}") };
                let tag = &self.record.cache_tag;
                let path = format!("{folder}__pycache__/{stem}.{tag}{level}.pyc");
                self.bytecode(entry, role, path, Header::Unchecked)?;
            }
        } else if let Some(role) = self.nearest_level(entry) {
            let path = format!("{folder}{stem}.pyc");
            self.bytecode(entry, role, path, Header::Sourceless)?;
        }
        self.extracted.modules += usize::from(has_source || levels > 0);
        Ok(())
    }

    /// The bytecode that the executable runs.
    fn nearest_level(&self, entry: &Entry<'_>) -> Option<Role> {
        let levels = (0..=2).filter_map(|level| Some((level, Role::bytecode(level)?)));
        let there = levels.filter(|(_, role)| entry.has(*role));
        there.min_by_key(|(level, _)| self.level.abs_diff(*level)).map(|(_, role)| role)
    }

    fn bytecode(
        &mut self,
        entry: &Entry<'_>,
        role: Role,
        path: String,
        header: Header,
    ) -> Result<(), InspectError> {
        let Some(code) = self.executable.unpacked(entry, role)? else { return Ok(()) };
        let mut bytes = header.bytes(self.record.bytecode_magic);
        bytes.extend_from_slice(&code);
        self.write(path, &bytes)
    }

    /// What is neither module nor file.
    fn own(&mut self, entry: &Entry<'_>) -> Result<(), InspectError> {
        let name = entry.name();
        match entry.kind() {
            Kind::Bootstrap => {
                let path = format!("{OWN_FOLDER}/import_system/{name}.pyc");
                self.bytecode(entry, Role::Bytecode0, path, Header::Sourceless)
            }
            Kind::Setting => {
                self.content(entry, Role::Contents, format!("{OWN_FOLDER}/settings/{name}"))
            }
            _ => self.content(entry, Role::Contents, format!("{OWN_FOLDER}/{name}")),
        }
    }

    fn content(&mut self, entry: &Entry<'_>, role: Role, path: String) -> Result<(), InspectError> {
        match self.executable.unpacked(entry, role)? {
            Some(bytes) => self.write(path, &bytes),
            None => Ok(()),
        }
    }

    fn write(&mut self, path: String, bytes: &[u8]) -> Result<(), InspectError> {
        if path.split('/').any(|part| !is_file_name(part)) {
            return Err(self.bad_name(&path));
        }
        let file = self.root.join(&path);
        if !self.written.insert(path.clone()) {
            return Err(InspectError::Twice {
                path: self.executable.path().to_owned(),
                name: path,
            });
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, bytes)?;
        self.extracted.bytes += bytes.len() as u64;
        Ok(())
    }

    fn folder(&self, path: &str) -> Result<(), InspectError> {
        Ok(fs::create_dir_all(self.root.join(path))?)
    }

    fn bad_name(&self, name: &str) -> InspectError {
        InspectError::Name { path: self.executable.path().to_owned(), name: name.to_owned() }
    }
}

/// Whether a part of a path names a file or folder in the folder that it stands in.
fn is_file_name(part: &str) -> bool {
    const FORBIDDEN: &[char] = if cfg!(windows) { &['/', '\0', '\\', ':'] } else { &['/', '\0'] };
    !matches!(part, "" | "." | "..") && part.len() <= LONGEST && !part.contains(FORBIDDEN)
}

/// How a `.pyc` file begins, behind the magic number (PEP 552).
#[derive(Clone, Copy)]
enum Header {
    /// Without a source: nothing is compared.
    Sourceless,
    /// With a source that it is not compared with: bit 0 of the flags, without bit 1.
    Unchecked,
}

impl Header {
    fn bytes(self, magic: [u8; 4]) -> Vec<u8> {
        let flags: u32 = match self {
            Self::Sourceless => 0,
            Self::Unchecked => 1,
        };
        let mut bytes = magic.to_vec();
        bytes.extend(flags.to_le_bytes());
        // Time and size, or hash, of the source.
        bytes.extend([0; 8]);
        bytes
    }
}

#[cfg(test)]
mod tests;
