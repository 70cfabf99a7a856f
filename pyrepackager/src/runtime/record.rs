//! What is known of a runtime.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::RuntimeError;
use crate::config::resolved::{BundledAllocator, PythonVersion, Sha256Digest};
use crate::licenses::spelling;
use crate::licenses::{Component, ComponentKind, License, LicenseText};
use crate::link::Pulled;
use crate::native::Glibc;

/// Name of the file beside a runtime, in JSON.
pub const FILE_NAME: &str = "runtime.json";

/// What is known of a runtime, and what an application that is added to it needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of `pyembed`.
    pub version: String,
    /// Rust's name of the target.
    pub target: String,
    /// SHA-256 of the distribution's archive.
    pub distribution: String,
    /// Feature release of Python, such as `3.13`.
    pub python: String,
    /// The extension modules of the distribution that are linked, sorted.
    pub extensions: Vec<String>,
    /// [`AddedModules::digest`](crate::policy::AddedModules::digest) of the extension modules that the distribution does
    /// not have.
    #[serde(default)]
    pub added: String,
    /// What is linked of the distribution beside them.
    #[serde(default)]
    pub pulled: Vec<Pulled>,
    /// The oldest glibc that it runs on; `None` when it is not known.
    pub glibc: Option<Glibc>,
    /// The level of x86-64 processors that it runs on, from 1: see [`pyresources::cpu`].
    #[serde(default)]
    pub cpu_level: u8,
    /// Names of the allocators that are compiled in.
    #[serde(default)]
    pub allocators: Vec<String>,
    /// Whether it is without what cannot be part of a shared library.
    #[serde(default)]
    pub shared: bool,
    /// The parts of the import system: their names, and their Python source.
    pub bootstrap: Vec<(String, String)>,
    /// The Rust crates that are linked.
    crates: Vec<CrateRecord>,
}

/// [`Component`], of a crate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct CrateRecord {
    name: String,
    version: Option<String>,
    /// An SPDX expression, or what the crate says; `None` when it says nothing.
    license: Option<String>,
    /// Names and contents.
    texts: Vec<(String, String)>,
    purl: Option<String>,
    sha256: Option<String>,
}

impl Record {
    /// A record without extension modules and crates.
    pub fn new(version: &str, target: &str, python: PythonVersion, archive: Sha256Digest) -> Self {
        Self {
            version: version.to_owned(),
            target: target.to_owned(),
            distribution: archive.to_string(),
            python: python.to_string(),
            extensions: Vec::new(),
            added: String::new(),
            pulled: Vec::new(),
            glibc: None,
            cpu_level: 1,
            allocators: Vec::new(),
            shared: false,
            bootstrap: Vec::new(),
            crates: Vec::new(),
        }
    }

    /// The name of what is kept in the cache for it.
    pub(crate) fn name(&self) -> String {
        let mut name = Self::name_of(&self.version, &self.target, &self.distribution);
        let added = (!self.added.is_empty()).then(|| start(&self.added));
        for part in added.into_iter().chain(self.allocators.iter().map(String::as_str)) {
            name.push('-');
            name.push_str(part);
        }
        name
    }

    /// How names begin of what is kept in the cache for a version, a target and a distribution.
    pub(crate) fn name_of(version: &str, target: &str, distribution: &str) -> String {
        format!("{version}-{target}-{}", start(distribution))
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When the file cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self, RuntimeError> {
        let text = fs_err::read(path)?;
        let path = path.to_owned();
        serde_json::from_slice(&text).map_err(|source| RuntimeError::Record { path, source })
    }

    /// Writes it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), RuntimeError> {
        let text = serde_json::to_vec_pretty(self);
        let text = text.map_err(|source| RuntimeError::Record { path: path.to_owned(), source })?;
        Ok(fs_err::write(path, text)?)
    }

    /// The allocators that are compiled in. Those that this version does not know are not among them.
    pub fn allocators(&self) -> Vec<BundledAllocator> {
        self.allocators.iter().filter_map(|name| name.parse().ok()).collect()
    }

    /// Notes crates. Texts that are not UTF-8 become such.
    pub fn set_crates(&mut self, components: &[Component]) {
        self.crates = components.iter().map(CrateRecord::of).collect();
    }

    /// The crates as components.
    pub fn crates(&self) -> Vec<Component> {
        self.crates.iter().map(CrateRecord::component).collect()
    }
}

/// The beginning of a digest, which tells enough.
fn start(digest: &str) -> &str {
    digest.get(..16).unwrap_or(digest)
}

impl CrateRecord {
    fn of(component: &Component) -> Self {
        let text = |text: &LicenseText| {
            (text.name.clone(), String::from_utf8_lossy(&text.content).into_owned())
        };
        Self {
            name: component.name.clone(),
            version: component.version.clone(),
            license: match &component.license {
                License::Unknown => None,
                license => Some(license.to_string()),
            },
            texts: component.texts.iter().map(text).collect(),
            purl: component.purl.clone(),
            sha256: component.sha256.map(|digest| digest.to_string()),
        }
    }

    fn component(&self) -> Component {
        let text = |(name, content): &(String, String)| LicenseText {
            name: name.clone(),
            content: content.clone().into_bytes(),
        };
        let license = |text: &String| match spelling::expression(text) {
            Some(expression) => License::from(expression),
            None => License::Text(text.clone()),
        };
        Component {
            version: self.version.clone(),
            license: self.license.as_ref().map_or(License::Unknown, license),
            texts: self.texts.iter().map(text).collect(),
            purl: self.purl.clone(),
            sha256: self.sha256.as_ref().and_then(|digest| digest.parse().ok()),
            ..Component::new(ComponentKind::Crate, &self.name)
        }
    }
}
