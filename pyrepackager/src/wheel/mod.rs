//! Wheels: read, verified, and laid out as an installer would.
//!
//! A wheel is unpacked once into the cache, by the SHA-256 of the file:
//!
//! ```text
//! wheels/SHA256/lib/      what belongs on sys.path: modules, data, NAME-VERSION.dist-info
//! wheels/SHA256/prefix/   what belongs below sys.prefix: bin, include, share, …
//! ```
//!
//! * [`name`]: what a wheel's file name says.
//! * [`tags`]: whether a distribution can use a wheel.
//! * `layout`: where a member of the archive belongs.
//! * `record`: whether the members are those that `RECORD` lists.
//! * `scripts`: which scripts a distribution declares.
//! * `unpack`: all of it.
//!
//! The format is that of the "Binary distribution format" in the PyPA specifications. Nothing is
//! compiled. Scripts keep the start line `#!python`: an executable has no `python` beside it to name.

mod error;
mod layout;
pub mod name;
mod record;
pub(crate) mod scripts;
pub mod tags;
#[cfg(test)]
mod tests;
mod unpack;

pub use error::WheelError;
pub use name::WheelName;
pub use unpack::{InstalledWheel, installed, unpack};

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pep440_rs::Version;

/// The wheels that a path names: itself, or those in the folder, by name.
///
/// # Errors
///
/// When it is neither a wheel nor a folder of wheels, or cannot be read.
pub fn find(path: &Path) -> Result<Vec<PathBuf>, WheelError> {
    let is_wheel = |path: &Path| path.extension().is_some_and(|extension| extension == "whl");
    let none = || WheelError::NoWheel { path: path.to_owned() };
    if !path.is_dir() {
        return if is_wheel(path) { Ok(vec![path.to_owned()]) } else { Err(none()) };
    }
    let unreadable = |source| WheelError::Unreadable { path: path.to_owned(), source };
    let mut wheels = Vec::new();
    for entry in fs_err::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if is_wheel(&path) && path.is_file() {
            wheels.push(path);
        }
    }
    wheels.sort();
    if wheels.is_empty() { Err(none()) } else { Ok(wheels) }
}

/// Of the wheels in a folder, one of each distribution: of those that fit the newest, and of that version
/// the one that fits best. Where none fits, all stay, to be refused. Returns what a person should know, too.
pub fn choose(wheels: Vec<PathBuf>, supported: &tags::Supported) -> (Vec<PathBuf>, Vec<String>) {
    let mut groups: BTreeMap<String, Vec<(Option<Preference>, PathBuf)>> = BTreeMap::new();
    for path in wheels {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let name = WheelName::parse(&file_name);
        let preference = name
            .as_ref()
            .and_then(|name| Some((name.version.parse::<Version>().ok(), supported.rank(name)?)));
        let key = name.map_or(file_name, |name| name::normalise(&name.name));
        groups.entry(key).or_default().push((preference, path));
    }
    let mut chosen = Vec::new();
    let mut passed_over = Vec::new();
    for mut group in groups.into_values() {
        if group.iter().all(|(preference, _)| preference.is_none()) {
            chosen.extend(group.into_iter().map(|(_, path)| path));
            continue;
        }
        group.sort_by(|a, b| a.0.cmp(&b.0));
        chosen.extend(group.pop().map(|(_, path)| path));
        passed_over.extend(
            group
                .iter()
                .filter_map(|(_, path)| Some(path.file_name()?.to_string_lossy().into_owned())),
        );
    }
    (chosen, passed_over)
}

/// Version, as far as it is one, and how well the wheel fits.
type Preference = (Option<Version>, tags::Rank);
