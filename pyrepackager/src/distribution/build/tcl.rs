//! Tcl, Tk and the extension module that needs them, `_tkinter`.
//!
//! As in published archives, `_tkinter` is a shared library among the standard library's, and Tcl
//! and Tk are shared libraries and folders of scripts in `install/lib`. They cannot be linked into
//! an executable, as Tk needs libraries of X11, which are left to the system.
//!
//! The static dependencies hold them in the folder `tcl/`, laid out as Tcl installs itself:
//! `include/tcl.h`, `lib/libtcl8.6.so`, `lib/tcl8.6/init.tcl`.

use std::path::Path;
use std::process::Command;

use fs_err as fs;

use super::command::capture;
use super::compile::Workspace;
use super::error::BuildError;
use super::modules::Module;
use crate::copy::copy_folder;

/// The release series; Tcl and Tk put it into the names of their files.
const VERSION: &str = "8.6";

/// The folder of the static dependencies.
const FOLDER: &str = "tcl";

/// The folder that the packages' Tcl looks for its scripts in first, and a path of the same length that
/// no machine has. With scripts of another release than its own, Tcl does not start.
const SYSTEM_SCRIPTS: (&str, &str) = ("/usr/share/tcltk", "/build/deps/tclt");

/// Where `tm.tcl` of the packages looks for modules of Tcl, and how it finds those beside its own
/// scripts.
const MODULE_FOLDERS: [(&str, &str); 2] = [
    ("{/usr/share/tcltk/tcl8.6/tcl8}", "[list [file join [info library] tcl8]]"),
    ("{/usr/lib/tcltk /usr/share/tcltk}", "[list [file dirname [info library]]]"),
];

/// The extension module.
const MODULE: &str = "_tkinter";

/// Packages of the operating system with Tcl, Tk and the headers that Tk's headers include.
pub(super) const PACKAGES: [&str; 6] =
    ["libtcl8.6", "libtk8.6", "libx11-dev", "tcl8.6-dev", "tk8.6-dev", "x11proto-dev"];

/// Makes the folder `tcl` of the static dependencies `prefix`, whose other headers and libraries are
/// there, from packages that were unpacked into `root`.
pub(super) fn fill(prefix: &Path, root: &Path, multiarch: &str) -> Result<(), BuildError> {
    let (include, lib) = (prefix.join(FOLDER).join("include"), prefix.join(FOLDER).join("lib"));
    fs::create_dir_all(&lib)?;
    // Away from the headers that CPython's configure looks at.
    fs::rename(prefix.join("include").join(format!("tcl{VERSION}")), &include)?;
    fs::rename(prefix.join("include/X11"), include.join("X11"))?;
    let libraries = root.join("usr/lib").join(multiarch);
    let tk = format!("libtk{VERSION}.so");
    fs::copy(libraries.join(&tk), lib.join(&tk))?;
    link_tcl(&libraries, &prefix.join("lib"), &lib)?;
    copy_folder(&root.join("usr/share/tcltk"), &lib)?;
    use_own_scripts(&lib)
}

/// Makes Tcl and Tk in the folder `lib` look for their scripts beside themselves alone.
fn use_own_scripts(lib: &Path) -> Result<(), BuildError> {
    for name in ["tcl", "tk"] {
        let library = lib.join(format!("lib{name}{VERSION}.so"));
        let data = fs::read(&library)?;
        fs::write(&library, replace_bytes(data, SYSTEM_SCRIPTS))?;
    }
    let modules = lib.join(format!("tcl{VERSION}/tm.tcl"));
    let mut text = fs::read_to_string(&modules)?;
    for (old, new) in MODULE_FOLDERS {
        text = text.replace(old, new);
    }
    Ok(fs::write(modules, text)?)
}

/// Replaces all of one text by another of the same length.
fn replace_bytes(mut data: Vec<u8>, (old, new): (&str, &str)) -> Vec<u8> {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let mut start = 0;
    while let Some(offset) = data[start..].windows(old.len()).position(|window| window == old) {
        start += offset;
        data[start..start + old.len()].copy_from_slice(new);
    }
    data
}

/// Relinks Tcl's shared library from the package's static one with zlib inside, as the machine where
/// it runs may have no shared zlib.
fn link_tcl(from: &Path, static_libraries: &Path, to: &Path) -> Result<(), BuildError> {
    let name = format!("libtcl{VERSION}.so");
    let mut gcc = Command::new("gcc");
    gcc.args(["-shared", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,-z,defs", "-o"]);
    gcc.arg(to.join(&name)).arg(format!("-Wl,-soname,{name}"));
    gcc.arg("-Wl,--whole-archive").arg(from.join(format!("libtcl{VERSION}.a")));
    gcc.args(["-Wl,--no-whole-archive", "-Wl,--exclude-libs,libz.a"]);
    gcc.arg(static_libraries.join("libz.a")).arg("-lm");
    capture("linking Tcl", gcc).map(drop)
}

/// Tk's library, relative to the folder of the static dependencies.
pub(super) fn tk_library() -> String {
    format!("{FOLDER}/lib/libtk{VERSION}.so")
}

impl Workspace<'_> {
    /// `_tkinter`, where it is built.
    pub(super) fn tkinter(&self) -> Option<Module> {
        let objects = ["_tkinter", "tkappinit"].map(|name| format!("Modules/{name}.o"));
        self.request.tkinter.then(|| Module::shared_library(MODULE, objects.into()))
    }

    /// Copies `_tkinter`, Tcl and Tk into the installation; `suffix` is that of extension modules.
    pub(super) fn install_tcl(&self, suffix: &str) -> Result<(), BuildError> {
        let lib = self.root().join("install/lib");
        let modules = lib.join(format!("python{}/lib-dynload", self.request.version));
        fs::create_dir_all(&modules)?;
        let file = format!("{MODULE}{suffix}");
        fs::copy(self.source.folder.join("Modules").join(&file), modules.join(&file))?;
        Ok(copy_folder(&self.deps().join(FOLDER).join("lib"), &lib)?)
    }

    /// Names of the folders in `install/lib` that hold Tcl's and Tk's scripts.
    pub(super) fn tcl_folders(&self) -> Result<Vec<String>, BuildError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.deps().join(FOLDER).join("lib"))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_system_become_others_of_the_same_length() {
        let data = b"\0/usr/share/tcltk/tcl8.6\0/usr/share/tcltk\0".to_vec();
        let expected = b"\0/build/deps/tclt/tcl8.6\0/build/deps/tclt\0";
        assert_eq!(replace_bytes(data, SYSTEM_SCRIPTS), expected);
    }
}
