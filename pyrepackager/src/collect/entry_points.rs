//! `[python_run] mode = "entry-point"`: the function that a console script calls.

use std::collections::BTreeMap;

use super::core_metadata;
use super::error::CollectError;
use super::model::{Collected, DataFile};
use super::names::nearest;
use crate::config::resolved::RunMode;
use crate::wheel::scripts::declared;

/// A script that a distribution declares.
struct Script {
    /// Line of the entry of `[[python_packages]]` that brings the distribution.
    line: usize,
    /// The distribution's metadata folder.
    folder: String,
    /// `MODULE:OBJECT`.
    target: String,
}

/// What running a distribution means: a script of its own, or the package of its name. `project` is the distribution
/// that is the application, where one is. Other ways to run are as they were.
///
/// # Errors
///
/// When the distribution is not there, or has several scripts, or neither a script nor such a package.
pub fn chosen(
    run: &RunMode,
    project: Option<&str>,
    collected: &Collected,
) -> Result<RunMode, CollectError> {
    let name = match (run, project) {
        (RunMode::Distribution(name), _) => name.clone(),
        (RunMode::Project, Some(name)) => name.to_owned(),
        _ => return Ok(run.clone()),
    };
    let project = core_metadata::normalise(&name);
    let mut scripts = Vec::new();
    let mut folders = core_metadata::folders(&collected.files);
    folders.retain(|folder, _| core_metadata::project_of(folder) == Some(project.clone()));
    for (folder, line) in folders {
        let path = format!("{folder}/entry_points.txt");
        if let Some(file) = collected.files.get(&path) {
            scripts.extend(declared(&text(file, line)?).into_iter().map(|(script, _)| script));
        }
    }
    scripts.sort();
    scripts.dedup();
    let named = scripts.iter().find(|script| core_metadata::normalise(script) == project);
    match (named, scripts.as_slice()) {
        (Some(script), _) | (None, [script]) => Ok(RunMode::EntryPoint(script.clone())),
        (None, []) if collected.modules.contains_key(&format!("{project}.__main__")) => {
            Ok(RunMode::Module(project))
        }
        (None, _) => Err(CollectError::NoScript { name, scripts }),
    }
}

fn text(file: &DataFile, line: usize) -> Result<String, CollectError> {
    fs_err::read_to_string(&file.source).map_err(|source| CollectError::Unreadable {
        line,
        path: file.source.clone(),
        source,
    })
}

/// What the script `name` calls, as `MODULE:OBJECT`.
///
/// # Errors
///
/// When no distribution declares such a script, or several do with different targets, or its module
/// is not among those collected.
pub fn find(name: &str, collected: &Collected) -> Result<String, CollectError> {
    let mut scripts: BTreeMap<String, Vec<Script>> = BTreeMap::new();
    for (path, file) in &collected.files {
        let folder = path.strip_suffix("/entry_points.txt");
        let folder = folder.filter(|folder| core_metadata::folder_of(path) == Some(folder));
        let Some(folder) = folder.map(core_metadata::folder_name) else { continue };
        let line = file.origin.line;
        for (script, target) in declared(&text(file, line)?) {
            let folder = folder.to_owned();
            scripts.entry(script).or_default().push(Script { line, folder, target });
        }
    }
    let Some(mut found) = scripts.remove(name) else {
        let all: Vec<String> = scripts.into_keys().collect();
        let nearest = nearest(name, &all);
        return Err(CollectError::NoEntryPoint { name: name.to_owned(), nearest, all });
    };
    // The last entry wins, as it does for modules.
    let last = found.iter().map(|script| script.line).max();
    found.retain(|script| Some(script.line) == last);
    found.dedup_by(|a, b| a.target == b.target);
    let [Script { folder, target, .. }] = found.as_slice() else {
        let folders = found.into_iter().map(|script| script.folder).collect();
        return Err(CollectError::EntryPointTwice { name: name.to_owned(), folders });
    };
    let module = target.split(':').next().unwrap_or(target);
    if !collected.modules.contains_key(module) {
        return Err(CollectError::EntryPointModule {
            name: name.to_owned(),
            folder: folder.clone(),
            module: module.to_owned(),
        });
    }
    Ok(target.clone())
}
