//! The index as static files, for any web server.
//!
//! The files are those that the server sends, by the same code. A site has its name once it is whole; one that was
//! written before is replaced, and nothing else is.

use std::path::{Path, PathBuf};

use crate::folder::{FolderError, Index};
use crate::inspect::{InspectError, metadata_file};
use crate::model::LeftOut;
use crate::pages::{self, Format};

/// A file that tells a site from other folders.
const MARKER: &str = ".pyoxidizer-index";

/// What it says, for who finds it.
const MARKER_TEXT: &str = "Written by `pyoxidizer index build`, which replaces this folder.\n";

/// The page of a folder, as web servers call it, and the same as JSON.
const PAGE: &str = "index.html";
const JSON_PAGE: &str = "index.json";

/// A site that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Projects.
    pub projects: usize,
    /// Files of distributions.
    pub files: usize,
    /// What is left out.
    pub left_out: Vec<LeftOut>,
}

/// A site cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The folder of distributions cannot be read.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// Something else is there.
    #[error("{} is not empty, and no site that was written before", .0.display())]
    Occupied(PathBuf),
    /// One folder lies in the other.
    #[error("the site {} and the folder of distributions {} lie in one another", site.display(), folder.display())]
    Nested {
        /// The site.
        site: PathBuf,
        /// The folder of distributions.
        folder: PathBuf,
    },
    /// A wheel that was whole cannot be read any more.
    #[error("the metadata of {place} cannot be read any more")]
    Metadata {
        /// The wheel.
        place: String,
        /// What is wrong.
        source: InspectError,
    },
    /// A file cannot be read or written; the error names it.
    #[error("cannot write the site")]
    File(#[from] std::io::Error),
}

impl SiteError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Occupied(_) => Some("name a new folder with --output, or remove what is there"),
            Self::Nested { .. } => Some("name a folder for the site that is outside of the other"),
            Self::Metadata { .. } => Some("build again when nothing changes the folder"),
            Self::Folder(_) | Self::File(_) => None,
        }
    }
}

/// Writes the site of an index to the folder `output`. `address` is where it will be, for the install lines.
///
/// # Errors
///
/// When the folder cannot be read, or the site cannot be written. Then nothing is left behind.
pub fn build(index: &Index, output: &Path, address: Option<&str>) -> Result<Site, SiteError> {
    let output = std::path::absolute(output)?;
    check(index.root(), &output)?;
    let parent = output.parent().unwrap_or(&output);
    fs_err::create_dir_all(parent)?;
    let scratch = tempfile::Builder::new().prefix(".index-").tempdir_in(parent)?;
    let new = scratch.path().join("new");
    let site = write(index, &new, address)?;
    replace(&new, &scratch.path().join("old"), &output)?;
    Ok(site)
}

/// Checks that a site may be written to `output`.
fn check(folder: &Path, output: &Path) -> Result<(), SiteError> {
    let real =
        fs_err::canonicalize(output.ancestors().find(|path| path.exists()).unwrap_or(output))?;
    let is_there = real == fs_err::canonicalize(output).unwrap_or_default();
    if real.starts_with(folder) || (is_there && folder.starts_with(&real)) {
        return Err(SiteError::Nested { site: output.to_owned(), folder: folder.to_owned() });
    }
    let is_free = match fs_err::read_dir(output) {
        Ok(mut entries) => entries.next().is_none() || output.join(MARKER).is_file(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    };
    if is_free { Ok(()) } else { Err(SiteError::Occupied(output.to_owned())) }
}

/// Puts the folder `new` in the place of `output`, which goes to `old`.
fn replace(new: &Path, old: &Path, output: &Path) -> std::io::Result<()> {
    let had_one = output.exists();
    if had_one {
        fs_err::rename(output, old)?;
    }
    fs_err::rename(new, output).inspect_err(|_| {
        if had_one {
            // As it was. There is nothing more to do when even that fails.
            let _ = fs_err::rename(old, output);
        }
    })
}

fn write(index: &Index, folder: &Path, address: Option<&str>) -> Result<Site, SiteError> {
    let snapshot = index.current()?;
    let mut site = Site { projects: snapshot.projects.len(), files: 0, left_out: Vec::new() };
    write_page(&folder.join("simple"), |format| pages::list(&snapshot, format))?;
    for project in snapshot.projects.values() {
        let name = &project.name;
        let files = folder.join("files").join(name);
        fs_err::create_dir_all(&files)?;
        for (file, contents) in project.served() {
            fs_err::copy(&file.path, files.join(&file.name.text))?;
            if contents.metadata_sha256.is_some() {
                let text = metadata_file(&file.path, &file.name)
                    .map_err(|source| SiteError::Metadata { place: file.place.clone(), source })?;
                fs_err::write(files.join(format!("{}.metadata", file.name.text)), text)?;
            }
            site.files += 1;
        }
        let simple = folder.join("simple").join(name);
        write_page(&simple, |format| pages::simple_project(project, format))?;
        let people = folder.join("project").join(name);
        fs_err::create_dir_all(&people)?;
        fs_err::write(people.join(PAGE), pages::people_project(project, address)?)?;
    }
    fs_err::write(folder.join(PAGE), pages::front(&snapshot, address)?)?;
    fs_err::write(folder.join(MARKER), MARKER_TEXT)?;
    site.left_out = snapshot.known_left_out();
    Ok(site)
}

/// Writes a page in both formats.
fn write_page(
    folder: &Path,
    page: impl Fn(Format) -> std::io::Result<String>,
) -> std::io::Result<()> {
    fs_err::create_dir_all(folder)?;
    fs_err::write(folder.join(PAGE), page(Format::Html)?)?;
    fs_err::write(folder.join(JSON_PAGE), page(Format::Json)?)
}

#[cfg(test)]
mod tests;
