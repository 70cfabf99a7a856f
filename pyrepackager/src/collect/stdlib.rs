//! `type = "stdlib"`: the distribution's standard library.

use super::error::CollectError;
use super::model::Collected;
use super::scan::Scan;
use crate::config::resolved::PackageSource;
use crate::distribution::Distribution;

/// Names at the top of `Lib` that are no part of the library.
fn is_foreign(name: &str) -> bool {
    matches!(name, "site-packages" | "dist-packages" | "lib-dynload") || name.starts_with("config-")
}

/// Collects the standard library.
pub fn scan(
    source: &PackageSource,
    exclude_test_modules: bool,
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let left_out =
        if exclude_test_modules { distribution.stdlib_test_packages.as_slice() } else { &[] };
    let scan = Scan { source, stdlib: true, left_out, skip_top: is_foreign, distribution };
    let root = &distribution.stdlib;
    scan.run(root, std::slice::from_ref(root))
}
