//! Folders with Python files are collected, scanned with `python3` and compared.

mod circumstances;
mod report;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;
use crate::cache::Cache;
use crate::collect::testing::{distribution, everything, write};
use crate::collect::{self, Collected};
use crate::config::{self, resolved::Config};
use crate::distribution::Distribution;
use crate::reporter::Silent;

/// Lines of two entries: the application, what it needs.
const APPLICATION: usize = 4;
const LIBRARIES: usize = 9;

/// What is missing among `files`: those below `stdlib/`, `app/` (the application) and `lib/` (a
/// virtual environment).
fn examine(run: &str, files: &[(&str, &str)]) -> Missing {
    examine_with(run, files, &[])
}

/// As [`examine`], with names of extension modules that go in.
fn examine_with(run: &str, files: &[(&str, &str)], extensions: &[&str]) -> Missing {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let site_packages = "venv/lib/python3.13/site-packages/";
    write(root, &[("venv/pyvenv.cfg", "version = 3.13.5\n"), ("stdlib/os.py", "")]);
    write(root, &[(&format!("{site_packages}README"), "")]);
    let mut packages = BTreeSet::new();
    for (path, text) in files {
        let place = match path.strip_prefix("lib/") {
            Some(path) => format!("{site_packages}{path}"),
            None => (*path).to_owned(),
        };
        write(root, &[(&place, *text)]);
        let name = path.strip_prefix("app/").and_then(|path| path.split(['/', '.']).next());
        packages.extend(name.map(str::to_owned));
    }
    let packages: Vec<String> = packages.into_iter().collect();
    let application = format!("type = \"package-root\"\npath = \"app\"\npackages = {packages:?}");
    let application = if packages.is_empty() { "type = \"stdlib\"" } else { &application };
    let text = format!(
        r#"[[python_packages]]
type = "stdlib"

[[python_packages]]
{application}

[[python_packages]]
type = "virtualenv"
path = "venv"

[python_run]
{run}
"#
    );
    examine_config(&text, root, extensions)
}

/// What is missing by the configuration `text` of the folder `root`.
fn examine_config(text: &str, root: &Path, extensions: &[&str]) -> Missing {
    let config = config::parse(text, &root.join("app.toml"), "x86_64-unknown-linux-gnu").unwrap();
    let distribution = distribution(&root.join("stdlib"));
    let collected = collect_all(&config, &distribution);
    let cache = Cache::at(root.join("cache"));
    let scans = scan(&config, &collected, &distribution, &cache, &Silent).unwrap();
    missing(&config, None, &scans, &collected, extensions.iter().copied())
}

/// What the configuration takes, without wheels from an index.
fn collect_all(config: &Config, distribution: &Distribution) -> Collected {
    collect::collect(&config.packages, &BTreeMap::new(), distribution, &everything()).unwrap()
}

/// One line for each import: importer, reach, line, circumstance, missing module.
fn lines(missing: &Missing) -> Vec<String> {
    let mut lines = Vec::new();
    for importer in &missing.importers {
        for import in &importer.imports {
            let Lacking { module, line, circumstance, .. } = import;
            let Importer { name, reach, .. } = importer;
            lines.push(format!("{name}:{line} {module} {circumstance:?} {reach:?}"));
        }
    }
    lines
}
