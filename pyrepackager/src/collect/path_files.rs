//! `.pth` files: folders that a `site-packages` folder adds to `sys.path`, editable installs among
//! them.
//!
//! A line that names a folder is followed: what is in the folder is collected as if it lay beside the
//! file. A line that begins with `import` is code for the start of an interpreter; it is not run, and
//! reported. The exception is the code of setuptools' editable installs, which does nothing but map
//! the names of packages to folders.

use std::path::{Path, PathBuf};

use pyresources::install::Folder;

use super::error::CollectError;
use super::merge;
use super::model::Collected;
use super::scan::Scan;
use crate::config::resolved::{PackageSource, of_entry};
use crate::distribution::Distribution;

/// Whether a name at the top of a `site-packages` folder is that of a `.pth` file or belongs to one.
pub fn is_path_file(name: &str) -> bool {
    name.ends_with(".pth") || is_finder(name)
}

/// Whether a name is that of the module that setuptools' editable installs import.
fn is_finder(name: &str) -> bool {
    name.starts_with("__editable___") && name.ends_with("_finder.py")
}

/// Names at the top of a folder that hold what tools made, or are hidden: an editable install may name
/// the folder of a whole project.
fn is_made(name: &str) -> bool {
    const MADE: [&str; 5] = ["build", "dist", "node_modules", "target", "venv"];
    name.starts_with('.') || MADE.contains(&name) || name.ends_with(".egg-info")
}

/// Collects a `site-packages` folder: what is in it, and what its `.pth` files lead to.
pub fn site_folder(
    source: &PackageSource,
    folder: &Path,
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let follower = Follower { source, folder, distribution };
    let scan = Scan { whole: true, ..follower.scan(is_path_file) };
    let mut found = scan.run(folder, &[folder.to_owned()])?;
    follow(&follower, &mut found)?;
    Ok(found)
}

/// Follows the `.pth` files in the folder; what they lead to gives way to what is there.
fn follow(follower: &Follower<'_>, collected: &mut Collected) -> Result<(), CollectError> {
    let Follower { source, folder, .. } = *follower;
    let line = source.line;
    for path in path_files(line, folder)? {
        let text = follower.read(&path)?;
        collected.inputs.push(path.clone());
        for entry in text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')) {
            let runs = entry.starts_with("import ") || entry.starts_with("import\t");
            // What setuptools has run at the start, the importer does by itself.
            if runs && entry.contains("_distutils_hack") {
                continue;
            }
            let mut found = if !runs {
                follower.folder(&path, &folder.join(entry), collected)?
            } else if let Some(finder) = follower.finder(entry) {
                collected.inputs.push(finder.clone());
                follower.mapped(&finder)?
            } else {
                collected.notes.push(format!(
                    "{}{} is not run; it has code for the start of the interpreter: {}",
                    of_entry(line),
                    path.file_name().unwrap_or_default().display(),
                    entry.chars().take(80).collect::<String>()
                ));
                continue;
            };
            if let Some(owner) = owner(&path, collected) {
                let modules = found.modules.values().map(|module| &module.virtual_path);
                let paths = modules.chain(found.files.keys()).cloned();
                found.brought.entry(owner).or_default().extend(paths);
            }
            // `sys.path` has the folder of the file before those that it adds.
            let own = std::mem::replace(collected, found);
            merge::merge(collected, own);
        }
    }
    Ok(())
}

/// The metadata folder of the distribution that a `.pth` file belongs to.
fn owner(path_file: &Path, collected: &Collected) -> Option<String> {
    let row = format!("{},", path_file.file_name()?.to_str()?);
    let records = collected.files.iter().filter_map(|(path, file)| {
        Some((path.strip_suffix("/RECORD")?, fs_err::read_to_string(&file.source).ok()?))
    });
    let mut owners =
        records.filter(|(_, record)| record.lines().any(|line| line.starts_with(&row)));
    owners.next().map(|(folder, _)| folder.to_owned())
}

/// The `.pth` files in a folder, in the order in which `site` reads them.
fn path_files(line: usize, folder: &Path) -> Result<Vec<PathBuf>, CollectError> {
    let unreadable = |source| CollectError::Unreadable { line, path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // `site` passes over hidden ones.
        if name.ends_with(".pth") && !name.starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Follows the lines of the files in one folder.
struct Follower<'a> {
    source: &'a PackageSource,
    folder: &'a Path,
    distribution: &'a Distribution,
}

impl Follower<'_> {
    fn read(&self, path: &Path) -> Result<String, CollectError> {
        let bytes = fs_err::read(path).map_err(|source| CollectError::Unreadable {
            line: self.source.line,
            path: path.to_owned(),
            source,
        })?;
        Ok(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').to_owned())
    }

    fn scan(&self, skip_top: fn(&str) -> bool) -> Scan<'_> {
        let (source, distribution) = (self.source, self.distribution);
        Scan {
            source,
            stdlib: false,
            left_out: &[],
            folder: Folder::SitePackages,
            whole: false,
            below: &[],
            skip_top,
            distribution,
        }
    }

    /// All packages and modules of a folder; one that does not exist is passed over, as by `site`.
    fn folder(
        &self,
        path_file: &Path,
        folder: &Path,
        collected: &mut Collected,
    ) -> Result<Collected, CollectError> {
        if folder.is_dir() {
            return self.scan(is_made).run(folder, &[folder.to_owned()]);
        }
        collected.notes.push(format!(
            "{}{} adds a folder that does not exist: {}",
            of_entry(self.source.line),
            path_file.display(),
            folder.display()
        ));
        Ok(Collected::default())
    }

    /// The finder that a line of setuptools' imports.
    fn finder(&self, entry: &str) -> Option<PathBuf> {
        let module = entry.strip_prefix("import ")?.split([';', ' ']).next()?;
        let name = format!("{module}.py");
        let path = self.folder.join(&name);
        (is_finder(&name) && path.is_file()).then_some(path)
    }

    /// The packages that a finder of setuptools' maps to folders.
    fn mapped(&self, finder: &Path) -> Result<Collected, CollectError> {
        let text = self.read(finder)?;
        let mut collected = Collected::default();
        for (name, place) in mapping(&text) {
            let names: Vec<String> = name.split('.').map(str::to_owned).collect();
            // A name maps to the folder of a package, or to a module without its ending.
            let place = PathBuf::from(place);
            let found = if place.is_dir() {
                let scan = Scan { below: &names, ..self.scan(|_| false) };
                scan.run(&place, std::slice::from_ref(&place))?
            } else {
                self.scan(|_| false).module_file(place.with_extension("py"), names)?
            };
            merge::merge(&mut collected, found);
        }
        Ok(collected)
    }
}

/// The mapping in a finder of setuptools': a line `MAPPING: dict[str, str] = {'name': '/path'}`.
fn mapping(text: &str) -> Vec<(String, String)> {
    let line = text.lines().find(|line| line.starts_with("MAPPING")).unwrap_or_default();
    let literal = line.split_once('{').map_or("", |(_, rest)| rest);
    let mut strings = Vec::new();
    let mut characters = literal.chars();
    // `repr` writes strings in either kind of quotes, with a backslash before some characters.
    while let Some(quote) = characters.find(|c| matches!(c, '\'' | '"' | '}')) {
        if quote == '}' {
            break;
        }
        let mut string = String::new();
        while let Some(character) = characters.next().filter(|c| *c != quote) {
            string.extend(if character == '\\' { characters.next() } else { Some(character) });
        }
        strings.push(string);
    }
    strings.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::mapping;

    #[test]
    fn the_mapping_of_a_finder_is_read() {
        let text =
            "import sys\nMAPPING: dict[str, str] = {'a': '/x/a', \"b\": \"/it's/b\"}\nNAMES = {}\n";
        let expected = [("a", "/x/a"), ("b", "/it's/b")];
        let expected = expected.map(|(name, place)| (name.to_owned(), place.to_owned()));
        assert_eq!(mapping(text), expected);
        assert_eq!(mapping("MAPPING: dict[str, str] = {}\n"), []);
    }
}
