//! What the built interpreter needs from the system, read from the executable itself.

use std::collections::BTreeSet;
use std::path::Path;

use fs_err as fs;
use object::elf::{DT_NEEDED, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, read::elf::Dyn};

use super::error::BuildError;

/// What every glibc brings, up to the first dot or dash of the name; `ld` is the loader.
const C_LIBRARY: [&str; 7] = ["ld", "libc", "libdl", "libm", "libpthread", "librt", "libutil"];

/// What an executable needs from the system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needs {
    /// SONAMEs of shared libraries.
    pub(super) libraries: BTreeSet<String>,
    /// The newest `GLIBC_…` symbol version, as numbers.
    pub(super) glibc: Vec<u32>,
}

impl Needs {
    /// The shared libraries that are not part of the C library.
    pub(super) fn foreign_libraries(&self) -> Vec<String> {
        let of_libc = |name: &&String| {
            name.split(['.', '-']).next().is_some_and(|stem| C_LIBRARY.contains(&stem))
        };
        self.libraries.iter().filter(|name| !of_libc(name)).cloned().collect()
    }

    /// The newest `GLIBC_…` symbol version, as text.
    pub(super) fn glibc_version(&self) -> String {
        self.glibc.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
    }
}

/// Reads what the executable `path` needs.
///
/// # Errors
/// When it is not a 64-bit ELF file or is damaged.
pub(super) fn read_needs(path: &Path) -> Result<Needs, BuildError> {
    let data = fs::read(path)?;
    parse_needs(&data).map_err(|error| BuildError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })
}

fn parse_needs(data: &[u8]) -> object::read::Result<Needs> {
    let header = FileHeader64::<Endianness>::parse(data)?;
    let endian = header.endian()?;
    let sections = header.sections(endian, data)?;
    let mut needs = Needs { libraries: BTreeSet::new(), glibc: Vec::new() };

    for section in sections.iter() {
        if let Some((entries, strings)) = section.dynamic(endian, data)? {
            let strings = sections.strings(endian, data, strings)?;
            for entry in entries.iter().filter(|entry| entry.d_tag(endian) == DT_NEEDED) {
                let name = entry.string(endian, strings)?;
                needs.libraries.insert(String::from_utf8_lossy(name).into_owned());
            }
        }
    }
    if let Some((mut needed, strings)) = sections.gnu_verneed(endian, data)? {
        let strings = sections.strings(endian, data, strings)?;
        while let Some((_, mut versions)) = needed.next()? {
            while let Some(version) = versions.next()? {
                let name = String::from_utf8_lossy(version.name(endian, strings)?).into_owned();
                needs.glibc = needs.glibc.max(glibc_version(&name));
            }
        }
    }
    Ok(needs)
}

/// The numbers of `GLIBC_2.34`; empty for other names, which sorts first.
fn glibc_version(name: &str) -> Vec<u32> {
    let numbers = name.strip_prefix("GLIBC_").unwrap_or_default();
    numbers.split('.').map_while(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(glibc_version("GLIBC_2.34") > glibc_version("GLIBC_2.4"));
        assert!(glibc_version("GLIBC_PRIVATE").is_empty());
    }

    #[test]
    fn only_libraries_outside_the_c_library_are_foreign() {
        let names = ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2", "libz.so.1"];
        let libraries = names.map(str::to_owned).into();
        let needs = Needs { libraries, glibc: vec![2, 36] };
        assert_eq!(needs.foreign_libraries(), ["libz.so.1"]);
        assert_eq!(needs.glibc_version(), "2.36");
    }

    #[test]
    fn what_is_not_an_executable_is_an_error() {
        assert!(parse_needs(b"#!/bin/sh\n").is_err());
    }
}
