//! What is left out.

use std::collections::{BTreeMap, BTreeSet};

use super::ProfileError;
use super::keep::Kept;
use super::read::Profile;
use crate::collect::Collected;
use crate::imports::Scans;
use crate::native::Library;

/// What has to be known of an application before something is left out.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    /// Modules that it runs.
    pub main: &'a [String],
    /// What its modules import.
    pub scans: &'a Scans,
    /// The shared objects, with those that they need.
    pub libraries: &'a [Library],
}

/// What was left out.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// Modules, files, extension modules and libraries.
    pub removed: Collected,
    /// How many modules there were, with extension modules.
    pub modules: usize,
    /// How many files there were.
    pub files: usize,
    /// How many libraries there were, without extension modules.
    pub libraries: usize,
    /// Names of the modules that were left out, without those in packages that were.
    pub names: Vec<String>,
}

/// Leaves out of `collected` what the profile's runs have not used.
///
/// # Errors
///
/// They have used nothing of it.
pub fn prune(
    profile: &Profile,
    collected: &mut Collected,
    needs: &Needs<'_>,
) -> Result<Pruned, ProfileError> {
    let is_known = |name: &String| {
        collected.modules.contains_key(name) || collected.extensions.contains_key(name)
    };
    if let Some((path, _)) = profile.traces.first()
        && !profile.imported.iter().any(is_known)
    {
        return Err(ProfileError::Foreign { path: path.clone() });
    }
    let kept = Kept::of(profile, collected, needs);
    let modules = names(collected).len();
    let files = collected.files.len();
    let libraries = collected.libraries.len() - extension_files(collected);
    let removed = Collected {
        modules: split_off(&mut collected.modules, &kept.modules),
        extensions: split_off(&mut collected.extensions, &kept.modules),
        files: split_off(&mut collected.files, &kept.files),
        libraries: split_off(&mut collected.libraries, &kept.libraries),
        ..Collected::default()
    };
    let names = outermost(&names(&removed));
    Ok(Pruned { removed, modules, files, libraries, names })
}

/// How many of the libraries are the files of extension modules.
pub(super) fn extension_files(collected: &Collected) -> usize {
    let paths: BTreeSet<&str> =
        collected.extensions.values().map(|extension| extension.virtual_path.as_str()).collect();
    collected.libraries.keys().filter(|path| paths.contains(path.as_str())).count()
}

/// Names of the modules, with extension modules.
pub(super) fn names(collected: &Collected) -> BTreeSet<&str> {
    collected.modules.keys().chain(collected.extensions.keys()).map(String::as_str).collect()
}

/// Removes from `entries` those that do not stay, and returns them.
fn split_off<T>(entries: &mut BTreeMap<String, T>, kept: &BTreeSet<String>) -> BTreeMap<String, T> {
    let (staying, going) =
        std::mem::take(entries).into_iter().partition(|(name, _)| kept.contains(name));
    *entries = staying;
    going
}

/// The names without those below others. Nothing in a package stays without the package.
fn outermost(names: &BTreeSet<&str>) -> Vec<String> {
    let is_below =
        |name: &str| name.match_indices('.').any(|(dot, _)| names.contains(&name[..dot]));
    names.iter().filter(|name| !is_below(name)).map(|name| (*name).to_owned()).collect()
}
