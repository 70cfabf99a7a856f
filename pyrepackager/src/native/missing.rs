//! Libraries that nothing provides.
//!
//! Most of them do no harm: the system where the executable runs has them, as every desktop has those for windows, or
//! whoever imports the module that needs one is prepared to do without it. So they are left to that system. Only where
//! even this machine lacks a library, and the application is certain to import the module, does the build end.

use std::collections::BTreeSet;

use super::error::NativeError;
use super::model::MissingLibrary;
use super::system;

/// Names in a line, at most.
const NAMES: usize = 12;

/// Says which libraries are left to the system, in one line, and the rest in detail.
///
/// # Errors
///
/// [`NativeError::Missing`] for libraries without which an import fails that `is_certain` says is made whenever the
/// application runs.
pub fn check(
    missing: &[MissingLibrary],
    is_certain: impl Fn(&str) -> bool,
) -> Result<Option<String>, NativeError> {
    let is_fatal = |missing: &&MissingLibrary| {
        missing.found.is_none()
            && !system::is_of_display(&missing.library)
            && missing.modules.iter().any(|module| is_certain(module))
    };
    let fatal: Vec<MissingLibrary> = missing.iter().filter(is_fatal).cloned().collect();
    if !fatal.is_empty() {
        return Err(NativeError::Missing { libraries: fatal });
    }
    Ok(note(missing))
}

/// One line for all of them.
fn note(missing: &[MissingLibrary]) -> Option<String> {
    let names = |missing: &[&MissingLibrary]| -> BTreeSet<String> {
        missing.iter().map(|missing| missing.library.clone()).collect()
    };
    // Those that no extension module needs, such as those of a plug-in, are told by their number.
    let (modules, plug_ins): (Vec<&MissingLibrary>, Vec<&MissingLibrary>) =
        missing.iter().partition(|missing| !missing.modules.is_empty());
    let (mut shown, mut rest) = (names(&modules), names(&plug_ins));
    if shown.is_empty() {
        std::mem::swap(&mut shown, &mut rest);
    }
    let packages: BTreeSet<&str> =
        missing.iter().map(|missing| package(&missing.needed_by)).collect();
    let packages: Vec<&str> = packages.into_iter().take(NAMES).collect();
    let listed: Vec<&str> = shown.iter().take(NAMES).map(String::as_str).collect();
    let first = listed.first()?;
    let more = rest.difference(&shown).count() + shown.len() - listed.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more, which -v lists") };
    Some(format!(
        "libraries expected on the machine where the executable runs: {}{more} (for {}); `--include-system {first}` \
         packs that of this machine",
        listed.join(", "),
        packages.join(", "),
    ))
}

/// The package that a shared object lies in, or its own name.
fn package(virtual_path: &str) -> &str {
    let (_, below) = pyresources::install::split(virtual_path);
    below.split('/').next().unwrap_or(below)
}

/// What each shared object lacks.
pub(super) fn lines(missing: &[MissingLibrary]) -> String {
    let lines: Vec<String> = missing.iter().map(line).collect();
    lines.join("\n")
}

/// What one shared object lacks, and where that was looked for.
pub(super) fn line(missing: &MissingLibrary) -> String {
    let MissingLibrary { library, needed_by, searched, found, .. } = missing;
    let found = found.as_ref().map(|path| format!("; this machine has {}", path.display()));
    format!(
        "{needed_by} needs the library {library}, which no package brings; searched: {}{}",
        searched.join(", "),
        found.unwrap_or_default()
    )
}

/// What to do about missing libraries: all at once, with what those of this machine need in turn.
pub(super) fn hint(missing: &[MissingLibrary]) -> String {
    let libraries: BTreeSet<&str> = missing.iter().map(|missing| &*missing.library).collect();
    let libraries: Vec<&str> = libraries.into_iter().collect();
    let module = missing.iter().flat_map(|missing| &missing.modules).min();
    let module = module.map_or("MODULE", String::as_str);
    format!(
        "install {} on this machine and add `--include-system {}`, or leave the module out with `--exclude {module}`; in a \
         TOML file these are `include_system` in [native_libraries] and `excludes` in [[python_packages]]",
        libraries.join(", "),
        libraries.join(" --include-system "),
    )
}
