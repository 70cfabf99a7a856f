//! The pages for installers: PEP 503 as HTML, PEP 691 as JSON, with what PEP 592, 658, 700 and 714 add.

use askama::Template;
use serde::Serialize;

use super::negotiate::Format;
use super::{file_address, time};
use crate::model::{Project, Snapshot};

/// The version of the format: that of PEP 700.
const API_VERSION: &str = "1.1";

#[derive(Serialize)]
struct Meta {
    #[serde(rename = "api-version")]
    api_version: &'static str,
}

const META: Meta = Meta { api_version: API_VERSION };

/// The list of projects.
#[derive(Serialize, Template)]
#[template(path = "simple_list.html")]
struct List<'a> {
    meta: Meta,
    projects: Vec<ListedProject<'a>>,
}

#[derive(Serialize)]
struct ListedProject<'a> {
    name: &'a str,
}

/// The files of a project.
#[derive(Serialize, Template)]
#[template(path = "simple_project.html")]
struct Page<'a> {
    meta: Meta,
    name: &'a str,
    versions: Vec<String>,
    files: Vec<Entry<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Entry<'a> {
    filename: &'a str,
    url: String,
    hashes: Hashes<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    requires_python: Option<&'a str>,
    size: u64,
    upload_time: String,
    yanked: Yanked<'a>,
    /// PEP 714: the older key `dist-info-metadata` would break pip 22.3 to 23.1, so that it is left out of JSON.
    core_metadata: CoreMetadata<'a>,
}

#[derive(Serialize)]
struct Hashes<'a> {
    sha256: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Yanked<'a> {
    Plainly(bool),
    For(&'a str),
}

#[derive(Serialize)]
#[serde(untagged)]
enum CoreMetadata<'a> {
    None(bool),
    File(Hashes<'a>),
}

impl Entry<'_> {
    /// For HTML: the reason, empty where there is none.
    fn yanked_reason(&self) -> Option<&str> {
        match self.yanked {
            Yanked::Plainly(false) => None,
            Yanked::Plainly(true) => Some(""),
            Yanked::For(reason) => Some(reason),
        }
    }

    /// For HTML: the digest of the metadata file.
    fn metadata_sha256(&self) -> Option<&str> {
        match &self.core_metadata {
            CoreMetadata::None(_) => None,
            CoreMetadata::File(hashes) => Some(hashes.sha256),
        }
    }
}

/// The list of projects.
///
/// # Errors
///
/// None that is known; the template engine and the writer of JSON have the last word.
pub fn list(snapshot: &Snapshot, format: Format) -> std::io::Result<String> {
    let projects = snapshot.projects.keys().map(|name| ListedProject { name }).collect();
    write(&List { meta: META, projects }, format)
}

/// The files of a project. The first call reads all of them.
///
/// # Errors
///
/// As of [`list`].
pub fn project(project: &Project, format: Format) -> std::io::Result<String> {
    let mut versions: Vec<String> = Vec::new();
    let mut files = Vec::new();
    for (file, contents) in project.served() {
        let version = file.name.version.to_string();
        if versions.last() != Some(&version) {
            versions.push(version);
        }
        let metadata = contents.metadata_sha256.as_deref();
        files.push(Entry {
            filename: &file.name.text,
            url: file_address(&project.name, &file.name.text),
            hashes: Hashes { sha256: &contents.sha256 },
            requires_python: contents.metadata.requires_python.as_deref(),
            size: file.stamp.size,
            upload_time: time::iso8601(file.stamp.modified),
            yanked: match &file.yanked {
                None => Yanked::Plainly(false),
                Some(yanked) if yanked.reason.is_empty() => Yanked::Plainly(true),
                Some(yanked) => Yanked::For(&yanked.reason),
            },
            core_metadata: match metadata {
                None => CoreMetadata::None(false),
                Some(sha256) => CoreMetadata::File(Hashes { sha256 }),
            },
        });
    }
    write(&Page { meta: META, name: &project.name, versions, files }, format)
}

fn write(page: &(impl Serialize + Template), format: Format) -> std::io::Result<String> {
    match format {
        Format::Html | Format::NamedHtml => page.render().map_err(std::io::Error::other),
        Format::Json => serde_json::to_string(page).map_err(std::io::Error::from),
    }
}
