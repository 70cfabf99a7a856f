//! What Python distributions say of themselves: core metadata, and the folders that hold it.
//!
//! A distribution is known by its metadata folder, `NAME-VERSION.dist-info` or `.egg-info`. The
//! format of the file in it is written down in the packaging user guide, "Core metadata
//! specifications": headers as in a mail, in UTF-8 and without a mail's encodings, then a body.
//! What the headers mean is the callers' business.

use std::collections::BTreeMap;

use pyresources::install;

use super::model::{Collected, DataFile};

/// Endings of metadata folders, and the file that holds the headers in each.
const METADATA: [(&str, &str); 2] = [(".dist-info", "METADATA"), (".egg-info", "PKG-INFO")];

/// The headers of a metadata file, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Reads the headers, which end at the first empty line. A line that is no header is passed
    /// over, as by `email.parser`, with which Python reads these files.
    #[must_use]
    pub fn parse(metadata: &[u8]) -> Self {
        let text = String::from_utf8_lossy(metadata);
        let mut headers: Vec<(String, String)> = Vec::new();
        // A line of nothing but blanks goes on with a header: pasted licences have such.
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = headers.last_mut() {
                    value.push('\n');
                    // `|` stands for an empty margin in what old versions of setuptools wrote.
                    value.push_str(line.trim().trim_start_matches('|'));
                }
            } else if let Some((key, value)) = line.split_once(':') {
                headers.push((key.to_owned(), value.trim().to_owned()));
            }
        }
        Self(headers)
    }

    /// Values of the headers `name`, which are not empty.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The first value of the header `name`.
    #[must_use]
    pub fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }
}

/// A distribution that is among the collected files.
#[derive(Clone, Debug)]
pub(crate) struct FoundDistribution<'a> {
    /// Normalised name of the project.
    pub project: String,
    /// Its metadata folder, a virtual path.
    pub folder: &'a str,
    /// The headers of its metadata file; empty when that is lacking.
    pub headers: Headers,
}

/// The distributions whose metadata folders are among the collected files, in the order of their
/// names, and what a person should know of them.
///
/// `contents` holds at least the metadata files, by virtual path. Where two folders are about one
/// project, the later entry of `[[python_packages]]` wins, as it does for modules.
pub(crate) fn distributions<'a>(
    collected: &'a Collected,
    contents: &BTreeMap<&str, &[u8]>,
) -> (Vec<FoundDistribution<'a>>, Vec<String>) {
    let mut found: BTreeMap<String, (usize, FoundDistribution<'a>)> = BTreeMap::new();
    let mut notes = Vec::new();
    for (folder, line) in folders(&collected.files) {
        let metadata = metadata_path(folder).and_then(|path| contents.get(path.as_str()).copied());
        let Some(this) = FoundDistribution::of(folder, metadata) else { continue };
        let project = this.project.clone();
        let Some((other_line, other)) = found.remove(&project) else {
            found.insert(project, (line, this));
            continue;
        };
        let (winner, loser) = if (line, folder) > (other_line, other.folder) {
            ((line, this), other.folder)
        } else {
            ((other_line, other), folder)
        };
        notes.push(format!(
            "the distribution {project:?} has two metadata folders, {} and {}: the former is used",
            folder_name(winner.1.folder),
            folder_name(loser),
        ));
        found.insert(project, winner);
    }
    (found.into_values().map(|(_, distribution)| distribution).collect(), notes)
}

/// The normalised name of the project that a metadata folder is about, by the folder's name.
pub(crate) fn project_of(folder: &str) -> Option<String> {
    Some(FoundDistribution::of(folder, None)?.project)
}

/// The metadata folder that the file at a virtual path lies in. A distribution may hold copies of others, with their
/// metadata; those count for nothing.
pub(crate) fn folder_of(path: &str) -> Option<&str> {
    let (_, below) = install::split(path);
    let (name, _) = below.split_once('/')?;
    let end = path.len() - below.len() + name.len();
    METADATA.iter().any(|(ending, _)| name.ends_with(ending)).then(|| &path[..end])
}

/// The metadata folders among `files`, with the line of the last entry of `[[python_packages]]` that provides
/// something in each.
pub(crate) fn folders(files: &BTreeMap<String, DataFile>) -> BTreeMap<&str, usize> {
    let mut folders: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, file) in files {
        if let Some(folder) = folder_of(path) {
            let line = folders.entry(folder).or_default();
            *line = file.origin.line.max(*line);
        }
    }
    folders
}

/// What a metadata folder is called, without the folders that it lies in.
pub(crate) fn folder_name(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

/// The file with the headers in a folder, by its virtual path; `None` when it is no metadata folder.
pub(crate) fn metadata_path(folder: &str) -> Option<String> {
    let (_, file) = METADATA.iter().find(|(ending, _)| folder.ends_with(ending))?;
    Some(format!("{folder}/{file}"))
}

impl<'a> FoundDistribution<'a> {
    /// The distribution that a folder with that `metadata` is about; `None` when it is no metadata
    /// folder.
    pub(crate) fn of(folder: &'a str, metadata: Option<&[u8]>) -> Option<Self> {
        let name = folder_name(folder);
        let stem = METADATA.iter().find_map(|(ending, _)| name.strip_suffix(ending))?;
        let headers = metadata.map(Headers::parse).unwrap_or_default();
        // A folder without that file is still found by its own name.
        let name = headers.first("Name").unwrap_or_else(|| stem.split('-').next().unwrap_or(stem));
        Some(Self { project: normalise(name), folder, headers })
    }

    /// The version; empty when the metadata names none.
    pub(crate) fn version(&self) -> &str {
        self.headers.first("Version").unwrap_or_default()
    }
}

/// A project's name as `importlib.metadata` compares it: PEP 503, with `_` for `-`.
pub(crate) fn normalise(name: &str) -> String {
    crate::wheel::name::normalise(name).replace('-', "_")
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
    fn headers_end_at_an_empty_line() {
        let headers =
            Headers::parse(b"Metadata-Version: 2.1\r\nname:  Real.Name \r\n\r\nName: body\r\n");
        assert_eq!(headers.first("Name"), Some("Real.Name"));
        assert_eq!(Headers::parse(b"Summary: x\n\nName: body\n").first("Name"), None);
    }

    #[test]
    fn headers_are_folded_and_repeated() {
        let headers = Headers::parse(
            b"License: Four\n        lines\n        \n       |here\nClassifier: a\nno header\n\
              License-File:\nClassifier: b\n",
        );
        assert_eq!(headers.first("License"), Some("Four\nlines\n\nhere"));
        assert_eq!(headers.all("classifier").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(headers.first("License-File"), None);
    }

    #[test]
    fn a_folder_without_metadata_is_known_by_its_own_name() {
        let project = |folder, metadata: Option<&[u8]>| {
            FoundDistribution::of(folder, metadata).map(|found| found.project)
        };
        assert_eq!(project("A.b-1.dist-info", Some(b"Name: Other\n")).as_deref(), Some("other"));
        assert_eq!(project("A.b-2.egg-info", None).as_deref(), Some("a_b"));
        assert_eq!(project("package", None), None);
    }
}
