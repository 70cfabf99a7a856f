//! Libraries in memory that need one another, as FreeType and HarfBuzz do in some wheels.
//!
//! The loader maps all that a library needs before it looks at symbols, so that one of a cycle can
//! be loaded only when it finds the other ones on its own. These have no names in a folder where it
//! could; but a name with a slash in it is a path. In the copy of a library that goes into memory,
//! the name of one that it needs, and that could not be loaded before, becomes the path of that
//! one's file.

use std::ffi::CString;

use super::bind;
use super::error::LoadError;
use super::library::Library;
use super::place::{Opened, Places};

/// The libraries of a cycle, of which the first one is loaded and the loader finds the others.
pub(super) struct Cycle {
    members: Vec<Member>,
}

struct Member {
    library: String,
    contents: Vec<u8>,
    file: Opened,
}

impl Cycle {
    /// The library whose loading failed.
    pub(super) fn new(places: &mut Places, entry: &Library) -> Result<Self, LoadError> {
        let mut cycle = Self { members: Vec::new() };
        cycle.push(places, entry)?;
        Ok(cycle)
    }

    fn push(&mut self, places: &mut Places, entry: &Library) -> Result<(), LoadError> {
        let mut contents = super::place::contents(entry)?.into_owned();
        let library = entry.name().to_owned();
        if bind::is_necessary() {
            bind::bind(&library, &mut contents)?;
        }
        let file = places.in_memory(&library, &contents)?;
        self.members.push(Member { library, contents, file });
        Ok(())
    }

    /// Adds the library that the loader has not found under `name`, and has it found by the others.
    ///
    /// False when it is there already, or nobody has room for its path: trying again is of no use.
    pub(super) fn add(
        &mut self,
        places: &mut Places,
        entry: &Library,
        name: &str,
    ) -> Result<bool, LoadError> {
        if self.members.iter().any(|member| member.library == entry.name()) {
            return Ok(false);
        }
        self.push(places, entry)?;
        let Some((added, others)) = self.members.split_last_mut() else { return Ok(false) };
        let mut changed = false;
        for member in others {
            if exchange(&mut member.contents, name.as_bytes(), added.file.path.as_bytes()) {
                changed = true;
                member.file.rewrite(&member.library, &member.contents)?;
            }
        }
        Ok(changed)
    }

    /// The path of the first one.
    pub(super) fn path(&self) -> CString {
        self.members.first().map(|member| member.file.path.clone()).unwrap_or_default()
    }

    /// The files of all, the first one's before the others'.
    pub(super) fn files(&self) -> Vec<&Opened> {
        self.members.iter().map(|member| &member.file).collect()
    }

    /// Paths and packed paths, the first one's before the others'.
    pub(super) fn members(&self) -> impl Iterator<Item = (&CString, &str)> {
        self.members.iter().map(|member| (&member.file.path, member.library.as_str()))
    }
}

/// Puts `new` in the place of the string `old` where a library's names are; false when that is not
/// there or too short.
///
/// The section of names comes before those of code and data, so that the first occurrence is the one
/// that the loader reads: as the name of a library that is needed, and as that of the library
/// that symbols' versions belong to.
fn exchange(contents: &mut [u8], old: &[u8], new: &[u8]) -> bool {
    let wanted = [b"\0", old, b"\0"].concat();
    if new.len() > old.len() {
        return false;
    }
    let found = contents.windows(wanted.len()).position(|window| window == wanted);
    let Some(start) = found.map(|position| position + 1) else { return false };
    contents[start..start + old.len()].fill(0);
    contents[start..start + new.len()].copy_from_slice(new);
    true
}

#[cfg(test)]
mod tests {
    use super::exchange;

    #[test]
    fn a_name_is_exchanged_where_it_stands_alone_and_has_room() {
        let mut contents = b"\0xlibab.so.1\0libab.so.1\0libab.so.1\0".to_vec();
        assert!(exchange(&mut contents, b"libab.so.1", b"/fd/3"));
        assert_eq!(contents, b"\0xlibab.so.1\0/fd/3\0\0\0\0\0\0libab.so.1\0");
        assert!(!exchange(&mut contents, b"libab.so.1", b"/much/too/long"));
        assert!(!exchange(&mut contents, b"other.so", b"/x"));
    }
}
