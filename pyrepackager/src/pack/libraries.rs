//! Shared objects: extension modules' files and libraries.

use pyresources::{Kind, Role, Writer};

use super::{Content, PackError};
use crate::native::Library;

/// Adds what the libraries need, and returns what they contain.
pub(super) fn pack(writer: &mut Writer, libraries: &[Library]) -> Result<Vec<Content>, PackError> {
    let contents = libraries.iter().map(|library| {
        if !library.dependencies.is_empty() {
            // It is read in place, so it stays uncompressed.
            let list = library.dependencies.join("\n").into_bytes();
            writer.content(Kind::SharedLibrary, &library.virtual_path, Role::Dependencies, list);
        }
        let bytes = match &library.patched {
            Some(bytes) => bytes.clone(),
            None => fs_err::read(&library.source)?,
        };
        let name = library.virtual_path.clone();
        Ok(Content { kind: Kind::SharedLibrary, name, role: Role::Contents, bytes })
    });
    contents.collect()
}
