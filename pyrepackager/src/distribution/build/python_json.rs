//! Writes `PYTHON.json`, version 8, and says which files go into `build/` with it.
//!
//! The keys are those of python-build-standalone's `docs/distributions.rst`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use fs_err as fs;
use serde_json::{Map, Value, json};

use super::archive::Entries;
use super::command::capture;
use super::compile::Workspace;
use super::components::Component;
use super::elf::read_needs;
use super::error::BuildError;
use super::modules::{self, Module};

/// Packages of the standard library that hold tests, over all versions of CPython.
const TEST_PACKAGES: [&str; 12] = [
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
const INITTAB_FLAGS: [&str; 3] = ["-std=c11", "-DNDEBUG", "-DPy_BUILD_CORE"];

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

/// Gathers the files and the description of a finished build.
pub(super) struct Description<'a> {
    workspace: &'a Workspace<'a>,
    modules: Vec<Module>,
    variables: BTreeMap<String, String>,
    /// Static libraries that are linked: name and file.
    libraries: BTreeMap<String, PathBuf>,
    entries: Entries,
}

impl<'a> Description<'a> {
    /// Reads what was built.
    pub(super) fn read(workspace: &'a Workspace<'a>) -> Result<Self, BuildError> {
        let modules = modules::read(&workspace.source.folder)?;
        let mut names: Vec<String> =
            ["LIBRARY_OBJS", "LIBS", "SYSLIBS", "LIBPL"].map(str::to_owned).into();
        names.extend(modules.iter().map(|module| module.variable("LDFLAGS")));
        let variables = workspace.variables(&names)?;
        let (libraries, entries) = (BTreeMap::new(), Entries::default());
        Ok(Self { workspace, modules, variables, libraries, entries })
    }

    /// The text of `PYTHON.json`, and all other files of the archive.
    pub(super) fn finish(
        mut self,
        build_options: &str,
        triple: &str,
    ) -> Result<(String, Entries), BuildError> {
        let (mut metadata, failures) = self.interpreter_metadata()?;
        self.workspace.refuse_missing(failures)?;
        let crt_features = self.crt_features()?;
        let build_info = self.build_info()?;
        let version = self.workspace.request.version;
        let own = json!({
            "version": "8",
            "target_triple": triple,
            "optimizations": build_options,
            "build_options": build_options,
            "python_tag": format!("cp{}{}", version.major, version.minor),
            "python_version": self.workspace.source.full_version,
            "python_stdlib_test_packages": TEST_PACKAGES,
            "python_symbol_visibility": "global-default",
            "python_extension_module_loading": ["builtin", "shared-library"],
            "libpython_link_mode": "static",
            "crt_features": crt_features,
            "run_tests": "build/run_tests.py",
            "build_info": build_info,
            "licenses": ["Python-2.0", "CNRI-Python"],
            "license_path": "licenses/LICENSE.cpython.txt",
            "tcl_library_path": null,
            "tcl_library_paths": null,
        });
        if let Value::Object(own) = own {
            metadata.extend(own);
        }
        self.collect_files()?;
        let text = serde_json::to_string_pretty(&Value::Object(metadata))
            .map_err(std::io::Error::other)?;
        Ok((text + "\n", self.entries))
    }

    /// What the interpreter says of itself, and the built-in modules that do not import.
    fn interpreter_metadata(&self) -> Result<(Map<String, Value>, Vec<String>), BuildError> {
        #[derive(serde::Deserialize)]
        struct Answer {
            metadata: Map<String, Value>,
            import_failures: BTreeMap<String, String>,
        }
        let root = self.workspace.root();
        let command = self.workspace.python(include_str!("python/metadata.py"), &[&root]);
        let output = capture("asking the interpreter about itself", command)?;
        let answer: Answer = serde_json::from_slice(&output).map_err(|error| {
            let problem = format!("does not describe itself: {error}");
            BuildError::Malformed { path: self.workspace.interpreter(), problem }
        })?;
        let failures = answer.import_failures.into_iter();
        Ok((answer.metadata, failures.map(|(name, why)| format!("{name} ({why})")).collect()))
    }

    fn crt_features(&self) -> Result<[String; 2], BuildError> {
        let needs = read_needs(&self.workspace.interpreter())?;
        let names = needs.foreign_libraries();
        if !names.is_empty() {
            return Err(BuildError::SharedLibraries { names });
        }
        let newest = format!("glibc-max-symbol-version:{}", needs.glibc_version());
        Ok(["glibc-dynamic".to_owned(), newest])
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

    fn extension(&mut self, module: &Module) -> Result<Value, BuildError> {
        let flags = module.variable("LDFLAGS");
        let mut words: Vec<String> = module.archives.clone();
        words.extend(module.libraries.iter().map(|library| format!("-l{library}")));
        words.extend(self.link_words(&[&flags]));
        for word in &words {
            self.find_library(word);
        }
        let mut links: Vec<Value> =
            last_of_each(words).iter().map(|word| self.link(word)).collect();
        // Static libraries need those after them, and system libraries need none of them.
        links.sort_by_key(|link| link.get("system").is_some());
        let mut extension = json!({
            "in_core": module.in_core,
            "init_fn": module.init_fn,
            "links": links,
            "objs": module.objects.iter().map(|object| format!("build/{object}")).collect::<Vec<_>>(),
            "required": module.required,
            "static_lib": null,
            "shared_lib": null,
            "variant": "default",
        });
        if let (Some(licences), Value::Object(extension)) = (self.licences(&links)?, &mut extension)
        {
            extension.extend(licences);
        }
        Ok(extension)
    }

    /// The words of variables of the Makefile that name libraries.
    fn link_words(&self, variables: &[&str]) -> Vec<String> {
        let words = variables.iter().flat_map(|name| self.variable(name).split_whitespace());
        words
            .filter(|word| word.starts_with("-l") || word.ends_with(".a"))
            .map(str::to_owned)
            .collect()
    }

    /// Notes the static library that `word` stands for, if it does for one.
    fn find_library(&mut self, word: &str) {
        let path = match word.strip_prefix("-l") {
            Some(name) => self.workspace.deps().join(format!("lib/lib{name}.a")),
            None => self.workspace.source.folder.join(word),
        };
        if path.is_file() {
            self.libraries.insert(library_name(word), path);
        }
    }

    fn link(&self, word: &str) -> Value {
        let name = library_name(word);
        if self.libraries.contains_key(&name) {
            json!({ "name": name, "path_static": format!("build/lib/lib{name}.a") })
        } else {
            json!({ "name": name, "system": true })
        }
    }

    /// The licence keys of an extension that links `links`; `None` when a licence is not known.
    fn licences(&mut self, links: &[Value]) -> Result<Option<Map<String, Value>>, BuildError> {
        let (mut spdx, mut paths) = (BTreeSet::<&str>::new(), BTreeSet::new());
        let mut public_domain = false;
        for link in links.iter().filter(|link| link.get("path_static").is_some()) {
            let name = link["name"].as_str().unwrap_or_default();
            let Some(component) = Component::of_library(name) else { return Ok(None) };
            let licences = self.workspace.deps().join("licenses");
            let source = &self.workspace.source.folder;
            let Some(text) = component.licence_text(source, &licences)? else { return Ok(None) };
            let identifiers = component.spdx_under(&text);
            public_domain |= identifiers.is_empty();
            spdx.extend(identifiers);
            let path = format!("licenses/{}", component.licence_file());
            self.entries.add_text(&path, text);
            paths.insert(path);
        }
        if paths.is_empty() {
            return Ok(None);
        }
        let keys = json!({
            "licenses": spdx,
            "license_paths": paths,
            "license_public_domain": public_domain,
        });
        Ok(keys.as_object().cloned())
    }

    fn collect_files(&mut self) -> Result<(), BuildError> {
        for (name, path) in std::mem::take(&mut self.libraries) {
            self.entries.add_file(&format!("build/lib/lib{name}.a"), path);
        }
        for file in SOURCE_FILES {
            self.add_source_file(file);
        }
        self.entries.add_text("build/run_tests.py", include_str!("python/run_tests.py").to_owned());
        let licence = fs::read_to_string(self.workspace.source.folder.join("LICENSE"))?;
        self.entries.add_text("licenses/LICENSE.cpython.txt", licence);
        self.entries.add_folder("install", &self.workspace.root().join("install"))
    }

    fn add_source_file(&mut self, file: &str) {
        self.entries.add_file(&format!("build/{file}"), self.workspace.source.folder.join(file));
    }

    fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }
}

/// `ssl` of `-lssl`, `mpdec` of `Modules/…/libmpdec.a`.
fn library_name(word: &str) -> String {
    let file = word.rsplit('/').next().unwrap_or(word);
    let name = word.strip_prefix("-l").or_else(|| file.strip_prefix("lib")?.strip_suffix(".a"));
    name.unwrap_or(file).to_owned()
}

/// Drops all but the last occurrence of each word, as a linker needs static libraries.
fn last_of_each(words: Vec<String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for word in words.into_iter().rev() {
        if !kept.contains(&word) {
            kept.push(word);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_named_without_prefix_and_suffix() {
        assert_eq!(library_name("-lssl"), "ssl");
        assert_eq!(library_name("Modules/_decimal/libmpdec/libmpdec.a"), "mpdec");
    }

    #[test]
    fn the_order_of_static_libraries_is_kept() {
        let words = ["-lpanelw", "-lncursesw", "-ltinfo", "-lncursesw", "-ltinfo"];
        let kept = last_of_each(words.map(str::to_owned).into());
        assert_eq!(kept, ["-lpanelw", "-lncursesw", "-ltinfo"]);
    }
}
