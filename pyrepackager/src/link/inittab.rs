//! The table of built-in modules, `_PyImport_Inittab`.
//!
//! CPython's own is `Modules/config.c`; a distribution's names all of its extensions, ours the
//! chosen ones. The linker then takes the code of those and of no other.

use std::fmt::Write as _;

use crate::policy::SelectedExtension;

/// C source that defines `_PyImport_Inittab`.
pub(super) fn source(extensions: &[SelectedExtension]) -> String {
    let functions = || extensions.iter().filter_map(|e| e.variant.init_fn.as_deref());
    let mut text = String::from("#include <Python.h>\n\n");
    for function in functions() {
        let _ = writeln!(text, "extern PyObject *{function}(void);");
    }
    text.push_str("\nstruct _inittab _PyImport_Inittab[] = {\n");
    for extension in extensions {
        // Modules without a function are those that the core sets up; the table must name them
        // all the same, for sys.builtin_module_names and for importing them again.
        let function = extension.variant.init_fn.as_deref().unwrap_or("NULL");
        let _ = writeln!(text, "    {{\"{}\", {function}}},", extension.name);
    }
    text.push_str("    {NULL, NULL},\n};\n");
    text
}
