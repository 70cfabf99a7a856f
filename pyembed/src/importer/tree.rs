//! Modules and files as a tree of folders and files, as if they lay on disk.
//!
//! Package resources are entries of their own. The source of a module is its entry's; here it is
//! the file that it would be on disk, `package/__init__.py` or `package/module.py`. Paths have `/`
//! and are relative to the root, whose own path is empty.

use std::borrow::Cow;
use std::collections::BTreeSet;

use pyresources::{Child, Content, Entry, FormatError, Kind, ModuleKind, Resources, Role};

/// The file of a package's own code.
const PACKAGE_FILE: &str = "__init__.py";

/// The contents of the file at `path`, `None` when there is none.
pub(super) fn file<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<Content<'a>>, FormatError> {
    if let Some(entry) = resources.find(Kind::File, path)? {
        return entry.get(Role::Contents);
    }
    let Some(stem) = path.strip_suffix(".py") else { return Ok(None) };
    let (name, kind) = match stem.strip_suffix("/__init__") {
        Some(package) => (package, ModuleKind::Package),
        None => (stem, ModuleKind::Module),
    };
    if name.contains('.') {
        return Ok(None);
    }
    match resources.module(&name.replace('/', "."))? {
        Some(entry) if entry.module_kind() == kind => entry.get(Role::Source),
        _ => Ok(None),
    }
}

/// Whether there is anything below `path`.
pub(super) fn is_folder(resources: &Resources<'_>, path: &str) -> Result<bool, FormatError> {
    if path.is_empty() {
        return Ok(true);
    }
    if !path.contains('.')
        && let Some(entry) = resources.module(&path.replace('/', "."))?
    {
        return Ok(entry.module_kind() != ModuleKind::Module);
    }
    resources.below(Kind::File, &format!("{path}/")).next().transpose().map(|entry| entry.is_some())
}

/// Names of the files and folders in the folder `path`.
pub(super) fn names_in<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<BTreeSet<Cow<'a, str>>, FormatError> {
    let mut names = BTreeSet::new();
    for child in resources.children(Kind::File, path) {
        names.insert(Cow::Borrowed(child?.name));
    }
    if path.contains('.') {
        return Ok(names);
    }
    let package = path.replace('/', ".");
    for child in resources.children(Kind::Module, &package) {
        let child = child?;
        let Some(entry) = child.entry else { continue };
        if entry.module_kind() != ModuleKind::Module {
            names.insert(Cow::Borrowed(child.name));
        } else if entry.get(Role::Source)?.is_some() {
            names.insert(Cow::Owned(format!("{}.py", child.name)));
        }
    }
    let own = resources.module(&package)?;
    if own.map(|entry| entry.get(Role::Source)).transpose()?.flatten().is_some() {
        names.insert(Cow::Borrowed(PACKAGE_FILE));
    }
    Ok(names)
}

/// The modules in `package`, of all packages' root when it is empty: the name and whether it is a
/// package itself. Namespace packages are not among them, as `pkgutil` does not list them either.
pub(super) fn submodules<'a>(
    resources: &Resources<'a>,
    package: &str,
) -> impl Iterator<Item = Result<(&'a str, bool), FormatError>> {
    let listed = |child: Child<'a>| match child.entry?.module_kind() {
        ModuleKind::Module => Some((child.name, false)),
        ModuleKind::Package => Some((child.name, true)),
        ModuleKind::Namespace => None,
    };
    resources.children(Kind::Module, package).filter_map(move |child| child.map(listed).transpose())
}

/// Name of the folder with a distribution's metadata.
pub(super) fn metadata_folder<'a>(entry: &Entry<'a>) -> Result<Cow<'a, str>, FormatError> {
    // Written by the packager from a folder's name, which is UTF-8, and never compressed by it.
    let folder = entry.get(Role::Contents)?.map(|content| content.bytes).unwrap_or_default();
    Ok(String::from_utf8_lossy(folder))
}
