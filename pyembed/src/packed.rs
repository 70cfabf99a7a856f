//! What is packed into an executable, for Rust code: files, modules, and metadata of packages, without Python.
//!
//! Nothing here starts the interpreter or needs it. All of it works on any thread, before the start, after the end, and in
//! programs that never start Python.
//!
//! ```no_run
//! # fn main() -> Result<(), pyembed::packed::PackedError> {
//! let packed = pyembed::Packed::of_executable()?;
//! if let Some(words) = packed.file("share/words.txt")? {
//!     println!("{} bytes", words.len());
//! }
//! let table = format!("{}/report/table.json", packed.site_packages()?);
//! let table = packed.file(&table)?;
//! # let _ = table;
//! # Ok(())
//! # }
//! ```
//!
//! Paths are relative to where what is packed seems to lie, the executable's own path, with `/` between components:
//! `share/words.txt`, `report.py`, `lib/python3.13/site-packages/rich/__init__.py`. See [`pyresources::install`] and
//! `docs/python_inside.rst`. What is stored as it is comes as a slice of the executable; what is compressed is unpacked at each
//! call. Each answer is verified by the checksums of the format.

use std::borrow::Cow;
use std::fmt;
use std::io;

use pyresources::{
    Content, Entry, FormatError, Kind, ModuleKind, Resources, Role, install, setting,
};

use crate::{resources, tree};

/// What is packed into an executable, or into a blob that `pyoxidizer build --resources-only` has made.
#[derive(Clone, Copy)]
pub struct Packed {
    resources: Resources<'static>,
}

/// A packed Python module, or a package's own code.
#[derive(Clone, Copy)]
pub struct Module {
    entry: Entry<'static>,
}

/// What lies in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name there.
    pub name: String,
    /// Whether it is a folder, not a file.
    pub is_folder: bool,
}

/// Why packed resources cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackedError {
    /// Nothing is packed into the executable.
    #[error("nothing is packed into this executable")]
    Nothing,
    /// They are damaged, or no packed resources.
    #[error("packed resources cannot be read: {source}")]
    Format {
        /// What is wrong.
        source: FormatError,
    },
    /// The compressed bytes of a file or module cannot be unpacked.
    #[error("`{path}` among packed resources cannot be unpacked: {source}")]
    Unpack {
        /// Its packed path; of a module, without the ending.
        path: String,
        /// What is wrong.
        source: io::Error,
    },
}

impl From<FormatError> for PackedError {
    fn from(source: FormatError) -> Self {
        Self::Format { source }
    }
}

impl Packed {
    /// What this executable has.
    ///
    /// # Errors
    ///
    /// [`PackedError::Nothing`] when nothing is packed into it, [`PackedError::Format`] when it is damaged.
    pub fn of_executable() -> Result<Self, PackedError> {
        match resources::packed() {
            Ok(resources) => Ok(Self { resources: *resources }),
            Err(_) if resources::is_empty() => Err(PackedError::Nothing),
            Err(source) => Err(source.into()),
        }
    }

    /// What a blob has that `pyoxidizer build --resources-only` has made, of which the whole is given.
    ///
    /// # Errors
    ///
    /// [`PackedError::Format`] when it is none, or damaged.
    pub fn parse(blob: &'static [u8]) -> Result<Self, PackedError> {
        Ok(Self { resources: Resources::parse(blob)? })
    }

    pub(crate) fn of(resources: Resources<'static>) -> Self {
        Self { resources }
    }

    /// The contents of the file at a path; `None` when there is no such file. Where source is packed, that of a module is the
    /// file that it was.
    ///
    /// # Errors
    ///
    /// When what is packed is damaged.
    pub fn file(&self, path: &str) -> Result<Option<Cow<'static, [u8]>>, PackedError> {
        let Some((entry, role)) = tree::file_entry(&self.resources, path)? else { return Ok(None) };
        contents(&entry, role)
    }

    /// The number of bytes of the file at a path, without a look at them; `None` when there is no such file.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn size(&self, path: &str) -> Result<Option<u64>, PackedError> {
        let Some((entry, role)) = tree::file_entry(&self.resources, path)? else { return Ok(None) };
        Ok(entry.length(role)?)
    }

    /// The files and folders in a folder, sorted by name; `None` when there is no such folder. The empty path is the topmost
    /// folder.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn folder(&self, path: &str) -> Result<Option<Vec<Item>>, PackedError> {
        if !tree::is_folder(&self.resources, path)? {
            return Ok(None);
        }
        let children = tree::children(&self.resources, path)?.into_iter();
        let item = |(name, node): (Cow<'_, str>, tree::Node)| Item {
            name: name.into_owned(),
            is_folder: node == tree::Node::Folder,
        };
        Ok(Some(children.map(item).collect()))
    }

    /// The paths of all files in a folder and those in it, sorted; none when there is no such folder.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn files(&self, folder: &str) -> Result<Vec<String>, PackedError> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for item in self.folder(&folder)?.unwrap_or_default() {
                let path = tree::join(&folder, &item.name);
                if item.is_folder { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        Ok(files)
    }

    /// The path of the folder of installed packages: `lib/python3.13/site-packages`.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn site_packages(&self) -> Result<String, PackedError> {
        Ok(format!("{}/{}", self.stdlib()?, install::SITE_PACKAGES))
    }

    /// The module that `import` finds by this name among what is packed here, such as `json.decoder`; `None` when there is none, or it
    /// is an extension module.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn module(&self, name: &str) -> Result<Option<Module>, PackedError> {
        let below = name.replace('.', "/");
        let stdlib = self.stdlib()?;
        for folder in [String::new(), stdlib.clone(), tree::join(&stdlib, install::SITE_PACKAGES)] {
            let entry = self.resources.module(&tree::join(&folder, &below))?;
            if let Some(entry) = entry.filter(tree::is_importable) {
                return Ok((!entry.has(Role::Extension)).then_some(Module { entry }));
            }
        }
        Ok(None)
    }

    /// The normalized names of the packed distributions (what is installed by one name), sorted: `jaraco_text` for `jaraco.text`.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn distributions(&self) -> Result<Vec<&'static str>, PackedError> {
        let entries = self.resources.below(Kind::Distribution, "");
        entries.map(|entry| Ok(entry?.name())).collect()
    }

    /// A file of a distribution's metadata, such as `METADATA` or `entry_points.txt`; `None` when there is no such distribution or file.
    /// The name may be written in any way that `pip` takes.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn metadata(
        &self,
        distribution: &str,
        file: &str,
    ) -> Result<Option<Cow<'static, [u8]>>, PackedError> {
        let name = normalized(distribution);
        let Some(entry) = self.resources.find(Kind::Distribution, &name)? else { return Ok(None) };
        self.file(&tree::join(&tree::metadata_folder(&entry)?, file))
    }

    /// The path of the folder of the standard library.
    fn stdlib(&self) -> Result<String, PackedError> {
        let folder = self.resources.setting(setting::STDLIB)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(folder).into_owned())
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packed").finish_non_exhaustive()
    }
}

impl Module {
    /// The path of the module's file: `lib/python3.13/json/__init__.py`.
    #[must_use]
    pub fn path(&self) -> String {
        tree::module_file(self.entry.name().to_owned(), self.entry.module_kind())
    }

    /// Whether it is a package.
    #[must_use]
    pub fn is_package(&self) -> bool {
        self.entry.module_kind() == ModuleKind::Package
    }

    /// Its source, as it was in its file; `None` where only bytecode is packed.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn source(&self) -> Result<Option<Cow<'static, [u8]>>, PackedError> {
        contents(&self.entry, Role::Source)
    }

    /// Its code, as Python's `marshal` writes it, for the packed release of CPython, without the header of a `.pyc` file; of the optimization level
    /// that is packed (`optimize_level` in the TOML file). `None` where only source is packed.
    ///
    /// # Errors
    ///
    /// As [`Packed::file`].
    pub fn bytecode(&self) -> Result<Option<Cow<'static, [u8]>>, PackedError> {
        let Some(content) = self.entry.bytecode(0)? else { return Ok(None) };
        unpacked(&self.entry, &content).map(Some)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Module").field("path", &self.path()).finish_non_exhaustive()
    }
}

/// The byte string of an entry with this role.
fn contents(entry: &Entry<'static>, role: Role) -> Result<Option<Cow<'static, [u8]>>, PackedError> {
    let Some(content) = entry.get(role)? else { return Ok(None) };
    unpacked(entry, &content).map(Some)
}

fn unpacked(
    entry: &Entry<'static>,
    content: &Content<'static>,
) -> Result<Cow<'static, [u8]>, PackedError> {
    resources::unpack(content)
        .map_err(|source| PackedError::Unpack { path: entry.name().to_owned(), source })
}

/// A distribution's name as [`Kind::Distribution`] has it.
fn normalized(name: &str) -> String {
    let parts = name.split(['-', '_', '.']).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("_").to_lowercase()
}

#[cfg(test)]
mod tests {
    use pyresources::{Encoding, Writer};
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn sample() -> &'static mut [u8] {
        let mut writer = Writer::new();
        writer.setting(setting::STDLIB, "lib/python3.13");
        writer.file("share/words.txt", b"words".to_vec());
        let site = |path: &str| format!("lib/python3.13/site-packages/{path}");
        writer.module(site("p"), ModuleKind::Package);
        writer.content(Kind::Module, site("p"), Role::Bytecode1, b"code".to_vec());
        writer.content(Kind::Module, site("p/m"), Role::Source, b"pass".to_vec());
        writer.file(site("p/data.json"), b"{}".to_vec());
        writer.file(site("Some_Thing-1.dist-info/METADATA"), b"Name: Some.Thing".to_vec());
        writer.distribution("some_thing", site("Some_Thing-1.dist-info"));
        let zeros = compress_to_vec(&[0_u8; 5000][..], CompressionLevel::Fastest);
        let (kind, role, encoding) = (Kind::File, Role::Contents, Encoding::Zstd);
        writer.content_encoded(kind, "zeros", role, encoding, zeros, 5000);
        writer.finish().unwrap().leak()
    }

    #[test]
    fn files_are_borrowed_or_unpacked() {
        let packed = Packed::parse(sample()).unwrap();
        let words = packed.file("share/words.txt").unwrap().unwrap();
        assert!(matches!(words, Cow::Borrowed(b"words")));
        assert_eq!(packed.file("zeros").unwrap().unwrap(), vec![0; 5000]);
        assert_eq!(packed.size("zeros").unwrap(), Some(5000));
        for absent in ["", "share", "share/words", "/share/words.txt"] {
            assert_eq!(packed.file(absent).unwrap(), None, "{absent}");
        }
        let source = packed.file("lib/python3.13/site-packages/p/m.py").unwrap();
        assert_eq!(source.as_deref(), Some(&b"pass"[..]));
    }

    #[test]
    fn folders_list_what_lies_in_them() {
        let packed = Packed::parse(sample()).unwrap();
        let top = packed.folder("").unwrap().unwrap();
        let top: Vec<_> = top.iter().map(|item| (&*item.name, item.is_folder)).collect();
        assert_eq!(top, [("lib", true), ("share", true), ("zeros", false)]);
        assert_eq!(packed.folder("zeros").unwrap(), None);
        let site = packed.site_packages().unwrap();
        let files = ["Some_Thing-1.dist-info/METADATA", "p/data.json", "p/m.py"];
        assert_eq!(packed.files(&site).unwrap(), files.map(|file| format!("{site}/{file}")));
    }

    #[test]
    fn modules_are_found_by_name() {
        let packed = Packed::parse(sample()).unwrap();
        let package = packed.module("p").unwrap().unwrap();
        assert!(package.is_package());
        assert_eq!(package.path(), "lib/python3.13/site-packages/p/__init__.py");
        assert_eq!(package.bytecode().unwrap().as_deref(), Some(&b"code"[..]));
        assert_eq!(package.source().unwrap(), None);
        let module = packed.module("p.m").unwrap().unwrap();
        assert_eq!(module.source().unwrap().as_deref(), Some(&b"pass"[..]));
        assert!(packed.module("p.absent").unwrap().is_none());
    }

    #[test]
    fn metadata_is_found_however_the_name_is_written() {
        let packed = Packed::parse(sample()).unwrap();
        assert_eq!(packed.distributions().unwrap(), ["some_thing"]);
        let metadata = packed.metadata("Some.-Thing", "METADATA").unwrap();
        assert_eq!(metadata.as_deref(), Some(&b"Name: Some.Thing"[..]));
        assert_eq!(packed.metadata("other", "METADATA").unwrap(), None);
    }

    #[test]
    fn damage_is_an_error() {
        let bytes = sample();
        let words = bytes.windows(5).rposition(|five| five == b"words").unwrap();
        bytes[words] ^= 1;
        let packed = Packed::parse(bytes).unwrap();
        let error = packed.file("share/words.txt").unwrap_err().to_string();
        assert!(error.contains("the content of entry"), "{error}");
        let error = Packed::parse(b"PK").unwrap_err().to_string();
        assert!(error.contains("have no room for a header"), "{error}");
    }
}
