//! Extension modules that are linked from files of the user's: `objects` in `[[extension_modules]]`.
//!
//! They are whatever the user's build has made, so that they are looked at more closely than what a distribution has.

use std::path::{Path, PathBuf};

use super::plan::without_repetition;
use super::symbols::{self, ObjectKind, StaticLibrary, Symbols};
use super::{LinkError, ObjectsRequest};
use crate::distribution::{ExtensionVariant, Library};
use crate::policy::SelectedExtension;

/// How the names of functions begin that initialise extension modules.
const INIT: &str = "PyInit_";

/// The object files among what is linked.
pub(super) fn objects(request: &ObjectsRequest<'_>) -> Vec<PathBuf> {
    modules(request).flat_map(|extension| extension.variant.objects.iter().cloned()).collect()
}

/// Whether a file is the user's, not the distribution's.
pub(super) fn is_outside(path: &Path, request: &ObjectsRequest<'_>) -> bool {
    !path.starts_with(&request.distribution.root)
}

/// The added extension module that has a file.
pub(super) fn module_of(path: &Path, request: &ObjectsRequest<'_>) -> Option<String> {
    let mut extensions = request.extensions.iter();
    let extension =
        extensions.find(|extension| files(&extension.variant).any(|file| file == path))?;
    // As a part of the name of a symbol.
    Some(extension.name.replace('.', "_"))
}

/// The files of added extension modules, those of modules together that have a file in common: they share its variables.
pub(super) fn groups(request: &ObjectsRequest<'_>) -> Vec<Vec<PathBuf>> {
    let mut groups: Vec<Vec<PathBuf>> = Vec::new();
    for extension in modules(request) {
        let mut group: Vec<PathBuf> = files(&extension.variant).map(Path::to_owned).collect();
        let (shared, apart): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|other: &Vec<PathBuf>| other.iter().any(|path| group.contains(path)));
        groups = apart;
        group.extend(shared.concat());
        groups.push(without_repetition(group));
    }
    groups
}

/// Checks that the files of all added extension modules can be linked for `kind`, and that each module has its function.
pub(super) fn check(request: &ObjectsRequest<'_>, kind: ObjectKind) -> Result<(), LinkError> {
    modules(request).try_for_each(|extension| check_one(extension, kind))
}

/// The added extension modules.
fn modules<'a>(request: &ObjectsRequest<'a>) -> impl Iterator<Item = &'a SelectedExtension> {
    let is_added = |extension: &&SelectedExtension| {
        files(&extension.variant).any(|path| is_outside(path, request))
    };
    request.extensions.iter().filter(is_added)
}

/// Object files and static libraries.
fn files(variant: &ExtensionVariant) -> impl Iterator<Item = &Path> {
    let libraries = variant.links.iter().filter_map(|library| match library {
        Library::Static { path, .. } => Some(path.as_path()),
        _ => None,
    });
    variant.objects.iter().map(PathBuf::as_path).chain(libraries)
}

fn check_one(extension: &SelectedExtension, native: ObjectKind) -> Result<(), LinkError> {
    let SelectedExtension { name, variant } = extension;
    let wrong = |path: &Path, found| LinkError::AddedKind {
        name: name.clone(),
        path: path.to_owned(),
        found,
        native,
    };
    let mut defined = Vec::new();
    for path in &variant.objects {
        let data = fs_err::read(path)?;
        let found = symbols::kind(&data);
        if found != Some(native) {
            return Err(wrong(path, found));
        }
        let unreadable = |source| LinkError::Unreadable { path: path.clone(), source };
        defined.extend(Symbols::read(&data).map_err(unreadable)?.defined);
    }
    for path in files(variant).skip(variant.objects.len()) {
        let library = StaticLibrary::open(path, native)?;
        if library.has_bitcode {
            return Err(wrong(path, Some(ObjectKind::Bitcode)));
        }
        if library.is_empty() {
            return Err(wrong(path, None));
        }
        defined.extend(library.into_defined());
    }
    let Some(function) = &variant.init_fn else { return Ok(()) };
    // Mach-O's names have one more underscore.
    let plain = |symbol: &String| symbol.strip_prefix("_Py").map(|rest| format!("Py{rest}"));
    let has = |symbol: &String| symbol == function || plain(symbol).as_ref() == Some(function);
    if defined.iter().any(has) {
        return Ok(());
    }
    let mut others: Vec<String> =
        defined.into_iter().filter(|symbol| symbol.starts_with(INIT)).collect();
    others.sort();
    others.dedup();
    Err(LinkError::NoInitFunction { name: name.clone(), function: function.clone(), others })
}
