//! The versions of symbols that an object defines and asks for, above all of glibc's.

use std::collections::BTreeSet;

use object::elf;
use object::read::elf::Sym;

use super::image::Image;
use super::{Result, text};
use crate::native::glibc::Glibc;

/// What a shared object or an executable asks of glibc.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Requirement {
    /// The oldest version that has it.
    pub version: Glibc,
    /// The symbols that older versions lack, sorted; none when it is the format of the file that they lack.
    pub symbols: Vec<String>,
}

/// What a shared object or an executable asks of glibc, and which symbols that is for.
///
/// # Errors
///
/// See [`super::ElfError`].
pub fn requirement(data: &[u8]) -> Result<Option<Requirement>> {
    let image = Image::parse(data)?;
    let Some(version) = newest_glibc(&image)? else { return Ok(None) };
    let mut numbers = BTreeSet::new();
    for needed in needed_versions(&image)? {
        if Glibc::parse(&text(&image, needed.name)?).as_ref() == Some(&version) {
            numbers.insert(needed.number);
        }
    }
    let mut symbols = BTreeSet::new();
    if let Some(table) = image.table(elf::DT_VERSYM, "the table of symbols' versions")? {
        for (index, symbol) in image.symbols()?.iter().enumerate() {
            let number = image.at::<elf::Versym<_>>(table.start, index * size_of::<u16>())?;
            // The highest bit hides a symbol that is defined.
            if numbers.contains(&(number.0.get(image.endian).0 & elf::VERSYM_VERSION)) {
                symbols.insert(text(&image, symbol.st_name(image.endian) as usize)?);
            }
        }
    }
    Ok(Some(Requirement { version, symbols: symbols.into_iter().collect() }))
}

/// The newest `GLIBC_…` version that a symbol asks for.
pub(super) fn newest_glibc(image: &Image<'_>) -> Result<Option<Glibc>> {
    let mut newest = None;
    for version in needed_versions(image)? {
        // The loader goes on without a version that is marked so.
        if version.is_weak {
            continue;
        }
        newest = newest.max(Glibc::parse(&text(image, version.name)?));
    }
    Ok(newest)
}

/// Where the names of the versions lie that an object defines.
pub(super) fn defined_versions(image: &Image<'_>) -> Result<Vec<usize>> {
    let mut names = Vec::new();
    let Some(table) = image.table(elf::DT_VERDEF, "the table of its versions")? else {
        return Ok(names);
    };
    let mut place = 0;
    loop {
        let version = image.at::<elf::Verdef<_>>(table.start, place)?;
        let mut inner = place.saturating_add(version.vd_aux.get(image.endian) as usize);
        for _ in 0..version.vd_cnt.get(image.endian) {
            let name = image.at::<elf::Verdaux<_>>(table.start, inner)?;
            names.push(name.vda_name.get(image.endian) as usize);
            inner = inner.saturating_add(name.vda_next.get(image.endian) as usize);
        }
        match version.vd_next.get(image.endian) {
            0 => return Ok(names),
            next => place = place.saturating_add(next as usize),
        }
    }
}

/// A version that symbols ask for.
pub(super) struct NeededVersion {
    /// Where the name of the library lies that has it.
    pub file: usize,
    /// Where its own name lies.
    pub name: usize,
    /// Its number among the object's versions.
    pub number: u16,
    /// Whether it is marked as one that the loader can go on without.
    pub is_weak: bool,
}

/// The versions that an object's symbols ask for.
pub(super) fn needed_versions(image: &Image<'_>) -> Result<Vec<NeededVersion>> {
    let mut names = Vec::new();
    let Some(table) = image.table(elf::DT_VERNEED, "the table of needed versions")? else {
        return Ok(names);
    };
    let mut place = 0;
    loop {
        let file = image.at::<elf::Verneed<_>>(table.start, place)?;
        let library = file.vn_file.get(image.endian) as usize;
        let mut inner = place.saturating_add(file.vn_aux.get(image.endian) as usize);
        for _ in 0..file.vn_cnt.get(image.endian) {
            let version = image.at::<elf::Vernaux<_>>(table.start, inner)?;
            names.push(NeededVersion {
                file: library,
                name: version.vna_name.get(image.endian) as usize,
                is_weak: version.vna_flags.get(image.endian).contains(elf::VER_FLG_WEAK),
                number: version.vna_other.get(image.endian).0 & elf::VERSYM_VERSION,
            });
            inner = inner.saturating_add(version.vna_next.get(image.endian) as usize);
        }
        match file.vn_next.get(image.endian) {
            0 => return Ok(names),
            next => place = place.saturating_add(next as usize),
        }
    }
}
