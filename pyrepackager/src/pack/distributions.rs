//! Which distributions there are: what `importlib.metadata` finds by name.
//!
//! A distribution is known by its metadata folder, `NAME-VERSION.dist-info` or `.egg-info`, whose
//! files are packed like any other. Here its name leads to that folder.

use std::collections::BTreeMap;

use pyresources::Writer;

use super::Content;
use crate::collect::Collected;

/// Endings of metadata folders, and the file that names the project in each.
const METADATA: [(&str, &str); 2] = [(".dist-info", "METADATA"), (".egg-info", "PKG-INFO")];

/// Adds the distributions whose metadata is among `files`; returns what a person should know.
///
/// Where two have one name, the later entry of `[[python_packages]]` wins, as it does for modules.
pub(super) fn pack(writer: &mut Writer, collected: &Collected, files: &[Content]) -> Vec<String> {
    let contents: BTreeMap<&str, &[u8]> =
        files.iter().map(|file| (file.name.as_str(), file.bytes.as_slice())).collect();
    // Folders at the top, with the line of the last entry that provides something in them.
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, file) in &collected.files {
        if let Some((folder, _)) = path.split_once('/') {
            let line = folders.entry(folder).or_default();
            *line = file.origin.line.max(*line);
        }
    }
    let mut found: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    let mut notes = Vec::new();
    for (folder, line) in folders {
        let Some(project) = project(folder, &contents) else { continue };
        let this = (line, folder);
        let other = found.get(&project).copied().unwrap_or(this);
        let (winner, loser) = (this.max(other), this.min(other));
        if winner != loser {
            notes.push(format!(
                "the distribution {project:?} has two metadata folders, {} and {}: the former is \
                 used",
                winner.1, loser.1
            ));
        }
        found.insert(project, winner);
    }
    for (project, (_, folder)) in found {
        writer.distribution(project, folder);
    }
    notes
}

/// The normalised name of the project that a metadata folder is about; `None` when it is no
/// metadata folder.
fn project(folder: &str, files: &BTreeMap<&str, &[u8]>) -> Option<String> {
    let (stem, file) =
        METADATA.iter().find_map(|(ending, file)| Some((folder.strip_suffix(ending)?, file)))?;
    let metadata = files.get(format!("{folder}/{file}").as_str()).copied();
    let name = metadata.and_then(name_header);
    // A folder without that file is still found by its own name.
    let name = name.unwrap_or_else(|| stem.split('-').next().unwrap_or(stem).to_owned());
    Some(normalise(&name))
}

/// The value of the header `Name`; the headers end at the first empty line.
fn name_header(metadata: &[u8]) -> Option<String> {
    let headers = metadata.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let mut headers = headers.take_while(|line| !line.is_empty());
    headers.find_map(|line| {
        let line = String::from_utf8_lossy(line);
        let (key, value) = line.split_once(':')?;
        let value = value.trim();
        (key.eq_ignore_ascii_case("name") && !value.is_empty()).then(|| value.to_owned())
    })
}

/// A project's name as `importlib.metadata` compares it: PEP 503, with `_` for `-`.
fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normal.extend(character.to_lowercase());
        } else if !normal.ends_with('_') {
            normal.push('_');
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_as_by_importlib_metadata() {
        let names = ["Rich", "zope.interface", "a-._B", "my_pkg", "typing-extensions", "-x-"];
        let expected = ["rich", "zope_interface", "a_b", "my_pkg", "typing_extensions", "_x_"];
        assert_eq!(names.map(normalise), expected);
    }

    #[test]
    fn the_name_is_a_header() {
        let metadata = b"Metadata-Version: 2.1\r\nname:  Real.Name \r\n\r\nName: body\r\n";
        assert_eq!(name_header(metadata).as_deref(), Some("Real.Name"));
        assert_eq!(name_header(b"Summary: x\n\nName: body\n"), None);
    }

    #[test]
    fn a_folder_without_metadata_is_known_by_its_own_name() {
        let files = BTreeMap::from([("A.b-1.dist-info/METADATA", &b"Name: Other\n"[..])]);
        assert_eq!(project("A.b-1.dist-info", &files).as_deref(), Some("other"));
        assert_eq!(project("A.b-2.egg-info", &files).as_deref(), Some("a_b"));
        assert_eq!(project("package", &files), None);
    }
}
