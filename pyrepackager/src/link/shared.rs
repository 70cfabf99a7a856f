//! What a shared library has that an executable does without: a table of the symbols that packed libraries use.
//!
//! An executable exports Python's API, and extension modules that are loaded find it there. A shared library exports
//! nothing of it: another Python in the same process must neither take its place nor be taken for it. So `pyembed` binds the
//! extension modules that it loads to what this table has (`libraries/bind.rs`).
//!
//! A note beside it, which other copies of `pyembed` in the process look for, says where a variable is that tells whether
//! this one runs Python (`c/shared.c`):
//!
//! ```text
//! 0   4  length of the name, 8
//! 4   4  length of the contents, 8
//! 8   4  type, 1
//! 12  8  name, "pyembed" and NUL
//! 20  8  distance of `pyembed_copy_runs` from here, in bytes
//! ```

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use object::read::{Object as _, ObjectSymbol as _};
use object::{SymbolFlags, elf};

use super::LinkError;
use super::isolate::REPLACED;

/// The name of the C file, without `.c`, and of the object that becomes of it.
pub(super) const NAME: &str = "shared";

/// How the names of Python's API begin.
pub(super) const API: [&str; 2] = ["Py", "_Py"];

const NOTE: &str = r#"
__asm__(".pushsection .note.pyembed-copy, \"a\", %note\n"
        ".balign 4\n"
        ".long 8\n"
        ".long 8\n"
        ".long 1\n"
        ".asciz \"pyembed\"\n"
        ".hidden pyembed_copy_runs\n"
        ".quad pyembed_copy_runs - .\n"
        ".popsection\n");
"#;

/// C source of the table: the API that `objects` define, and functions called `serving` that `pyembed` has for
/// libraries, too.
pub(super) fn source(objects: &[PathBuf], serving: &[&str]) -> Result<String, LinkError> {
    let mut names: BTreeSet<String> = REPLACED.iter().map(|name| (*name).to_owned()).collect();
    names.extend(serving.iter().map(|name| (*name).to_owned()));
    for path in objects {
        let unreadable = |source| LinkError::Unreadable { path: path.clone(), source };
        names.extend(api(&fs_err::read(path)?).map_err(unreadable)?);
    }
    // `pyembed/src/c/shared.h` has the structure, too.
    let mut text = String::from(
        "#include <stddef.h>\n\n\
         struct pyembed_symbol { const char *name; const void *address; };\n\n",
    );
    for (index, name) in names.iter().enumerate() {
        // Not every C library has all of those that are served.
        let weak = if serving.contains(&&**name) { " __attribute__((weak))" } else { "" };
        let _ = writeln!(text, "extern const char s{index}[] __asm__(\"{name}\"){weak};");
    }
    text.push_str("\n#pragma GCC visibility push(hidden)\n");
    text.push_str("const struct pyembed_symbol pyembed_symbols[] = {\n");
    for (index, name) in names.iter().enumerate() {
        let _ = writeln!(text, "    {{\"{name}\", s{index}}},");
    }
    let _ = writeln!(text, "}};\nconst size_t pyembed_symbol_count = {};", names.len());
    text.push_str("#pragma GCC visibility pop\n");
    text.push_str(NOTE);
    Ok(text)
}

/// The symbols of the API that an object defines for others, its own library's and foreign ones.
fn api(content: &[u8]) -> object::read::Result<Vec<String>> {
    let file = object::File::parse(content)?;
    let mut names = Vec::new();
    for symbol in file.symbols() {
        let SymbolFlags::Elf { st_other, .. } = symbol.flags() else { continue };
        let name = symbol.name_bytes()?;
        if symbol.is_global()
            && !symbol.is_undefined()
            && st_other.visibility() == elf::STV_DEFAULT
            && API.iter().any(|start| name.starts_with(start.as_bytes()))
        {
            names.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::testing::{compile, run};
    use super::*;

    #[test]
    fn the_table_has_the_api_and_what_is_served_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let source = "int Py_Answer = 42, own; static int Py_Local;\n\
                      __attribute__((visibility(\"hidden\"))) int _Py_Hidden;\n\
                      int *use(void) { return &Py_Local; } void PyGILState_Ensure(void) {}\n\
                      void PyMem_SetAllocator(void) {} void _PyMem_SetDefaultAllocator(void) {}";
        let object = compile(folder.path(), "python", source);
        let text = super::source(std::slice::from_ref(&object), &["open", "no_such"]).unwrap();
        let table = compile(folder.path(), NAME, &text);
        let main = compile(
            folder.path(),
            "main",
            "#include <stdio.h>\n\
             extern const struct { const char *name; const int *address; } pyembed_symbols[];\n\
             extern const unsigned long pyembed_symbol_count; int pyembed_copy_runs;\n\
             int main(void) {\n\
             for (unsigned long i = 0; i < pyembed_symbol_count; i++) \
                 printf(\"%s%s\\n\", pyembed_symbols[i].name, pyembed_symbols[i].address ? \"\" : \" is absent\");\n\
             return *pyembed_symbols[2].address; }",
        );
        let program = folder.path().join("program");
        run(Command::new("cc").arg("-o").arg(&program).args([&main, &object, &table]));
        let output = Command::new(&program).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "PyGILState_Ensure\nPyMem_SetAllocator\nPy_Answer\n_PyMem_SetDefaultAllocator\n\
             no_such is absent\nopen\n"
        );
        assert_eq!(output.status.code(), Some(42));
    }
}
