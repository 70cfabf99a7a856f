//! What the build of releases before CPython 3.13 needs beside.
//!
//! Their configure tries libraries before those that it is told to link, so that static ones lack
//! what they need in turn. Up to 3.11, `setup.py` would compile the modules, as shared libraries; the
//! makefile compiles those that `Modules/Setup.local` lists. Configure of 3.11 fills
//! `Modules/Setup.stdlib` in as that of later releases does, with a few modules lacking, and nothing
//! reads it. 3.10 has no such file. `setup.py` knows what modules are made of, and so do this file and
//! `setup-3.10.txt`.

use std::path::Path;

use fs_err as fs;

use super::error::BuildError;
use crate::config::resolved::PythonVersion;

/// Whether configure tries static libraries without what they need in turn.
pub(super) fn needs_libraries(version: PythonVersion) -> bool {
    version.minor < 13
}

/// Whether the makefile leaves the modules to `setup.py`.
pub(super) fn has_setup_py(version: PythonVersion) -> bool {
    version.minor < 12
}

/// Whether the makefile puts the objects of modules into one folder.
pub(super) fn has_flat_objects(version: PythonVersion) -> bool {
    version.minor < 11
}

/// The library whose sources are compiled into a module, which later releases link to it.
pub(super) fn compiled_library(version: PythonVersion, module: &str) -> Option<&'static str> {
    (version.minor < 11 && module == "_decimal").then_some("mpdec")
}

/// An argument for configure: what static libraries need in turn, at the end of each command.
pub(super) const CONFIGURE_LIBRARIES: &str = "LIBS=-ltinfo -lbsd -lmd -lm";

/// An argument for make that takes these libraries back: the interpreter's core does not need them.
pub(super) const MAKE_LIBRARIES: &str = "LIBS=-ldl";

/// The modules of CPython 3.10.
const MODULES_OF_3_10: &str = include_str!("setup-3.10.txt");

/// Modules that neither that file nor 3.11's `Setup.stdlib` has. A definition with `=` would be taken
/// for one of make's.
const MODULES: &str = "
_ctypes _ctypes/_ctypes.c _ctypes/callbacks.c _ctypes/callproc.c _ctypes/stgdict.c \\
    _ctypes/cfield.c -DHAVE_FFI_PREP_CIF_VAR -DHAVE_FFI_PREP_CLOSURE_LOC \\
    -DHAVE_FFI_CLOSURE_ALLOC -lffi
_curses _cursesmodule.c -DHAVE_NCURSESW -D_XOPEN_SOURCE_EXTENDED -lncursesw -ltinfo
_curses_panel _curses_panel.c -DHAVE_NCURSESW -D_XOPEN_SOURCE_EXTENDED -lpanelw -lncursesw -ltinfo
readline readline.c -ledit -ltinfo -lbsd -lmd
";

/// Begins the list of modules that are built in.
const ENABLED: &str = "*static*";

/// Examples that `setup.py` would compile.
const LEFT_OUT: [&str; 2] = ["xxlimited", "xxlimited_35"];

/// Has the makefile build all modules, except those of `left_out`. Called after configure.
pub(super) fn build_modules_by_makefile(
    source: &Path,
    left_out: &[&str],
) -> Result<(), BuildError> {
    let modules = source.join("Modules");
    let stdlib = modules.join("Setup.stdlib");
    let enabled = if stdlib.is_file() {
        enabled_of_3_11(&fs::read_to_string(stdlib)?)
    } else {
        MODULES_OF_3_10.to_owned()
    };
    Ok(fs::write(modules.join("Setup.local"), setup_local(&enabled, left_out))?)
}

fn enabled_of_3_11(stdlib: &str) -> String {
    // What must be shared are test modules and examples.
    let is_shared = |line: &&str| line.trim() == "*shared*";
    let lines: Vec<&str> = stdlib.lines().take_while(|line| !is_shared(line)).collect();
    lines.join("\n")
}

fn setup_local(enabled: &str, left_out: &[&str]) -> String {
    // The first mention of a module counts.
    let mut lines = vec!["*disabled*"];
    lines.extend(left_out.iter().chain(&LEFT_OUT));
    lines.extend([ENABLED, enabled, MODULES]);
    lines.join("\n")
}

/// Those of `expected` that the makefile does not build.
pub(super) fn missing(source: &Path, expected: &[&str]) -> Result<Vec<String>, BuildError> {
    let setup = fs::read_to_string(source.join("Modules/Setup.local"))?;
    let missing = expected.iter().filter(|module| !builds(&setup, module));
    Ok(missing.map(|module| format!("{module} (not built)")).collect())
}

/// Whether the makefile builds the module, by the text of its `Setup.local`.
fn builds(setup: &str, module: &str) -> bool {
    let mut names = setup.lines().filter_map(|line| line.split_whitespace().next());
    let is_disabled = names.by_ref().take_while(|name| *name != ENABLED).any(|name| name == module);
    !is_disabled && names.any(|name| name == module)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_makefile_builds_what_configure_found_and_what_its_list_lacks() {
        let source = tempfile::tempdir().unwrap();
        let modules = source.path().join("Modules");
        fs::create_dir(&modules).unwrap();
        let stdlib = "# *shared* / *static*\n*static*\narray arraymodule.c\nnis nismodule.c\n\
                      *shared*\nxxlimited xxlimited.c\n";
        fs::write(modules.join("Setup.stdlib"), stdlib).unwrap();
        build_modules_by_makefile(source.path(), &["_tkinter", "nis"]).unwrap();
        let setup = fs::read_to_string(source.path().join("Modules/Setup.local")).unwrap();
        let builds = |name| builds(&setup, name);
        assert!(builds("array") && builds("_ctypes") && builds("readline"));
        assert!(!builds("nis") && !builds("xxlimited") && !builds("_tkinter"));
    }

    #[test]
    fn modules_of_a_release_without_a_list_are_those_of_3_10() {
        let source = tempfile::tempdir().unwrap();
        fs::create_dir(source.path().join("Modules")).unwrap();
        build_modules_by_makefile(source.path(), &["_crypt"]).unwrap();
        let setup = fs::read_to_string(source.path().join("Modules/Setup.local")).unwrap();
        let builds = |name| builds(&setup, name);
        assert!(builds("_sqlite3") && builds("_ssl") && builds("_ctypes"));
        assert!(!builds("_crypt"));
    }

    #[test]
    fn no_line_is_taken_for_a_definition_of_make() {
        assert!(!MODULES.contains('=') && !MODULES_OF_3_10.contains('='));
    }
}
