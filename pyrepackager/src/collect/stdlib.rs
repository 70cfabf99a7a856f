//! `type = "stdlib"`: the distribution's standard library.

use std::collections::BTreeSet;

use pyresources::install::Folder;

use super::error::CollectError;
use super::model::Collected;
use super::names::is_covered;
use super::own_extensions;
use super::scan::Scan;
use crate::config::resolved::PackageSource;
use crate::distribution::Distribution;
use crate::policy::{self, Selection};

/// Names at the top of `Lib` that are no part of the library.
fn is_foreign(name: &str) -> bool {
    matches!(name, "site-packages" | "dist-packages" | "lib-dynload") || name.starts_with("config-")
}

/// Installs pip into the folder of a Python installation. An executable has none, and the wheel of
/// pip that it holds for this is larger than any module.
const INSTALLER: &str = "ensurepip";

/// Packages of the library that stay out whatever the configuration says: tests.
fn left_out(exclude_test_modules: bool, distribution: &Distribution) -> Vec<String> {
    if !exclude_test_modules {
        return Vec::new();
    }
    let mut names = distribution.stdlib_test_packages.clone();
    // Only its own tests can use it.
    names.push(INSTALLER.to_owned());
    names
}

/// Modules that cannot be imported without extension modules that are not `provided`, and a note of
/// them. An extension module that the distribution does not have at all is not worth a word.
fn lost(
    provided: &BTreeSet<&str>,
    source: &PackageSource,
    distribution: &Distribution,
) -> (Vec<String>, Option<String>) {
    let (mut names, mut told) = (Vec::new(), Vec::new());
    for (extension, modules) in policy::lost(provided) {
        names.extend(modules.iter().map(|&name| name.to_owned()));
        let left = modules.iter().filter(|name| !is_covered(name, &source.excludes));
        let left: Vec<&str> = left.copied().collect();
        if distribution.extensions.contains_key(extension) && !left.is_empty() {
            told.push(format!("{} ({extension})", left.join(", ")));
        }
    }
    let note = format!(
        "modules of the standard library left out with the extension modules that they need: {}",
        told.join("; ")
    );
    (names, (!told.is_empty()).then_some(note))
}

/// Collects what installs pip into virtual environments, for applications that make such.
pub fn installer(
    source: &PackageSource,
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let root = &distribution.stdlib;
    let folder = root.join(INSTALLER);
    if !folder.join("_bundled").is_dir() {
        return Ok(Collected::default());
    }
    let scan = Scan {
        source,
        stdlib: true,
        left_out: &[],
        folder: Folder::Stdlib,
        whole: false,
        below: &[],
        skip_top: |_| false,
        distribution,
    };
    scan.run(root, &[folder])
}

/// Collects the standard library, with the extension modules of `selection` that are packed.
pub fn scan(
    source: &PackageSource,
    exclude_test_modules: bool,
    distribution: &Distribution,
    selection: &Selection,
) -> Result<Collected, CollectError> {
    let own = own_extensions::collect(source, selection, distribution)?;
    let linked = selection.extensions.iter().map(|extension| extension.name.as_str());
    let provided = linked.chain(own.extensions.keys().map(String::as_str)).collect();
    let (lost, note) = lost(&provided, source, distribution);
    let mut left_out = left_out(exclude_test_modules, distribution);
    left_out.extend(lost);
    let scan = Scan {
        source,
        stdlib: true,
        left_out: &left_out,
        folder: Folder::Stdlib,
        whole: false,
        below: &[],
        skip_top: is_foreign,
        distribution,
    };
    let root = &distribution.stdlib;
    let mut collected = scan.run(root, std::slice::from_ref(root))?;
    collected.extensions.extend(own.extensions);
    collected.libraries.extend(own.libraries);
    collected.files.extend(own.files);
    collected.notes.extend(own.notes);
    collected.notes.extend(note);
    Ok(collected)
}
