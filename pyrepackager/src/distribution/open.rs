//! From an unpacked archive to a [`Distribution`]: every path made absolute and looked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use fs_err as fs;
use pyresources::cpu::X86Level;

use super::bitcode;
use super::model::{CoreBuild, Distribution, Extension, ExtensionVariant, Library};
use super::python_json::{
    self, ExtensionInfo, FILE_NAME, LinkInfo, OneOrMany, PythonJson, PythonJsonError,
};
use crate::config::python_versions;
use crate::config::resolved::{PythonVersion, Sha256Digest};

/// Object files that only CPython's own build tools are made of. They define again what another
/// object of the core defines, so that they must not be linked beside it.
const BUILD_TOOL_OBJECTS: &[&str] = &["getpath_noop.o"];

/// Where 3.11 and 3.12 keep the standard library's start-up modules as objects.
const DEEPFREEZE: &str = "build/Python/deepfreeze";

impl Distribution {
    /// Reads the distribution in the folder `root`, which holds `PYTHON.json`.
    ///
    /// `archive_sha256` is that of the archive it was unpacked from.
    ///
    /// What `PYTHON.json` names and the folder lacks is an error only where every executable needs
    /// it. Otherwise an extension module's variant says what it lacks, and [`Distribution::notes`] say
    /// so once.
    ///
    /// # Errors
    /// When `PYTHON.json` lacks a key, names a file outside of `root`, or one that is not there and
    /// that every executable needs; when it is of a release that is not supported.
    pub fn open(root: &Path, archive_sha256: Sha256Digest) -> Result<Self, PythonJsonError> {
        let json = python_json::read(root)?;
        let reader = Reader { root, lacks: RefCell::default() };
        let build = &json.build_info;
        let version = reader.feature_version(&json.python_major_minor_version)?;
        let extensions = build
            .extensions
            .iter()
            .map(|(name, variants)| Ok((name.clone(), reader.extension(name, variants)?)))
            .collect::<Result<_, PythonJsonError>>()?;
        let (target_triple, cpu_level) = split_cpu_level(&json.target_triple);
        Ok(Self {
            root: root.to_owned(),
            archive_sha256,
            version,
            python_exe: reader.file("python_exe", &json.python_exe)?,
            stdlib: reader.folder("python_paths.stdlib", &json.python_paths.stdlib)?,
            include: reader.folder("python_paths.include", &json.python_paths.include)?,
            bytecode_magic: reader.bytecode_magic(&json.python_bytecode_magic_number)?,
            object_format: bitcode::parse_format(&build.object_file_format).ok_or_else(|| {
                let problem = format!("`{}` is not known", build.object_file_format);
                reader.key("build_info.object_file_format", problem)
            })?,
            core: reader.core(build)?,
            extensions,
            license_path: reader.license("license_path", json.license_path.as_deref())?,
            tcl_library: reader.tcl_library(&json)?,
            free_threaded: is_free_threaded(&json),
            notes: reader.notes(),
            full_version: json.python_version,
            target_triple,
            cpu_level,
            cache_tag: json.python_implementation_cache_tag,
            extension_suffixes: json.python_suffixes.extension,
            stdlib_test_packages: json.python_stdlib_test_packages,
            licenses: json.licenses.unwrap_or_default(),
        })
    }
}

/// Rust's name of a target, and the level of its processors: python-build-standalone puts that into the
/// name, as in `x86_64_v3-unknown-linux-gnu`.
fn split_cpu_level(triple: &str) -> (String, X86Level) {
    let levels = X86Level::ALL.into_iter().skip(1);
    let mut split = levels.filter_map(|level| {
        let rest = triple.strip_prefix(&format!("x86_64_v{}-", level.number()))?;
        Some((format!("x86_64-{rest}"), level))
    });
    split.next().unwrap_or_else(|| (triple.to_owned(), X86Level::V1))
}

/// Whether the interpreter has no global lock. The tag is `t`, or `td` of a debug build.
fn is_free_threaded(json: &PythonJson) -> bool {
    let tag = json.python_abi_tag.as_deref().unwrap_or_default();
    let flags = tag.trim_start_matches(|c: char| c.is_ascii_digit() || "cp".contains(c));
    let options = json.build_options.as_deref().unwrap_or_default();
    flags.contains('t') || options.split('+').any(|option| option == "freethreaded")
}

/// Turns values of `PYTHON.json` into checked ones.
struct Reader<'a> {
    root: &'a Path,
    /// What is named and not there, and can be done without.
    lacks: RefCell<Lacks>,
}

/// Relative paths that are named and not there.
#[derive(Default)]
struct Lacks {
    licenses: BTreeSet<String>,
    /// Extension modules, for each of their files.
    extensions: BTreeMap<String, BTreeSet<String>>,
    tcl: BTreeSet<String>,
}

impl Reader<'_> {
    fn core(&self, build: &python_json::BuildInfo) -> Result<CoreBuild, PythonJsonError> {
        let unwanted = |path: &str| {
            let name = path.rsplit('/').next();
            path == build.inittab_object || name.is_some_and(|n| BUILD_TOOL_OBJECTS.contains(&n))
        };
        let mut objects = Vec::with_capacity(build.core.objs.len());
        for (index, path) in build.core.objs.iter().enumerate() {
            if !unwanted(path) {
                objects.push(self.file(&format!("build_info.core.objs[{index}]"), path)?);
            }
        }
        self.add_deepfreeze(&mut objects)?;
        let mut missing = Vec::new();
        let key = "build_info.core.links";
        let links = self.libraries(key, &build.core.links, &mut missing)?;
        if let Some(value) = missing.pop() {
            let (file, key) = (self.root.join(FILE_NAME), key.to_owned());
            return Err(PythonJsonError::Lacking { file, key, value });
        }
        let static_library = match &build.core.static_lib {
            Some(path) => self.optional("build_info.core.static_lib", path, Path::is_file)?,
            None => None,
        };
        let inittab_cflags = build.inittab_cflags.clone();
        Ok(CoreBuild { objects, static_library, links, inittab_cflags })
    }

    /// Adds the deep-frozen modules where the list leaves them out: without them 3.11 and 3.12 do
    /// not link.
    fn add_deepfreeze(&self, objects: &mut Vec<PathBuf>) -> Result<(), PythonJsonError> {
        let folder = self.root.join(DEEPFREEZE);
        if !folder.is_dir() {
            return Ok(());
        }
        let unreadable = |source| PythonJsonError::Unreadable { file: folder.clone(), source };
        let mut found = Vec::new();
        for entry in fs::read_dir(&folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|e| e == "o") && !objects.contains(&path) {
                found.push(path);
            }
        }
        found.sort();
        objects.append(&mut found);
        Ok(())
    }

    fn extension(
        &self,
        name: &str,
        variants: &[ExtensionInfo],
    ) -> Result<Extension, PythonJsonError> {
        let key = format!("build_info.extensions.{name}");
        if variants.is_empty() {
            return Err(self.key(&key, "no variant is listed"));
        }
        let variants: Vec<_> = variants
            .iter()
            .enumerate()
            .map(|(index, info)| self.variant(&format!("{key}[{index}]"), info))
            .collect::<Result<_, _>>()?;
        let missing = variants.iter().flat_map(|variant| variant.missing.iter().cloned());
        let missing: BTreeSet<String> = missing.collect();
        if !missing.is_empty() {
            self.lacks.borrow_mut().extensions.insert(name.to_owned(), missing);
        }
        Ok(Extension { name: name.to_owned(), variants })
    }

    fn variant(
        &self,
        key: &str,
        info: &ExtensionInfo,
    ) -> Result<ExtensionVariant, PythonJsonError> {
        let mut license_paths = self.license_paths(key, info)?;
        license_paths.sort();
        license_paths.dedup();
        let mut missing = Vec::new();
        let objects = self.files(&format!("{key}.objs"), &info.objs, &mut missing)?;
        let links = self.libraries(&format!("{key}.links"), &info.links, &mut missing)?;
        let shared = info.shared_lib.as_slice();
        let shared = self.files(&format!("{key}.shared_lib"), shared, &mut missing)?.pop();
        missing.sort();
        missing.dedup();
        Ok(ExtensionVariant {
            variant: info.variant.clone(),
            init_fn: (info.init_fn != "NULL").then(|| info.init_fn.clone()),
            in_core: info.in_core,
            required: info.required,
            objects,
            links,
            shared_library: shared,
            missing,
            licenses: info.licenses.clone(),
            license_paths,
            public_domain: info.license_public_domain.unwrap_or(false),
        })
    }

    fn license_paths(
        &self,
        key: &str,
        info: &ExtensionInfo,
    ) -> Result<Vec<PathBuf>, PythonJsonError> {
        let named = match &info.license_path {
            None => &[],
            Some(OneOrMany::One(path)) => std::slice::from_ref(path),
            Some(OneOrMany::Many(paths)) => paths.as_slice(),
        };
        let more = info.license_paths.as_deref().unwrap_or_default();
        let mut missing = Vec::new();
        let mut paths = self.files(&format!("{key}.license_path"), named, &mut missing)?;
        paths.append(&mut self.files(&format!("{key}.license_paths"), more, &mut missing)?);
        self.lacks.borrow_mut().licenses.extend(missing);
        Ok(paths)
    }

    /// The text of a licence that may be missing.
    fn license(&self, key: &str, path: Option<&str>) -> Result<Option<PathBuf>, PythonJsonError> {
        let Some(path) = path else { return Ok(None) };
        let found = self.optional(key, path, Path::is_file)?;
        if found.is_none() {
            self.lacks.borrow_mut().licenses.insert(path.to_owned());
        }
        Ok(found)
    }

    /// The existing folders of Tcl's and Tk's scripts: those that `PYTHON.json` lists, and those next to
    /// them that it does not list, such as `tcl9.0` in published archives with Tcl 9.
    fn tcl_library(&self, json: &PythonJson) -> Result<Vec<PathBuf>, PythonJsonError> {
        let Some(root) = &json.tcl_library_path else { return Ok(Vec::new()) };
        let base = self.optional("tcl_library_path", root, Path::is_dir)?;
        let mut folders = base.map_or_else(|| Ok(Vec::new()), |base| self.tcl_folders_in(&base))?;
        for (index, name) in json.tcl_library_paths.iter().flatten().enumerate() {
            let (key, path) = (format!("tcl_library_paths[{index}]"), format!("{root}/{name}"));
            match self.optional(&key, &path, Path::is_dir)? {
                Some(folder) => folders.push(folder),
                None => drop(self.lacks.borrow_mut().tcl.insert(path)),
            }
        }
        folders.sort();
        folders.dedup();
        Ok(folders)
    }

    /// The folders in `base` that a Tcl or Tk installation consists of, by name or by the index of
    /// packages in them.
    fn tcl_folders_in(&self, base: &Path) -> Result<Vec<PathBuf>, PythonJsonError> {
        let unreadable = |source| PythonJsonError::Unreadable { file: base.to_owned(), source };
        let mut folders = Vec::new();
        for entry in fs::read_dir(base).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = name.to_string_lossy();
            let is_tcl = name.starts_with("tcl") || name.starts_with("tk");
            if path.is_dir() && (is_tcl || path.join("pkgIndex.tcl").is_file()) {
                folders.push(path);
            }
        }
        Ok(folders)
    }

    /// A sentence for each kind of thing that is named and not there.
    fn notes(&self) -> Vec<String> {
        let Lacks { licenses, extensions, tcl } = &*self.lacks.borrow();
        let join = |names: Vec<String>| names.join(", ");
        let mut notes = Vec::new();
        if !licenses.is_empty() {
            let names = join(licenses.iter().cloned().collect());
            notes.push(format!(
                "the archive names texts of licenses that it does not have: {names}"
            ));
        }
        if !extensions.is_empty() {
            let each = extensions.iter();
            let names = each
                .map(|(name, files)| format!("{name} ({})", join(files.iter().cloned().collect())));
            let names = join(names.collect());
            notes.push(format!(
                "the archive names files of extension modules that it does not have: {names}"
            ));
        }
        if !tcl.is_empty() {
            let names = join(tcl.iter().cloned().collect());
            notes.push(format!("the archive names folders of Tcl that it does not have: {names}"));
        }
        notes
    }

    /// The libraries of a list that are there; the paths of others go into `missing`.
    fn libraries(
        &self,
        key: &str,
        links: &[LinkInfo],
        missing: &mut Vec<String>,
    ) -> Result<Vec<Library>, PythonJsonError> {
        let mut libraries = Vec::with_capacity(links.len());
        for (index, link) in links.iter().enumerate() {
            let name = link.name.clone();
            let mut find = |field: &str, path: &String| {
                let paths = std::slice::from_ref(path);
                Ok(self.files(&format!("{key}[{index}].{field}"), paths, missing)?.pop())
            };
            libraries.extend(match (&link.path_static, &link.path_dynamic) {
                (Some(path), _) => {
                    find("path_static", path)?.map(|path| Library::Static { name, path })
                }
                (None, Some(path)) => {
                    find("path_dynamic", path)?.map(|path| Library::Dynamic { name, path })
                }
                (None, None) if link.framework == Some(true) => Some(Library::Framework(name)),
                (None, None) => Some(Library::System(name)),
            });
        }
        Ok(libraries)
    }

    /// The files of a list that are there; the paths of others go into `missing`.
    fn files(
        &self,
        key: &str,
        paths: &[String],
        missing: &mut Vec<String>,
    ) -> Result<Vec<PathBuf>, PythonJsonError> {
        let mut files = Vec::with_capacity(paths.len());
        for (index, path) in paths.iter().enumerate() {
            match self.optional(&format!("{key}[{index}]"), path, Path::is_file)? {
                Some(file) => files.push(file),
                None => missing.push(path.clone()),
            }
        }
        Ok(files)
    }

    fn file(&self, key: &str, path: &str) -> Result<PathBuf, PythonJsonError> {
        self.existing(key, path, Path::is_file)
    }

    fn folder(&self, key: &str, path: &str) -> Result<PathBuf, PythonJsonError> {
        self.existing(key, path, Path::is_dir)
    }

    fn existing(
        &self,
        key: &str,
        value: &str,
        is_there: fn(&Path) -> bool,
    ) -> Result<PathBuf, PythonJsonError> {
        self.optional(key, value, is_there)?.ok_or_else(|| PythonJsonError::Lacking {
            file: self.root.join(FILE_NAME),
            key: key.to_owned(),
            value: value.to_owned(),
        })
    }

    /// A file or folder of the distribution, `None` when it is not there.
    fn optional(
        &self,
        key: &str,
        value: &str,
        is_there: fn(&Path) -> bool,
    ) -> Result<Option<PathBuf>, PythonJsonError> {
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
        if value.is_empty() || !Path::new(value).components().all(inside) {
            let (file, key, value) = (self.root.join(FILE_NAME), key.to_owned(), value.to_owned());
            return Err(PythonJsonError::Outside { file, key, value });
        }
        let path = self.root.join(value);
        Ok(is_there(&path).then_some(path))
    }

    fn feature_version(&self, text: &str) -> Result<PythonVersion, PythonJsonError> {
        let version = parse_feature_version(text).ok_or_else(|| {
            let problem = format!("`{text}` is not a version such as 3.13");
            self.key("python_major_minor_version", problem)
        })?;
        if python_versions().any(|known| known == version) {
            return Ok(version);
        }
        let file = self.root.join(FILE_NAME);
        Err(PythonJsonError::UnknownRelease { file, found: version })
    }

    fn bytecode_magic(&self, text: &str) -> Result<[u8; 4], PythonJsonError> {
        let number = u32::from_str_radix(text, 16).ok().filter(|_| text.len() == 8);
        number.map(u32::to_be_bytes).ok_or_else(|| {
            let problem = format!("`{text}` is not 8 hexadecimal digits");
            self.key("python_bytecode_magic_number", problem)
        })
    }

    fn key(&self, key: &str, problem: impl Into<String>) -> PythonJsonError {
        PythonJsonError::Key {
            file: self.root.join(FILE_NAME),
            key: key.to_owned(),
            problem: problem.into(),
        }
    }
}

fn parse_feature_version(text: &str) -> Option<PythonVersion> {
    let (major, minor) = text.split_once('.')?;
    Some(PythonVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

#[cfg(test)]
mod tests;
