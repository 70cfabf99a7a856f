//! Modules and files as a tree of folders and files, as if they lay on disk.
//!
//! Package resources and shared libraries are entries of their own. The source of a module is its entry's; here it is
//! the file that it would be on disk, `package/__init__.py` or `package/module.py`. Paths have `/`
//! and are relative to the root, whose own path is empty.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pyresources::{Child, Content, Entry, FormatError, Kind, ModuleKind, Resources, Role};

/// The file of a package's own code.
const PACKAGE_FILE: &str = "__init__.py";

/// Kinds of entries that are files as they are.
const FILES: [Kind; 2] = [Kind::File, Kind::SharedLibrary];

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    File,
    Folder,
}

/// The entry of the file at `path`, and which of its byte strings is the file's contents.
fn file_entry<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<(Entry<'a>, Role)>, FormatError> {
    for kind in FILES {
        if let Some(entry) = resources.find(kind, path)? {
            return Ok(entry.has(Role::Contents).then_some((entry, Role::Contents)));
        }
    }
    let Some(stem) = path.strip_suffix(".py") else { return Ok(None) };
    let (name, kind) = match stem.strip_suffix("/__init__") {
        Some(package) => (package, ModuleKind::Package),
        None => (stem, ModuleKind::Module),
    };
    if name.contains('.') {
        return Ok(None);
    }
    let entry = resources.module(&name.replace('/', "."))?;
    let has_source = |entry: &Entry<'a>| entry.module_kind() == kind && entry.has(Role::Source);
    Ok(entry.filter(has_source).map(|entry| (entry, Role::Source)))
}

/// The contents of the file at `path`, `None` when there is none.
pub(crate) fn file<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<Content<'a>>, FormatError> {
    let Some((entry, role)) = file_entry(resources, path)? else { return Ok(None) };
    entry.get(role)
}

/// Whether there is a file at `path`.
pub(crate) fn is_file(resources: &Resources<'_>, path: &str) -> Result<bool, FormatError> {
    Ok(file_entry(resources, path)?.is_some())
}

/// Whether there is anything below `path`.
pub(crate) fn is_folder(resources: &Resources<'_>, path: &str) -> Result<bool, FormatError> {
    if path.is_empty() {
        return Ok(true);
    }
    if !path.contains('.')
        && let Some(entry) = resources.module(&path.replace('/', "."))?
        && entry.module_kind() != ModuleKind::Module
    {
        return Ok(true);
    }
    // A module `a` may have a folder of files beside it that has its name.
    let prefix = format!("{path}/");
    for kind in FILES {
        if resources.below(kind, &prefix).next().transpose()?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The files and folders in the folder `path`, sorted by name.
pub(crate) fn children<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<BTreeMap<Cow<'a, str>, Node>, FormatError> {
    let mut nodes = BTreeMap::new();
    for child in FILES.into_iter().flat_map(|kind| resources.children(kind, path)) {
        let child = child?;
        let node = match &child.entry {
            Some(entry) if entry.has(Role::Contents) => Node::File,
            // A library beside the executable.
            Some(_) => continue,
            None => Node::Folder,
        };
        nodes.insert(Cow::Borrowed(child.name), node);
    }
    if path.contains('.') {
        return Ok(nodes);
    }
    let package = path.replace('/', ".");
    for child in resources.children(Kind::Module, &package) {
        let child = child?;
        let Some(entry) = child.entry else { continue };
        if entry.module_kind() != ModuleKind::Module {
            nodes.insert(Cow::Borrowed(child.name), Node::Folder);
        } else if entry.has(Role::Source) {
            nodes.insert(Cow::Owned(format!("{}.py", child.name)), Node::File);
        }
    }
    if resources.module(&package)?.is_some_and(|own| own.has(Role::Source)) {
        nodes.insert(Cow::Borrowed(PACKAGE_FILE), Node::File);
    }
    Ok(nodes)
}

/// The modules in `package`, of all packages' root when it is empty: the name and whether it is a
/// package itself. Namespace packages are not among them, as `pkgutil` does not list them either.
pub(crate) fn submodules<'a>(
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
pub(crate) fn metadata_folder<'a>(entry: &Entry<'a>) -> Result<Cow<'a, str>, FormatError> {
    // Written by the packager from a folder's name, which is UTF-8, and never compressed by it.
    let folder = entry.get(Role::Contents)?.map(|content| content.bytes).unwrap_or_default();
    Ok(String::from_utf8_lossy(folder))
}
