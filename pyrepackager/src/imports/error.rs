//! Errors of looking for imports.

use super::model::Lacking;
use crate::collect::CollectError;
use crate::config::resolved::of_entry;
use crate::workers::WorkersError;

/// Imports cannot be looked for, or some that must be provided are not.
#[derive(Debug, thiserror::Error)]
pub enum ImportsError {
    /// Modules beside a script cannot be collected.
    #[error(transparent)]
    Siblings(#[from] CollectError),
    /// The interpreter does not do its work, or its results cannot be kept.
    #[error(transparent)]
    Workers(#[from] WorkersError),
    /// A module that was found a moment ago cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// An entry of `[[python_packages]]` is strict, and its modules import what nothing provides.
    #[error(
        "{}nothing in the executable provides what these modules \
         import:{}", of_entry(*line),
        lines(imports)
    )]
    Strict {
        /// The first such entry.
        line: usize,
        /// Names of the importers, and their imports.
        imports: Vec<(String, Lacking)>,
    },
}

/// Imports that an error lists at most.
const LISTED: usize = 20;

fn lines(imports: &[(String, Lacking)]) -> String {
    let listed = imports.iter().take(LISTED);
    let mut text: String = listed
        .map(|(importer, import)| {
            format!("\n  {importer}, line {}: {}", import.line, import.module)
        })
        .collect();
    if imports.len() > LISTED {
        text += &format!("\n  and {} more", imports.len() - LISTED);
    }
    text
}

impl ImportsError {
    /// Line of the section at fault in the TOML file, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Strict { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Siblings(error) => error.hint(),
            Self::Workers(error) => error.hint(),
            Self::File(_) => None,
            Self::Strict { imports, .. } => imports.first().map(|(importer, import)| {
                format!(
                    "add the package that has {:?}, or leave out the importer, {importer:?}, with \
                     `excludes`",
                    import.module
                )
            }),
        }
    }
}
