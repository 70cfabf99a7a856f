//! Modules that lie beside a script: `python script.py` finds them in the script's folder, before all others.
//!
//! Only those go in that the script imports, or a module that came in so: the folder may hold anything.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::ImportsError;
use super::names::top;
use super::worker::{self, ScanRequest};
use crate::cache::Cache;
use crate::collect::{self, Collected, ModuleKind};
use crate::config::resolved::Config;
use crate::distribution::Distribution;
use crate::reporter::Reporter;
use crate::requirements;

/// Adds what lies beside the scripts of `config` and is imported.
///
/// # Errors
///
/// A module cannot be read, or the interpreter that looks for imports does not start or breaks off.
pub fn add_siblings(
    config: &Config,
    collected: &mut Collected,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<(), ImportsError> {
    for source in &config.packages {
        let Some(script) = requirements::script_of(source) else { continue };
        let Some(folder) = script.parent() else { continue };
        let mut seen = BTreeSet::from([collect::script_name(script)]);
        let mut new: Vec<String> = seen.iter().cloned().collect();
        while !new.is_empty() {
            let imported = imported(&new, collected, distribution, cache, reporter)?;
            let is_sibling = |name: &String| {
                !seen.contains(name) && is_there(name, folder, collected, distribution)
            };
            let names: Vec<String> = imported.into_iter().filter(is_sibling).collect();
            seen.extend(names.iter().cloned());
            new = match names.as_slice() {
                [] => Vec::new(),
                names => collect::add_beside(source, folder, names, distribution, collected)?,
            };
        }
    }
    Ok(())
}

/// The top-level names that the modules import.
fn imported(
    modules: &[String],
    collected: &Collected,
    distribution: &Distribution,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<BTreeSet<String>, ImportsError> {
    let mut requests = Vec::new();
    for module in modules.iter().filter_map(|name| collected.modules.get(name)) {
        let Some(source) = &module.source else { continue };
        requests.push(ScanRequest {
            name: module.name.clone(),
            is_package: module.kind == ModuleKind::Package,
            source: fs_err::read(source)?,
        });
    }
    let scans = worker::scan(distribution, &requests, cache, reporter)?;
    let imports = scans.into_iter().flat_map(|scan| scan.imports);
    let absolute = imports.filter(|import| import.level == 0);
    Ok(absolute.map(|import| top(&import.module).to_owned()).collect())
}

/// Whether the import of `name` finds something in `folder`. A folder that is no regular package stands behind
/// whatever else has the name.
fn is_there(name: &str, folder: &Path, collected: &Collected, distribution: &Distribution) -> bool {
    let mut endings = distribution.extension_suffixes.iter().filter(|ending| !ending.is_empty());
    folder.join(name).join("__init__.py").is_file()
        || folder.join(format!("{name}.py")).is_file()
        || endings.any(|ending| folder.join(format!("{name}{ending}")).is_file())
        || (folder.join(name).is_dir() && is_free(name, collected, distribution))
}

fn is_free(name: &str, collected: &Collected, distribution: &Distribution) -> bool {
    !collected.modules.contains_key(name)
        && !collected.extensions.contains_key(name)
        && !distribution.extensions.contains_key(name)
}
