//! What a person is told.

use std::collections::BTreeSet;

use super::error::ImportsError;
use super::model::{Circumstance, Importer, Lacking, Missing, Reach, Standing};

/// Importers that get a line of their own, at most.
const IMPORTERS: usize = 20;

/// Names in a line, at most.
const NAMES: usize = 10;

impl Missing {
    /// Lines about imports that will probably fail: those of the application itself, and those that libraries make as
    /// soon as they are imported.
    pub fn notes(&self) -> Vec<String> {
        let is_told = |importer: &Importer, import: &Lacking| match importer.standing {
            Standing::Own => is_firm(&import),
            Standing::ImportedAtOnce => import.circumstance == Circumstance::Required,
            Standing::Other => false,
        };
        let lines = self.importers.iter().filter_map(|importer| {
            let imports = importer.imports.iter().filter(|import| is_told(importer, import));
            line(importer, imports.collect())
        });
        cut(lines.collect())
    }

    /// Lines for a person who wants to know all: one for each module that is used and lacks something, then one for
    /// what may be lacking on purpose and one for modules that nothing is known to import.
    pub fn details(&self) -> Vec<String> {
        let used = self.importers.iter().filter(|importer| importer.reach == Reach::Used);
        let used = used.filter_map(|importer| {
            line(importer, importer.imports.iter().filter(is_firm).collect())
        });
        let mut notes = cut(used.collect());
        let optional = names(self.importers.iter().flat_map(|importer| {
            let is_known = move |import: &&Lacking| match importer.reach {
                Reach::Used => import.circumstance == Circumstance::Optional,
                Reach::Optional => true,
                Reach::Unreached => false,
            };
            importer.imports.iter().filter(is_known)
        }));
        notes.extend(
            optional.map(|names| format!("optional imports that nothing provides: {names}")),
        );
        let unreached = self.importers.iter().filter(|importer| importer.reach == Reach::Unreached);
        let unreached =
            names(unreached.flat_map(|importer| importer.imports.iter().filter(is_firm)));
        notes.extend(unreached.map(|names| {
            format!(
                "modules that the application does not import need what nothing provides: {names}"
            )
        }));
        notes
    }
}

/// The first lines, and how many there are besides.
fn cut(mut lines: Vec<String>) -> Vec<String> {
    if lines.len() > IMPORTERS {
        let rest = lines.split_off(IMPORTERS).len();
        lines.push(format!("{rest} more modules import what nothing in the executable provides"));
    }
    lines
}

/// The line for some imports of a module; `None` when there are none.
fn line(importer: &Importer, imports: Vec<&Lacking>) -> Option<String> {
    if imports.is_empty() {
        return None;
    }
    let listed: Vec<String> = imports.iter().take(NAMES).map(|import| describe(import)).collect();
    let more = imports.len() - listed.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    let name = match importer.entry {
        Some(_) => importer.name.as_str(),
        None => "the code of [python_run]",
    };
    Some(format!(
        "{name} imports what nothing in the executable provides: {}{more}",
        listed.join(", ")
    ))
}

fn describe(import: &Lacking) -> String {
    let Lacking { module, line, circumstance, .. } = import;
    match circumstance {
        Circumstance::Deferred => format!("{module} (line {line}, on demand)"),
        _ => format!("{module} (line {line})"),
    }
}

/// Number and names of missing modules, each once; `None` when there is none.
fn names<'a>(imports: impl Iterator<Item = &'a Lacking>) -> Option<String> {
    let names: BTreeSet<&str> = imports.map(|import| import.module.as_str()).collect();
    let listed: Vec<&str> = names.iter().take(NAMES).copied().collect();
    let more = if names.len() > NAMES { ", …" } else { "" };
    (!names.is_empty()).then(|| format!("{} ({}{more})", names.len(), listed.join(", ")))
}

fn is_firm(import: &&Lacking) -> bool {
    import.circumstance < Circumstance::Optional
}

/// Refuses imports that nothing provides in the modules of some entries of `[[python_packages]]`,
/// by the entries' [lines](crate::collect::Origin::line). Imports whose failure is caught are let
/// pass, and so are modules that are only imported where it is.
///
/// # Errors
///
/// [`ImportsError::Strict`], which names every one.
pub fn check(missing: &Missing, strict_lines: &BTreeSet<usize>) -> Result<(), ImportsError> {
    let mut imports = Vec::new();
    let mut lines = BTreeSet::new();
    for importer in missing.importers.iter().filter(|other| other.reach != Reach::Optional) {
        let Some(line) = importer.entry.filter(|line| strict_lines.contains(line)) else {
            continue;
        };
        let firm: Vec<_> = importer.imports.iter().filter(is_firm).collect();
        lines.extend((!firm.is_empty()).then_some(line));
        imports.extend(firm.into_iter().map(|import| (importer.name.clone(), import.clone())));
    }
    match lines.pop_first() {
        None => Ok(()),
        Some(line) => Err(ImportsError::Strict { line, imports }),
    }
}
