//! The inventory inside the executable: the package `_licenses`, for `python -m _licenses`.
//!
//! Its Python files are modules like any other. Its data are files of the package: a table for
//! people, an index for the package, the bill of materials, and each text once, however many
//! components have it.

use std::collections::BTreeMap;
use std::path::Path;

use pyresources::install::Folder;

use super::error::LicenseError;
use super::model::Inventory;
use super::sbom;
use super::texts::{one_line, passed_on, table};
use crate::collect::folders;
use crate::collect::{Collected, Module, ModuleKind, Origin};
use crate::config::resolved::{OptimizeLevel, PythonVersion};

/// Name of the package.
const PACKAGE: &str = "_licenses";

/// Its modules: name, file within the package, source.
const MODULES: [(&str, &str, &str); 2] = [
    (PACKAGE, "__init__.py", include_str!("python/__init__.py")),
    ("_licenses.__main__", "__main__.py", include_str!("python/__main__.py")),
];

/// Adds the package's modules to what was collected, unless there is another of that name; their
/// source is written to `folder`.
///
/// Returns whether they were added.
///
/// # Errors
///
/// The source cannot be written.
pub fn add_modules(
    collected: &mut Collected,
    version: PythonVersion,
    folder: &Path,
) -> Result<bool, LicenseError> {
    if collected.modules.contains_key(PACKAGE) {
        return Ok(false);
    }
    let root = folders::prefix(Folder::SitePackages, version);
    let folder = folder.join(PACKAGE);
    fs_err::create_dir_all(&folder)?;
    for (name, file, source) in MODULES {
        let path = folder.join(file);
        fs_err::write(&path, source)?;
        let module = Module {
            name: name.to_owned(),
            kind: if name == PACKAGE { ModuleKind::Package } else { ModuleKind::Module },
            source: Some(path),
            virtual_path: format!("{root}{PACKAGE}/{file}"),
            optimize_level: OptimizeLevel::Zero,
            include_source: false,
            importable: true,
            // No entry of the configuration brings it.
            origin: Origin { line: 0, stdlib: true },
        };
        collected.modules.insert(name.to_owned(), module);
    }
    Ok(true)
}

/// The package's data: virtual paths and contents. `sbom` is the bill of materials.
pub fn data(inventory: &Inventory, version: PythonVersion, sbom: &[u8]) -> Vec<(String, Vec<u8>)> {
    let root = folders::prefix(Folder::SitePackages, version);
    let mut index = String::new();
    let mut stored: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
    for component in &inventory.components {
        let version = component.version.as_deref().unwrap_or_default();
        let license = one_line(&component.license.to_string());
        index += &format!("{}\t{version}\t{license}", one_line(&component.name));
        for text in passed_on(component) {
            let next = stored.len();
            let number = stored.entry(text.content).or_insert(next);
            index += &format!("\t{}\t{number}.txt", one_line(&text.name));
        }
        index.push('\n');
    }
    let mut files = vec![
        ("index.txt".to_owned(), index.into_bytes()),
        (sbom::FILE_NAME.to_owned(), sbom.to_vec()),
        ("table.txt".to_owned(), table(inventory, false).into_bytes()),
    ];
    files.extend(stored.into_iter().map(|(text, number)| (format!("texts/{number}.txt"), text)));
    let mut files: Vec<_> =
        files.into_iter().map(|(name, bytes)| (format!("{root}{PACKAGE}/{name}"), bytes)).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use pyresources::install;

    use super::*;
    use crate::licenses::testing::sample;

    const PYTHON: PythonVersion = PythonVersion { major: 3, minor: 13 };

    #[test]
    fn each_text_is_stored_once() {
        let files = data(&sample(), PYTHON, b"{}");
        let names: Vec<&str> = files.iter().map(|(name, _)| install::split(name).1).collect();
        assert_eq!(
            names,
            [
                "_licenses/index.txt",
                "_licenses/sbom.cdx.json",
                "_licenses/table.txt",
                "_licenses/texts/0.txt",
                "_licenses/texts/1.txt",
                "_licenses/texts/2.txt",
                "_licenses/texts/3.txt",
                "_licenses/texts/4.txt",
            ]
        );
        let index = String::from_utf8(files[0].1.clone()).unwrap();
        let lines: Vec<&str> = index.lines().collect();
        assert_eq!(lines[1], "libssl\t\tApache-2.0\tLICENSE.txt\t1.txt");
        assert_eq!(lines[2], "Odd\t1\tTwo words\t../../etc/passwd\t1.txt\tdocs/a:b.txt\t1.txt");
        assert_eq!(lines[4], "d\t\tunknown");
        assert_eq!(files[4].1, b"text");
    }

    #[test]
    fn a_package_of_that_name_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut collected = Collected::default();
        assert!(add_modules(&mut collected, PYTHON, folder.path()).unwrap());
        assert_eq!(collected.modules.len(), 2);
        let before = collected.modules.clone();
        assert!(!add_modules(&mut collected, PYTHON, folder.path()).unwrap());
        assert_eq!(collected.modules, before);
    }
}
