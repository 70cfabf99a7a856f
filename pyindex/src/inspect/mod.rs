//! Looks into distributions: their digest, and what their core metadata says.
//!
//! A wheel's metadata is the file `METADATA` of its `.dist-info` folder, a source distribution's is `PKG-INFO`. Headers
//! mean what the "Core metadata specifications" say. A file whose metadata contradicts its name is not served: installers
//! would refuse it after they have fetched it.

mod digest;
mod sdist;
#[cfg(test)]
mod tests;
mod wheel;

pub use digest::{Digester, Digests};

use std::io::Read;
use std::path::Path;

use pep440_rs::Version;
use pyrepackager::collect::core_metadata::Headers;
use pyrepackager::wheel::name::normalise;
use sha2::{Digest as _, Sha256};

use crate::file_name::{FileName, Kind};

/// Bytes that a metadata file has at most; the largest known ones have less than a tenth.
const LARGEST_METADATA: u64 = 16 << 20;

/// What is in a distribution's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// SHA-256 of the file, in hexadecimal digits.
    pub sha256: String,
    /// SHA-256 of the metadata file, in hexadecimal digits, where the index serves that: of wheels.
    pub metadata_sha256: Option<String>,
    /// What the metadata says. Old source distributions have none.
    pub metadata: Metadata,
}

/// Headers of core metadata that the index tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The name as its author spells it.
    pub name: Option<String>,
    /// Versions of Python, as `>=3.9`.
    pub requires_python: Option<String>,
    /// Requirements.
    pub requires_dist: Vec<String>,
    /// One line that says what it is.
    pub summary: Option<String>,
    /// The license: an expression, or what an older header says.
    pub license: Option<String>,
    /// Pages, each as a label and an address by HTTP.
    pub urls: Vec<(String, String)>,
}

/// Why a file is not served. The message does not name the file.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// The file is shorter or longer than when it was found.
    #[error("it has changed while it was read")]
    Changed,
    /// Not a zip archive, or a damaged one.
    #[error("it is not a whole zip archive: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Not a compressed tar archive, or a damaged one.
    #[error("it is not a whole compressed tar archive: {0}")]
    Tar(std::io::Error),
    /// A member that every wheel has is missing.
    #[error("it lacks {0}")]
    Lacks(String),
    /// A metadata file of many megabytes.
    #[error("its metadata has more than {} MiB", LARGEST_METADATA >> 20)]
    Large,
    /// The metadata says something else than the file's name.
    #[error("its metadata says {header}: {found}, its name {expected}")]
    Other {
        /// The header.
        header: &'static str,
        /// What it says.
        found: String,
        /// What the file's name says.
        expected: String,
    },
}

/// Reads a file that is named `name` and has `size` bytes.
///
/// # Errors
///
/// When it is damaged or not what its name says.
pub fn inspect(path: &Path, name: &FileName, size: u64) -> Result<Contents, InspectError> {
    let (sha256, read) = digest_of(path)?;
    if read != size {
        return Err(InspectError::Changed);
    }
    let text = match name.kind {
        Kind::Wheel => Some(wheel::metadata(path, name)?),
        Kind::SdistTar => sdist::metadata_in_tar(path)?,
        Kind::SdistZip => sdist::metadata_in_zip(path)?,
    };
    let headers = Headers::parse(text.as_deref().unwrap_or_default());
    if text.is_some() {
        compare(&headers, name)?;
    }
    let metadata_sha256 =
        text.filter(|_| name.kind == Kind::Wheel).map(|text| digest::hex(&Sha256::digest(text)));
    Ok(Contents { sha256, metadata_sha256, metadata: Metadata::of(&headers) })
}

/// The metadata file of a wheel.
///
/// # Errors
///
/// When the wheel is damaged.
pub fn metadata_file(path: &Path, name: &FileName) -> Result<Vec<u8>, InspectError> {
    wheel::metadata(path, name)
}

/// SHA-256 of a file, in hexadecimal digits.
///
/// # Errors
///
/// When it cannot be read.
pub fn sha256(path: &Path) -> std::io::Result<String> {
    Ok(digest_of(path)?.0)
}

/// SHA-256 of a file, and how many bytes it has.
fn digest_of(path: &Path) -> std::io::Result<(String, u64)> {
    let mut digest = DigestWriter(Sha256::new());
    let count = std::io::copy(&mut fs_err::File::open(path)?, &mut digest)?;
    Ok((digest::hex(&digest.0.finalize()), count))
}

/// A digest to write to.
struct DigestWriter(Sha256);

impl std::io::Write for DigestWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Reads a metadata file to its end.
fn read_metadata(reader: impl Read) -> Result<Vec<u8>, InspectError> {
    let mut text = Vec::new();
    reader.take(LARGEST_METADATA + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST_METADATA { Err(InspectError::Large) } else { Ok(text) }
}

/// Checks that the headers are about the same version of the same project as the file's name.
fn compare(headers: &Headers, name: &FileName) -> Result<(), InspectError> {
    let project = headers.first("Name").unwrap_or_default();
    if normalise(project) != name.project {
        let (found, expected) = (project.to_owned(), name.project.clone());
        return Err(InspectError::Other { header: "Name", found, expected });
    }
    let version = headers.first("Version").unwrap_or_default();
    if version.parse::<Version>().ok().as_ref() != Some(&name.version) {
        let (found, expected) = (version.to_owned(), name.version.to_string());
        return Err(InspectError::Other { header: "Version", found, expected });
    }
    Ok(())
}

impl Metadata {
    fn of(headers: &Headers) -> Self {
        let first = |name: &str| {
            let text = headers.first(name)?.split_whitespace().collect::<Vec<_>>().join(" ");
            Some(text).filter(|text| text != "UNKNOWN")
        };
        let is_short = |license: &String| license.len() <= LONGEST_LICENSE;
        let license = first("License-Expression").or_else(|| first("License").filter(is_short));
        let labelled = headers.all("Project-URL").filter_map(|line| line.split_once(','));
        let home = headers.all("Home-page").map(|url| ("Home page", url));
        let urls = home.chain(labelled).map(|(label, url)| (label.trim(), url.trim()));
        let is_web =
            |(_, url): &(&str, &str)| url.starts_with("https://") || url.starts_with("http://");
        Self {
            name: first("Name"),
            requires_python: first("Requires-Python"),
            requires_dist: headers.all("Requires-Dist").map(str::to_owned).collect(),
            summary: first("Summary"),
            license,
            urls: urls
                .filter(is_web)
                .map(|(label, url)| (label.to_owned(), url.to_owned()))
                .collect(),
        }
    }
}

/// Longer ones in the header `License` are whole texts.
const LONGEST_LICENSE: usize = 80;
