//! The pages for people: the list of projects with a search, and a page of each project.
//!
//! Each is one file that asks for nothing from a network. Everything is there without scripts, too: a script only hides
//! rows while somebody types, and writes the address in the install line as the browser knows it. A policy lets no other
//! script run.

use std::sync::LazyLock;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{file_address, time};
use crate::inspect::Contents;
use crate::model::{File, LeftOut, Project, Snapshot};

const STYLE: &str = include_str!("people.css");
const SCRIPT: &str = include_str!("people.js");

/// What the pages may load and run.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; \
         form-action 'none'"
    )
});

/// The policy of the pages, for the header `Content-Security-Policy`, too.
#[must_use]
pub fn security_policy() -> &'static str {
    &POLICY
}

#[derive(Template)]
#[template(path = "front.html")]
struct Front<'a> {
    style: &'a str,
    script: &'a str,
    policy: &'a str,
    simple: String,
    projects: Vec<ProjectRow<'a>>,
    files: usize,
    left_out: &'a [LeftOut],
}

struct ProjectRow<'a> {
    name: &'a str,
    version: String,
    summary: &'a str,
    files: usize,
}

#[derive(Template)]
#[template(path = "project.html")]
struct Page<'a> {
    style: &'a str,
    script: &'a str,
    policy: &'a str,
    simple: String,
    name: &'a str,
    title: &'a str,
    version: String,
    summary: &'a str,
    facts: Vec<(&'static str, String)>,
    urls: &'a [(String, String)],
    requirements: &'a [String],
    versions: Vec<VersionRows<'a>>,
    left_out: Vec<LeftOut>,
}

struct VersionRows<'a> {
    version: String,
    files: Vec<FileRow<'a>>,
}

struct FileRow<'a> {
    name: &'a str,
    address: String,
    size: String,
    day: String,
    python: &'a str,
    sha256: &'a str,
    yanked: Option<&'a str>,
}

/// The front page, with the address of the index as far as it is known. Nothing is read for it: a project whose files
/// nobody has looked into is listed without what they say.
///
/// # Errors
///
/// None that is known; the template engine has the last word.
pub fn front(snapshot: &Snapshot, address: Option<&str>) -> std::io::Result<String> {
    let left_out = snapshot.known_left_out();
    let projects = snapshot.projects.values().map(|project| row(project)).collect();
    let page = Front {
        style: STYLE,
        script: SCRIPT,
        policy: &POLICY,
        simple: simple_address(address),
        projects,
        files: snapshot
            .files()
            .filter(|file| !matches!(file.known_contents(), Some(Err(_))))
            .count(),
        left_out: &left_out,
    };
    page.render().map_err(std::io::Error::other)
}

fn row(project: &Project) -> ProjectRow<'_> {
    let is_whole = |file: &&File| !matches!(file.known_contents(), Some(Err(_)));
    let files: Vec<&File> = project.files.iter().map(|file| &**file).filter(is_whole).collect();
    let newest = newest(files.iter().copied());
    let known = newest.and_then(|file| file.known_contents()?.ok());
    ProjectRow {
        name: &project.name,
        version: newest.map(|file| file.name.version.to_string()).unwrap_or_default(),
        summary: known
            .and_then(|contents| contents.metadata.summary.as_deref())
            .unwrap_or_default(),
        files: files.len(),
    }
}

/// The file that stands for a project: of the newest version that is no pre-release and not yanked, as far as there is
/// one.
fn newest<'a>(files: impl Iterator<Item = &'a File>) -> Option<&'a File> {
    files.max_by_key(|file| {
        let version = &file.name.version;
        (file.yanked.is_none(), !version.any_prerelease(), version)
    })
}

/// The page of a project. The first call reads all of its files.
///
/// # Errors
///
/// As of [`front`].
pub fn project(project: &Project, address: Option<&str>) -> std::io::Result<String> {
    let served: Vec<(&File, &Contents)> = project.served().collect();
    let newest = newest(served.iter().map(|(file, _)| *file));
    let metadata = newest.and_then(|file| Some(&file.contents().ok()?.metadata));
    let mut versions: Vec<VersionRows<'_>> = Vec::new();
    for (file, contents) in served.iter().rev() {
        let version = file.name.version.to_string();
        if versions.last().is_none_or(|rows| rows.version != version) {
            versions.push(VersionRows { version, files: Vec::new() });
        }
        let Some(rows) = versions.last_mut() else { continue };
        rows.files.push(FileRow {
            name: &file.name.text,
            address: file_address(&project.name, &file.name.text),
            size: size(file.stamp.size),
            day: time::day(file.stamp.modified),
            python: contents.metadata.requires_python.as_deref().unwrap_or_default(),
            sha256: &contents.sha256,
            yanked: file.yanked.as_ref().map(|yanked| yanked.reason.as_str()),
        });
    }
    let text = |value: Option<&Option<String>>| value.cloned().flatten();
    let facts = [
        ("Python", text(metadata.map(|metadata| &metadata.requires_python))),
        ("License", text(metadata.map(|metadata| &metadata.license))),
    ];
    let left_out = project.files.iter().filter_map(|file| {
        let error = file.contents().err()?;
        Some(LeftOut { place: file.place.clone(), why: error.to_string() })
    });
    let page = Page {
        style: STYLE,
        script: SCRIPT,
        policy: &POLICY,
        simple: simple_address(address),
        name: &project.name,
        title: metadata.and_then(|metadata| metadata.name.as_deref()).unwrap_or(&project.name),
        version: newest.map(|file| file.name.version.to_string()).unwrap_or_default(),
        summary: metadata.and_then(|metadata| metadata.summary.as_deref()).unwrap_or_default(),
        facts: facts.into_iter().filter_map(|(label, text)| Some((label, text?))).collect(),
        urls: metadata.map(|metadata| &*metadata.urls).unwrap_or_default(),
        requirements: metadata.map(|metadata| &*metadata.requires_dist).unwrap_or_default(),
        versions,
        left_out: left_out.collect(),
    };
    page.render().map_err(std::io::Error::other)
}

/// The address for installers; a placeholder where nobody knows it.
fn simple_address(address: Option<&str>) -> String {
    let address = address.unwrap_or("https://ADDRESS-OF-THIS-SITE");
    format!("{}/simple/", address.trim_end_matches('/'))
}

/// A number of bytes, to be read.
fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
