//! The metadata file of a wheel.

use std::io::BufReader;
use std::path::Path;

use pyrepackager::wheel::name::normalise;
use zip::ZipArchive;

use super::{InspectError, read_metadata};
use crate::file_name::FileName;

/// The ending of the folder that holds it, and its name there.
const FOLDER: &str = ".dist-info";
const FILE: &str = "METADATA";

/// Reads it.
pub fn metadata(path: &Path, name: &FileName) -> Result<Vec<u8>, InspectError> {
    let file = BufReader::new(fs_err::File::open(path)?);
    let mut archive = ZipArchive::new(file)?;
    // Names that are not UTF-8 are none of these.
    let names =
        archive.file_names_raw().map(|member| std::str::from_utf8(member).unwrap_or_default());
    let found: Vec<(usize, &str)> = names.enumerate().filter(|(_, it)| is_metadata(it)).collect();
    let is_own = |(_, member): &&(usize, &str)| {
        let project = member.split('-').next().unwrap_or_default();
        normalise(project) == name.project
    };
    // Some wheels bring others' metadata along.
    let only = if let [only] = found.as_slice() { Some(only) } else { None };
    let index = found.iter().find(is_own).or(only).map(|(index, _)| *index);
    let index = index.ok_or_else(|| InspectError::Lacks(format!("NAME-VERSION{FOLDER}/{FILE}")))?;
    read_metadata(archive.by_index(index)?)
}

/// Whether a member is a metadata file at the top of the wheel.
fn is_metadata(member: &str) -> bool {
    let parts = member.split_once('/');
    parts.is_some_and(|(folder, file)| folder.ends_with(FOLDER) && file == FILE)
}
