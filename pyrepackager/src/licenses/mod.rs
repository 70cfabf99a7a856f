//! What goes into an executable, under which licences.
//!
//! [`inventory()`] lists the components with what they say of themselves; [`rules`] decides
//! whether that is permitted.
//!
//! * [`model`]: what an inventory holds.
//! * `native`: CPython and the libraries that its extension modules link.
//! * `distributions`: Python distributions, by their metadata.
//! * [`crates`]: Rust crates, by what Cargo knows.
//! * `system`: libraries of this machine.
//! * `spelling`: from people's words to SPDX expressions.
//! * [`texts`]: the texts that are passed on.
//! * [`module`]: the same inside the executable, as the package `_licenses`.
//! * [`sbom`]: the same inventory for programs, as CycloneDX.
//!
//! Nothing here knows what a licence asks for: it passes on what makers say, and no advice.

pub mod crates;
mod distributions;
mod error;
pub mod model;
pub mod module;
mod native;
pub mod rules;
pub mod sbom;
pub(crate) mod spelling;
mod system;
#[cfg(test)]
mod testing;
pub mod texts;

pub use error::{LicenseError, Reason, Refusal};
pub use model::{Component, ComponentKind, Inventory, License, LicenseText};

use std::path::PathBuf;

use crate::collect::Collected;
use crate::distribution::Distribution;
use crate::policy::SelectedExtension;

/// Lists what goes into an executable: `distribution` with `extensions`, what was `collected`, the `libraries`
/// of this machine that were taken along, and the Rust `crates` that are linked.
///
/// # Errors
///
/// A file of one of them cannot be read.
pub fn inventory(
    distribution: &Distribution,
    extensions: &[SelectedExtension],
    collected: &Collected,
    libraries: &[(String, PathBuf)],
    crates: &[Component],
) -> Result<Inventory, LicenseError> {
    let mut components = native::components(distribution, extensions)?;
    components.extend(distributions::components(collected)?);
    components.extend(system::components(libraries)?);
    components.extend_from_slice(crates);
    Ok(Inventory::new(components))
}
