//! What a person is told of an executable.
//!
//! [`Analysis`] is all of it, in numbers and names. A table, JSON and a page are made from it, so that they say the same.
//!
//! * `contents`: modules, files and libraries among the packed resources.
//! * `tree`: who takes how much; its leaves add up to the file.
//! * `code`: what is not packed: machine code.
//! * `native`: shared objects, and what all of it asks of glibc.

mod code;
mod contents;
mod native;
#[cfg(test)]
mod tests;
mod tree;

pub use native::{GlibcFloor, LibraryFacts};
pub use tree::{Node, NodeKind, Part, PartKind};

use pyresources::{Resources, setting};
use serde::Serialize;

use super::Executable;
use super::error::InspectError;
use super::record::{BuildRecord, ComponentRecord, ImporterRecord};

/// What is in an executable.
#[derive(Clone, Debug, Serialize)]
pub struct Analysis {
    /// Name of the file, without folders.
    pub name: String,
    /// Its bytes, once it is unpacked where it was compressed as a whole.
    pub size: u64,
    /// Bytes of the file, where it is compressed as a whole.
    pub compressed: Option<u64>,
    /// What the application is called; `None` when the executable does not say.
    pub application: Option<String>,
    /// The packager's name and version.
    pub made_by: Option<String>,
    /// Full version of Python.
    pub python: Option<String>,
    /// Name of the target.
    pub target: Option<String>,
    /// What it runs.
    pub run: Run,
    /// How shared objects come into memory: `memory`, `cache` or `files`.
    pub native_load: String,
    /// Who takes how much; its `stored` is [`Analysis::size`].
    pub tree: Node,
    /// What it asks of glibc.
    pub glibc: GlibcFloor,
    /// The packed shared objects, the largest first.
    pub libraries: Vec<LibraryFacts>,
    /// What has a licence of its own.
    pub components: Vec<ComponentRecord>,
    /// Modules with imports that nothing in it provides.
    pub missing: Vec<ImporterRecord>,
}

/// What an executable runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Run {
    /// A mode of `pyresources::setting`, such as `module`.
    pub mode: String,
    /// The module, function, code or path; `None` when the mode needs none.
    pub argument: Option<String>,
}

impl Analysis {
    /// Looks at all of an executable. Every byte that is packed is verified on the way.
    ///
    /// # Errors
    ///
    /// It is damaged.
    pub fn of(executable: &Executable) -> Result<Self, InspectError> {
        let resources = executable.resources()?;
        let record = executable.record(&resources)?;
        let is_recorded = record.is_some();
        let record = record.unwrap_or_default();
        let setting = |key: &str| setting_of(executable, &resources, key);
        let contents = contents::read(executable, &resources, &record)?;
        let libraries = native::libraries(&contents, &record);
        let glibc = native::floor(executable.bytes(), &libraries);
        let known = |text: &String| is_recorded.then(|| text.clone());
        Ok(Self {
            name: file_name(executable),
            size: executable.bytes().len() as u64,
            compressed: executable.compressed(),
            application: known(&record.application),
            made_by: known(&record.made_by),
            python: known(&record.python),
            target: known(&record.target),
            run: Run {
                mode: setting(setting::RUN_MODE)?.unwrap_or_default(),
                argument: setting(setting::RUN_ARGUMENT)?,
            },
            native_load: setting(setting::NATIVE_LOAD)?.unwrap_or_default(),
            tree: tree::build(executable, contents, &record),
            glibc,
            libraries,
            components: record.components,
            missing: record.missing,
        })
    }

    /// Components of a kind, by name.
    pub fn components_of(
        &self,
        kind: crate::licenses::ComponentKind,
    ) -> impl Iterator<Item = &ComponentRecord> {
        self.components.iter().filter(move |component| component.kind == kind)
    }
}

fn file_name(executable: &Executable) -> String {
    let name = executable.path().file_name().unwrap_or(executable.path().as_os_str());
    name.to_string_lossy().into_owned()
}

fn setting_of(
    executable: &Executable,
    resources: &Resources<'_>,
    key: &str,
) -> Result<Option<String>, InspectError> {
    let value = resources.setting(key).map_err(|error| executable.damaged(error))?;
    Ok(value.map(|value| String::from_utf8_lossy(value).into_owned()))
}

/// Name and version of a distribution, as its makers write them.
fn title(record: &BuildRecord, project: &str) -> String {
    let mut components = record.components.iter();
    let found = components.find(|component| {
        component.kind == crate::licenses::ComponentKind::Distribution
            && crate::collect::core_metadata::normalise(&component.name) == project
    });
    match found {
        Some(ComponentRecord { name, version: Some(version), .. }) => format!("{name} {version}"),
        Some(ComponentRecord { name, .. }) => name.clone(),
        None => project.to_owned(),
    }
}
