//! Packed resources that a program adds to those of its executable.

use std::path::PathBuf;

use pyresources::Resources;

use crate::{Error, Packed, sys};

/// Packed resources that a program adds to those of its executable: [`PythonConfig::resources`](crate::PythonConfig::resources).
///
/// `pyoxidizer build --resources-only plugins.toml -o plugins.resources` makes them, for one feature release of Python, which has to be
/// the executable's. Modules, packages, metadata and files in them are found as if they were installed, behind the executable's own;
/// they seem to lie in the folder `+NAME` below the executable's path.
///
/// ```no_run
/// # use pyembed::{PackedResources, PythonConfig};
/// # fn main() -> Result<(), pyembed::Error> {
/// let mut config = PythonConfig::packed()?;
/// // A file in the folder of the executable.
/// config.resources.push(PackedResources::from_file("plugins.resources"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PackedResources {
    name: String,
    origin: Origin,
}

/// Where the bytes are.
#[derive(Clone, Debug)]
enum Origin {
    Memory(&'static [u8]),
    File(PathBuf),
}

impl PackedResources {
    /// Resources in memory, such as those of `include_bytes!`, by a name.
    #[must_use]
    pub fn from_static(name: impl Into<String>, bytes: &'static [u8]) -> Self {
        Self { name: name.into(), origin: Origin::Memory(bytes) }
    }

    /// Resources in a file, which is mapped when the interpreter starts; their name is that of the file, without ending. A relative
    /// path starts at the folder of the executable.
    ///
    /// As with the executable's own file, nobody may write to it while the process runs. To replace it, another file is moved to
    /// its place.
    #[must_use]
    pub fn from_file(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, origin: Origin::File(path) }
    }

    /// The same resources by another name. It consists of letters, digits, `_`, `-` and `.`.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What is in them, for Rust code. Python need not run.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, or they are damaged.
    pub fn packed(&self) -> Result<Packed, Error> {
        let damaged = |source| Error::AddedResources { name: self.origin(), source };
        Ok(Packed::of(Resources::parse(self.bytes()?).map_err(damaged)?))
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name, which has to be that of a folder.
    pub(crate) fn checked_name(&self) -> Result<&str, Error> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if !self.name.is_empty() && self.name.bytes().all(is_plain) {
            return Ok(&self.name);
        }
        let problem = "it must consist of letters, digits, `_`, `-` and `.`";
        Err(Error::ResourcesName { name: self.name.clone(), problem })
    }

    /// How errors call them.
    pub(crate) fn origin(&self) -> String {
        match &self.origin {
            Origin::Memory(_) => self.name.clone(),
            Origin::File(path) => path.display().to_string(),
        }
    }

    pub(crate) fn bytes(&self) -> Result<&'static [u8], Error> {
        let path = match &self.origin {
            Origin::Memory(bytes) => return Ok(bytes),
            Origin::File(path) => path,
        };
        let executable = sys::executable_path().map_err(|source| Error::Executable { source })?;
        let path = executable.parent().unwrap_or(&executable).join(path);
        sys::map(&path).map_err(|source| Error::ResourcesFile { path, source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_folders() {
        let resources = PackedResources::from_file("lib/plugins-1.2.resources");
        assert_eq!(resources.checked_name().unwrap(), "plugins-1.2");
        for name in ["", "a/b", "a b", "\u{e4}"] {
            let error = resources.clone().named(name).checked_name().unwrap_err().to_string();
            assert!(error.contains("must consist of letters"), "{error}");
        }
    }
}
