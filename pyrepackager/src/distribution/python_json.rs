//! `PYTHON.json` as text: the keys that this crate uses, and how their absence is reported.
//!
//! Keys that are not listed here are passed over: newer archives have more of them. Whether the
//! files that the values name exist is [`super::open`]'s business.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::Deserialize;

use crate::config::resolved::PythonVersion;
use crate::config::table::{NEWEST_MINOR, OLDEST_MINOR};

/// Name of the file, in the `python` folder of an archive.
pub const FILE_NAME: &str = "PYTHON.json";

/// Oldest and newest format that is understood.
const FORMATS: std::ops::RangeInclusive<u32> = 5..=8;

/// `PYTHON.json` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PythonJsonError {
    /// The file cannot be read.
    #[error("`{file}` cannot be read")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The file is not JSON.
    #[error("`{file}` is not JSON")]
    NotJson {
        /// The file.
        file: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// The format is older or newer than what is understood.
    #[error(
        "`{file}`: key `version`: format {found} is not supported, {} to {} are",
        FORMATS.start(), FORMATS.end()
    )]
    UnsupportedFormat {
        /// The file.
        file: PathBuf,
        /// What the key says.
        found: String,
    },
    /// The archive holds a feature release that this version of the tool has not been made for.
    #[error("`{file}`: CPython {found} is not supported, 3.{OLDEST_MINOR} to 3.{NEWEST_MINOR} are")]
    UnknownRelease {
        /// The file.
        file: PathBuf,
        /// Feature release.
        found: PythonVersion,
    },
    /// A key is missing or has a value of the wrong type.
    #[error("`{file}`: key `{key}`: {problem}")]
    Key {
        /// The file.
        file: PathBuf,
        /// Path of the key, such as `build_info.core.objs`.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value names a file that the distribution lacks.
    #[error("`{file}`: key `{key}` names `{value}`, which the distribution lacks")]
    Lacking {
        /// The file.
        file: PathBuf,
        /// Path of the key.
        key: String,
        /// The path that it names.
        value: String,
    },
    /// A value names a file outside of the distribution.
    #[error("`{file}`: key `{key}` names `{value}`, which lies outside of the distribution")]
    Outside {
        /// The file.
        file: PathBuf,
        /// Path of the key.
        key: String,
        /// The path that it names.
        value: String,
    },
}

impl PythonJsonError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => "look at the permissions of the cache folder".to_owned(),
            Self::UnsupportedFormat { .. } => {
                "use an archive of python-build-standalone from 2020-08 or later, or update this \
                 tool when the archive is newer than it"
                    .to_owned()
            }
            Self::UnknownRelease { .. } => format!(
                "use an archive of CPython 3.{OLDEST_MINOR} to 3.{NEWEST_MINOR}, or update this tool"
            ),
            Self::NotJson { .. }
            | Self::Key { .. }
            | Self::Lacking { .. }
            | Self::Outside { .. } => "the archive is not as its publisher's format asks for; \
                 choose another one, or leave out `local_path` and `url` to get a known one"
                .to_owned(),
        })
    }
}

/// The whole file.
#[derive(Debug, Deserialize)]
pub(super) struct PythonJson {
    pub target_triple: String,
    /// Older formats have none.
    pub python_abi_tag: Option<String>,
    /// Since format 7.
    pub build_options: Option<String>,
    pub python_version: String,
    pub python_major_minor_version: String,
    pub python_exe: String,
    pub python_paths: PythonPaths,
    pub python_implementation_cache_tag: String,
    pub python_bytecode_magic_number: String,
    pub python_suffixes: PythonSuffixes,
    pub python_stdlib_test_packages: Vec<String>,
    pub licenses: Option<Vec<String>>,
    pub license_path: Option<String>,
    /// Folder of the folders of scripts that Tcl and Tk need.
    pub tcl_library_path: Option<String>,
    /// Those folders, below `tcl_library_path`. Older archives leave the list out.
    pub tcl_library_paths: Option<Vec<String>>,
    pub build_info: BuildInfo,
}

/// `python_paths`, of which more are there than these.
#[derive(Debug, Deserialize)]
pub(super) struct PythonPaths {
    pub stdlib: String,
    pub include: String,
}

/// `python_suffixes`, of which more are there than this one.
#[derive(Debug, Deserialize)]
pub(super) struct PythonSuffixes {
    pub extension: Vec<String>,
}

/// `build_info`.
#[derive(Debug, Deserialize)]
pub(super) struct BuildInfo {
    pub core: CoreInfo,
    pub extensions: BTreeMap<String, Vec<ExtensionInfo>>,
    pub inittab_object: String,
    pub inittab_cflags: Vec<String>,
    pub object_file_format: String,
}

/// `build_info.core`.
#[derive(Debug, Deserialize)]
pub(super) struct CoreInfo {
    pub objs: Vec<String>,
    #[serde(default)]
    pub static_lib: Option<String>,
    pub links: Vec<LinkInfo>,
}

/// One variant in `build_info.extensions.NAME`.
#[derive(Debug, Deserialize)]
pub(super) struct ExtensionInfo {
    pub in_core: bool,
    pub init_fn: String,
    pub licenses: Option<Vec<String>>,
    /// What the format's description calls the list.
    pub license_path: Option<OneOrMany>,
    /// What archives call it.
    pub license_paths: Option<Vec<String>>,
    pub license_public_domain: Option<bool>,
    pub links: Vec<LinkInfo>,
    pub objs: Vec<String>,
    /// Windows archives leave it out.
    #[serde(default)]
    pub required: bool,
    pub shared_lib: Option<String>,
    pub variant: String,
}

/// A string where the format's description leaves open whether it is a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// One entry of a `links` list.
#[derive(Debug, Deserialize)]
pub(super) struct LinkInfo {
    pub name: String,
    pub path_static: Option<String>,
    pub path_dynamic: Option<String>,
    pub framework: Option<bool>,
}

/// Reads the file `PYTHON.json` in the folder `root`.
pub(super) fn read(root: &Path) -> Result<PythonJson, PythonJsonError> {
    let file = root.join(FILE_NAME);
    let text = match fs::read(&file) {
        Ok(text) => text,
        Err(source) => return Err(PythonJsonError::Unreadable { file, source }),
    };
    let value: serde_json::Value = match serde_json::from_slice(&text) {
        Ok(value) => value,
        Err(source) => return Err(PythonJsonError::NotJson { file, source }),
    };
    // Before all else: another format may well lack the keys of this one.
    check_format(&file, &value)?;
    serde_path_to_error::deserialize(value).map_err(|error| key_error(file, error))
}

fn check_format(file: &Path, value: &serde_json::Value) -> Result<(), PythonJsonError> {
    let key = |problem: &str| PythonJsonError::Key {
        file: file.to_owned(),
        key: "version".to_owned(),
        problem: problem.to_owned(),
    };
    if !value.is_object() {
        return Err(key("the file does not hold a map"));
    }
    let format = value.get("version").ok_or_else(|| key("missing"))?;
    let format = format.as_str().ok_or_else(|| key("not a string"))?;
    match format.parse() {
        Ok(number) if FORMATS.contains(&number) => Ok(()),
        _ => Err(PythonJsonError::UnsupportedFormat {
            file: file.to_owned(),
            found: format.to_owned(),
        }),
    }
}

/// Puts a missing field's name where it belongs: the path ends at the map that lacks it.
fn key_error(
    file: PathBuf,
    error: serde_path_to_error::Error<serde_json::Error>,
) -> PythonJsonError {
    let path = error.path().to_string();
    let problem = error.inner().to_string();
    let missing = problem.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let (key, problem) = match missing {
        Some(field) if path == "." => (field.to_owned(), "missing".to_owned()),
        Some(field) => (format!("{path}.{field}"), "missing".to_owned()),
        None => (path, problem),
    };
    PythonJsonError::Key { file, key, problem }
}
