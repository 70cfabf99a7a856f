//! An inventory for tests.

use super::model::{Component, ComponentKind, Inventory, License, LicenseText};
use super::rules::parse;
use crate::config::resolved::Sha256Digest;

/// One component of most kinds: with and without version, licence and texts.
pub(super) fn sample() -> Inventory {
    let component = |kind, name: &str, version: &str, license: &str| Component {
        version: (!version.is_empty()).then(|| version.to_owned()),
        license: parse(license).map_or_else(|_| License::Text(license.to_owned()), License::from),
        ..Component::new(kind, name)
    };
    let text = |name: &str| LicenseText { name: name.to_owned(), content: b"text".to_vec() };
    let mut library = component(ComponentKind::Library, "libssl", "", "Apache-2.0");
    library.used_by = vec!["_ssl".to_owned()];
    library.sha256 = Some(Sha256Digest([0xab; 32]));
    library.purl = Some("pkg:generic/libssl".to_owned());
    library.texts = vec![text("LICENSE.txt")];
    let mut odd = component(ComponentKind::Distribution, "Odd", "1", "Two\n words");
    odd.texts = vec![text("../../etc/passwd"), text("docs/a:b.txt")];
    Inventory::new(vec![
        component(ComponentKind::Crate, "c", "1.0", "MIT OR Apache-2.0 WITH LLVM-exception"),
        Component::new(ComponentKind::Crate, "d"),
        odd,
        library,
        component(ComponentKind::Python, "CPython", "3.13.5", "Python-2.0"),
    ])
}
