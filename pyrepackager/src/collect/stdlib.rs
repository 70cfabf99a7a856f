//! `type = "stdlib"`: the distribution's standard library.

use super::error::CollectError;
use super::model::Collected;
use super::scan::Scan;
use crate::config::resolved::PackageSource;
use crate::distribution::{Distribution, Extension};

/// Names at the top of `Lib` that are no part of the library.
fn is_foreign(name: &str) -> bool {
    matches!(name, "site-packages" | "dist-packages" | "lib-dynload") || name.starts_with("config-")
}

/// The packages that are of use only with `_tkinter`.
const NEED_TKINTER: [&str; 4] = ["idlelib", "tkinter", "turtle", "turtledemo"];

/// Installs pip into the folder of a Python installation. An executable has none, and the wheel of
/// pip that it holds for this is larger than any module.
const INSTALLER: &str = "ensurepip";

/// Packages of the library that stay out: what cannot work in an executable, and tests.
fn left_out(exclude_test_modules: bool, distribution: &Distribution) -> Vec<String> {
    let mut names = Vec::new();
    if exclude_test_modules {
        names.extend(distribution.stdlib_test_packages.iter().cloned());
        // Only its own tests can use it.
        names.push(INSTALLER.to_owned());
    }
    let links_tkinter = |extension: &Extension| {
        extension.variants.iter().any(|variant| !variant.objects.is_empty())
    };
    if !distribution.extensions.get("_tkinter").is_some_and(links_tkinter) {
        names.extend(NEED_TKINTER.map(str::to_owned));
    }
    names
}

/// Collects the standard library.
pub fn scan(
    source: &PackageSource,
    exclude_test_modules: bool,
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let left_out = left_out(exclude_test_modules, distribution);
    let scan = Scan {
        source,
        stdlib: true,
        left_out: &left_out,
        below: &[],
        skip_top: is_foreign,
        distribution,
    };
    let root = &distribution.stdlib;
    scan.run(root, std::slice::from_ref(root))
}
