//! `type = "wheel"` and what requirements brought: unpacked wheels.

use std::path::Path;

use walkdir::WalkDir;

use super::error::CollectError;
use super::merge::is_preloaded;
use super::model::{Collected, DataFile, MAIN, Module, ModuleKind, Origin, SharedLibrary};
use super::names::is_importable;
use super::shared_objects::is_library;
use super::{merge, path_files};
use crate::config::resolved::PackageSource;
use crate::distribution::Distribution;
use crate::wheel::InstalledWheel;

/// Collects the wheels of one entry; of two with the same file, the later one wins.
pub fn scan(
    source: &PackageSource,
    wheels: &[InstalledWheel],
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let mut collected = Collected::default();
    for wheel in wheels {
        let lib = wheel.lib();
        let mut found = path_files::site_folder(source, &lib, distribution)?;
        add_prefix(source, &lib, &wheel.prefix(), &mut found)?;
        // The cache's own files do not change.
        found.inputs.clear();
        if let Some(sha256) = wheel.archive {
            let is_record = |path: &String| path.strip_suffix("/RECORD").map(str::to_owned);
            found.archives.extend(found.files.keys().filter_map(is_record).map(|f| (f, sha256)));
        }
        merge::merge(&mut collected, found);
    }
    Ok(collected)
}

/// Adds what belongs below `sys.prefix`, whatever it is: scripts, headers, shared files. Libraries count
/// to those of the wheel's folder `lib`.
fn add_prefix(
    source: &PackageSource,
    lib: &Path,
    prefix: &Path,
    collected: &mut Collected,
) -> Result<(), CollectError> {
    let line = source.line;
    for entry in WalkDir::new(prefix).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(prefix).to_owned();
            CollectError::Unreadable { line, path, source: error.into() }
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path();
        let parts = path.strip_prefix(prefix).unwrap_or(path).iter().map(|part| part.to_str());
        let parts = parts.collect::<Option<Vec<_>>>();
        let parts = parts.ok_or_else(|| CollectError::NotUtf8 { line, path: path.to_owned() })?;
        let virtual_path = parts.join("/");
        let origin = Origin { line, stdlib: false };
        if is_library(&virtual_path) {
            let (source, root) = (path.to_owned(), lib.to_owned());
            let library =
                SharedLibrary { source, virtual_path: virtual_path.clone(), root, origin };
            collected.libraries.insert(virtual_path, library);
            continue;
        }
        let file = DataFile { source: path.to_owned(), virtual_path: virtual_path.clone(), origin };
        collected.files.insert(virtual_path, file);
    }
    Ok(())
}

/// The name of a script's module: that of its file, with which an import in another file finds it; `__main__` where that
/// import finds something else.
pub fn script_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let is_module = path.extension().is_some_and(|ending| ending == "py")
        && !stem.contains('.')
        && !is_preloaded(&stem)
        && !path.with_extension("").join("__init__.py").is_file();
    if is_module { stem.into_owned() } else { MAIN.to_owned() }
}

/// The virtual path of a script.
pub fn script_path(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Adds a script as a module.
pub fn add_script(source: &PackageSource, path: &Path, collected: &mut Collected) {
    let name = script_name(path);
    let module = Module {
        importable: is_importable(&name),
        kind: ModuleKind::Module,
        source: Some(path.to_owned()),
        virtual_path: script_path(path),
        optimize_level: source.optimize_level,
        include_source: source.include_source,
        origin: Origin { line: source.line, stdlib: false },
        name,
    };
    collected.modules.insert(module.name.clone(), module);
    collected.inputs.push(path.to_owned());
}
