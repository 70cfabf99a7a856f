//! How a build writes its record.

use super::owners;
use super::record::{BuildRecord, ComponentRecord, ImporterRecord, LackingRecord, LibraryRecord};
use crate::collect::Collected;
use crate::distribution::Distribution;
use crate::imports::{Circumstance, Importer, Missing, Reach};
use crate::licenses::{Component, Inventory, License};
use crate::native::{Library, Report};
use crate::policy::SelectedExtension;

/// What a build knows.
pub(crate) struct Made<'a> {
    /// What the application is called.
    pub application: &'a str,
    pub distribution: &'a Distribution,
    pub extensions: &'a [SelectedExtension],
    pub collected: &'a Collected,
    pub inventory: &'a Inventory,
    pub libraries: &'a [Library],
    pub native: &'a Report,
    pub missing: &'a Missing,
}

/// The record of a build.
pub(crate) fn record(made: &Made<'_>) -> BuildRecord {
    let Made {
        application,
        distribution,
        extensions,
        collected,
        inventory,
        libraries,
        native,
        missing,
    } = *made;
    BuildRecord {
        made_by: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
        application: application.to_owned(),
        python: distribution.full_version.clone(),
        cache_tag: distribution.cache_tag.clone(),
        bytecode_magic: distribution.bytecode_magic,
        target: distribution.target_triple.clone(),
        extensions: extensions.iter().map(|extension| extension.name.clone()).collect(),
        components: inventory.components.iter().map(component).collect(),
        owners: owners::records(collected, libraries, distribution.version),
        libraries: shared_objects(native),
        missing: missing.importers.iter().filter_map(importer).collect(),
    }
}

fn component(component: &Component) -> ComponentRecord {
    ComponentRecord {
        kind: component.kind,
        name: component.name.clone(),
        version: component.version.clone(),
        license: match &component.license {
            License::Unknown => None,
            license => Some(license.to_string()),
        },
        spdx: matches!(component.license, License::Expression(_)),
        used_by: component.used_by.clone(),
    }
}

/// The shared objects, by virtual path.
fn shared_objects(native: &Report) -> Vec<LibraryRecord> {
    let is_from_system = |file: &String| native.from_system.iter().any(|(path, _)| path == file);
    let extensions = native.extensions.iter().map(|extension| LibraryRecord {
        file: extension.file.clone(),
        size: extension.size,
        glibc: extension.own_glibc.clone(),
        system: extension.system.clone(),
        from_system: false,
    });
    let libraries = native.libraries.iter().map(|library| LibraryRecord {
        file: library.file.clone(),
        size: library.size,
        glibc: library.glibc.clone(),
        system: Vec::new(),
        from_system: is_from_system(&library.file),
    });
    let mut all: Vec<LibraryRecord> = extensions.chain(libraries).collect();
    all.sort_by(|a, b| a.file.cmp(&b.file));
    all.dedup_by(|a, b| a.file == b.file);
    all
}

/// What the build says of a module; `None` when it says nothing, as the module is reached by no import and lacks
/// only what is optional.
fn importer(importer: &Importer) -> Option<ImporterRecord> {
    let is_told =
        |when: Circumstance| importer.reach != Reach::Unreached || when != Circumstance::Optional;
    let imports = importer.imports.iter().filter(|import| is_told(import.circumstance));
    let imports = imports.map(|import| LackingRecord {
        module: import.module.clone(),
        line: import.line,
        when: import.circumstance,
    });
    let imports: Vec<_> = imports.collect();
    let module = importer.name.clone();
    (!imports.is_empty()).then_some(ImporterRecord { module, reach: importer.reach, imports })
}
