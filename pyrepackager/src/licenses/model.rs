//! What an inventory of licences holds.

use serde::{Deserialize, Serialize};
use spdx::Expression;

use crate::config::resolved::Sha256Digest;

/// Stands for works without copyright. The list of SPDX has no identifier for them.
pub const PUBLIC_DOMAIN: &str = "LicenseRef-Public-Domain";

/// Everything that goes into an executable and has a licence of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// By kind, name and version.
    pub components: Vec<Component>,
}

/// One thing that goes into an executable.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// What it is.
    pub kind: ComponentKind,
    /// Its name, as those who make it write it.
    pub name: String,
    /// Its version; `None` when nothing tells it.
    pub version: Option<String>,
    /// Under which terms it may be used.
    pub license: License,
    /// The terms themselves and what else its makers want to see passed on, in a fixed order.
    pub texts: Vec<LicenseText>,
    /// Package URL, as specified by `package-url/purl-spec`; `None` when it comes from no place
    /// that has a name.
    pub purl: Option<String>,
    /// SHA-256 of what it was made from: an archive, a library, a wheel, a packed crate.
    pub sha256: Option<Sha256Digest>,
    /// Names of the extension modules that link a library; empty for other kinds.
    pub used_by: Vec<String>,
}

/// Kinds of components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ComponentKind {
    /// CPython and its standard library.
    Python,
    /// A library that extension modules of the standard library link, or one of this machine.
    Library,
    /// An extension module of the standard library that holds foreign code and links no library.
    Extension,
    /// A Python distribution, as package indices have them.
    Distribution,
    /// A Rust crate.
    Crate,
}

impl ComponentKind {
    /// All kinds, in order.
    pub const ALL: [Self; 5] =
        [Self::Python, Self::Library, Self::Extension, Self::Distribution, Self::Crate];

    /// What one of them is called.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Python => "Python",
            Self::Library => "library",
            Self::Extension => "extension module",
            Self::Distribution => "Python package",
            Self::Crate => "Rust crate",
        }
    }
}

/// Under which terms a component may be used.
#[derive(Clone, Debug, PartialEq)]
pub enum License {
    /// An expression of identifiers that SPDX lists.
    Expression(Box<Expression>),
    /// What the component says, which does not tell which licence of SPDX's list is meant.
    Text(String),
    /// The component says nothing.
    Unknown,
}

impl From<Expression> for License {
    fn from(expression: Expression) -> Self {
        Self::Expression(Box::new(expression))
    }
}

impl std::fmt::Display for License {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Expression(expression) => std::fmt::Display::fmt(expression, f),
            Self::Text(text) => f.write_str(text),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

/// A text that belongs to a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LicenseText {
    /// Name of its file: a relative path with `/` and without `..`.
    pub name: String,
    /// Its content, mostly UTF-8.
    pub content: Vec<u8>,
}

impl Component {
    /// A component of which only the name is known.
    pub fn new(kind: ComponentKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            version: None,
            license: License::Unknown,
            texts: Vec::new(),
            purl: None,
            sha256: None,
            used_by: Vec::new(),
        }
    }

    /// Name and version, as far as known.
    pub fn title(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.name),
            None => self.name.clone(),
        }
    }
}

impl Inventory {
    /// Puts components in order.
    pub fn new(mut components: Vec<Component>) -> Self {
        components.sort_by_cached_key(|component| {
            let folded = component.name.to_lowercase();
            (component.kind, folded, component.name.clone(), component.version.clone())
        });
        Self { components }
    }
}
