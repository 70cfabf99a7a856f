//! The metadata file of a source distribution.

use std::io::{BufReader, Read as _};
use std::path::Path;

use flate2::bufread::GzDecoder;
use zip::ZipArchive;

use super::{InspectError, read_metadata};

/// Its name in the archive's only folder.
const FILE: &str = "PKG-INFO";

/// Bytes that are unpacked of a tar archive, at most, to find it.
const LONGEST: u64 = 1 << 30;

/// Reads it in a tar archive; `None` where there is none.
pub fn metadata_in_tar(path: &Path) -> Result<Option<Vec<u8>>, InspectError> {
    let file = BufReader::new(fs_err::File::open(path)?);
    let mut archive = tar::Archive::new(GzDecoder::new(file).take(LONGEST));
    for entry in archive.entries().map_err(InspectError::Tar)? {
        let entry = entry.map_err(InspectError::Tar)?;
        if is_metadata(&entry.path_bytes()) {
            return read_metadata(entry).map(Some);
        }
    }
    Ok(None)
}

/// Reads it in a zip archive; `None` where there is none.
pub fn metadata_in_zip(path: &Path) -> Result<Option<Vec<u8>>, InspectError> {
    let file = BufReader::new(fs_err::File::open(path)?);
    let mut archive = ZipArchive::new(file)?;
    let found = archive.file_names_raw().position(is_metadata);
    match found {
        Some(index) => read_metadata(archive.by_index(index)?).map(Some),
        None => Ok(None),
    }
}

/// Whether a member is the metadata file.
fn is_metadata(member: &[u8]) -> bool {
    let parts = member.split(|byte| *byte == b'/').filter(|part| *part != b".");
    matches!(parts.collect::<Vec<_>>()[..], [_, file] if file == FILE.as_bytes())
}
