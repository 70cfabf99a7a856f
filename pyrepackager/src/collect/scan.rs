//! One walk over a folder of packages, in two steps: list the files, then say what each is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pyresources::install::Folder;
use walkdir::{DirEntry, WalkDir};

use super::error::CollectError;
use super::folders;
use super::model::{Collected, DataFile, ExtensionModule, Module, ModuleKind, Origin};
use super::names::{is_covered, is_importable};
use super::passed_over::PassedOver;
use super::shared_objects::SharedObjects;
use crate::config::resolved::PackageSource;
use crate::distribution::Distribution;

/// Endings of folders that hold a distribution's metadata.
const METADATA_FOLDERS: &[&str] = &[".dist-info", ".egg-info"];

/// What is scanned, and for whom.
pub struct Scan<'a> {
    /// The entry.
    pub source: &'a PackageSource,
    /// Whether the entry is the standard library: no inputs and no notes then, as the distribution
    /// never changes and what it holds beside packages is of no use.
    pub stdlib: bool,
    /// Modules left out besides the entry's own `excludes`.
    pub left_out: &'a [String],
    /// The folder on `sys.path` that it becomes a part of.
    pub folder: Folder,
    /// Whether files beside packages go in.
    pub whole: bool,
    /// Names of the package that the folder stands for; empty when it stands on `sys.path`.
    pub below: &'a [String],
    /// Names at the top of the folder that are not looked at.
    pub skip_top: fn(&str) -> bool,
    /// The distribution, for the endings of extension modules.
    pub distribution: &'a Distribution,
}

/// One file found.
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// Names of the folders below the root, then the file's.
    pub(super) parts: Vec<String>,
}

impl Scan<'_> {
    /// Scans `starts`, files or folders that lie directly in `root`, or `root` itself.
    pub fn run(&self, root: &Path, starts: &[PathBuf]) -> Result<Collected, CollectError> {
        let mut collected = Collected::default();
        let mut passed_over = PassedOver::default();
        let mut files = Vec::new();
        for start in starts {
            self.walk(root, start, &mut files, &mut collected.inputs, &mut passed_over)?;
        }
        self.sort_out(root, files, &mut collected, passed_over)?;
        Ok(collected)
    }

    /// Takes one file for the module `names`.
    pub fn module_file(
        &self,
        path: PathBuf,
        mut names: Vec<String>,
    ) -> Result<Collected, CollectError> {
        let mut collected = Collected::default();
        if let Some(last) = names.last_mut().filter(|_| path.is_file()) {
            last.push_str(".py");
            collected.inputs.push(path.clone());
            let root = path.parent().map(Path::to_owned).unwrap_or_default();
            let files = vec![Found { path, parts: names }];
            self.sort_out(&root, files, &mut collected, PassedOver::default())?;
        }
        Ok(collected)
    }

    /// Says what each file is.
    fn sort_out(
        &self,
        root: &Path,
        files: Vec<Found>,
        collected: &mut Collected,
        mut passed_over: PassedOver,
    ) -> Result<(), CollectError> {
        let (modules, others) = self.split(files);
        // Those of the standard library are in the distribution's own list.
        let (mut objects, others) = if self.stdlib {
            (SharedObjects::default(), others)
        } else {
            let sources: BTreeSet<String> =
                modules.iter().filter_map(|file| Some(module_name(&file.parts)?.0)).collect();
            self.shared_objects(root, others, |name| sources.contains(name), &mut passed_over)?
        };
        collected.modules = self.modules(modules, &mut objects, &mut passed_over);
        collected.files = self.data_files(others, &collected.modules, &objects, &mut passed_over);
        collected.extensions = objects.extensions;
        collected.libraries = objects.libraries;
        if !self.stdlib {
            collected.passed_over = passed_over;
        }
        Ok(())
    }

    /// The virtual path of what lies at `parts` below the folder on `sys.path`.
    pub(super) fn virtual_path(&self, parts: &[String]) -> String {
        folders::prefix(self.folder, self.distribution.version) + &parts.join("/")
    }

    pub(super) fn origin(&self) -> Origin {
        Origin { line: self.source.line, stdlib: self.stdlib }
    }

    pub(super) fn is_left_out(&self, name: &str) -> bool {
        is_covered(name, &self.source.excludes) || is_covered(name, self.left_out)
    }

    /// Lists the files below `start`, in a fixed order.
    fn walk(
        &self,
        root: &Path,
        start: &Path,
        files: &mut Vec<Found>,
        inputs: &mut Vec<PathBuf>,
        passed_over: &mut PassedOver,
    ) -> Result<(), CollectError> {
        let walk = WalkDir::new(start).follow_links(true).sort_by_file_name().into_iter();
        for entry in walk.filter_entry(|entry| self.is_wanted(root, entry)) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    passed_over.dangling.push(self.dangling(error)?);
                    continue;
                }
            };
            let parts = self.parts(root, entry.path())?;
            if !self.stdlib {
                inputs.push(entry.path().to_owned());
            }
            if entry.file_type().is_file() && !parts.is_empty() {
                files.push(Found { path: entry.into_path(), parts });
            }
        }
        Ok(())
    }

    /// Whether the walk looks at `entry`. Names that are not UTF-8 pass, to be refused later.
    fn is_wanted(&self, root: &Path, entry: &DirEntry) -> bool {
        let Ok(parts) = self.parts(root, entry.path()) else {
            return true;
        };
        // An environment within what is scanned is no part of it.
        if entry.depth() > 0 && entry.path().join("pyvenv.cfg").is_file() {
            return false;
        }
        let [first, .., last] = parts.as_slice() else {
            return parts
                .first()
                .is_none_or(|only| only != "__pycache__" && !(self.skip_top)(only));
        };
        !(self.skip_top)(first)
            && last != "__pycache__"
            && !(entry.file_type().is_dir() && self.is_left_out(&parts.join(".")))
    }

    /// The names from `root` down to `path`.
    fn parts(&self, root: &Path, path: &Path) -> Result<Vec<String>, CollectError> {
        let below = path.strip_prefix(root).unwrap_or(path);
        let parts = below.iter().map(|part| part.to_str().map(str::to_owned));
        let package = self.below.iter().cloned().map(Some);
        package
            .chain(parts)
            .collect::<Option<_>>()
            .ok_or_else(|| CollectError::NotUtf8 { line: self.source.line, path: path.to_owned() })
    }

    /// A symbolic link to nothing is passed over, as editors leave them behind; the rest is an
    /// error.
    fn dangling(&self, error: walkdir::Error) -> Result<String, CollectError> {
        let line = self.source.line;
        let path = error.path().map(Path::to_owned).unwrap_or_default();
        if let Some(target) = error.loop_ancestor() {
            return Err(CollectError::LinkLoop { line, link: path, target: target.to_owned() });
        }
        let source = std::io::Error::from(error);
        if source.kind() == std::io::ErrorKind::NotFound && path.is_symlink() {
            return Ok(path.display().to_string());
        }
        Err(CollectError::Unreadable { line, path, source })
    }

    /// Parts `.py` files that some import can reach from the rest.
    fn split(&self, files: Vec<Found>) -> (Vec<Found>, Vec<Found>) {
        let files = files.into_iter().filter(|file| !self.is_left_out(&container(&file.parts)));
        files.partition(|file| module_name(&file.parts).is_some())
    }

    /// The modules among `files`, and the namespace packages that hold them and the extension modules.
    fn modules(
        &self,
        files: Vec<Found>,
        objects: &mut SharedObjects,
        passed_over: &mut PassedOver,
    ) -> BTreeMap<String, Module> {
        let mut modules: BTreeMap<String, Module> = BTreeMap::new();
        let mut namespaces = BTreeSet::new();
        for file in files {
            let Some((name, kind)) = module_name(&file.parts) else {
                continue;
            };
            if self.is_left_out(&name) {
                continue;
            }
            let folders = &file.parts[..file.parts.len() - 1];
            namespaces.extend((1..=folders.len()).map(|depth| folders[..depth].to_vec()));
            // As with Python's own finder, a package goes before a module of the same name.
            if let Some(other) = modules.get(&name)
                && other.source.is_some()
            {
                let own = self.virtual_path(&file.parts);
                let loser = if kind == ModuleKind::Package { &other.virtual_path } else { &own };
                passed_over.shadowed.push(loser.clone());
                if kind == ModuleKind::Module {
                    continue;
                }
            }
            let virtual_path = self.virtual_path(&file.parts);
            let module = self.module(name, kind, Some(file.path), virtual_path);
            modules.insert(module.name.clone(), module);
        }
        namespaces.extend(objects.reconcile(&mut modules, passed_over));
        for folders in namespaces {
            let name = folders.join(".");
            let extension = objects.extensions.get(&name).map(|extension| extension.kind);
            match modules.get(&name).map(|module| module.kind).or(extension) {
                None => {
                    let virtual_path = self.virtual_path(&folders);
                    let module = self.module(name, ModuleKind::Namespace, None, virtual_path);
                    modules.insert(module.name.clone(), module);
                }
                // `name.py` hides a folder without `__init__.py`, and so does an extension module.
                Some(ModuleKind::Module) => {
                    let below = format!("{name}.");
                    modules.retain(|other, _| !other.starts_with(&below));
                    objects.remove_below(&name);
                    passed_over.shadowed.push(folders.join("/"));
                }
                Some(ModuleKind::Package | ModuleKind::Namespace) => {}
            }
        }
        modules
    }

    fn module(
        &self,
        name: String,
        kind: ModuleKind,
        source: Option<PathBuf>,
        virtual_path: String,
    ) -> Module {
        // What lies in a folder that cannot be imported from is there to be read.
        let to_be_read = name.rsplit_once('.').is_some_and(|(folder, _)| !is_importable(folder));
        Module {
            importable: is_importable(&name),
            name,
            kind,
            source,
            virtual_path,
            optimize_level: self.source.optimize_level,
            include_source: self.source.include_source || to_be_read,
            origin: self.origin(),
        }
    }

    /// The files that go in as data: all of them, or those below a package and a distribution's metadata.
    fn data_files(
        &self,
        files: Vec<Found>,
        modules: &BTreeMap<String, Module>,
        objects: &SharedObjects,
        passed_over: &mut PassedOver,
    ) -> BTreeMap<String, DataFile> {
        let is_package = |name: &String| {
            modules.get(name).is_some_and(Module::is_package)
                || objects.extensions.get(name).is_some_and(ExtensionModule::is_package)
        };
        let mut data = BTreeMap::new();
        for file in files {
            let virtual_path = self.virtual_path(&file.parts);
            let top = &file.parts[0];
            if virtual_path.ends_with(".pyc") {
                if !file.path.with_extension("py").exists() {
                    passed_over.sourceless.push(virtual_path);
                }
            } else if self.whole
                || METADATA_FOLDERS.iter().any(|ending| top.ends_with(ending))
                || (file.parts.len() > 1 && is_package(top))
            {
                let origin = self.origin();
                let source = file.path;
                data.insert(virtual_path.clone(), DataFile { source, virtual_path, origin });
            } else {
                passed_over.beside.push(virtual_path);
            }
        }
        data
    }
}

/// Name and kind of the module in a file; `None` when no import reaches it: it is no `.py` file,
/// or a name on its path has a dot in it.
fn module_name(parts: &[String]) -> Option<(String, ModuleKind)> {
    let (file, folders) = parts.split_last()?;
    let stem = file.strip_suffix(".py")?;
    if stem.is_empty() || stem.contains('.') || folders.iter().any(|folder| folder.contains('.')) {
        return None;
    }
    if stem != "__init__" {
        let names: Vec<&str> = folders.iter().map(String::as_str).chain([stem]).collect();
        return Some((names.join("."), ModuleKind::Module));
    }
    (!folders.is_empty()).then(|| (folders.join("."), ModuleKind::Package))
}

/// Dotted name of the folder that a file lies in.
fn container(parts: &[String]) -> String {
    parts.split_last().map(|(_, folders)| folders.join(".")).unwrap_or_default()
}
