//! Which Python distributions are among the collected files: their names, versions and files.
//!
//! A distribution is known by its metadata folder, `NAME-VERSION.dist-info` or `.egg-info`.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Collected, DataFile, ModuleKind};

/// Endings of metadata folders, and the file that names the project in each.
const METADATA: [(&str, &str); 2] = [(".dist-info", "METADATA"), (".egg-info", "PKG-INFO")];

/// A distribution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistributionInfo {
    /// Name as `importlib.metadata` compares it: PEP 503, with `_` for `-`.
    pub project: String,
    /// Name as its author writes it.
    pub name: String,
    /// Version; empty when its metadata names none.
    pub version: String,
    /// Its metadata folder, a name at the top.
    pub folder: String,
    /// Line of the last entry of `[[python_packages]]` that provides something in that folder.
    pub line: usize,
}

/// The distributions whose metadata is among `files`, by the name of the folder.
pub fn distributions(files: &BTreeMap<String, DataFile>) -> Vec<DistributionInfo> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, file) in files {
        if let Some((folder, _)) = path.split_once('/')
            && METADATA.iter().any(|(ending, _)| folder.ends_with(ending))
        {
            let line = folders.entry(folder).or_default();
            *line = file.origin.line.max(*line);
        }
    }
    folders.into_iter().filter_map(|(folder, line)| info(folder, line, files)).collect()
}

fn info(folder: &str, line: usize, files: &BTreeMap<String, DataFile>) -> Option<DistributionInfo> {
    let (stem, file) =
        METADATA.iter().find_map(|(ending, file)| Some((folder.strip_suffix(ending)?, file)))?;
    // A folder without that file is still found by its own name.
    let (own_name, own_version) = stem.split_once('-').unwrap_or((stem, ""));
    let metadata = files.get(&format!("{folder}/{file}"));
    let metadata = metadata.and_then(|file| fs_err::read(&file.source).ok()).unwrap_or_default();
    let name = header(&metadata, "name").unwrap_or_else(|| own_name.to_owned());
    Some(DistributionInfo {
        project: normalise(&name),
        name,
        version: header(&metadata, "version").unwrap_or_else(|| own_version.to_owned()),
        folder: folder.to_owned(),
        line,
    })
}

/// The value of a header; the headers end at the first empty line.
fn header(metadata: &[u8], wanted: &str) -> Option<String> {
    let headers = metadata.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let mut headers = headers.take_while(|line| !line.is_empty());
    headers.find_map(|line| {
        let line = String::from_utf8_lossy(line);
        let (key, value) = line.split_once(':')?;
        let value = value.trim();
        (key.eq_ignore_ascii_case(wanted) && !value.is_empty()).then(|| value.to_owned())
    })
}

fn normalise(name: &str) -> String {
    crate::wheel::name::normalise(name).replace('-', "_")
}

/// Removes from `collected` the distributions that `later` brings too, so that nothing of the
/// replaced one is mixed with the other; returns what a person should know.
pub fn replace(collected: &mut Collected, later: &Collected) -> Vec<String> {
    let mut notes = Vec::new();
    let earlier = distributions(&collected.files);
    for new in distributions(&later.files) {
        for old in earlier.iter().filter(|old| old.project == new.project) {
            remove(collected, old);
            if old.version != new.version {
                notes.push(format!(
                    "{} {} of [[python_packages]] at line {} is used, not {} of line {}: the last entry \
                     wins; change their order to choose the other",
                    new.name, new.version, new.line, old.version, old.line
                ));
            }
        }
    }
    notes
}

/// Removes what the distribution's `RECORD` lists, and the metadata itself.
fn remove(collected: &mut Collected, distribution: &DistributionInfo) {
    let record = collected.files.get(&format!("{}/RECORD", distribution.folder));
    let bytes = record.and_then(|file| fs_err::read(&file.source).ok()).unwrap_or_default();
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&*bytes);
    let rows = reader.records().flatten();
    let listed: BTreeSet<String> = rows.filter_map(|row| row.get(0).map(str::to_owned)).collect();
    let metadata = format!("{}/", distribution.folder);
    collected.files.retain(|path, _| !listed.contains(path) && !path.starts_with(&metadata));
    collected.modules.retain(|_, module| {
        module.kind == ModuleKind::Namespace || !listed.contains(&module.virtual_path)
    });
    remove_empty_namespaces(collected);
}

/// Removes the namespace packages in which no module is left.
fn remove_empty_namespaces(collected: &mut Collected) {
    let mut needed = BTreeSet::new();
    for module in collected.modules.values() {
        if module.kind != ModuleKind::Namespace {
            let name = &module.name;
            needed.extend(name.match_indices('.').map(|(dot, _)| name[..dot].to_owned()));
        }
    }
    collected
        .modules
        .retain(|name, module| module.kind != ModuleKind::Namespace || needed.contains(name));
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
    fn names_and_versions_are_headers() {
        let metadata = b"Metadata-Version: 2.1\r\nname:  Real.Name \r\n\r\nName: body\r\n";
        assert_eq!(header(metadata, "name").as_deref(), Some("Real.Name"));
        assert_eq!(header(b"Summary: x\n\nName: body\n", "name"), None);
    }
}
