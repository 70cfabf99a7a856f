//! What table and page say in the same words.

use std::collections::{BTreeMap, BTreeSet};

use pyrepackager::imports::{Circumstance, Reach};
use pyrepackager::inspect::Analysis;
use pyrepackager::inspect::analysis::{GlibcFloor, LibraryFacts, Node, NodeKind};
use pyrepackager::inspect::record::{ComponentRecord, ImporterRecord};

use super::size;

/// How an import is lacking.
pub const REQUIRED: &str = "required";
pub const ON_DEMAND: &str = "on demand";
pub const OPTIONAL: &str = "optional";
pub const UNREACHED: &str = "in unused modules";

/// What is said of an executable as a whole: labels and texts.
pub fn facts(analysis: &Analysis) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(python) = &analysis.python {
        let target = analysis.target.as_deref().unwrap_or("an unknown target");
        facts.push(("Python", format!("{python} for {target}")));
    }
    if let Some(compressed) = analysis.compressed {
        facts.push((
            "Compressed",
            format!("{}, and unpacked into memory at each start", size(compressed)),
        ));
    }
    facts.push(("Runs", runs(analysis)));
    facts.push(("glibc", glibc(&analysis.glibc)));
    if let Some(made_by) = &analysis.made_by {
        facts.push(("Made by", made_by.clone()));
    }
    facts
}

fn runs(analysis: &Analysis) -> String {
    let argument = analysis.run.argument.as_deref().unwrap_or_default();
    match analysis.run.mode.as_str() {
        "module" => format!("the module {argument}"),
        "entry-point" => format!("the console script {argument}"),
        "eval" => format!("code: {}", argument.trim().lines().next().unwrap_or_default()),
        "file" => format!("the file {argument} of the machine that it runs on"),
        "repl" => "an interactive prompt".to_owned(),
        "noop" => "nothing".to_owned(),
        other => other.to_owned(),
    }
}

/// The oldest glibc, and what it is for.
pub fn glibc(floor: &GlibcFloor) -> String {
    let Some(version) = &floor.version else { return "it asks for no version".to_owned() };
    let mut asking: Vec<String> = Vec::new();
    if floor.set_by_executable {
        asking.push("the executable itself".to_owned());
    }
    asking.extend(short(&floor.set_by));
    let asking = listed(&asking, 2).unwrap_or_default();
    let own = match &floor.executable {
        Some(own) if !floor.set_by_executable => {
            format!("; the executable itself needs {}", own.version)
        }
        _ => String::new(),
    };
    format!("{version} or newer, for {asking}{own}")
}

/// How many modules, files and libraries there are; empty for a single one.
pub fn contents(node: &Node) -> String {
    if node.children.is_empty() {
        return String::new();
    }
    let kinds = [
        (NodeKind::Module, "module", "modules"),
        (NodeKind::Library, "library", "libraries"),
        (NodeKind::File, "file", "files"),
    ];
    if matches!(node.kind, NodeKind::MachineCode | NodeKind::Packager) {
        return String::new();
    }
    let counts = kinds.into_iter().filter_map(|(kind, one, many)| match node.count(kind) {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// Files of libraries by their own names, without folders; modules as they are.
pub fn short(names: &[String]) -> Vec<String> {
    names.iter().map(|name| file_name(name).to_owned()).collect()
}

/// The last part of a path.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What a shared object is called: the module that it is, or its file without folders.
pub fn title(library: &LibraryFacts) -> &str {
    library.module.as_deref().unwrap_or(file_name(&library.file))
}

/// The first names, and how many more there are; `None` when there is none.
pub fn listed(names: &[String], most: usize) -> Option<String> {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        all if all > most => Some(format!("{shown} and {} more", all - most)),
        _ => Some(shown),
    }
}

/// What a component's licence is called.
pub fn license(component: &ComponentRecord) -> String {
    let license = component.license.as_deref().unwrap_or("unknown");
    license.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names of components by licence, the licence of most components first.
pub fn by_license<'a>(
    components: impl Iterator<Item = &'a ComponentRecord>,
) -> Vec<(String, Vec<String>)> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for component in components {
        all.entry(license(component)).or_default().push(component.name.clone());
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    all
}

/// A module that nothing provides.
#[derive(Debug, PartialEq, Eq)]
pub struct Lacks {
    /// Its name.
    pub module: String,
    /// Who imports it, each once.
    pub importers: Vec<String>,
    /// How firmly: one of the words above.
    pub how: &'static str,
}

/// The modules that nothing provides, those that are missed most first.
pub fn lacking(missing: &[ImporterRecord]) -> Vec<Lacks> {
    const ORDER: [&str; 4] = [REQUIRED, ON_DEMAND, OPTIONAL, UNREACHED];
    let mut all: BTreeMap<&str, (usize, BTreeSet<String>)> = BTreeMap::new();
    for importer in missing {
        for import in &importer.imports {
            let how = match (importer.reach, import.when) {
                (Reach::Unreached, _) => 3,
                (Reach::Optional, _) | (_, Circumstance::Optional) => 2,
                (Reach::Used, Circumstance::Required) => 0,
                (Reach::Used, _) => 1,
            };
            let found = all.entry(&import.module).or_insert((how, BTreeSet::new()));
            found.0 = found.0.min(how);
            found.1.insert(format!("{}:{}", importer.module, import.line));
        }
    }
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(module, (how, _))| (*how, *module));
    let lacks = |(module, (how, importers)): (&str, (usize, BTreeSet<String>))| Lacks {
        module: module.to_owned(),
        importers: importers.into_iter().collect(),
        how: ORDER[how],
    };
    all.into_iter().map(lacks).collect()
}
