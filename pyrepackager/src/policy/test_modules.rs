//! Extension modules that exist for CPython's own tests.
//!
//! The names are those of the sections on test modules in `Modules/Setup.stdlib.in` of CPython 3.10
//! to 3.15, those that `configure` lists beside them (`xxlimited`, `xxsubtype`), and those that
//! `PCbuild` builds for tests on Windows. Published distributions build some of them in.

/// Sorted by name.
const TEST_MODULES: &[&str] = &[
    "_ctypes_test",
    "_testbuffer",
    "_testcapi",
    "_testclinic",
    "_testclinic_limited",
    "_testconsole",
    "_testexternalinspection",
    "_testimportmultiple",
    "_testinternalcapi",
    "_testlimitedcapi",
    "_testmultiphase",
    "_testsinglephase",
    "_xxtestfuzz",
    "xxlimited",
    "xxlimited_35",
    "xxlimited_3_13",
    "xxsubtype",
];

/// Whether an extension module exists for CPython's own tests alone.
#[must_use]
pub fn is_test_module(name: &str) -> bool {
    TEST_MODULES.contains(&name)
}
