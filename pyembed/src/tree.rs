//! Modules and files as a tree of folders and files, as if they lay on disk.
//!
//! Package resources and shared libraries are entries of their own. The source of a module is its entry's; here it is
//! the file that it would be on disk, `package/__init__.py` or `package/module.py`. Paths have `/`
//! and are relative to the root, whose own path is empty.

use std::borrow::Cow;
use std::collections::BTreeMap;

use pyresources::{Child, Content, Entry, FormatError, Kind, ModuleKind, Resources, Role};

/// Ending of a module's file.
const ENDING: &str = ".py";

/// Name of the file of a package's own code, without the ending.
const PACKAGE_STEM: &str = "__init__";

/// Kinds of entries that are files as they are.
const FILES: [Kind; 2] = [Kind::File, Kind::SharedLibrary];

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    File,
    Folder,
}

/// The path of what is called `name` in a folder.
pub(crate) fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// The module called `name` in a folder, with the path of its file: of the shared library for an extension module.
///
/// A name `__init__` means the file of the package in that folder, as a module of its own.
pub(crate) fn module<'a>(
    resources: &Resources<'a>,
    folder: &str,
    name: &str,
) -> Result<Option<(Entry<'a>, String)>, FormatError> {
    let path = join(folder, name);
    let Some(entry) = resources.module(&path)? else {
        let package = if name == PACKAGE_STEM { resources.module(folder)? } else { None };
        let package = package.filter(|entry| entry.module_kind() == ModuleKind::Package);
        return Ok(package.map(|entry| (entry, path + ENDING)));
    };
    if let Some(library) = entry.get(Role::Extension)? {
        // Written by the packager as UTF-8, and never compressed by it.
        return Ok(Some((entry, String::from_utf8_lossy(library.bytes).into_owned())));
    }
    Ok(is_importable(&entry).then(|| (entry, module_file(path, entry.module_kind()))))
}

/// Whether an `import` can find the module, which a script and a folder cannot be found by.
pub(crate) fn is_importable(entry: &Entry<'_>) -> bool {
    matches!(entry.module_kind(), ModuleKind::Module | ModuleKind::Package)
}

/// The path of the file of a module's own code, by the module's name among entries.
pub(crate) fn module_file(name: String, kind: ModuleKind) -> String {
    match kind {
        ModuleKind::Package => name + "/" + PACKAGE_STEM + ENDING,
        ModuleKind::Module | ModuleKind::Namespace | ModuleKind::Script => name + ENDING,
    }
}

/// Whether [`module`] has found a package under that name: what is called `__init__` is a module.
pub(crate) fn is_package(entry: &Entry<'_>, name: &str) -> bool {
    entry.module_kind() == ModuleKind::Package && name != PACKAGE_STEM
}

/// The entry of the module or script whose `.py` file is at `path`.
pub(crate) fn module_in<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<Entry<'a>>, FormatError> {
    let stem = path.strip_suffix(ENDING);
    if let Some(package) = stem.and_then(|stem| parent_of(stem, PACKAGE_STEM)) {
        let entry = resources.module(package)?;
        return Ok(entry.filter(|entry| entry.module_kind() == ModuleKind::Package));
    }
    let is_module = |entry: &Entry<'a>| entry.module_kind() == ModuleKind::Module;
    if let Some(stem) = stem
        && let Some(module) = resources.module(stem)?.filter(is_module)
    {
        return Ok(Some(module));
    }
    Ok(resources.module(path)?.filter(|entry| entry.module_kind() == ModuleKind::Script))
}

/// The folder of a path whose last component is `name`.
fn parent_of<'p>(path: &'p str, name: &str) -> Option<&'p str> {
    path.strip_suffix(name)?.strip_suffix('/')
}

/// The entry of the file at `path`, and which of its byte strings is the file's contents.
pub(crate) fn file_entry<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<(Entry<'a>, Role)>, FormatError> {
    for kind in FILES {
        if let Some(entry) = resources.find(kind, path)? {
            return Ok(entry.has(Role::Contents).then_some((entry, Role::Contents)));
        }
    }
    let entry = module_in(resources, path)?.filter(|entry| entry.has(Role::Source));
    Ok(entry.map(|entry| (entry, Role::Source)))
}

/// The contents of the file at `path`, `None` when there is none.
pub(crate) fn file<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<Content<'a>>, FormatError> {
    let Some((entry, role)) = file_entry(resources, path)? else { return Ok(None) };
    entry.get(role)
}

/// What the file at `path` needs on disk to be run: see [`Role::Program`]. `None` when it cannot be run.
pub(crate) fn program<'a>(
    resources: &Resources<'a>,
    path: &str,
) -> Result<Option<Content<'a>>, FormatError> {
    let Some((entry, _)) = file_entry(resources, path)? else { return Ok(None) };
    entry.get(Role::Program)
}

/// Whether the file at `path` can be run.
pub(crate) fn is_program(resources: &Resources<'_>, path: &str) -> Result<bool, FormatError> {
    Ok(file_entry(resources, path)?.is_some_and(|(entry, _)| entry.has(Role::Program)))
}

/// A number that changes when the bytes of the file at `path` do, `None` when there is none.
pub(crate) fn stamp(resources: &Resources<'_>, path: &str) -> Result<Option<u64>, FormatError> {
    Ok(file_entry(resources, path)?.and_then(|(entry, role)| entry.stamp(role)))
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
    let is_package = |kind| matches!(kind, ModuleKind::Package | ModuleKind::Namespace);
    if resources.module(path)?.is_some_and(|entry| is_package(entry.module_kind())) {
        return Ok(true);
    }
    // A module `a` may have a folder of files beside it that has its name.
    let prefix = format!("{path}/");
    for kind in [Kind::Module].into_iter().chain(FILES) {
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
    for child in resources.children(Kind::Module, path) {
        let child = child?;
        let kind = child.entry.map(|entry| entry.module_kind());
        if child.has_children || matches!(kind, Some(ModuleKind::Package | ModuleKind::Namespace)) {
            nodes.insert(Cow::Borrowed(child.name), Node::Folder);
        }
        let has_source = child.entry.is_some_and(|entry| entry.has(Role::Source));
        match kind.filter(|_| has_source) {
            Some(ModuleKind::Module) => {
                nodes.insert(Cow::Owned(format!("{}{ENDING}", child.name)), Node::File);
            }
            Some(ModuleKind::Script) => {
                nodes.insert(Cow::Borrowed(child.name), Node::File);
            }
            _ => {}
        }
    }
    if resources.module(path)?.is_some_and(|own| own.has(Role::Source)) {
        nodes.insert(Cow::Owned(format!("{PACKAGE_STEM}{ENDING}")), Node::File);
    }
    Ok(nodes)
}

/// The modules in a folder: the name and whether it is a package. Namespace packages are not among them, as `pkgutil`
/// does not list them either.
pub(crate) fn submodules<'a>(
    resources: &Resources<'a>,
    folder: &str,
) -> impl Iterator<Item = Result<(&'a str, bool), FormatError>> {
    let listed = |child: Child<'a>| match child.entry?.module_kind() {
        ModuleKind::Module => Some((child.name, false)),
        ModuleKind::Package => Some((child.name, true)),
        ModuleKind::Namespace | ModuleKind::Script => None,
    };
    resources.children(Kind::Module, folder).filter_map(move |child| child.map(listed).transpose())
}

/// Path of the folder with a distribution's metadata.
pub(crate) fn metadata_folder<'a>(entry: &Entry<'a>) -> Result<Cow<'a, str>, FormatError> {
    // Written by the packager from a folder's name, which is UTF-8, and never compressed by it.
    let folder = entry.get(Role::Contents)?.map(|content| content.bytes).unwrap_or_default();
    Ok(String::from_utf8_lossy(folder))
}
