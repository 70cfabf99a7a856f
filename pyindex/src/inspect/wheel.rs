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
    let member = {
        let found: Vec<&str> = archive.file_names().filter(|member| is_metadata(member)).collect();
        let is_own = |member: &&&str| {
            let folder = member.split('-').next().unwrap_or_default();
            normalise(folder) == name.project
        };
        // Some wheels bring others' metadata along.
        let member =
            found.iter().find(is_own).or(if found.len() == 1 { found.first() } else { None });
        member.map(|member| (*member).to_owned())
    };
    let member =
        member.ok_or_else(|| InspectError::Lacks(format!("NAME-VERSION{FOLDER}/{FILE}")))?;
    read_metadata(archive.by_name(&member)?)
}

/// Whether a member is a metadata file at the top of the wheel.
fn is_metadata(member: &str) -> bool {
    let parts = member.split_once('/');
    parts.is_some_and(|(folder, file)| folder.ends_with(FOLDER) && file == FILE)
}
