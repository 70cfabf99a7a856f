//! Which extension modules CPython's build is told to make, and which of them configure leaves out.
//!
//! What it made in the end is [`super::modules`]' business, and `_tkinter`, which it never makes,
//! that of [`super::tcl`].

use std::collections::BTreeMap;

/// Modules that are disabled: `_gdbm` would bind executables to the GPL, `_tkinter` is built apart. The
/// last two, which went with 3.13, need libraries that a C library no longer has.
const DISABLED: [&str; 4] = ["_tkinter", "_gdbm", "_crypt", "nis"];

/// The module that needs Berkeley DB, whose license asks for the source of all of an executable.
const BERKELEY_DB: &str = "_dbm";

/// Test modules that are shared libraries although CPython's build would make them built-in here:
/// they test what extension modules see of the interpreter, and `_testinternalcapi` does not link
/// into the program that freezes modules. Some are missing in some releases.
const SHARED_TEST_MODULES: [&str; 6] = [
    "_testbuffer",
    "_testcapi",
    "_testclinic",
    "_testclinic_limited",
    "_testinternalcapi",
    "_testlimitedcapi",
];

/// Modules that must be there whatever CPython's configure thinks of.
pub(super) const EXPECTED: [&str; 14] = [
    "_bz2",
    "_ctypes",
    "_curses",
    "_curses_panel",
    "_decimal",
    "_elementtree",
    "_hashlib",
    "_lzma",
    "_sqlite3",
    "_ssl",
    "_uuid",
    "pyexpat",
    "readline",
    "zlib",
];

/// The extension modules of a build.
#[derive(Clone, Copy, Debug)]
pub(super) struct ModuleChoice {
    /// With `_dbm`.
    pub(super) dbm: bool,
    /// With those of CPython's own tests.
    pub(super) test_modules: bool,
}

impl ModuleChoice {
    /// Names of the modules that are not built.
    pub(super) fn disabled(self) -> Vec<&'static str> {
        DISABLED.into_iter().chain((!self.dbm).then_some(BERKELEY_DB)).collect()
    }

    /// The `Setup` file of this builder, which goes before CPython's own, whose `template` has the
    /// lines of all modules.
    pub(super) fn setup_local(self, template: &str) -> String {
        let tests = SHARED_TEST_MODULES.iter().copied().filter(|_| self.test_modules);
        let shared = self.dbm.then_some(BERKELEY_DB).into_iter().chain(tests);
        let mut lines: Vec<&str> = vec!["*disabled*"];
        lines.extend(self.disabled());
        lines.push("*shared*");
        lines.extend(shared.filter_map(|name| setup_line(template, name)));
        lines.join("\n") + "\n"
    }

    /// The modules that configure leaves out though it should not, with its reason, read from the
    /// text of CPython's `Makefile`.
    pub(super) fn missing(self, makefile: &str) -> Vec<String> {
        let mut states = BTreeMap::new();
        for line in makefile.lines() {
            let state = line.strip_prefix("MODULE_").and_then(|rest| rest.split_once("_STATE="));
            if let Some((name, state)) = state {
                states.insert(name.to_lowercase(), state.trim());
            }
        }
        let known = states.iter().filter(|(name, state)| {
            matches!(**state, "missing" | "failed") && self.is_wanted(name)
        });
        let mut missing: Vec<String> =
            known.map(|(name, state)| format!("{name} ({state})")).collect();
        let unknown = EXPECTED.iter().filter(|name| {
            states.get(**name).is_none_or(|state| matches!(*state, "disabled" | "n/a"))
        });
        missing.extend(unknown.map(|name| format!("{name} (not built)")));
        missing
    }

    fn is_wanted(self, name: &str) -> bool {
        !DISABLED.contains(&name) && (self.dbm || name != BERKELEY_DB)
    }
}

/// The line of a module in the template of a `Setup` file, without the mark that says whether
/// configure enables it.
fn setup_line<'a>(template: &'a str, module: &str) -> Option<&'a str> {
    template.lines().find_map(|line| {
        let line = line.strip_prefix('@').and_then(|rest| Some(rest.split_once('@')?.1));
        line.filter(|line| line.split_whitespace().next() == Some(module))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: ModuleChoice = ModuleChoice { dbm: false, test_modules: false };

    fn makefile(changes: &[(&str, &str)]) -> String {
        let mut text = "MODULE__TKINTER_STATE=missing\nMODULE__DBM_STATE=missing\n\
                        MODULE__TESTCAPI_STATE=disabled\n"
            .to_owned();
        for name in EXPECTED {
            let state = changes.iter().find(|(changed, _)| *changed == name);
            let state = state.map_or("yes", |(_, state)| state);
            text += &format!("MODULE_{}_STATE={state}\n", name.to_uppercase());
        }
        text
    }

    #[test]
    fn a_missing_module_is_named_with_configures_verdict() {
        assert!(PLAIN.missing(&makefile(&[])).is_empty());
        let changed = makefile(&[("_ssl", "missing"), ("_uuid", "disabled")]);
        assert_eq!(PLAIN.missing(&changed), ["_ssl (missing)", "_uuid (not built)"]);
    }

    #[test]
    fn dbm_is_missing_only_where_it_is_wanted() {
        let with_dbm = ModuleChoice { dbm: true, ..PLAIN };
        assert_eq!(with_dbm.missing(&makefile(&[])), ["_dbm (missing)"]);
    }

    #[test]
    fn modules_that_link_unusual_things_or_test_python_are_shared_libraries() {
        let template = "*@MODULE_BUILDTYPE@*\n@MODULE__TESTCAPI_TRUE@_testcapi _testcapimodule.c\n\
                        @MODULE__DBM_TRUE@_dbm _dbmmodule.c\n@MODULE_ZLIB_TRUE@zlib zlibmodule.c\n";
        let plain = "*disabled*\n_tkinter\n_gdbm\n_crypt\nnis\n_dbm\n*shared*\n";
        assert_eq!(PLAIN.setup_local(template), plain);
        let tests = ModuleChoice { test_modules: true, ..PLAIN };
        assert_eq!(tests.setup_local(template), format!("{plain}_testcapi _testcapimodule.c\n"));
        let dbm = ModuleChoice { dbm: true, ..PLAIN };
        let expected = "*disabled*\n_tkinter\n_gdbm\n_crypt\nnis\n*shared*\n_dbm _dbmmodule.c\n";
        assert_eq!(dbm.setup_local(template), expected);
    }

    #[test]
    fn the_line_of_a_module_is_found_in_a_template() {
        let template = "*@MODULE_BUILDTYPE@*\n@MODULE__TESTCAPI_TRUE@_testcapi a.c _testcapi/b.c\n";
        assert_eq!(setup_line(template, "_testcapi"), Some("_testcapi a.c _testcapi/b.c"));
        assert_eq!(setup_line(template, "a.c"), None);
    }
}
