//! Finding the packed resources in a finished executable.
//!
//! They lie in one piece in the file, whether a linker has put them there or [`super::inject`], and begin with bytes that
//! nothing else begins with. So no format of executables has to be known.

use std::path::{Path, PathBuf};

use memchr::memmem;
use pyresources::{FormatError, MAGIC, Resources, Role};

use super::elf::SLOT;

/// Why there are no packed resources to be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// The file cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// It was not made by this program.
    #[error("`{path}` is not an executable that PyOxidizer has made", path = path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It is a runtime, or one whose resources cannot be made out any more.
    #[error("`{path}` has no packed resources that can be read", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The resources are damaged.
    #[error("`{path}` is damaged: {source}", path = path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with them.
        source: FormatError,
    },
}

impl FindError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(_) => None,
            Self::Foreign { .. } => {
                Some("give the file that `pyoxidizer build` or `cargo build` has written".into())
            }
            Self::Empty { .. } => Some("it may be a runtime, without an application".into()),
            Self::Damaged { .. } => Some("copy or build it anew".into()),
        }
    }
}

/// Requires that a file is an executable with packed resources, and that these are intact.
///
/// # Errors
///
/// See [`FindError`].
pub fn verify(path: &Path) -> Result<(), FindError> {
    let bytes = fs_err::read(path)?;
    let damaged = |source| FindError::Damaged { path: path.to_owned(), source };
    match find(&bytes) {
        Ok(Some(resources)) => check(&resources).map_err(damaged),
        Ok(None) if memmem::find(&bytes, SLOT).is_some() => {
            Err(FindError::Empty { path: path.to_owned() })
        }
        Ok(None) => Err(FindError::Foreign { path: path.to_owned() }),
        Err(error) => Err(damaged(error)),
    }
}

/// The packed resources in a file; `None` when there are none.
///
/// # Errors
///
/// There is only a part of them, or they are of another version.
fn find(bytes: &[u8]) -> Result<Option<Resources<'_>>, FormatError> {
    let mut partial = None;
    for start in memmem::find_iter(bytes, &MAGIC) {
        let rest = &bytes[start..];
        match Resources::parse(rest) {
            Ok(resources) => return Ok(Some(resources)),
            // The header is intact and says how long they are: something may follow them.
            Err(FormatError::Length { found, expected }) => {
                let length = usize::try_from(expected).ok();
                match length.and_then(|length| rest.get(..length)) {
                    Some(blob) => return Resources::parse(blob).map(Some),
                    None => partial = Some(FormatError::Length { found, expected }),
                }
            }
            // The program itself knows the bytes that they begin with.
            Err(_) => {}
        }
    }
    partial.map_or(Ok(None), Err)
}

/// Reads everything.
fn check(resources: &Resources<'_>) -> Result<(), FormatError> {
    const ROLES: [Role; 8] = [
        Role::Bytecode0,
        Role::Bytecode1,
        Role::Bytecode2,
        Role::Source,
        Role::Contents,
        Role::Extension,
        Role::Dependencies,
        Role::Digest,
    ];
    for entry in resources.entries() {
        let entry = entry?;
        for role in ROLES {
            entry.get(role)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use pyresources::{Kind, Writer};

    use super::*;

    fn verdict(bytes: &[u8]) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app");
        fs_err::write(&path, bytes).unwrap();
        let name = path.display().to_string();
        verify(&path).map_err(|error| error.to_string().replace(&name, "app"))
    }

    fn blob() -> Vec<u8> {
        let mut writer = Writer::new();
        writer.content(Kind::Module, "a", Role::Bytecode0, vec![7; 100]);
        writer.finish().unwrap()
    }

    #[test]
    fn resources_are_found_wherever_they_lie() {
        let blob = blob();
        assert_eq!(verdict(&blob), Ok(()));
        assert_eq!(verdict(&[b"front", &MAGIC[..], b"code", &blob, b"behind"].concat()), Ok(()));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let foreign = "`app` is not an executable that PyOxidizer has made";
        assert_eq!(verdict(b"").unwrap_err(), foreign);
        assert_eq!(verdict(&[b"ELF", &MAGIC[..]].concat()).unwrap_err(), foreign);
        let empty = "`app` has no packed resources that can be read";
        assert_eq!(verdict(&[b"ELF", &SLOT[..]].concat()).unwrap_err(), empty);
        let blob = blob();
        let cut = [b"front", &blob[..blob.len() - 1]].concat();
        assert!(verdict(&cut).unwrap_err().starts_with("`app` is damaged: "));
        let mut changed = blob;
        let last = changed.len() - 1;
        changed[last] ^= 1;
        assert!(verdict(&changed).unwrap_err().starts_with("`app` is damaged: "));
    }
}
