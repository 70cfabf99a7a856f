//! Modules that lie beside a script: `python script.py` finds them in the script's folder, before all others.
//!
//! Only those go in that the script imports, or a module that came in so, or that a string in one of these names, such as
//! `DJANGO_SETTINGS_MODULE`'s value: the folder may hold anything. Data that a string names is left out, and told.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::ImportsError;
use super::names::top;
use super::worker::{self, ScanRequest};
use crate::cache::Cache;
use crate::collect::{self, Collected, ModuleKind};
use crate::config::resolved::{Config, PackageSourceKind};
use crate::distribution::Distribution;
use crate::reporter::Reporter;
use crate::requirements;

/// Adds what lies beside the scripts of `config` and is imported.
///
/// # Errors
///
/// A module cannot be read, or the interpreter that looks for imports does not start or breaks off.
pub fn add_siblings(
    config: &Config,
    collected: &mut Collected,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<(), ImportsError> {
    for source in &config.packages {
        let Some(script) = requirements::script_of(source) else { continue };
        let Some(folder) = script.parent() else { continue };
        let mut seen = BTreeSet::from([collect::script_name(script)]);
        let mut new: Vec<String> = seen.iter().cloned().collect();
        let mut data = BTreeSet::new();
        while !new.is_empty() {
            let imported = imported(&new, collected, distribution, cache, reporter)?;
            let is_sibling = |name: &String| {
                !seen.contains(name) && is_there(name, folder, collected, distribution)
            };
            let mut names: Vec<String> = imported.into_iter().filter(is_sibling).collect();
            for text in strings(&new, collected)? {
                if let Some(name) = named_module(&text, folder) {
                    if !seen.contains(name) && !names.iter().any(|other| other == name) {
                        reporter
                            .detail(&format!("{name} is packed, as a string names it: {text:?}"));
                        names.push(name.to_owned());
                    }
                } else if is_data(&text, folder) {
                    data.insert(text);
                }
            }
            seen.extend(names.iter().cloned());
            new = match names.as_slice() {
                [] => Vec::new(),
                names => collect::add_beside(source, folder, names, distribution, collected)?,
            };
        }
        // Packages go in with the data in them.
        seen.remove(&collect::script_name(script));
        data.retain(|path| path.split('/').next().is_none_or(|name| !seen.contains(name)));
        if let Some(note) = unpacked(&data, script, folder, config) {
            reporter.note(&note);
        }
    }
    Ok(())
}

/// Names in a note, at most.
const NAMES: usize = 8;

/// Characters of a string that may name something.
const LONGEST: usize = 100;

/// The strings in the source of modules that may name something: without blanks and escapes, in quotes of one line.
fn strings(modules: &[String], collected: &Collected) -> Result<BTreeSet<String>, ImportsError> {
    let mut strings = BTreeSet::new();
    for module in modules.iter().filter_map(|name| collected.modules.get(name)) {
        let Some(source) = &module.source else { continue };
        let text = fs_err::read(source)?;
        let text = String::from_utf8_lossy(&text);
        // What stands between two strings is looked at as well, and names nothing.
        for line in text.lines() {
            for quote in ['"', '\''] {
                let parts = line.split(quote).skip(1);
                let is_name = |part: &&str| {
                    let is_plain = |c: char| c.is_alphanumeric() || "_-./:".contains(c);
                    !part.is_empty() && part.len() <= LONGEST && part.chars().all(is_plain)
                };
                strings.extend(parts.filter(is_name).map(str::to_owned));
            }
        }
    }
    Ok(strings)
}

/// The module or package in `folder` that a string names: `site1.settings`, `app:create`, `handlers.Colored`, and a package
/// by its name alone.
fn named_module<'t>(text: &'t str, folder: &Path) -> Option<&'t str> {
    let dotted = text.split(':').next().unwrap_or(text);
    let is_identifier = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    if !dotted.split('.').all(is_identifier) {
        return None;
    }
    let name = top(dotted);
    let next = dotted.split('.').nth(1);
    let place = folder.join(name);
    let is_named = match next {
        None => place.join("__init__.py").is_file(),
        // A dotted name leads to something in the package, which may be a namespace package.
        Some(next) => place.join(next).with_extension("py").is_file() || place.join(next).is_dir(),
    };
    let file = place.with_extension("py");
    let is_module = match next {
        None => dotted.len() < text.len() && file.is_file(),
        Some(next) => defines(&file, next),
    };
    (is_named || is_module).then_some(name)
}

/// Whether the module in a file has a function, a class or a variable of that name, as far as its lines tell.
fn defines(file: &Path, name: &str) -> bool {
    let Ok(text) = fs_err::read_to_string(file) else { return false };
    text.lines().any(|line| {
        let defined = ["async def ", "def ", "class "]
            .iter()
            .find_map(|word| line.strip_prefix(word))
            .unwrap_or(line);
        defined
            .strip_prefix(name)
            .is_some_and(|rest| rest.trim_start().starts_with(['(', ':', '=', '[']))
    })
}

/// Whether a string is the path of a file or folder of data in `folder`.
fn is_data(text: &str, folder: &Path) -> bool {
    let is_name = |name: &str| !name.is_empty() && !name.starts_with('.');
    let path = folder.join(text);
    // Modes of open() and the like are folders by chance.
    let is_word = text.len() < 3 && !text.contains(['.', '/']);
    !is_word
        && text.trim_end_matches('/').split('/').all(is_name)
        && !text.contains(':')
        && !text.ends_with(".py")
        && (path.is_file() || (path.is_dir() && !path.join("pyvenv.cfg").exists()))
}

/// A note about data that strings of a script name, and that does not go in; `None` when there is none.
fn unpacked(
    data: &BTreeSet<String>,
    script: &Path,
    folder: &Path,
    config: &Config,
) -> Option<String> {
    let is_packed = |path: &Path| {
        config.packages.iter().any(|source| match &source.kind {
            PackageSourceKind::PackageRoot { path: root, packages } => {
                packages.iter().any(|name| path.starts_with(root.join(name)))
            }
            _ => false,
        })
    };
    let executable = script.with_extension("");
    let left: Vec<&str> = data
        .iter()
        .map(String::as_str)
        .filter(|name| folder.join(name) != executable && !is_packed(&folder.join(name)))
        .take(NAMES)
        .collect();
    let first = left.first()?;
    Some(format!(
        "{} names what lies beside it and is not packed: {}; `--include {first}` packs it",
        script.file_name().unwrap_or_default().display(),
        left.join(", "),
    ))
}

/// The top-level names that the modules import.
fn imported(
    modules: &[String],
    collected: &Collected,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<BTreeSet<String>, ImportsError> {
    let mut requests = Vec::new();
    for module in modules.iter().filter_map(|name| collected.modules.get(name)) {
        let Some(source) = &module.source else { continue };
        requests.push(ScanRequest {
            name: module.name.clone(),
            is_package: module.kind == ModuleKind::Package,
            source: fs_err::read(source)?,
        });
    }
    let scans = worker::scan(distribution, &requests, cache, reporter)?;
    let imports = scans.into_iter().flat_map(|scan| scan.imports);
    let absolute = imports.filter(|import| import.level == 0);
    Ok(absolute.map(|import| top(&import.module).to_owned()).collect())
}

/// Whether the import of `name` finds something in `folder`. A folder that is no regular package stands behind
/// whatever else has the name.
fn is_there(name: &str, folder: &Path, collected: &Collected, distribution: &Distribution) -> bool {
    let mut endings = distribution.extension_suffixes.iter().filter(|ending| !ending.is_empty());
    folder.join(name).join("__init__.py").is_file()
        || folder.join(format!("{name}.py")).is_file()
        || endings.any(|ending| folder.join(format!("{name}{ending}")).is_file())
        || (folder.join(name).is_dir() && is_free(name, collected, distribution))
}

fn is_free(name: &str, collected: &Collected, distribution: &Distribution) -> bool {
    !collected.modules.contains_key(name)
        && !collected.extensions.contains_key(name)
        && !distribution.extensions.contains_key(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_name_packages_modules_and_data() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = folder.path().join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        };
        for path in ["site1/__init__.py", "site1/settings.py", "web.py", "data/x.txt", "logo.png"] {
            write(path);
        }
        write("space/inner.py");
        let handlers =
            "class Colored(Handler):\n    level = 1\nasync def run():\n    pass\nAPP = 1\n";
        fs_err::write(folder.path().join("handlers.py"), handlers).unwrap();
        let named = |text| named_module(text, folder.path());
        for (text, name) in [("site1.settings", "site1"), ("site1", "site1"), ("web:app", "web")] {
            assert_eq!(named(text), Some(name), "{text}");
        }
        for text in ["space.inner", "space.inner:Class"] {
            assert_eq!(named(text), Some("space"), "{text}");
        }
        for text in ["handlers.Colored", "handlers.run", "handlers.APP", "handlers:any"] {
            assert_eq!(named(text), Some("handlers"), "{text}");
        }
        for text in ["handlers.level", "handlers.json", "space", "space.absent", "web.txt"] {
            assert_eq!(named(text), None, "{text}");
        }
        for text in ["web", "site1.absent", "os.path", "data", "a-b", ":x", "", "data.x"] {
            assert_eq!(named(text), None, "{text}");
        }
        for text in ["data", "data/", "data/x.txt", "logo.png"] {
            assert!(is_data(text, folder.path()), "{text}");
        }
        for text in ["absent", "web.py", "../x", "/etc", ".", "data//x.txt"] {
            assert!(!is_data(text, folder.path()), "{text}");
        }
    }
}
