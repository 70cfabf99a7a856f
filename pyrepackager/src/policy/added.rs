//! Extension modules that the distribution does not have, which are linked from files of the user's.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use object::archive::MAGIC;

use super::{NamedBy, PolicyError, SelectedExtension};
use crate::config::resolved::{ExtensionAction, ExtensionChoice};
use crate::digest::Hasher;
use crate::distribution::{ExtensionVariant, Library};

/// The entries of `[[extension_modules]]` with files of the user's, without repetition and by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddedModules(Vec<ExtensionChoice>);

impl AddedModules {
    /// Those among `choices`; of several about one module, the last counts.
    pub fn of(choices: &[ExtensionChoice]) -> Self {
        let last: BTreeMap<_, _> = choices.iter().map(|choice| (&choice.name, choice)).collect();
        let added = last.into_values().filter(|choice| !choice.added_files().is_empty());
        Self(added.cloned().collect())
    }

    /// The entries.
    pub fn choices(&self) -> &[ExtensionChoice] {
        &self.0
    }

    /// A digest of names, files and libraries, in hexadecimal; empty when there are no modules.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn digest(&self) -> std::io::Result<String> {
        if self.0.is_empty() {
            return Ok(String::new());
        }
        let mut hasher = Hasher::default();
        for ExtensionChoice { name, action, .. } in &self.0 {
            let ExtensionAction::Add { files, libraries } = action else { continue };
            hasher.add_block(name);
            for path in files {
                hasher.add_block(fs_err::read(path)?);
            }
            hasher.add_block("");
            libraries.iter().for_each(|library| hasher.add_block(library));
            hasher.add_block("");
        }
        Ok(hasher.finish().to_string())
    }

    /// The sections of a TOML file that add them.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for ExtensionChoice { name, action, .. } in &self.0 {
            let ExtensionAction::Add { files, libraries } = action else { continue };
            let files: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
            let _ = write!(
                text,
                "\n[[extension_modules]]\nname = {name:?}\nobjects = {files:?}\nlibraries = {libraries:?}\n"
            );
        }
        text
    }
}

/// Requires that no added module has the name of a packed one, which would never be imported.
///
/// # Errors
/// [`PolicyError::Packed`].
pub fn check_added(
    choices: &[ExtensionChoice],
    is_packed: impl Fn(&str) -> bool,
) -> Result<(), PolicyError> {
    match AddedModules::of(choices).0.iter().find(|choice| is_packed(&choice.name)) {
        Some(choice) => Err(PolicyError::Packed { line: choice.line, name: choice.name.clone() }),
        None => Ok(()),
    }
}

/// The extension modules that are linked from files of the user's, by name.
pub(super) fn added(choices: &[ExtensionChoice]) -> Result<Vec<SelectedExtension>, PolicyError> {
    let mut added = Vec::new();
    for ExtensionChoice { name, action, line } in AddedModules::of(choices).0 {
        let ExtensionAction::Add { files, libraries } = action else { continue };
        let variant = variant(&name, &files, &libraries)
            .map_err(|source| PolicyError::File { by: NamedBy::Choice(line), source })?;
        added.push(SelectedExtension { name, variant });
    }
    Ok(added)
}

fn variant(
    name: &str,
    files: &[PathBuf],
    libraries: &[String],
) -> std::io::Result<ExtensionVariant> {
    // That of a module in a package has the last part of its name.
    let last = name.rsplit('.').next().unwrap_or(name);
    let mut variant = ExtensionVariant {
        variant: "added".to_owned(),
        init_fn: Some(format!("PyInit_{last}")),
        ..ExtensionVariant::default()
    };
    for path in files {
        if is_static_library(path)? {
            variant.links.push(Library::of_file(path));
        } else {
            variant.objects.push(path.clone());
        }
    }
    variant.links.extend(libraries.iter().cloned().map(Library::System));
    Ok(variant)
}

/// Whether a file begins as static libraries do.
fn is_static_library(path: &Path) -> std::io::Result<bool> {
    let mut start = Vec::new();
    let file = fs_err::File::open(path)?;
    file.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(start == MAGIC)
}
