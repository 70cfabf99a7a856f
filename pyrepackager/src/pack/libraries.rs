//! Shared objects: extension modules' files and libraries.

use pyresources::{Kind, Role, Writer};
use xxhash_rust::xxh3::xxh3_128;

use super::{Content, PackError};
use crate::config::resolved::NativeLoad;
use crate::native::Library;

/// Adds what the libraries need, and returns what they contain. With `load = "files"` the contents are beside the
/// executable.
pub(super) fn pack(
    writer: &mut Writer,
    libraries: &[Library],
    load: NativeLoad,
) -> Result<Vec<Content>, PackError> {
    let mut contents = Vec::new();
    for library in libraries {
        let name = library.virtual_path.clone();
        if !library.dependencies.is_empty() || load == NativeLoad::Files {
            // It is read in place, so it stays uncompressed.
            let list = library.dependencies.join("\n").into_bytes();
            writer.content(Kind::SharedLibrary, &name, Role::Dependencies, list);
        }
        if load != NativeLoad::Files {
            let bytes = library.contents()?;
            if load == NativeLoad::Cache {
                let digest = xxh3_128(&bytes).to_le_bytes().to_vec();
                writer.content(Kind::SharedLibrary, &name, Role::Digest, digest);
            }
            let (kind, role) = (Kind::SharedLibrary, Role::Contents);
            contents.push(Content { kind, name, role, bytes });
        }
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use pyresources::Resources;

    use super::*;

    #[test]
    fn a_library_has_its_contents_and_what_comes_before_it() {
        let root = tempfile::tempdir().unwrap();
        fs_err::write(root.path().join("file"), "old").unwrap();
        let library = |path: &str, patched: Option<&str>, dependencies: &[&str]| Library {
            virtual_path: path.to_owned(),
            source: root.path().join("file"),
            patched: patched.map(|text| text.as_bytes().to_vec()),
            dependencies: dependencies.iter().map(|path| (*path).to_owned()).collect(),
        };
        let libraries =
            [library("a.so", None, &[]), library("b.so", Some("new"), &["c.so", "a.so"])];
        let mut writer = Writer::new();
        for content in pack(&mut writer, &libraries, NativeLoad::Memory).unwrap() {
            writer.content(content.kind, content.name, content.role, content.bytes);
        }
        let blob = writer.finish().unwrap();
        let resources = Resources::parse(&blob).unwrap();
        let bytes = |path: &str, role| {
            let entry = resources.find(Kind::SharedLibrary, path).unwrap().unwrap();
            entry.get(role).unwrap().map(|content| content.bytes)
        };
        assert_eq!(bytes("a.so", Role::Contents), Some(&b"old"[..]));
        assert_eq!(bytes("a.so", Role::Dependencies), None);
        assert_eq!(bytes("b.so", Role::Contents), Some(&b"new"[..]));
        assert_eq!(bytes("b.so", Role::Dependencies), Some(&b"c.so\na.so"[..]));
    }
}
