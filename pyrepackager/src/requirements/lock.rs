//! The lock file: which distributions satisfy the requirements, and their hashes.
//!
//! It stands beside the TOML file, with the ending `.lock`: `app.lock` for `app.toml`. Each `[[set]]`
//! answers one entry of `[[python_packages]]` for one Python and one target. A distribution from an
//! index has no address, only the file's name and hash, so that any index that has the file will do.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::demand::{Demand, relative};
use super::error::RequirementsError;
use super::requirement;
use crate::config::resolved::Sha256Digest;
use crate::distribution::Distribution;

/// Version of the file's form.
const VERSION: u32 = 1;

/// What the parser says of a package that is from nowhere.
const UNTAGGED: &str = "data did not match any variant of untagged enum From";

/// What a person who opens the file reads first.
const HEADER: &str = "\
# What the requirements in the TOML file beside this one were resolved to. Written by the build: keep it
# under version control, and delete it to have newer versions looked for.
";

/// The lock file's contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockFile {
    version: u32,
    #[serde(default, rename = "set")]
    sets: Vec<LockedSet>,
}

/// What satisfies one demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedSet {
    /// [`Demand::label`], for a person.
    pub requirements: String,
    /// [`Demand::digest`].
    pub digest: String,
    /// Feature release of Python.
    pub python: String,
    /// Target triple.
    pub target: String,
    /// The distributions, by name.
    #[serde(default, rename = "package")]
    pub packages: Vec<LockedPackage>,
}

impl LockedSet {
    /// The name of the distribution whose source is in `source`. `folder` is that of the TOML file.
    pub fn name_of(&self, source: &Path, folder: &Path) -> Option<String> {
        let source = relative(source, folder);
        let is_this = |package: &&LockedPackage| match &package.from {
            From::Folder { folder } => *folder == source,
            From::Archive { .. } | From::Repository { .. } => false,
        };
        self.packages.iter().find(is_this).map(|package| package.name.clone())
    }
}

/// One distribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockedPackage {
    /// Normalised name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Where it is from.
    #[serde(flatten)]
    pub from: From,
}

impl LockedPackage {
    /// Checks what goes into an installer's requirements file: each value is what it stands for, and
    /// nothing that the installer would take for something else.
    fn check(&self) -> Result<(), String> {
        let Self { name, version, from } = self;
        if !requirement::is_name(name) {
            return Err(format!("{name:?} is not the name of a project"));
        }
        if !requirement::is_version(version) {
            return Err(format!("`{name}` has {version:?} for a version"));
        }
        match from {
            From::Archive { sha256, .. } if sha256.parse::<Sha256Digest>().is_err() => {
                Err(format!("`{name}` has no SHA-256: {sha256}"))
            }
            From::Archive { file, .. }
                if file.contains(['/', '\\', '\0']) || file.starts_with('.') =>
            {
                Err(format!("`{name}` has {file:?} for the name of a file"))
            }
            From::Archive { url: Some(url), .. } if !requirement::is_location(url) => {
                Err(format!("`{name}` has {url:?} for a URL"))
            }
            From::Repository { repository } if !requirement::is_location(repository) => {
                Err(format!("`{name}` has {repository:?} for a repository"))
            }
            From::Archive { .. } | From::Repository { .. } | From::Folder { .. } => Ok(()),
        }
    }
}

/// Where a distribution is from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum From {
    /// A wheel or an archive of source.
    Archive {
        /// The file's name.
        file: String,
        /// SHA-256 of the file.
        sha256: String,
        /// Where it is, when a requirement says so; an index otherwise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        url: Option<String>,
    },
    /// A commit in a repository.
    Repository {
        /// As pip takes it, with the commit: `git+https://…@COMMIT`.
        repository: String,
    },
    /// A folder of source.
    Folder {
        /// Relative to the TOML file's folder, where it lies in it.
        folder: String,
    },
}

impl LockFile {
    /// Reads the file; an empty one where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or was not written by this program.
    pub fn read(path: &Path) -> Result<Self, RequirementsError> {
        let wrong = |reason: String| RequirementsError::Lock { path: path.to_owned(), reason };
        let text = match fs_err::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { version: VERSION, sets: Vec::new() });
            }
            Err(error) => return Err(wrong(error.to_string())),
        };
        let lock: Self =
            toml::from_str(&text).map_err(|error| {
                let words = error.to_string().trim_end().to_owned();
                wrong(words.replace(
                    UNTAGGED,
                    "a package has `file` and `sha256`, `repository`, or `folder`",
                ))
            })?;
        if lock.version != VERSION {
            return Err(wrong(format!("it has version {}, this is {VERSION}", lock.version)));
        }
        for package in lock.sets.iter().flat_map(|set| &set.packages) {
            package.check().map_err(wrong)?;
        }
        Ok(lock)
    }

    /// What answers `demand`.
    pub fn find(&self, demand: &Demand, distribution: &Distribution) -> Option<&LockedSet> {
        let digest = demand.digest.to_string();
        self.sets.iter().find(|set| set.is_for(distribution) && set.digest == digest)
    }

    /// The file with `sets` in the place of all that were for this Python and target.
    pub fn with(&self, sets: Vec<LockedSet>, distribution: &Distribution) -> Self {
        let others = self.sets.iter().filter(|set| !set.is_for(distribution)).cloned();
        let mut sets: Vec<_> = sets.into_iter().chain(others).collect();
        sets.sort_by(|a, b| (&a.target, &a.python).cmp(&(&b.target, &b.python)));
        Self { version: VERSION, sets }
    }

    /// Writes the file, by a temporary one beside it.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RequirementsError> {
        let wrong = |reason: String| RequirementsError::Lock { path: path.to_owned(), reason };
        let text = toml::to_string(self).map_err(|error| wrong(error.to_string()))?;
        let partial = path.with_extension("lock.partial");
        let write = || -> std::io::Result<()> {
            fs_err::write(&partial, format!("{HEADER}\n{text}"))?;
            // It is an input of the build that writes it. With the time of the TOML file it does not look
            // as if it had been changed since that build began, which would ask for another one.
            if let Ok(metadata) = fs_err::metadata(path.with_extension("toml")) {
                let file = fs_err::File::options().write(true).open(&partial)?;
                file.file().set_modified(metadata.modified()?)?;
            }
            fs_err::rename(&partial, path)
        };
        write().map_err(|error| wrong(error.to_string()))
    }
}

impl LockedSet {
    /// A set for this Python and target.
    pub fn new(
        demand: &Demand,
        distribution: &Distribution,
        mut packages: Vec<LockedPackage>,
    ) -> Self {
        packages.sort_by(|a, b| a.name.cmp(&b.name));
        Self {
            requirements: demand.label.clone(),
            digest: demand.digest.to_string(),
            python: distribution.version.to_string(),
            target: distribution.target_triple.clone(),
            packages,
        }
    }

    fn is_for(&self, distribution: &Distribution) -> bool {
        self.python == distribution.version.to_string() && self.target == distribution.target_triple
    }
}
