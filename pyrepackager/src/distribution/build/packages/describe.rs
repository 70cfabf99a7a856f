//! The installation, `PYTHON.json` and the files that it names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde_json::{Map, Value, json};

use super::Assembly;
use super::objects::{LIBRARIES, Objects};
use crate::distribution::build::archive::Entries;
use crate::distribution::build::command::capture;
use crate::distribution::build::elf::read_needs;
use crate::distribution::build::error::BuildError;
use crate::distribution::build::extensions::{extension_keys, link_keys};
use crate::distribution::build::modules::{self, Module};
use crate::distribution::build::python_json::{
    Facts, INITTAB_FLAGS, Metadata, document, read_answer,
};
use crate::distribution::build::source::newest_file;
use crate::native::{self, Outside};

/// Files of Debian's standard library folder that other systems do not have or that are not needed:
/// what it does to its own installation, static libraries, an object for linking.
const LEFT_OUT: [&str; 3] = ["EXTERNALLY-MANAGED", "sitecustomize.py", "__pycache__"];

/// What describes an archive.
pub(super) struct Description {
    pub(super) full_version: String,
    pub(super) python_json: String,
    pub(super) entries: Entries,
    /// Date of all files, in seconds since 1970.
    pub(super) epoch: u64,
}

/// Installs the standard library beside the interpreter and describes the whole.
pub(super) fn describe(
    assembly: &Assembly<'_>,
    objects: Objects,
) -> Result<Description, BuildError> {
    install(assembly)?;
    let metadata = interpreter_metadata(assembly)?;
    let full_version = full_version(assembly, &metadata)?;
    let shared = shared_modules(assembly)?;
    let needs = read_needs(&assembly.interpreter())?;
    let glibc = format!("glibc-max-symbol-version:{}", needs.glibc_version());
    let facts = Facts {
        version: assembly.version,
        full_version: &full_version,
        triple: &assembly.machine.triple,
        options: "noopt",
        crt_features: ["glibc-dynamic".to_owned(), glibc],
        build_info: build_info(assembly, &objects, &shared)?,
        run_tests: None,
        tcl_folders: None,
    };
    let python_json = document(metadata, facts)?;
    let (entries, epoch) = (entries(assembly, &objects)?, newest_file(&assembly.packages)?);
    Ok(Description { full_version, python_json, entries, epoch })
}

/// Copies the standard library, `libpython` and the headers to where published archives have them.
fn install(assembly: &Assembly<'_>) -> Result<(), BuildError> {
    let install = assembly.root().join("install");
    let python = format!("python{}", assembly.version);
    copy(&assembly.packaged_stdlib(), &install.join("lib").join(&python))?;
    fs::copy(assembly.packaged_library(), assembly.root().join(assembly.static_library()))?;
    let headers = assembly.packages.join("usr/include");
    let include = install.join("include").join(&python);
    copy(&headers.join(&python), &include)?;
    // Debian's chooses among those of several processors, in other folders.
    let config = headers.join(&assembly.machine.multiarch).join(&python).join("pyconfig.h");
    fs::copy(config, include.join("pyconfig.h"))?;
    restore_install_scheme(&install.join("lib").join(&python).join("sysconfig/__init__.py"))
}

/// Makes CPython's own scheme of folders the default again, in place of the one that Debian has
/// for what administrators install.
fn restore_install_scheme(sysconfig: &Path) -> Result<(), BuildError> {
    let text = fs::read_to_string(sysconfig)?;
    let restored = text.replace("prefix_scheme = 'posix_local'", "prefix_scheme = 'posix_prefix'");
    if restored == text {
        let problem = "does not choose a scheme of folders as Debian's did".to_owned();
        return Err(BuildError::Malformed { path: sysconfig.to_owned(), problem });
    }
    Ok(fs::write(sysconfig, restored)?)
}

fn copy(from: &Path, to: &Path) -> Result<(), BuildError> {
    let wanted = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().to_string_lossy();
        let is_binary = name.ends_with(".a") || name.ends_with(".o");
        !is_binary && !LEFT_OUT.contains(&name.as_ref())
    };
    for entry in walkdir::WalkDir::new(from).into_iter().filter_entry(wanted) {
        let entry = entry.map_err(std::io::Error::from)?;
        let Ok(relative) = entry.path().strip_prefix(from) else { continue };
        let target = to.join(relative);
        if entry.file_type().is_dir() {
            fs::create_dir_all(target)?;
        } else {
            // A link becomes what it leads to.
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What a script prints as JSON when the assembled interpreter runs it.
fn python<T: serde::de::DeserializeOwned>(
    assembly: &Assembly<'_>,
    step: &'static str,
    script: &str,
) -> Result<T, BuildError> {
    let interpreter = assembly.interpreter();
    let mut command = assembly.command(&interpreter);
    command.args(["-I", "-B", "-c", script]).arg(assembly.root());
    let output = capture(step, command)?;
    read_answer(interpreter, &output)
}

/// What the interpreter says of itself; every built-in module must import.
fn interpreter_metadata(assembly: &Assembly<'_>) -> Result<Map<String, Value>, BuildError> {
    let script = include_str!("../python/metadata.py");
    let answer: Metadata = python(assembly, "asking the interpreter about itself", script)?;
    let failures = answer.failures();
    if failures.is_empty() {
        return Ok(answer.metadata);
    }
    let log = assembly.folder.join("assembly.log");
    Err(BuildError::MissingExtensions { names: failures, log })
}

/// `3.14.8` of the parts that the interpreter names.
fn full_version(
    assembly: &Assembly<'_>,
    metadata: &Map<String, Value>,
) -> Result<String, BuildError> {
    let parts = metadata.get("python_implementation_version").and_then(Value::as_array);
    let parts: Vec<&str> = parts.into_iter().flatten().filter_map(Value::as_str).collect();
    match parts[..] {
        [major, minor, micro, ..] => Ok(format!("{major}.{minor}.{micro}")),
        _ => Err(BuildError::Malformed {
            path: assembly.interpreter(),
            problem: "does not say which version it is".to_owned(),
        }),
    }
}

/// The shared extension modules that this machine can load, by name, with the libraries that they
/// need beside them; those that need a newer C library or newer shared libraries are removed from
/// the installation.
fn shared_modules(assembly: &Assembly<'_>) -> Result<BTreeMap<String, String>, BuildError> {
    #[derive(serde::Deserialize)]
    struct Answer {
        modules: BTreeMap<String, Option<String>>,
        libraries: Vec<PathBuf>,
    }
    let script = include_str!("python/importable.py");
    let answer: Answer = python(assembly, "importing the shared modules", script)?;
    let folder = format!("install/lib/python{}/lib-dynload", assembly.version);
    let mut modules = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, file) in answer.modules {
        match file {
            Some(file) => _ = modules.insert(name, format!("{folder}/{file}")),
            None => missing.push(name),
        }
    }
    let wanted: BTreeSet<&str> = modules.values().map(String::as_str).collect();
    for entry in fs::read_dir(assembly.root().join(&folder))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !wanted.contains(format!("{folder}/{name}").as_str()) {
            fs::remove_file(path)?;
        }
    }
    copy_shared_libraries(assembly, &answer.libraries)?;
    if !missing.is_empty() {
        let names = missing.join(", ");
        assembly.reporter.note(&format!(
            "CPython {}: this machine's libraries are too old for {names}",
            assembly.version
        ));
    }
    Ok(modules)
}

/// Copies this machine's libraries to where the published archives have those of shared modules,
/// but for the ones that every system has.
fn copy_shared_libraries(assembly: &Assembly<'_>, libraries: &[PathBuf]) -> Result<(), BuildError> {
    for library in libraries {
        let object = fs::read(library)?;
        let Ok(parsed) = native::elf::parse(&object) else { continue };
        // The loader asks for a library by this name, whatever its file is called.
        let Some(name) = parsed.soname else { continue };
        if Outside::of(&name, &assembly.machine.triple) == Outside::Unknown {
            fs::write(assembly.root().join("install/lib").join(name), object)?;
        }
    }
    Ok(())
}

fn build_info(
    assembly: &Assembly<'_>,
    objects: &Objects,
    shared: &BTreeMap<String, String>,
) -> Result<Value, BuildError> {
    let modules = built_in_modules(assembly, objects)?;
    let makefile = fs::read_to_string(assembly.config_folder().join("Makefile"))?;
    let mut extensions = Map::new();
    for module in &modules {
        let flags = variable(&makefile, &module.variable("LDFLAGS"));
        let words = flags.split_whitespace().filter_map(|word| word.strip_prefix("-l"));
        let libraries = module.libraries.iter().map(String::as_str).chain(words);
        let extension = extension_keys(module, links(libraries), None);
        extensions.insert(module.name.clone(), json!([extension]));
    }
    for (name, file) in shared {
        let module = Module::shared_library(name, Vec::new());
        let extension = extension_keys(&module, Vec::new(), Some(file));
        extensions.insert(name.clone(), json!([extension]));
    }
    let of_modules: BTreeSet<&String> = modules.iter().flat_map(|m| &m.objects).collect();
    let core = objects.members.iter().filter(|object| !of_modules.contains(object));
    let core: Vec<String> = core.map(|object| format!("build/{object}")).collect();
    Ok(json!({
        "core": {
            "objs": core,
            "links": links(["m", "dl"].into_iter()),
            "static_lib": assembly.static_library(),
        },
        "extensions": extensions,
        "inittab_object": "build/Modules/config.o",
        "inittab_source": "build/Modules/config.c",
        "inittab_cflags": INITTAB_FLAGS,
        "object_file_format": "elf",
    }))
}

/// The modules of the table in `config.c`, with the object files that there are of them.
fn built_in_modules(assembly: &Assembly<'_>, objects: &Objects) -> Result<Vec<Module>, BuildError> {
    let folder = objects.build.join("Modules");
    for name in modules::SETUP_FILES.into_iter().chain(["config.c"]) {
        fs::copy(assembly.config_folder().join(name), folder.join(name))?;
    }
    let mut modules = modules::read(&objects.build)?;
    for module in &mut modules {
        match objects.hash_modules.iter().find(|(name, _)| *name == module.name) {
            Some((_, compiled)) => module.objects.clone_from(compiled),
            None => module.without_folders(),
        }
    }
    Ok(modules)
}

/// The value of a variable in a makefile, or an empty string if it is not defined.
fn variable<'a>(makefile: &'a str, name: &str) -> &'a str {
    let value = makefile.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_default()
}

fn links<'a>(libraries: impl Iterator<Item = &'a str>) -> Vec<Value> {
    let names: BTreeSet<&str> = libraries.collect();
    names.into_iter().map(|name| link_keys(name, LIBRARIES.contains(&name))).collect()
}

fn entries(assembly: &Assembly<'_>, objects: &Objects) -> Result<Entries, BuildError> {
    let mut entries = Entries::default();
    let license = fs::read_to_string(assembly.packaged_stdlib().join("LICENSE.txt"))?;
    entries.add_text("licenses/LICENSE.cpython.txt", license);
    entries.add_folder("build", &objects.build)?;
    entries.add_folder("install", &assembly.root().join("install"))?;
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_tell_bundled_libraries_from_the_systems() {
        let links = serde_json::to_string(&links(["z", "m", "z"].into_iter())).unwrap();
        assert_eq!(
            links,
            r#"[{"name":"m","system":true},{"name":"z","path_static":"build/lib/libz.a"}]"#
        );
    }

    #[test]
    fn variables_of_a_makefile_are_found_by_their_whole_name() {
        let makefile = "MODULE_ZLIB_LDFLAGS=-lz\nMODULE_Z_LDFLAGS = x\n";
        assert_eq!(variable(makefile, "MODULE_ZLIB_LDFLAGS"), "-lz");
        assert_eq!(variable(makefile, "MODULE_Z"), "");
    }

    #[test]
    fn a_scheme_that_is_not_debians_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("__init__.py");
        fs::write(&file, "prefix_scheme = 'posix_prefix'\n").unwrap();
        let error = restore_install_scheme(&file).unwrap_err().to_string();
        assert!(error.contains("__init__.py`: does not choose a scheme"), "{error}");
    }
}
