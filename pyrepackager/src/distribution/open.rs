//! From an unpacked archive to a [`Distribution`]: every path made absolute and looked for.

use std::path::{Component, Path, PathBuf};

use fs_err as fs;

use super::bitcode;
use super::model::{CoreBuild, Distribution, Extension, ExtensionVariant, Library};
use super::python_json::{self, ExtensionInfo, FILE_NAME, LinkInfo, OneOrMany, PythonJsonError};
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
    /// # Errors
    /// When `PYTHON.json` lacks a key, or names a file that is not there or not in `root`.
    pub fn open(root: &Path, archive_sha256: Sha256Digest) -> Result<Self, PythonJsonError> {
        let json = python_json::read(root)?;
        let reader = Reader { root };
        let build = &json.build_info;
        let extensions = build
            .extensions
            .iter()
            .map(|(name, variants)| Ok((name.clone(), reader.extension(name, variants)?)))
            .collect::<Result<_, PythonJsonError>>()?;
        Ok(Self {
            root: root.to_owned(),
            archive_sha256,
            version: reader.feature_version(&json.python_major_minor_version)?,
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
            tcl_library: reader.tcl_library(&json)?,
            license_path: reader.optional_file("license_path", json.license_path.as_deref())?,
            full_version: json.python_version,
            target_triple: json.target_triple,
            cache_tag: json.python_implementation_cache_tag,
            extension_suffixes: json.python_suffixes.extension,
            stdlib_test_packages: json.python_stdlib_test_packages,
            licenses: json.licenses.unwrap_or_default(),
        })
    }
}

/// Turns values of `PYTHON.json` into checked ones.
struct Reader<'a> {
    root: &'a Path,
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
        Ok(CoreBuild {
            objects,
            links: self.libraries("build_info.core.links", &build.core.links)?,
            inittab_cflags: build.inittab_cflags.clone(),
        })
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
        let variants = variants
            .iter()
            .enumerate()
            .map(|(index, info)| self.variant(&format!("{key}[{index}]"), info))
            .collect::<Result<_, _>>()?;
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
        Ok(ExtensionVariant {
            variant: info.variant.clone(),
            init_fn: (info.init_fn != "NULL").then(|| info.init_fn.clone()),
            in_core: info.in_core,
            required: info.required,
            objects: self.files(&format!("{key}.objs"), &info.objs)?,
            links: self.libraries(&format!("{key}.links"), &info.links)?,
            shared_library: self
                .optional_file(&format!("{key}.shared_lib"), info.shared_lib.as_deref())?,
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
        let mut paths = match &info.license_path {
            None => Vec::new(),
            Some(OneOrMany::One(path)) => vec![self.file(&format!("{key}.license_path"), path)?],
            Some(OneOrMany::Many(paths)) => self.files(&format!("{key}.license_path"), paths)?,
        };
        let more = info.license_paths.as_deref().unwrap_or_default();
        paths.append(&mut self.files(&format!("{key}.license_paths"), more)?);
        Ok(paths)
    }

    fn libraries(&self, key: &str, links: &[LinkInfo]) -> Result<Vec<Library>, PythonJsonError> {
        let library = |(index, link): (usize, &LinkInfo)| {
            let name = link.name.clone();
            let key = |field| format!("{key}[{index}].{field}");
            Ok(match (&link.path_static, &link.path_dynamic) {
                (Some(path), _) => {
                    Library::Static { name, path: self.file(&key("path_static"), path)? }
                }
                (None, Some(path)) => {
                    Library::Dynamic { name, path: self.file(&key("path_dynamic"), path)? }
                }
                (None, None) if link.framework == Some(true) => Library::Framework(name),
                (None, None) => Library::System(name),
            })
        };
        links.iter().enumerate().map(library).collect()
    }

    /// The folders of Tcl's and Tk's scripts that are there: those that are listed, and those that
    /// lie beside them, as published archives with Tcl 9 have `tcl9.0` and do not list it. Only
    /// `tkinter` needs them, so that a missing one is no reason to refuse the distribution.
    fn tcl_library(&self, json: &python_json::PythonJson) -> Result<Vec<PathBuf>, PythonJsonError> {
        let Some(base) = json.tcl_library_path.as_deref() else { return Ok(Vec::new()) };
        let Some(base) = self.folder_if_there("tcl_library_path", base)? else {
            return Ok(Vec::new());
        };
        let mut folders = self.tcl_folders_in(&base)?;
        for (index, name) in json.tcl_library_paths.iter().flatten().enumerate() {
            let below = base.strip_prefix(self.root).unwrap_or(&base).join(name);
            let key = format!("tcl_library_paths[{index}]");
            folders.extend(self.folder_if_there(&key, &below.to_string_lossy())?);
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

    fn folder_if_there(&self, key: &str, value: &str) -> Result<Option<PathBuf>, PythonJsonError> {
        match self.folder(key, value) {
            Ok(path) => Ok(Some(path)),
            Err(PythonJsonError::Lacking { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn files(&self, key: &str, paths: &[String]) -> Result<Vec<PathBuf>, PythonJsonError> {
        let file = |(index, path): (usize, &String)| self.file(&format!("{key}[{index}]"), path);
        paths.iter().enumerate().map(file).collect()
    }

    fn optional_file(
        &self,
        key: &str,
        path: Option<&str>,
    ) -> Result<Option<PathBuf>, PythonJsonError> {
        path.map(|path| self.file(key, path)).transpose()
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
        let (file, key, value) = (self.root.join(FILE_NAME), key.to_owned(), value.to_owned());
        let inside = |c: Component<'_>| matches!(c, Component::Normal(_) | Component::CurDir);
        if value.is_empty() || !Path::new(&value).components().all(inside) {
            return Err(PythonJsonError::Outside { file, key, value });
        }
        let path = self.root.join(&value);
        if is_there(&path) { Ok(path) } else { Err(PythonJsonError::Lacking { file, key, value }) }
    }

    fn feature_version(&self, text: &str) -> Result<PythonVersion, PythonJsonError> {
        parse_feature_version(text).ok_or_else(|| {
            let problem = format!("`{text}` is not a version such as 3.13");
            self.key("python_major_minor_version", problem)
        })
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
