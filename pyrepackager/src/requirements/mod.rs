//! Distributions that an installer finds: from requirements to unpacked wheels.
//!
//! ```text
//! entry ─► demand ─► lock file ─────────────► fetch ─► wheels in the cache
//!                        ▲                      │
//!                        └─ resolve (uv, pip) ──┘ only what is missing
//! ```
//!
//! * `demand`: what an entry of `[[python_packages]]` asks for; `file`, `project`, `script`: what a
//!   requirements file, a `pyproject.toml` and a script's inline metadata say; `requirement`: what a
//!   requirement may look like.
//! * `pins`, `sources`: what the lock files of other tools and `[tool.uv.sources]` say of it.
//! * `lock`: the file beside the TOML file that holds what was found.
//! * `resolve`: asks `uv`, or else pip, what satisfies a demand.
//! * `fetch`: has pip download and build what is not in the cache.
//! * `installer`: runs both; `pip`: what pip's words mean; `tree`: the source of a project.
//!
//! Neither installer runs when the lock file answers the demand and the cache holds the wheels, so
//! such a build needs no network.

mod demand;
mod error;
mod fetch;
mod file;
mod installer;
mod lock;
mod pins;
mod pip;
mod project;
mod requirement;
mod resolve;
mod script;
mod sources;
#[cfg(test)]
mod tests;
mod tree;
mod uv;

pub use error::RequirementsError;
pub(crate) use script::{in_place as script_metadata, read as read_script};

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::cache::Cache;
use crate::collect::shortened;
use crate::config::resolved::{
    Config, PackageSource, PackageSourceKind, RequirementsSource, of_entry,
};
use crate::distribution::Distribution;
use crate::reporter::Reporter;
use crate::wheel::{self, InstalledWheel};

use demand::Demand;
use installer::Installer;
use lock::LockFile;

/// The wheels that the entries of `[[python_packages]]` bring.
#[derive(Clone, Debug, Default)]
pub struct Provided {
    /// By the position of the entry among the configuration's.
    pub wheels: BTreeMap<usize, Vec<InstalledWheel>>,
    /// Files and folders that decide what they are: when one changes, so may the wheels.
    pub inputs: Vec<PathBuf>,
    /// Names of the distributions that are the projects which entries name, in the order of the entries.
    pub projects: Vec<String>,
}

/// What must not be done to provide them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Whether the lock file must answer the requirements as it is.
    pub locked: bool,
    /// Whether nothing may come from an index. Folders that pip's `find-links` names are no index.
    pub offline: bool,
}

/// Provides the wheels that the entries of `config` ask for.
///
/// # Errors
///
/// A wheel that cannot be used; requirements that cannot be satisfied or fetched; a lock file that is
/// out of date and must not be changed.
pub fn provide(
    config: &Config,
    distribution: &Distribution,
    limits: Limits,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Provided, RequirementsError> {
    let mut provided = Provided::default();
    let mut demands = Vec::new();
    for (index, source) in config.packages.iter().enumerate() {
        match &source.kind {
            PackageSourceKind::Wheel { path } => {
                let wheels = local_wheels(source, path, distribution, cache, reporter)?;
                provided.wheels.insert(index, wheels);
                provided.inputs.push(path.clone());
            }
            PackageSourceKind::Requirements(requirements) => {
                let demand = Demand::of(source.line, requirements, config.folder(), distribution)?;
                provided.inputs.extend(demand.inputs.iter().cloned());
                demands.push((index, demand));
            }
            _ => {}
        }
    }
    if !demands.is_empty() {
        let installer =
            Installer::of(distribution, config.folder(), limits.offline, cache, reporter)?;
        satisfy(&demands, config, &installer, limits, &mut provided)?;
    }
    Ok(provided)
}

fn local_wheels(
    source: &PackageSource,
    path: &std::path::Path,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<InstalledWheel>, RequirementsError> {
    let supported = wheel::tags::Supported::by(distribution);
    let wrong = |error| RequirementsError::Wheel { line: source.line, error };
    let mut wheels = wheel::find(path).map_err(wrong)?;
    if path.is_dir() {
        let (chosen, others) = wheel::choose(wheels, &supported);
        wheels = chosen;
        if !others.is_empty() {
            reporter.note(&format!(
                "{}wheels of which there is a newer or better fitting one, \
                 passed over: {}",
                of_entry(source.line),
                shortened(&others)
            ));
        }
    }
    wheels
        .iter()
        .map(|path| wheel::unpack(path, &supported, cache, reporter).map_err(wrong))
        .collect()
}

/// Answers the demands from the lock file, or anew, and writes the lock file when it changed.
fn satisfy(
    demands: &[(usize, Demand)],
    config: &Config,
    installer: &Installer<'_>,
    limits: Limits,
    provided: &mut Provided,
) -> Result<(), RequirementsError> {
    let path = config.lock.clone();
    let old = LockFile::read(&path)?;
    let mut sets = Vec::new();
    for (index, demand) in demands {
        let set = match old.find(demand, installer.distribution) {
            Some(set) => set.clone(),
            None if limits.locked => {
                let (line, label) = (demand.line, demand.label.clone());
                return Err(RequirementsError::LockDiffers { line, label, path });
            }
            None => resolve::resolve(demand, installer)?,
        };
        if let PackageSourceKind::Requirements(requirements) = &config.packages[*index].kind
            && let RequirementsSource::Project { path, .. } = &requirements.from
        {
            provided.projects.extend(set.name_of(path, config.folder()));
        }
        let wheels = fetch::fetch(demand, &set, installer)?;
        provided.wheels.insert(*index, wheels);
        sets.push(set);
    }
    let new = old.with(sets, installer.distribution);
    if new != old {
        if limits.locked {
            return Err(RequirementsError::LockStale { path });
        }
        new.write(&path)?;
    }
    provided.inputs.push(path);
    Ok(())
}

/// The script that an entry brings as a module of its own, besides what it requires.
pub fn script_of(source: &PackageSource) -> Option<&std::path::Path> {
    match &source.kind {
        PackageSourceKind::Requirements(requirements) => match &requirements.from {
            RequirementsSource::Script { path } => Some(path),
            _ => None,
        },
        _ => None,
    }
}
