//! The page for browsers: one file that asks for nothing from a network.
//!
//! `page/report.html` is its text, in which every value is escaped; `report.css` how it looks; `report.js` draws the
//! map with `layout.js`. Tables are there without scripts, too, and the script takes its data from them. A policy in
//! the page lets no other script run.

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pyrepackager::inspect::Analysis;
use pyrepackager::inspect::analysis::{LibraryFacts, Node, NodeKind};
use pyrepackager::inspect::record::ComponentRecord;
use pyrepackager::licenses::ComponentKind;
use pyrepackager::native::Glibc;
use sha2::{Digest as _, Sha256};

use super::words::{self, Lacks};
use super::{percent, size};

const STYLE: &str = include_str!("page/report.css");
const SCRIPT: &str = concat!(include_str!("page/layout.js"), include_str!("page/report.js"));

/// Names in a cell, at most.
const NAMES: usize = 12;

/// How many colours there are for distributions.
const COLORS: usize = 6;

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    name: &'a str,
    size: String,
    facts: Vec<(&'static str, String)>,
    style: &'static str,
    script: &'static str,
    script_hash: String,
    owners: Vec<OwnerRow<'a>>,
    floor: Option<String>,
    requirements: Vec<RequirementRow>,
    libraries: Vec<LibraryRow<'a>>,
    missing: Vec<Lacks>,
    components: Vec<ComponentRow<'a>>,
    rows: Vec<Row>,
    count: usize,
}

/// Somebody who takes room.
struct OwnerRow<'a> {
    name: &'a str,
    class: String,
    contents: String,
    size: String,
    share: String,
    bar: String,
    license: String,
}

/// What asks for a version of glibc.
struct RequirementRow {
    version: String,
    by: String,
    symbols: String,
    sets_floor: bool,
}

/// A shared object.
struct LibraryRow<'a> {
    name: &'a str,
    /// The path of its file, where that is another.
    file: Option<&'a str>,
    size: String,
    glibc: String,
    needed_by: String,
    needs: String,
    system: String,
}

/// Something with a licence.
struct ComponentRow<'a> {
    name: &'a str,
    version: &'a str,
    license: String,
    kind: &'static str,
    used_by: String,
}

/// A module, a file, a part of the machine code.
struct Row {
    name: String,
    owner: String,
    /// For the script: how the name leads to a place in the map.
    kind: &'static str,
    what: String,
    stored: u64,
    unpacked: u64,
    size: String,
    unpacked_size: String,
}

/// Writes the page.
///
/// # Errors
///
/// None that is known; the template engine has the last word.
pub fn page(analysis: &Analysis) -> std::io::Result<String> {
    let digest = STANDARD.encode(Sha256::digest(SCRIPT));
    let rows = rows(&analysis.tree);
    let page = Page {
        name: &analysis.name,
        size: size(analysis.size),
        facts: words::facts(analysis),
        style: STYLE,
        script: SCRIPT,
        script_hash: format!("sha256-{digest}"),
        owners: owners(analysis),
        floor: analysis.glibc.version.as_ref().map(ToString::to_string),
        requirements: requirements(analysis),
        libraries: analysis.libraries.iter().map(library).collect(),
        missing: words::lacking(&analysis.missing),
        components: analysis.components.iter().map(component).collect(),
        count: rows.iter().filter(|row| row.kind != SECTION).count(),
        rows,
    };
    page.render().map_err(std::io::Error::other)
}

fn owners(analysis: &Analysis) -> Vec<OwnerRow<'_>> {
    let largest = analysis.tree.children.first().map_or(0, |node| node.stored);
    let mut distributions = 0;
    let row = |node: &'_ Node| -> (String, String) {
        let class = match node.kind {
            NodeKind::MachineCode => "c-code".to_owned(),
            NodeKind::Stdlib => "c-stdlib".to_owned(),
            NodeKind::Application => "c-own".to_owned(),
            NodeKind::Distribution => {
                distributions += 1;
                format!("c-d{}", (distributions - 1) % COLORS)
            }
            _ => "c-packager".to_owned(),
        };
        (class, owner_license(analysis, node))
    };
    let looks: Vec<(String, String)> = analysis.tree.children.iter().map(row).collect();
    let rows = analysis.tree.children.iter().zip(looks).map(|(node, (class, license))| OwnerRow {
        name: &node.name,
        class,
        contents: words::contents(node),
        size: size(node.stored),
        share: format!("{:.1} %", percent(node.stored, analysis.size)),
        bar: format!("{:.2}", percent(node.stored, largest)),
        license,
    });
    rows.collect()
}

/// The licence of a distribution or of Python; empty for others.
fn owner_license(analysis: &Analysis, node: &Node) -> String {
    let is_it = |component: &&ComponentRecord| match node.kind {
        NodeKind::Stdlib => component.kind == ComponentKind::Python,
        NodeKind::Distribution => {
            let version = component.version.as_deref().unwrap_or_default();
            component.kind == ComponentKind::Distribution
                && format!("{} {version}", component.name).trim() == node.name
        }
        _ => false,
    };
    analysis.components.iter().find(is_it).map(words::license).unwrap_or_default()
}

/// The versions of glibc that are asked for, the newest first, each with those that ask for the same symbols.
fn requirements(analysis: &Analysis) -> Vec<RequirementRow> {
    let own = analysis.glibc.executable.as_ref().map(|own| ("the executable itself", own));
    let libraries = analysis.libraries.iter();
    let libraries =
        libraries.filter_map(|library| Some((words::title(library), library.glibc.as_ref()?)));
    let mut all: BTreeMap<(&Glibc, &[String]), Vec<String>> = BTreeMap::new();
    for (name, asked) in own.into_iter().chain(libraries) {
        all.entry((&asked.version, &asked.symbols)).or_default().push(name.to_owned());
    }
    let rows = all.into_iter().rev().map(|((version, symbols), by)| RequirementRow {
        version: version.to_string(),
        by: words::listed(&by, 3).unwrap_or_default(),
        symbols: words::listed(symbols, NAMES).unwrap_or_default(),
        sets_floor: analysis.glibc.version.as_ref() == Some(version),
    });
    rows.collect()
}

fn library(library: &LibraryFacts) -> LibraryRow<'_> {
    let names = |names: &[String]| words::listed(&words::short(names), NAMES).unwrap_or_default();
    LibraryRow {
        name: words::title(library),
        file: (words::title(library) != library.file).then_some(library.file.as_str()),
        size: size(library.size),
        glibc: library.glibc.as_ref().map(|asked| asked.version.to_string()).unwrap_or_default(),
        needed_by: names(&library.needed_by),
        needs: names(&library.needs),
        system: names(&library.system),
    }
}

fn component(component: &ComponentRecord) -> ComponentRow<'_> {
    ComponentRow {
        name: &component.name,
        version: component.version.as_deref().unwrap_or_default(),
        license: words::license(component),
        kind: component.kind.noun(),
        used_by: words::listed(&component.used_by, NAMES).unwrap_or_default(),
    }
}

/// The kind of a part of the machine code, whose name is one word to the script.
const SECTION: &str = "section";

/// All leaves of the tree, the largest first.
fn rows(tree: &Node) -> Vec<Row> {
    let leaves = tree.leaves().into_iter().filter(|(path, _)| path.len() > 1);
    let mut rows: Vec<Row> = leaves.map(|(path, leaf)| row(&path, leaf)).collect();
    rows.sort_by(|a, b| b.stored.cmp(&a.stored).then_with(|| a.name.cmp(&b.name)));
    rows
}

fn row(path: &[&str], leaf: &Node) -> Row {
    let (owner, names) = path.split_first().unwrap_or((&"", &[]));
    let (kind, separator, names) = match (leaf.kind, names) {
        (NodeKind::Module, [package @ .., "__init__"]) => ("package", ".", package),
        (NodeKind::Module, names) => ("module", ".", names),
        (NodeKind::Section, names) => (SECTION, " ", names),
        (_, names) => ("file", "/", names),
    };
    let what = match leaf.kind {
        NodeKind::Section => "machine code".to_owned(),
        _ if leaf.parts.is_empty() => "of the packager".to_owned(),
        _ => leaf.parts.iter().map(|part| part.kind.noun()).collect::<Vec<_>>().join(", "),
    };
    Row {
        name: names.join(separator),
        owner: (*owner).to_owned(),
        kind,
        what,
        stored: leaf.stored,
        unpacked: leaf.unpacked,
        size: size(leaf.stored),
        unpacked_size: size(leaf.unpacked),
    }
}

#[cfg(test)]
mod tests;
