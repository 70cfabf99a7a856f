//! What the operating system's libraries define.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::symbols::{self, ObjectKind, StaticLibrary};
use super::{Compiler, LinkError};

/// Parts of the C library and of the compiler's own, by the names of their files. Those of GCC come
/// with every Rust program.
const LIBRARIES: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "libpthread.so.0",
    "librt.so.1",
    "libutil.so.1",
    "libgcc_s.so.1",
    "libc_nonshared.a",
    "libgcc.a",
    "libgcc_eh.a",
];

/// Symbols that linkers, the start files and the dynamic loader define.
pub(super) const LINKER_DEFINED: &[&str] = &[
    "_DYNAMIC",
    "_GLOBAL_OFFSET_TABLE_",
    "_edata",
    "_end",
    "_etext",
    "__bss_start",
    "__dso_handle",
    "__ehdr_start",
    "__executable_start",
    "__tls_get_addr",
    "edata",
    "end",
    "etext",
];

/// The symbols that the operating system's libraries define.
#[derive(Debug)]
pub(super) struct System {
    symbols: HashSet<String>,
    /// Whether nothing was missed: else a symbol that is not found may still be there.
    is_complete: bool,
}

impl System {
    /// Those of the target of `compiler`, and those of the libraries `named`, by the linker's names.
    ///
    /// Only glibc's can be read. Other systems describe their libraries in other ways.
    pub(super) fn read(compiler: &Compiler, named: &[&str]) -> Result<Self, LinkError> {
        let mut system = Self { symbols: HashSet::new(), is_complete: false };
        if !compiler.target.contains("-linux-gnu") {
            return Ok(system);
        }
        let kind = ObjectKind::of_target(&compiler.target)?;
        let Ok(tool) = compiler.build().try_get_compiler() else { return Ok(system) };
        let find = |name: &str| {
            let output = tool.to_command().arg(format!("-print-file-name={name}")).output().ok()?;
            let path = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
            // A name that was not found is printed as it is.
            path.is_absolute().then_some(path)
        };
        for name in LIBRARIES {
            if let Some(path) = find(name) {
                system.add(&path, kind)?;
            }
        }
        // Without the C library nothing can be said.
        system.is_complete = system.symbols.contains("malloc");
        for name in named {
            if LIBRARIES.iter().any(|known| known.starts_with(&format!("lib{name}.so"))) {
                continue;
            }
            let path = find(&format!("lib{name}.so")).or_else(|| find(&format!("lib{name}.a")));
            let added = path.map(|path| system.add(&path, kind)).transpose()?;
            system.is_complete &= added.unwrap_or(false);
        }
        Ok(system)
    }

    /// Adds what a library defines; whether it could be read.
    fn add(&mut self, path: &Path, kind: ObjectKind) -> Result<bool, LinkError> {
        let found = if path.extension().is_some_and(|extension| extension == "a") {
            StaticLibrary::open(path, kind).map(StaticLibrary::into_defined)
        } else {
            symbols::exported(path)
        };
        match found {
            Ok(found) => {
                self.symbols.extend(found);
                Ok(true)
            }
            // It may be a linker script.
            Err(LinkError::Unreadable { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether a symbol is defined.
    pub(super) fn defines(&self, symbol: &str) -> bool {
        self.symbols.contains(symbol)
            || LINKER_DEFINED.contains(&symbol)
            // Bounds of sections whose names are identifiers.
            || symbol.starts_with("__start_")
            || symbol.starts_with("__stop_")
    }

    /// Whether a symbol that [`defines`](Self::defines) does not know is certainly missing.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::compiler;
    use super::*;

    #[test]
    fn the_c_library_and_what_belongs_to_it_are_known() {
        let system = System::read(&compiler(), &["m", "dl"]).unwrap();
        assert!(system.is_complete());
        for symbol in ["malloc", "sin", "dlopen", "pthread_create", "atexit", "_Unwind_Resume"] {
            assert!(system.defines(symbol), "{symbol}");
        }
        assert!(system.defines("_GLOBAL_OFFSET_TABLE_"));
        assert!(!system.defines("crc32"));
    }

    #[test]
    fn a_library_that_is_not_found_leaves_it_open() {
        assert!(!System::read(&compiler(), &["no_such_library"]).unwrap().is_complete());
        let other = Compiler { target: "aarch64-apple-darwin".to_owned(), ..compiler() };
        assert!(!System::read(&other, &[]).unwrap().is_complete());
    }
}
