//! From scans to what is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::error::ImportsError;
use super::model::{Circumstance, Importer, Lacking, Missing, Reach, Scan, Standing};
use super::names::Provided;
use super::reach::Graph;
use super::worker::{self, ScanRequest};
use crate::cache::Cache;
use crate::collect::{Collected, Module, ModuleKind, Origin};
use crate::config::resolved::{Config, PackageSource, PackageSourceKind, RunMode};
use crate::distribution::Distribution;
use crate::reporter::Reporter;
use crate::requirements;

/// The name under which the code of `[python_run]` is run.
const MAIN: &str = "__main__";

/// The scans of collected modules.
#[derive(Clone, Debug, Default)]
pub struct Scans {
    /// By name of the module.
    pub modules: BTreeMap<String, Scan>,
    /// Of the code of `[python_run]`.
    pub code: Option<Scan>,
}

/// Scans the modules that an import can name, and the code of `[python_run]`.
///
/// # Errors
///
/// A module cannot be read, the cache folder cannot be used, or the interpreter does not start or
/// breaks off. A module with a syntax error imports nothing.
pub fn scan(
    config: &Config,
    collected: &Collected,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Scans, ImportsError> {
    let mut requests = Vec::with_capacity(collected.modules.len());
    for module in collected.modules.values().filter(|module| module.importable) {
        let Some(source) = &module.source else { continue };
        requests.push(ScanRequest {
            name: module.name.clone(),
            is_package: module.kind == ModuleKind::Package,
            source: fs_err::read(source)?,
        });
    }
    let code = if let RunMode::Eval(code) = &config.run { Some(code) } else { None };
    requests.extend(code.map(|code| ScanRequest {
        name: MAIN.to_owned(),
        is_package: false,
        source: code.clone().into_bytes(),
    }));
    let mut scans = worker::scan(distribution, &requests, cache, reporter)?;
    let code = code.and_then(|_| scans.pop());
    let names = requests.into_iter().map(|request| request.name);
    Ok(Scans { modules: names.zip(scans).collect(), code })
}

/// Compares `scans` with what is `collected`, and `extensions`, the names of the distribution's extension
/// modules that go in. `entry` is the module of the console script that runs, if one does.
#[must_use]
pub fn missing<'a>(
    config: &'a Config,
    entry: Option<&str>,
    scans: &'a Scans,
    collected: &'a Collected,
    extensions: impl IntoIterator<Item = &'a str>,
) -> Missing {
    let by_name = scans.modules.iter().map(|(name, scan)| (name.as_str(), scan)).collect();
    let modules = &collected.modules;
    let packaged = collected.extensions.keys().map(String::as_str);
    let added = config.interpreter.rust_modules.iter().map(String::as_str);
    let main = main_modules(config, modules);
    let mut analysis = Analysis {
        provided: Provided::new(
            collected,
            by_name,
            extensions.into_iter().chain(packaged).chain(added),
        ),
        graph: Graph::default(),
        importers: Vec::new(),
    };
    if let Some(code) = &scans.code {
        analysis.look_at(MAIN, code, None, true);
    }
    for (name, scan) in &scans.modules {
        if let Some(module) = modules.get(name) {
            let is_main = main.contains(&name.as_str());
            analysis.look_at(name, scan, Some(module.origin), is_main);
        }
    }
    let Analysis { graph, importers, .. } = analysis;
    let only_optional = graph.only_optional();
    let mut started = main;
    started.extend(entry.and_then(|name| Some(modules.get_key_value(name)?.0.as_str())));
    let certain = graph.certain(run_at_once(config, modules, &started));
    let (roots, are_known) = roots(config, modules, started, &only_optional);
    let own: BTreeSet<&str> =
        if are_known { roots.iter().copied().collect() } else { BTreeSet::new() };
    let reached = graph.reach(roots);
    let importers = importers.into_iter().filter_map(|(mut importer, stdlib)| {
        let name = importer.name.as_str();
        importer.reach = *reached.get(name).unwrap_or(&Reach::Unreached);
        importer.standing = match () {
            () if own.contains(name) => Standing::Own,
            () if certain.contains(name) => Standing::ImportedAtOnce,
            () => Standing::Other,
        };
        let is_wanted = match importer.reach {
            Reach::Used => true,
            // The standard library is there for whoever wants it.
            Reach::Optional => !stdlib,
            // Whoever imports it copes without it.
            Reach::Unreached => !stdlib && !only_optional.contains(name),
        };
        is_wanted.then_some(importer)
    });
    let mut importers: Vec<Importer> = importers.collect();
    soften(&mut importers, has_filter(config));
    Missing { importers, certain: certain.into_iter().map(str::to_owned).collect() }
}

/// The modules that the application imports as soon as it runs, as it names them: those of its script, or the one that
/// its console script is in. `entry` is as for [`missing`].
#[must_use]
pub fn first(
    config: &Config,
    entry: Option<&str>,
    scans: &Scans,
    collected: &Collected,
) -> Vec<String> {
    let scan = match &config.run {
        RunMode::EntryPoint(_) => return entry.map(str::to_owned).into_iter().collect(),
        RunMode::Module(name) => return vec![name.clone()],
        RunMode::Eval(_) => scans.code.as_ref(),
        RunMode::Script(path) => {
            let script = collected.modules.values().find(|module| module.virtual_path == *path);
            script.and_then(|script| scans.modules.get(&script.name))
        }
        _ => None,
    };
    let imports = scan.into_iter().flat_map(|scan| &scan.imports);
    let at_once = imports.filter(|import| {
        import.level == 0
            && matches!(import.circumstance, Circumstance::Required | Circumstance::Main)
    });
    at_once.map(|import| import.module.clone()).collect()
}

/// Whether an entry leaves out what a run of the application did not load.
fn has_filter(config: &Config) -> bool {
    config.packages.iter().any(|source| source.kind.is_filter())
}

/// Takes imports on demand for optional ones where another module of the same entry catches the
/// failure: it is known there that the module may be missing. `all` of them are taken so when the
/// application has told by itself what it loads, which is more than its imports tell.
fn soften(importers: &mut [Importer], all: bool) {
    let reached = importers.iter().filter(|importer| importer.reach != Reach::Unreached);
    let optional = reached.flat_map(|importer| {
        let imports = importer.imports.iter().filter(|import| import.is_known);
        imports.map(|import| (importer.entry, import.module.clone()))
    });
    let optional: BTreeSet<(Option<usize>, String)> = optional.collect();
    for importer in importers {
        let entry = importer.entry;
        for import in &mut importer.imports {
            if import.circumstance == Circumstance::Deferred
                && (all || optional.contains(&(entry, import.module.clone())))
            {
                import.circumstance = Circumstance::Optional;
            }
        }
    }
}

/// What has been seen of the modules so far.
struct Analysis<'a> {
    provided: Provided<'a>,
    graph: Graph<'a>,
    /// Modules that lack something, and whether they are of the standard library.
    importers: Vec<(Importer, bool)>,
}

impl<'a> Analysis<'a> {
    fn look_at(&mut self, name: &'a str, scan: &Scan, origin: Option<Origin>, is_main: bool) {
        let stdlib = origin.is_some_and(|origin| origin.stdlib);
        let mut imports: Vec<Lacking> = Vec::new();
        for import in &scan.imports {
            let circumstance = match import.circumstance {
                Circumstance::Main if is_main => Circumstance::Required,
                Circumstance::Main => Circumstance::Optional,
                other => other,
            };
            let found = self.provided.find(name, import);
            for module in found.modules {
                self.graph.add(name, module, circumstance, stdlib);
            }
            for module in found.missing {
                let new = Lacking::new(module, import.line, circumstance);
                match imports.iter_mut().find(|other| other.module == new.module) {
                    Some(other) => other.add(new),
                    None => imports.push(new),
                }
            }
        }
        if stdlib {
            imports.retain(|import| import.circumstance == Circumstance::Required);
        }
        if !imports.is_empty() {
            imports.sort_by_key(|import| import.line);
            let entry = origin.map(|origin| origin.line);
            let (name, reach, standing) = (name.to_owned(), Reach::Unreached, Standing::Other);
            self.importers.push((Importer { name, entry, reach, standing, imports }, stdlib));
        }
    }
}

/// What `python -m` runs as `__main__`, and the package that this is in.
fn main_modules<'a>(config: &Config, modules: &'a BTreeMap<String, Module>) -> Vec<&'a str> {
    let RunMode::Module(name) = &config.run else { return Vec::new() };
    let names = [name.clone(), format!("{name}.{MAIN}")];
    names.iter().filter_map(|name| Some(modules.get_key_value(name)?.0.as_str())).collect()
}

/// The modules that are run when the application is started, as far as that is known.
fn run_at_once<'a>(
    config: &Config,
    modules: &'a BTreeMap<String, Module>,
    started: &[&'a str],
) -> Vec<&'a str> {
    match &config.run {
        RunMode::Script(path) => {
            let script = modules.values().find(|module| module.virtual_path == *path);
            script.map(|module| module.name.as_str()).into_iter().collect()
        }
        RunMode::Eval(_) => vec![MAIN],
        _ => started.to_vec(),
    }
}

/// The modules that the application is: what it runs, and what the configuration names one by
/// one. Without any of these, whatever can be imported without knowing the insides of a package; the answer says
/// whether there are any.
fn roots<'a>(
    config: &Config,
    modules: &'a BTreeMap<String, Module>,
    started: Vec<&'a str>,
    only_optional: &BTreeSet<&str>,
) -> (Vec<&'a str>, bool) {
    let is_root =
        |source: &&PackageSource| matches!(source.kind, PackageSourceKind::PackageRoot { .. });
    let named: BTreeSet<usize> =
        config.packages.iter().filter(is_root).map(|source| source.line).collect();
    let chosen = |choose: &dyn Fn(&Module) -> bool| -> Vec<&'a str> {
        let chosen = modules.values().filter(|module| choose(module));
        chosen
            .map(|module| module.name.as_str())
            .filter(|name| !only_optional.contains(name))
            .collect()
    };
    let scripts: Vec<&Path> = config.packages.iter().filter_map(requirements::script_of).collect();
    let is_script =
        |module: &Module| module.source.as_deref().is_some_and(|path| scripts.contains(&path));
    let mut roots = started;
    roots.extend(chosen(&|module| named.contains(&module.origin.line) || is_script(module)));
    if matches!(config.run, RunMode::Eval(_)) {
        roots.push(MAIN);
    }
    if roots.is_empty() {
        return (chosen(&|module| !module.origin.stdlib && is_outermost(module, modules)), false);
    }
    (roots, true)
}

/// Whether a module is in no package but namespace packages, which run nothing.
fn is_outermost(module: &Module, modules: &BTreeMap<String, Module>) -> bool {
    module.name.rsplit_once('.').is_none_or(|(package, _)| {
        modules.get(package).is_some_and(|package| package.kind == ModuleKind::Namespace)
    })
}
