//! The inventory of licences, on its way into the executable and beside it.

use super::{Folder, Request};
use crate::collect::Collected;
use crate::config::resolved::{Config, RunMode};
use crate::distribution::Distribution;
use crate::licenses::{self, Inventory, LicenseError, rules::Rules};
use crate::native::Report;
use crate::policy::{SelectedExtension, Selection};
use crate::reporter::Reporter;

/// What becomes of the inventory of licences.
pub(super) struct Licenses {
    /// The folder that is passed on with the executable, if one is.
    pub beside: Option<Folder>,
    /// Files inside it.
    pub packed: Vec<(String, Vec<u8>)>,
    /// All of it.
    pub inventory: Inventory,
}

/// Lists what goes in, requires that its licences are permitted, and adds the module that prints
/// them.
pub(super) fn licenses(
    request: &Request<'_>,
    distribution: &Distribution,
    extensions: &[SelectedExtension],
    collected: &mut Collected,
    native: &Report,
    reporter: &dyn Reporter,
) -> Result<Licenses, LicenseError> {
    let rules = Rules::of(&request.config.licenses)?;
    let crates = &request.crates.components;
    let mut inventory =
        licenses::inventory(distribution, extensions, collected, &native.from_system, crates)?;
    for name in licenses::rules::clarify(&mut inventory, &rules.clarify) {
        reporter.note(&format!("[licenses] clarify: no component is called {name:?}"));
    }
    licenses::rules::check(&inventory, &rules)?;
    let sbom = licenses::sbom::json(&inventory, application_name(request.config))?;
    let packed = if !request.config.licenses.embed {
        Vec::new()
    } else if licenses::module::add_modules(collected, distribution.version, request.out_dir)? {
        licenses::module::data(&inventory, distribution.version, &sbom)
    } else {
        reporter.note("the application has a module `_licenses`, which stays as it is");
        Vec::new()
    };
    let mut files = licenses::texts::files(&inventory);
    files.push((licenses::sbom::FILE_NAME.to_owned(), sbom));
    let beside = Folder { name: "licenses", heading: licenses::texts::HEADING, files };
    Ok(Licenses { beside: request.config.licenses.beside.then_some(beside), packed, inventory })
}

/// The distribution's extension modules that went in: a packed one may have been left out.
pub(super) fn extensions_of(
    selection: &Selection,
    collected: &Collected,
) -> Vec<SelectedExtension> {
    let packed =
        selection.shared.iter().filter(|shared| collected.extensions.contains_key(&shared.name));
    selection.extensions.iter().chain(packed).cloned().collect()
}

/// What the application is called. No name of a folder: it would differ between machines.
pub(super) fn application_name(config: &Config) -> &str {
    match (&config.interpreter.program_name, &config.run) {
        (Some(name), _) | (None, RunMode::Module(name) | RunMode::EntryPoint(name)) => name,
        (None, RunMode::Script(path)) => path.strip_suffix(".py").unwrap_or(path),
        _ => "application",
    }
}
