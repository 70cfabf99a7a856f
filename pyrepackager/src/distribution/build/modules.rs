//! Which extension modules CPython's build system made, and from what.
//!
//! The generated `Modules/config.c` says which modules are built in and how they are initialized,
//! the `Modules/Setup*` files which ones are shared libraries and which sources and libraries each
//! is made of, and the variables `MODULE_…_LDFLAGS` of the Makefile what configure found. This
//! module has no list of extension modules of its own.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err as fs;

use super::error::BuildError;

/// The `Setup` files in the order in which CPython's `makesetup` reads them; the first to name a
/// module wins.
pub(super) const SETUP_FILES: [&str; 4] =
    ["Setup.local", "Setup.stdlib", "Setup.bootstrap", "Setup"];

/// The `Setup` files of the modules that the interpreter needs to start, and that CPython's own
/// build puts into the interpreter that compiles the frozen modules: the first that is there. 3.10
/// has the second alone.
const BOOTSTRAP: [&str; 2] = ["Setup.bootstrap", "Setup"];

/// An extension module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// Name that it is imported under.
    pub(super) name: String,
    /// Its entry in the initialization table; `NULL` for what the core sets up.
    pub(super) init_fn: String,
    /// Its object files, relative to the source folder; none when the core brings it.
    pub(super) objects: Vec<String>,
    /// Static libraries that CPython's build makes, relative to the source folder.
    pub(super) archives: Vec<String>,
    /// Names of the libraries on its line in a `Setup` file.
    pub(super) libraries: Vec<String>,
    /// Whether its code is among the core's object files.
    pub(super) in_core: bool,
    /// Whether the interpreter does not start without it.
    pub(super) required: bool,
    /// Whether it is a shared library of its own, and not part of the interpreter.
    pub(super) shared: bool,
}

impl Module {
    /// A module that is a shared library, of these object files and no libraries in the archive.
    pub(super) fn shared_library(name: &str, objects: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            init_fn: format!("PyInit_{name}"),
            objects,
            archives: Vec::new(),
            libraries: Vec::new(),
            in_core: false,
            required: false,
            shared: true,
        }
    }

    /// Name of the Makefile's variable for `suffix`, such as `MODULE__SSL_LDFLAGS`.
    pub(super) fn variable(&self, suffix: &str) -> String {
        format!("MODULE_{}_{suffix}", self.name.to_uppercase())
    }

    /// Names the objects as they are where the folders of their sources do not show: in the
    /// makefile of CPython 3.10, and in static libraries.
    pub(super) fn without_folders(&mut self) {
        for object in &mut self.objects {
            let name = object.rsplit('/').next().unwrap_or(object);
            *object = format!("Modules/{name}");
        }
    }
}

/// A line of a `Setup` file.
#[derive(Clone, Debug, Default)]
struct SetupLine {
    objects: Vec<String>,
    archives: Vec<String>,
    libraries: Vec<String>,
    bootstrap: bool,
    shared: bool,
}

/// Reads which modules were made: the built-in ones in the order of the initialization table, then
/// the shared libraries.
///
/// # Errors
/// When a file cannot be read, or `config.c` has no table.
pub(super) fn read(source: &Path) -> Result<Vec<Module>, BuildError> {
    let mut lines = BTreeMap::new();
    let file = |name: &str| source.join("Modules").join(name);
    let bootstrap = BOOTSTRAP.into_iter().find(|name| file(name).is_file());
    for name in SETUP_FILES {
        let path = file(name);
        if path.is_file() {
            let is_bootstrap = bootstrap == Some(name);
            for (module, line) in parse_setup(&fs::read_to_string(&path)?, is_bootstrap) {
                lines.entry(module).or_insert(line);
            }
        }
    }
    let path = source.join("Modules/config.c");
    let table = parse_inittab(&fs::read_to_string(&path)?);
    if table.is_empty() {
        let problem = "holds no table of built-in modules".to_owned();
        return Err(BuildError::Malformed { path, problem });
    }
    let is_built_in = |name: &str| table.iter().any(|(built_in, _)| built_in == name);
    let shared: Vec<_> = lines
        .iter()
        .filter(|(name, line)| line.shared && !is_built_in(name))
        .map(|(name, _)| (name.clone(), format!("PyInit_{name}")))
        .collect();
    let modules = table.into_iter().chain(shared);
    Ok(modules.map(|(name, init_fn)| module(name, init_fn, &lines)).collect())
}

fn module(name: String, init_fn: String, lines: &BTreeMap<String, SetupLine>) -> Module {
    let Some(line) = lines.get(&name).cloned() else {
        return Module {
            name,
            init_fn,
            objects: Vec::new(),
            archives: Vec::new(),
            libraries: Vec::new(),
            in_core: true,
            required: true,
            shared: false,
        };
    };
    let SetupLine { objects, archives, libraries, bootstrap: required, shared } = line;
    Module { name, init_fn, objects, archives, libraries, in_core: false, required, shared }
}

fn parse_setup(text: &str, bootstrap: bool) -> Vec<(String, SetupLine)> {
    let mut modules = Vec::new();
    let (mut disabled, mut shared) = (false, false);
    // A backslash joins lines, as in a Makefile.
    for line in text.replace("\\\n", " ").lines() {
        let words: Vec<&str> =
            line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let Some((&name, rest)) = words.split_first() else { continue };
        match name {
            "*disabled*" => disabled = true,
            "*static*" | "*shared*" => (disabled, shared) = (false, name == "*shared*"),
            _ if disabled || name.contains('=') => {}
            _ => {
                let line = SetupLine { bootstrap, shared, ..parse_words(rest) };
                modules.push((name.to_owned(), line));
            }
        }
    }
    modules
}

fn parse_words(words: &[&str]) -> SetupLine {
    let mut line = SetupLine::default();
    for word in words {
        if let Some(stem) = word.strip_suffix(".c") {
            line.objects.push(format!("Modules/{stem}.o"));
        } else if word.ends_with(".a") {
            line.archives.push((*word).to_owned());
        } else if let Some(library) = word.strip_prefix("-l") {
            line.libraries.push(library.to_owned());
        }
    }
    line
}

/// The entries of `_PyImport_Inittab`: lines of the form `{"name", PyInit_name},`.
fn parse_inittab(config_c: &str) -> Vec<(String, String)> {
    config_c
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.trim().strip_prefix("{\"")?.split_once("\",")?;
            let init_fn = rest.trim().strip_suffix("},")?;
            Some((name.to_owned(), init_fn.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setup_lines_give_objects_archives_and_libraries() {
        let text = "# _old old.c\nLIB=x\n*static*\n_sha2 sha2module.c -I$(srcdir)/x \
                    Modules/_hacl/libHacl.a\n_io _io/a.c \\\n  _io/b.c -lm # why\n\
                    *disabled*\n_tkinter\n*shared*\n_testcapi _testcapi/a.c\n";
        let modules = parse_setup(text, false);
        let names: Vec<_> = modules.iter().map(|(name, l)| (name.as_str(), l.shared)).collect();
        assert_eq!(names, [("_sha2", false), ("_io", false), ("_testcapi", true)]);
        assert_eq!(modules[0].1.archives, ["Modules/_hacl/libHacl.a"]);
        assert_eq!(modules[1].1.objects, ["Modules/_io/a.o", "Modules/_io/b.o"]);
        assert_eq!(modules[1].1.libraries, ["m"]);
    }

    #[test]
    fn the_table_of_config_c_is_read_without_its_sentinel() {
        let text = "extern PyObject* PyInit_a(void);\n    {\"a\", PyInit_a},\n    \
                    {\"sys\", NULL},\n    {0, 0}\n";
        let expected = [("a", "PyInit_a"), ("sys", "NULL")].map(|(a, b)| (a.into(), b.into()));
        assert_eq!(parse_inittab(text), expected);
    }

    #[test]
    fn required_are_the_core_and_the_bootstrap_modules() {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path().join("Modules");
        fs::create_dir(&modules).unwrap();
        fs::write(modules.join("Setup.stdlib"), "*static*\n_ssl _ssl.c\n").unwrap();
        fs::write(modules.join("Setup.local"), "*shared*\n_testcapi a.c\n").unwrap();
        fs::write(modules.join("Setup.bootstrap"), "*static*\nposix posixmodule.c\n").unwrap();
        let table = "{\"_ssl\", PyInit__ssl},\n{\"posix\", PyInit_posix},\n{\"sys\", NULL},\n";
        fs::write(modules.join("config.c"), table).unwrap();
        let read = read(folder.path()).unwrap();
        let summary: Vec<_> =
            read.iter().map(|m| (m.name.as_str(), m.in_core, m.required, m.shared)).collect();
        let expected = [
            ("_ssl", false, false, false),
            ("posix", false, true, false),
            ("sys", true, true, false),
            ("_testcapi", false, false, true),
        ];
        assert_eq!(summary, expected);
        assert_eq!(read[3].init_fn, "PyInit__testcapi");
        assert_eq!(read[0].variable("LDFLAGS"), "MODULE__SSL_LDFLAGS");
    }
}
