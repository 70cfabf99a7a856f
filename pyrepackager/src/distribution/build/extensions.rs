//! What `PYTHON.json` says of extension modules: object files, libraries, licenses.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::components::Component;
use super::error::BuildError;
use super::modules::Module;
use super::older;
use super::python_json::Description;

/// The entry of a module under `build_info.extensions`, without license keys; `shared_library` is the file of one that
/// is not built in.
pub(super) fn extension_keys(
    module: &Module,
    links: Vec<Value>,
    shared_library: Option<&str>,
) -> Value {
    json!({
        "in_core": module.in_core,
        "init_fn": module.init_fn,
        "links": links,
        "objs": module.objects.iter().map(|object| format!("build/{object}")).collect::<Vec<_>>(),
        "required": module.required,
        "static_lib": null,
        "shared_lib": shared_library,
        "variant": "default",
    })
}

/// The entry of a library under `links`: one that is in the archive, or one of the system.
pub(super) fn link_keys(name: &str, is_bundled: bool) -> Value {
    if is_bundled {
        json!({ "name": name, "path_static": format!("build/lib/lib{name}.a") })
    } else {
        json!({ "name": name, "system": true })
    }
}

impl Description<'_> {
    /// The entry of a module under `build_info.extensions`.
    pub(super) fn extension(&mut self, module: &Module) -> Result<Value, BuildError> {
        let file = module.shared.then(|| self.file_of(module));
        let mut words: Vec<String> = module.archives.clone();
        words.extend(module.libraries.iter().map(|library| format!("-l{library}")));
        words.extend(self.link_words(&[&module.variable("LDFLAGS")]));
        for word in &words {
            self.find_library(word);
        }
        if let Some(file) = &file {
            // As in published archives, libraries beside the module count as the system's.
            let libraries = self.shared_objects.foreign_libraries(file);
            words.extend(libraries.iter().map(|library| format!("-l{}", link_name(library))));
            module.objects.iter().for_each(|object| self.add_source_file(object));
        }
        let mut links: Vec<Value> =
            last_of_each(words).iter().map(|word| self.link(word)).collect();
        // Static libraries need those after them, and system libraries need none of them.
        links.sort_by_key(|link| link.get("system").is_some());
        let folder = self.variable("DESTSHARED").trim_start_matches('/').to_owned();
        let licenses = self.licenses(module, &links)?;
        let file = file.map(|file| format!("{folder}/{file}"));
        let mut extension = extension_keys(module, links, file.as_deref());
        if let (Some(licenses), Value::Object(extension)) = (licenses, &mut extension) {
            extension.extend(licenses);
        }
        Ok(extension)
    }

    /// Modules that should be shared libraries and were not installed: CPython's makefile drops
    /// those that cannot be imported.
    pub(super) fn missing_shared_modules(&self) -> Vec<String> {
        let shared = self.modules.iter().filter(|module| module.shared);
        let missing = shared.filter(|module| !self.shared_objects.contains(&self.file_of(module)));
        missing.map(|module| format!("{} (cannot be imported)", module.name)).collect()
    }

    /// The file name of a module that is a shared library.
    pub(super) fn file_of(&self, module: &Module) -> String {
        format!("{}{}", module.name, self.variable("EXT_SUFFIX"))
    }

    /// The words of variables of the Makefile that name libraries.
    pub(super) fn link_words(&self, variables: &[&str]) -> Vec<String> {
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

    /// The entry of `links` for a word of a linker's command line.
    pub(super) fn link(&self, word: &str) -> Value {
        let name = library_name(word);
        link_keys(&name, self.libraries.contains_key(&name))
    }

    /// The license keys of an extension that links `links`; `None` when a license is not known, or
    /// is that of CPython.
    fn licenses(
        &mut self,
        module: &Module,
        links: &[Value],
    ) -> Result<Option<Map<String, Value>>, BuildError> {
        let (mut spdx, mut paths) = (BTreeSet::<&str>::new(), BTreeSet::new());
        let mut public_domain = false;
        let compiled = older::compiled_library(self.workspace.request.version, &module.name);
        for name in self.shipped_libraries(links).into_iter().chain(compiled.map(str::to_owned)) {
            let Some(component) = Component::of_library(&name) else { return Ok(None) };
            let licenses = self.workspace.deps().join("licenses");
            let source = &self.workspace.source.folder;
            let Some(text) = component.licence_text(source, &licenses)? else { return Ok(None) };
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

    /// Names of the libraries in `links` that are in the archive.
    fn shipped_libraries(&self, links: &[Value]) -> Vec<String> {
        let mut names = Vec::new();
        for link in links {
            let name = link["name"].as_str().unwrap_or_default();
            let file = format!("lib{name}.so");
            if link.get("path_static").is_some() || self.shared_objects.contains(&file) {
                names.push(name.to_owned());
            }
            // Tcl always needs zlib; where it does not ask for the system's, it has one inside.
            let own_zlib = !self.shared_objects.foreign_libraries(&file).contains("libz.so.1");
            if name.starts_with("tcl") && own_zlib {
                names.push("z".to_owned());
            }
        }
        names
    }
}

/// `ssl` of `-lssl`, `mpdec` of `Modules/…/libmpdec.a`.
fn library_name(word: &str) -> String {
    let file = word.rsplit('/').next().unwrap_or(word);
    let name = word.strip_prefix("-l").or_else(|| file.strip_prefix("lib")?.strip_suffix(".a"));
    name.unwrap_or(file).to_owned()
}

/// `X11` of `libX11.so.6`.
fn link_name(soname: &str) -> &str {
    let name = soname.strip_prefix("lib").unwrap_or(soname);
    name.rsplit_once(".so").map_or(name, |(name, _)| name)
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
    fn shared_libraries_are_named_as_a_linker_is_told() {
        let names = ["libX11.so.6", "libtcl8.6.so", "libXft.so.2"].map(link_name);
        assert_eq!(names, ["X11", "tcl8.6", "Xft"]);
    }

    #[test]
    fn the_order_of_static_libraries_is_kept() {
        let words = ["-lpanelw", "-lncursesw", "-ltinfo", "-lncursesw", "-ltinfo"];
        let kept = last_of_each(words.map(str::to_owned).into());
        assert_eq!(kept, ["-lpanelw", "-lncursesw", "-ltinfo"]);
    }
}
