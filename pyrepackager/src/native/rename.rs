//! Different libraries of one SONAME.
//!
//! The dynamic loader takes any library that is loaded already for the one that is needed, if its SONAME is
//! the same. So of several different ones all but one get another name, and those that need them the
//! same change in their `DT_NEEDED` and in the versions that they need. Names are changed in place: the new one
//! is as long as the old one, and no other name that shares its bytes changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::edges::{Edge, Edges};
use super::elf::{self, Names};
use super::error::NativeError;
use super::inspect::Item;
use super::model::Renamed;
use super::system;

/// Characters of a new name.
const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// Fewest characters that may change: with less, a name might not be the only one of its kind.
const FEWEST: usize = 3;

/// Changes of names in the objects, by virtual path: old and new.
pub(super) type Changes = BTreeMap<String, Vec<(String, String)>>;

/// Chooses new names where libraries share one, and says what that changes. Those in `merged` are equal to
/// others, which are used instead.
pub(super) fn rename(
    items: &BTreeMap<String, Item>,
    edges: &Edges,
    merged: &BTreeSet<String>,
) -> Result<(Vec<Renamed>, Changes), NativeError> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut by_name: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, item) in items {
        taken.extend(item.object.needed.iter().chain(&item.object.soname).cloned());
        if let Some(soname) = &item.object.soname
            && !merged.contains(path)
        {
            by_name.entry(soname).or_default().push(path);
        }
    }
    let (mut renamed, mut changes) = (Vec::new(), Changes::new());
    for (soname, paths) in by_name {
        let users = users(soname, edges);
        if users.packed.is_empty() {
            continue;
        }
        let keeps_first = !users.of_system || system::is_one_for_all(soname);
        for path in paths.iter().skip(usize::from(keeps_first)) {
            let dependents = users.packed.get(path).cloned().unwrap_or_default();
            let first = paths.first().filter(|first| *first != path);
            let cannot = || NativeError::Rename {
                soname: soname.to_owned(),
                first: first.map_or("the system's", |first| *first).to_owned(),
                second: (*path).to_owned(),
            };
            let length = editable(soname, path, &dependents, items)?.ok_or_else(cannot)?;
            let contents = Sha256::digest(fs_err::read(&items[*path].source)?);
            let new = new_name(soname, length, path, &contents, &mut taken);
            for changed in dependents.iter().chain([path]) {
                let change = (soname.to_owned(), new.clone());
                changes.entry((*changed).to_owned()).or_default().push(change);
            }
            let (library, from) = ((*path).to_owned(), soname.to_owned());
            renamed.push(Renamed { library, from, to: new });
        }
    }
    renamed.sort_by(|a, b| a.library.cmp(&b.library));
    Ok((renamed, changes))
}

/// Who needs a name.
#[derive(Default)]
struct Users<'a> {
    /// Those that mean a packed library, by its virtual path.
    packed: BTreeMap<&'a str, Vec<&'a str>>,
    /// Whether anybody means the system's.
    of_system: bool,
}

fn users<'a>(soname: &str, edges: &'a Edges) -> Users<'a> {
    let mut users = Users::default();
    for (path, needed) in edges {
        for (name, edge) in needed.iter().filter(|(name, _)| name == soname) {
            match edge {
                Edge::Packed(library) if name == soname => {
                    users.packed.entry(library).or_default().push(path);
                }
                Edge::System => users.of_system = true,
                _ => {}
            }
        }
    }
    users
}

/// How many characters at the beginning of a name can be changed in the library and in all that need
/// it; `None` when too few.
fn editable(
    soname: &str,
    path: &str,
    dependents: &[&str],
    items: &BTreeMap<String, Item>,
) -> Result<Option<usize>, NativeError> {
    if !soname.is_ascii() {
        return Ok(None);
    }
    let mut length = soname.find(".so").unwrap_or(soname.len());
    for object in dependents.iter().chain([&path]) {
        let Some(item) = items.get(*object) else { continue };
        let (data, names) = read(&item.source)?;
        match free_length(&data, &names, soname) {
            Some(free) => length = length.min(free),
            None => return Ok(None),
        }
    }
    Ok((length >= FEWEST).then_some(length))
}

/// How many of the first `length` characters stay as they are, since they say what the file is: `lib`, but in
/// short names such as `libz.so.1`.
fn prefix(soname: &str, length: usize) -> usize {
    if soname.starts_with("lib") && length >= "lib".len() + FEWEST { "lib".len() } else { 0 }
}

/// Where the names of libraries that are `name` lie in the file.
fn places(data: &[u8], names: &Names, name: &str) -> Vec<usize> {
    let strings = data.get(names.section.clone()).unwrap_or_default();
    let is_name = |start: &&usize| {
        let rest = strings.get(**start..).unwrap_or_default();
        rest.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.first() == Some(&0))
    };
    names.libraries.iter().filter(is_name).copied().collect()
}

/// How many characters of `name` no other string shares; `None` when it is the end of another.
fn free_length(data: &[u8], names: &Names, name: &str) -> Option<usize> {
    let strings = data.get(names.section.clone())?;
    let mut free = name.len();
    for place in places(data, names, name) {
        let before = names.starts.range(..place).next_back();
        if before.is_some_and(|start| !strings[*start..place].contains(&0)) {
            return None;
        }
        let inside = names.starts.range(place + 1..place + name.len()).next();
        free = inside.map_or(free, |start| free.min(start - place));
    }
    Some(free)
}

/// A name that nothing else has, the same in every build.
fn new_name(
    soname: &str,
    length: usize,
    path: &str,
    contents: &[u8],
    taken: &mut BTreeSet<String>,
) -> String {
    for attempt in 0_u32.. {
        let mut hash = Sha256::new();
        hash.update(contents);
        hash.update(path);
        hash.update(attempt.to_le_bytes());
        let letters = hash.finalize();
        let letters = letters.iter().cycle().map(|byte| ALPHABET[usize::from(byte % 32)] as char);
        let start = prefix(soname, length);
        let middle: String = letters.take(length - start).collect();
        let new = format!("{}{middle}{}", &soname[..start], &soname[length..]);
        if taken.insert(new.clone()) {
            return new;
        }
    }
    soname.to_owned()
}

/// A file's contents, and where names lie in it.
fn read(path: &Path) -> Result<(Vec<u8>, Names), NativeError> {
    let data = fs_err::read(path)?;
    match elf::names(&data) {
        Ok(names) => Ok((data, names)),
        Err(source) => Err(NativeError::Elf { path: path.to_owned(), source, module: None }),
    }
}

/// The contents of the file at `path` with names changed.
pub(super) fn patch(path: &Path, changes: &[(String, String)]) -> Result<Vec<u8>, NativeError> {
    let (mut data, names) = read(path)?;
    for (old, new) in changes {
        for place in places(&data, &names, old) {
            let start = names.section.start + place;
            data[start..start + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    Ok(data)
}
