//! Writes `PYTHON.json`, version 8, and says which files go into `build/` with it.
//!
//! The keys are those of python-build-standalone's `docs/distributions.rst`. What stands under
//! `build_info.extensions` is [`super::extensions`]' business.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fs_err as fs;
use serde_json::{Map, Value, json};

use super::archive::Entries;
use super::command::capture;
use super::compile::Workspace;
use super::error::BuildError;
use super::modules::{self, Module};
use super::older;
use super::shared_objects::SharedObjects;
use crate::config::resolved::PythonVersion;

/// Packages of the standard library that hold tests, over all versions of CPython.
pub(super) const TEST_PACKAGES: [&str; 12] = [
    "bsddb.test",
    "ctypes.test",
    "distutils.tests",
    "email.test",
    "idlelib.idle_test",
    "json.tests",
    "lib-tk.test",
    "lib2to3.tests",
    "sqlite3.test",
    "test",
    "tkinter.test",
    "unittest.test",
];

/// Flags for a file that defines the initialisation table.
pub(super) const INITTAB_FLAGS: [&str; 3] = ["-std=c11", "-DNDEBUG", "-DPy_BUILD_CORE"];

/// Other files of the source that the format puts into `build/`.
const SOURCE_FILES: [&str; 7] = [
    "Modules/Setup",
    "Modules/Setup.bootstrap",
    "Modules/Setup.local",
    "Modules/Setup.stdlib",
    "Modules/config.c",
    "Modules/config.c.in",
    "Python/frozen.c",
];

/// Variables of CPython's Makefile that are asked for.
const VARIABLES: [&str; 6] =
    ["LIBRARY_OBJS", "LIBS", "SYSLIBS", "LIBPL", "DESTSHARED", "EXT_SUFFIX"];

/// What `metadata.py` prints.
#[derive(serde::Deserialize)]
pub(super) struct Metadata {
    /// Keys of `PYTHON.json`.
    pub(super) metadata: Map<String, Value>,
    import_failures: BTreeMap<String, String>,
}

impl Metadata {
    /// The built-in modules that do not import, each with the reason.
    pub(super) fn failures(&self) -> Vec<String> {
        self.import_failures.iter().map(|(name, why)| format!("{name} ({why})")).collect()
    }
}

/// What `PYTHON.json` says beside what the interpreter says of itself and what is the same in all archives of this
/// builder.
pub(super) struct Facts<'a> {
    pub(super) version: PythonVersion,
    /// Such as `3.13.5`.
    pub(super) full_version: &'a str,
    pub(super) triple: &'a str,
    /// The format's word for the options of the build.
    pub(super) options: &'a str,
    /// What is needed of the C library.
    pub(super) crt_features: [String; 2],
    pub(super) build_info: Value,
    /// The script that runs CPython's own tests, if the archive has it.
    pub(super) run_tests: Option<&'a str>,
    /// Names of the folders in `install/lib` with Tcl's and Tk's scripts, if there are some.
    pub(super) tcl_folders: Option<Vec<String>>,
}

/// The text of `PYTHON.json`; `metadata` is what the interpreter says of itself.
pub(super) fn document(
    mut metadata: Map<String, Value>,
    facts: Facts<'_>,
) -> Result<String, BuildError> {
    let PythonVersion { major, minor } = facts.version;
    let own = json!({
        "version": "8",
        "target_triple": facts.triple,
        "optimizations": facts.options,
        "build_options": facts.options,
        "python_tag": format!("cp{major}{minor}"),
        "python_version": facts.full_version,
        "python_stdlib_test_packages": TEST_PACKAGES,
        "python_symbol_visibility": "global-default",
        "python_extension_module_loading": ["builtin", "shared-library"],
        "libpython_link_mode": "static",
        "crt_features": facts.crt_features,
        "run_tests": facts.run_tests,
        "build_info": facts.build_info,
        "licenses": ["Python-2.0", "CNRI-Python"],
        "license_path": "licenses/LICENSE.cpython.txt",
        "tcl_library_path": facts.tcl_folders.as_ref().map(|_| "install/lib"),
        "tcl_library_paths": facts.tcl_folders,
    });
    if let Value::Object(own) = own {
        metadata.extend(own);
    }
    let text =
        serde_json::to_string_pretty(&Value::Object(metadata)).map_err(std::io::Error::other)?;
    Ok(text + "\n")
}

/// Reads the JSON that the interpreter at a path has printed.
pub(super) fn read_answer<T: serde::de::DeserializeOwned>(
    interpreter: PathBuf,
    output: &[u8],
) -> Result<T, BuildError> {
    serde_json::from_slice(output).map_err(|error| BuildError::Malformed {
        path: interpreter,
        problem: format!("does not describe itself: {error}"),
    })
}

/// Gathers the files and the description of a finished build.
pub(super) struct Description<'a> {
    pub(super) workspace: &'a Workspace<'a>,
    pub(super) modules: Vec<Module>,
    variables: BTreeMap<String, String>,
    /// Static libraries that are linked: name and file.
    pub(super) libraries: BTreeMap<String, PathBuf>,
    /// What was installed and can be loaded by an interpreter.
    pub(super) shared_objects: SharedObjects,
    pub(super) entries: Entries,
}

impl<'a> Description<'a> {
    /// Reads what was built.
    pub(super) fn read(workspace: &'a Workspace<'a>) -> Result<Self, BuildError> {
        let mut modules = modules::read(&workspace.source.folder)?;
        modules.extend(workspace.tkinter());
        if older::has_flat_objects(workspace.request.version) {
            modules.iter_mut().for_each(Module::without_folders);
        }
        let mut names: Vec<String> = VARIABLES.map(str::to_owned).into();
        names.extend(modules.iter().map(|module| module.variable("LDFLAGS")));
        let variables = workspace.variables(&names)?;
        let shared_objects = SharedObjects::below(&workspace.root().join("install"))?;
        let (libraries, entries) = (BTreeMap::new(), Entries::default());
        Ok(Self { workspace, modules, variables, libraries, shared_objects, entries })
    }

    /// The text of `PYTHON.json`, and all other files of the archive.
    pub(super) fn finish(
        mut self,
        build_options: &str,
        triple: &str,
    ) -> Result<(String, Entries), BuildError> {
        let (metadata, mut failures) = self.interpreter_metadata()?;
        failures.extend(self.missing_shared_modules());
        self.workspace.refuse_missing(failures)?;
        let crt_features = self.crt_features()?;
        let build_info = self.build_info()?;
        let workspace = self.workspace;
        let tkinter = workspace.request.tkinter;
        let facts = Facts {
            version: workspace.request.version,
            full_version: &workspace.source.full_version,
            triple,
            options: build_options,
            crt_features,
            build_info,
            run_tests: Some("build/run_tests.py"),
            tcl_folders: tkinter.then(|| workspace.tcl_folders()).transpose()?,
        };
        self.collect_files()?;
        Ok((document(metadata, facts)?, self.entries))
    }

    /// What the interpreter says of itself, and the built-in modules that do not import.
    fn interpreter_metadata(&self) -> Result<(Map<String, Value>, Vec<String>), BuildError> {
        let root = self.workspace.root();
        let command = self.workspace.python(include_str!("python/metadata.py"), &[&root]);
        let output = capture("asking the interpreter about itself", command)?;
        let answer: Metadata = read_answer(self.workspace.interpreter(), &output)?;
        let failures = answer.failures();
        Ok((answer.metadata, failures))
    }

    /// What the files need of the C library. Only what Tcl and Tk need may come from elsewhere.
    fn crt_features(&self) -> Result<[String; 2], BuildError> {
        let tkinter = self.workspace.tkinter().map(|module| self.file_of(&module));
        let names = self.shared_objects.missing_libraries(&tkinter.unwrap_or_default());
        if !names.is_empty() {
            return Err(BuildError::SharedLibraries { names: names.into_iter().collect() });
        }
        let newest = self.shared_objects.glibc_version();
        Ok(["glibc-dynamic".to_owned(), format!("glibc-max-symbol-version:{newest}")])
    }

    fn build_info(&mut self) -> Result<Value, BuildError> {
        let mut extensions = Map::new();
        for module in self.modules.clone() {
            let extension = self.extension(&module)?;
            extensions.insert(module.name, json!([extension]));
        }
        let core_objects = self.core_objects();
        let objects = self.variable("LIBRARY_OBJS").split_whitespace().chain(["Programs/python.o"]);
        for object in objects.map(str::to_owned).collect::<Vec<_>>() {
            self.add_source_file(&object);
        }
        let core_links: Vec<Value> =
            self.link_words(&["LIBS", "SYSLIBS"]).iter().map(|word| self.link(word)).collect();
        let version = self.workspace.request.version;
        let static_library =
            format!("{}/libpython{version}.a", self.variable("LIBPL").trim_start_matches('/'));
        Ok(json!({
            "core": {
                "objs": core_objects.iter().map(|object| format!("build/{object}")).collect::<Vec<_>>(),
                "links": core_links,
                "shared_lib": null,
                "static_lib": static_library,
            },
            "extensions": extensions,
            "inittab_object": "build/Modules/config.o",
            "inittab_source": "build/Modules/config.c",
            "inittab_cflags": INITTAB_FLAGS,
            "object_file_format": match &self.workspace.toolchain.bitcode {
                Some(version) => format!("llvm-bitcode:{version}"),
                None => "elf".to_owned(),
            },
        }))
    }

    /// The objects of libpython that are no module's own.
    fn core_objects(&self) -> BTreeSet<String> {
        let of_modules: BTreeSet<&String> =
            self.modules.iter().flat_map(|module| &module.objects).collect();
        let all = self.variable("LIBRARY_OBJS").split_whitespace().map(str::to_owned);
        all.filter(|object| !of_modules.contains(object)).collect()
    }

    fn collect_files(&mut self) -> Result<(), BuildError> {
        for (name, path) in std::mem::take(&mut self.libraries) {
            self.entries.add_file(&format!("build/lib/lib{name}.a"), path);
        }
        let source = self.workspace.source.folder.clone();
        // Not every release has all of them.
        for file in SOURCE_FILES.iter().filter(|file| source.join(file).is_file()) {
            self.add_source_file(file);
        }
        self.entries.add_text("build/run_tests.py", include_str!("python/run_tests.py").to_owned());
        let licence = fs::read_to_string(self.workspace.source.folder.join("LICENSE"))?;
        self.entries.add_text("licenses/LICENSE.cpython.txt", licence);
        self.entries.add_folder("install", &self.workspace.root().join("install"))
    }

    pub(super) fn add_source_file(&mut self, file: &str) {
        self.entries.add_file(&format!("build/{file}"), self.workspace.source.folder.join(file));
    }

    pub(super) fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }
}
