//! Notes in the facts: where they were read, and which of them were assumed.

use published::facts::selector_of;

/// Where the values of `PYTHON.json` were read.
pub const SOURCES: &[&str] = &[
    "Place, rows, value; the crate `published` documents the format. Places in their scripts:",
    "build_info on Linux and macOS: cpython-unix/build.py:491-724, python_build_info, run on lists of files.",
    "  extensions: pythonbuild/cpython.py:249-757, derive_setup_local, with cpython-unix/extension-modules.yml;",
    "  libraries: cpython-unix/targets.yml, `needs`, and library_names in pythonbuild/downloads.py;",
    "  licenses: pythonbuild/utils.py:531-570; folders of objects: cpython-unix/build-cpython.sh:1360-1372.",
    "build_info on Windows: cpython-windows/build.py:1064-1360, collect_python_build_artifacts, 1541, 1758-1775.",
    "Other keys: cpython-unix/build.py:880-968, build-cpython.sh:1122-1207; cpython-windows/build.py:1830-1885,",
    "  generate_metadata.py. The names of the extensions equal those that src/validation.rs:1741-1863 asks for.",
    "CPython's files: Setup, Setup.bootstrap, Setup.stdlib, config.c.in and the configured Makefile of 3.10.13,",
    "  3.11.7, 3.12.1, 3.13.0, 3.14.10 and 3.15.2; PC/config.c and PCbuild of 3.13.5.",
];

/// About the list of releases.
pub const VERSIONS: &[&str] = &["CPython's release, rows; from the names in the pinned table."];

/// About the list of absent files.
pub const ABSENT: &[&str] = &[
    "File, rows: PYTHON.json names it, the archive lacks it.",
    "Texts: all of pythonbuild/downloads.py is searched for a library's name (pythonbuild/utils.py:545-558),",
    "  and what is copied are the files LICENSE.*.txt of the checkout (build-cpython.sh:1449).",
    "Libraries: cpython-windows/build.py:62-89 has the names of OpenSSL 1.1 and Tcl 8.6, while 1991-1994 builds",
    "  OpenSSL 3 for 3.11 and later, and 1405-1406 take Tcl 9 for 3.14 and later.",
];

/// About the list of texts.
pub const TEXTS: &[&str] =
    &["License text in the folder `licenses`, rows; LICENSE.*.txt of the checkout."];

/// About the list of assumptions.
pub const ASSUMED: &[&str] =
    &["Place in PYTHON.json, rows, why the value was assumed rather than derived."];

/// Place, the rows by release and target, and the reason.
type Assumption = (&'static str, fn(&str, &str) -> bool, &'static str);

const PLACES: [Assumption; 9] = [
    ("build_info.core.links", unix, "from LIBS of a configured build against an old C library"),
    ("python_config_vars", everywhere, "about a thousand entries; here those that matter"),
    ("python_paths_abstract", everywhere, "what CPython's sysconfig says, not run"),
    ("apple_sdk_version", macos, "of the machine that built it"),
    ("apple_sdk_canonical_name", macos, "of the machine that built it"),
    ("crt_features", linux, "the highest version of a symbol that the build found"),
    ("build_info.core.objs", windows, "the project files of 3.13.5 stand for all releases"),
    ("build_info.extensions", other_windows, "the project files of 3.13.5 stand for this release"),
    ("build_info.core.objs", unix, "the Makefile of an earlier patch release, for Linux on x86-64"),
];

/// The lines of the list.
pub fn lines() -> String {
    let line = |(place, holds, reason): &Assumption| {
        let rows = selector_of(|row| holds(row.release(), row.target()));
        format!("{place}\t{rows}\t{reason}\n")
    };
    PLACES.iter().map(line).collect()
}

fn everywhere(_: &str, _: &str) -> bool {
    true
}

fn unix(_: &str, target: &str) -> bool {
    !target.contains("windows")
}

fn linux(_: &str, target: &str) -> bool {
    target.contains("linux")
}

fn macos(_: &str, target: &str) -> bool {
    target.contains("apple")
}

fn windows(_: &str, target: &str) -> bool {
    target.contains("windows")
}

fn other_windows(release: &str, target: &str) -> bool {
    windows(release, target) && release != "3.13"
}
