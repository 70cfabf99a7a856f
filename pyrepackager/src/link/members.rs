//! Objects that a distribution has only in the static library of its interpreter.
//!
//! Publishers copy the objects of folders that they list. What CPython's build puts elsewhere, such as
//! the code by which 3.15 enters functions that were compiled at run time, is in the library alone. The
//! library as a whole cannot be linked: it has a table of built-in modules of its own.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use fs_err as fs;
use object::read::archive::ArchiveFile;

use super::LinkError;
use crate::cache::Cache;
use crate::config::resolved::Sha256Digest;
use crate::reporter::Reporter;

/// The folder of the cache that holds the objects.
const FOLDER: &str = "native-objects";

/// Unpacks the members of `library` that are not called like one of the objects `known`, into a
/// folder of the cache that is named after the distribution's archive. Returns an empty list if there
/// are none.
pub(super) fn unpack_unknown(
    library: &Path,
    known: &BTreeSet<&OsStr>,
    archive: &Sha256Digest,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<PathBuf>, LinkError> {
    let data = fs::read(library)?;
    let unknown = read_unknown(&data, known)
        .map_err(|source| LinkError::Unreadable { path: library.to_owned(), source })?;
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    let key = format!("libpython-{archive}");
    let folder = cache.folder(FOLDER)?.join(&key);
    let lock = cache.lock(&format!("{FOLDER}-{key}"), reporter)?;
    if !folder.is_dir() {
        let partial = lock.partial_folder(&folder)?;
        for (name, content) in &unknown {
            fs::write(partial.path().join(name), content)?;
        }
        partial.finish()?;
    }
    Ok(unknown.into_iter().map(|(name, _)| folder.join(name)).collect())
}

/// Names and contents of such members.
fn read_unknown<'a>(
    library: &'a [u8],
    known: &BTreeSet<&OsStr>,
) -> object::read::Result<Vec<(&'a str, &'a [u8])>> {
    let mut unknown: Vec<(&str, &[u8])> = Vec::new();
    let archive = ArchiveFile::parse(library)?;
    if archive.is_thin() {
        return Ok(unknown);
    }
    for member in archive.members() {
        let member = member?;
        // A name with a separator could lead out of the folder. Archivers write no such names.
        let Ok(name) = std::str::from_utf8(member.name()) else { continue };
        let is_object = name.ends_with(".o") && !name.contains(['/', '\\']);
        let is_new = unknown.iter().all(|(other, _)| *other != name);
        if is_object && is_new && !known.contains(OsStr::new(name)) {
            unknown.push((name, member.data(library)?));
        }
    }
    Ok(unknown)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{archive, compile};
    use super::*;
    use crate::reporter::Silent;

    #[test]
    fn members_that_lie_nowhere_else_are_unpacked_once() {
        let folder = tempfile::tempdir().unwrap();
        let objects = ["known", "new"]
            .map(|name| compile(folder.path(), name, &format!("int {name}(void) {{ return 1; }}")));
        let library = archive(folder.path(), "python3.15", &objects);
        let cache = Cache::at(folder.path().join("cache"));
        let unpack = |known: &[&str]| {
            let known = known.iter().map(OsStr::new).collect();
            unpack_unknown(&library, &known, &Sha256Digest([7; 32]), &cache, &Silent).unwrap()
        };
        assert_eq!(unpack(&["known.o", "new.o"]), Vec::<PathBuf>::new());
        assert!(!cache.root().exists());
        let unpacked = unpack(&["known.o"]);
        assert_eq!(unpacked, unpack(&["known.o"]));
        assert_eq!(unpacked.len(), 1);
        assert_eq!(fs::read(&unpacked[0]).unwrap(), fs::read(&objects[1]).unwrap());
    }

    #[test]
    fn what_is_no_library_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libpython3.15.a");
        fs::write(&library, "no library").unwrap();
        let cache = Cache::at(folder.path().join("cache"));
        let digest = Sha256Digest([7; 32]);
        let error = unpack_unknown(&library, &BTreeSet::new(), &digest, &cache, &Silent);
        assert!(error.unwrap_err().to_string().contains("libpython3.15.a"));
    }
}
