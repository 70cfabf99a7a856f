//! `[python_run] mode = "entry-point"`: the function that a console script calls.

use std::collections::BTreeMap;

use super::error::CollectError;
use super::model::{Collected, DataFile, MAIN, Module, ModuleKind};
use super::names::nearest;
use super::{core_metadata, distributions};
use crate::config::resolved::{OptimizeLevel, RunMode};
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
        (RunMode::EntryPoint(name), _) if !is_declared(name, collected) => {
            return Ok(script(name, collected).unwrap_or_else(|| run.clone()));
        }
        _ => return Ok(run.clone()),
    };
    let project = core_metadata::normalise(&name);
    let mut scripts = Vec::new();
    let mut folders = core_metadata::folders(&collected.files);
    folders.retain(|folder, _| core_metadata::project_of(folder) == Some(project.clone()));
    let mut files = Vec::new();
    for (folder, line) in folders {
        files.extend(distributions::listed(folder, &collected.files));
        let path = format!("{folder}/entry_points.txt");
        if let Some(file) = collected.files.get(&path) {
            scripts.extend(declared(&text(file, line)?).into_iter().map(|(script, _)| script));
        }
    }
    scripts.sort();
    scripts.dedup();
    if scripts.is_empty() {
        // Of an older kind: files of their own. What Python does not run is a program.
        let names = files.iter().filter_map(|path| path.strip_prefix(SCRIPTS));
        scripts.extend(names.filter(|name| script(name, collected).is_some()).map(str::to_owned));
    }
    let named = scripts.iter().find(|script| core_metadata::normalise(script) == project);
    match (named, scripts.as_slice()) {
        (Some(name), _) | (None, [name]) => {
            let declared = RunMode::EntryPoint(name.clone());
            let own = script(name, collected).filter(|_| !is_declared(name, collected));
            Ok(own.unwrap_or(declared))
        }
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
    let (module, object) = target.split_once(':').unwrap_or((target, ""));
    // The file of a package is a module of its own only while Python runs.
    let file = module.strip_suffix(".__init__").unwrap_or(module);
    if !collected.modules.contains_key(file) && !collected.extensions.contains_key(file) {
        return Err(CollectError::EntryPointModule {
            name: name.to_owned(),
            folder: folder.clone(),
            module: module.to_owned(),
        });
    }
    Ok(format!("{module}:{object}"))
}

/// Whether a distribution declares a script of the name.
fn is_declared(name: &str, collected: &Collected) -> bool {
    !matches!(find(name, collected), Err(CollectError::NoEntryPoint { .. }))
}

/// The folder of scripts.
const SCRIPTS: &str = "bin/";

/// What runs a script that is a file of its own, `None` when there is no such script for Python.
fn script(name: &str, collected: &Collected) -> Option<RunMode> {
    let path = format!("{SCRIPTS}{name}");
    let file = collected.files.get(&path)?;
    let text = fs_err::read(&file.source).ok()?;
    let line = text.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    String::from_utf8_lossy(line).contains("python").then_some(RunMode::Script(path))
}

/// Has a file that is run as a script be a module, so that its bytecode goes in.
pub fn take_script(run: &RunMode, collected: &mut Collected) {
    let RunMode::Script(path) = run else { return };
    let Some(DataFile { source, virtual_path, origin }) = collected.files.remove(path) else {
        return;
    };
    let module = Module {
        name: MAIN.to_owned(),
        importable: false,
        kind: ModuleKind::Module,
        source: Some(source),
        virtual_path,
        optimize_level: OptimizeLevel::default(),
        include_source: true,
        origin,
    };
    collected.modules.insert(MAIN.to_owned(), module);
}
