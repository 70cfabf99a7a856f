//! The installed files that the dynamic loader reads, and what each of them needs.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;

use super::elf::{Needs, read_needs};
use super::error::BuildError;

/// Interpreter, shared libraries and shared extension modules, by file name.
#[derive(Debug, Default)]
pub(super) struct SharedObjects {
    needs: BTreeMap<String, Needs>,
}

impl SharedObjects {
    /// Reads the files of the folder `install`.
    ///
    /// # Errors
    /// When one of them cannot be read or is damaged.
    pub(super) fn below(install: &Path) -> Result<Self, BuildError> {
        let mut needs = BTreeMap::new();
        for entry in walkdir::WalkDir::new(install) {
            let entry = entry.map_err(std::io::Error::from)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_program = entry.path().parent().and_then(Path::file_name)
                == Some(OsStr::new("bin"))
                && name.starts_with("python");
            let is_library = name.ends_with(".so") || name.contains(".so.");
            if entry.file_type().is_file() && (is_library || is_program && is_elf(entry.path())?) {
                needs.insert(name, read_needs(entry.path())?);
            }
        }
        Ok(Self { needs })
    }

    /// Whether there is a file of this name.
    pub(super) fn contains(&self, file: &str) -> bool {
        self.needs.contains_key(file)
    }

    /// The libraries outside the C library that the file needs, directly or through others here.
    pub(super) fn foreign_libraries(&self, file: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open = vec![file.to_owned()];
        while let Some(name) = open.pop() {
            let needs = self.needs.get(&name).map(Needs::foreign_libraries).unwrap_or_default();
            open.extend(needs.into_iter().filter(|library| found.insert(library.clone())));
        }
        found
    }

    /// The libraries that neither the C library nor these files bring, but for those that only the
    /// file `exempt` needs.
    pub(super) fn missing_libraries(&self, exempt: &str) -> BTreeSet<String> {
        let of_exempt = self.foreign_libraries(exempt);
        let others = self.needs.keys().filter(|name| *name != exempt && !of_exempt.contains(*name));
        let needed = others.flat_map(|name| self.foreign_libraries(name));
        needed.filter(|name| !self.contains(name)).collect()
    }

    /// The newest version of a symbol of glibc that any of the files needs.
    pub(super) fn glibc_version(&self) -> String {
        let newest = self.needs.values().max_by(|a, b| a.glibc.cmp(&b.glibc));
        newest.map(Needs::glibc_version).unwrap_or_default()
    }
}

/// Whether a file is one that the loader reads, and no script.
fn is_elf(path: &Path) -> Result<bool, BuildError> {
    use std::io::Read as _;
    let mut start = Vec::new();
    fs_err::File::open(path)?.take(4).read_to_end(&mut start)?;
    Ok(start == *b"\x7fELF")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(files: &[(&str, &[&str], u32)]) -> SharedObjects {
        let needs = files.iter().map(|(name, libraries, glibc)| {
            let libraries = libraries.iter().map(|library| (*library).to_owned()).collect();
            ((*name).to_owned(), Needs { libraries, glibc: vec![2, *glibc] })
        });
        SharedObjects { needs: needs.collect() }
    }

    #[test]
    fn libraries_are_found_through_others() {
        let objects = objects(&[
            ("_tkinter.so", &["libtk8.6.so", "libc.so.6"], 4),
            ("libtk8.6.so", &["libX11.so.6"], 35),
            ("python3.13", &["libm.so.6"], 9),
        ]);
        let libraries = objects.foreign_libraries("_tkinter.so");
        assert_eq!(libraries.into_iter().collect::<Vec<_>>(), ["libX11.so.6", "libtk8.6.so"]);
        assert!(objects.missing_libraries("_tkinter.so").is_empty());
        assert_eq!(objects.glibc_version(), "2.35");
    }

    #[test]
    fn a_library_that_only_the_machine_has_is_missing() {
        let objects = objects(&[
            ("_tkinter.so", &["libX11.so.6"], 4),
            ("python3.13", &["libz.so.1"], 4),
            ("zlib.so", &["libz.so.1"], 4),
        ]);
        let missing = objects.missing_libraries("_tkinter.so");
        assert_eq!(missing.into_iter().collect::<Vec<_>>(), ["libz.so.1"]);
    }

    #[test]
    fn scripts_beside_the_interpreter_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let bin = folder.path().join("bin");
        fs_err::create_dir(&bin).unwrap();
        fs_err::write(bin.join("python3-config"), "#!/bin/sh\n").unwrap();
        assert!(SharedObjects::below(folder.path()).unwrap().needs.is_empty());
        fs_err::write(folder.path().join("libx.so"), "no library").unwrap();
        assert!(SharedObjects::below(folder.path()).is_err());
    }
}
