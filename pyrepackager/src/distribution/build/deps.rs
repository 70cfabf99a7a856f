//! The static libraries that extension modules link, and their headers and licences.
//!
//! They come from the operating system's development packages, unpacked into the cache, or from a
//! folder that the caller names. Only static libraries are on the linker's path, because a linker
//! prefers shared ones, and the executables must need nothing but the C library.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::GENERATION;
use super::apt::{Apt, unpack_packages};
use super::command::capture;
use super::components::{COMPONENTS, LicenceText};
use super::error::BuildError;
use super::tcl;
use crate::cache::Cache;
use crate::copy::copy_folder;
use crate::reporter::Reporter;

/// Development packages that bring what [`COMPONENTS`] lists.
const PACKAGES: [&str; 12] = [
    "libbsd-dev",
    "libbz2-dev",
    "libedit-dev",
    "libexpat1-dev",
    "libffi-dev",
    "liblzma-dev",
    "libmd-dev",
    "libncurses-dev",
    "libsqlite3-dev",
    "libssl-dev",
    "uuid-dev",
    "zlib1g-dev",
];

/// Static libraries, headers and licences.
#[derive(Clone, Debug)]
pub(super) struct StaticDeps {
    /// Folder with `include/`, `lib/` and, where known, `licenses/` and `tcl/`.
    pub(super) prefix: PathBuf,
}

impl StaticDeps {
    /// Takes the folder `prefix` of the caller's choice, which must have Tcl and Tk if `with_tcl` is
    /// set.
    ///
    /// # Errors
    /// When a header folder or a library is lacking.
    pub(super) fn at(prefix: &Path, with_tcl: bool) -> Result<Self, BuildError> {
        match first_missing(prefix, with_tcl) {
            None => Ok(Self { prefix: fs::canonicalize(prefix)? }),
            Some(file) => Err(BuildError::MissingDependency { prefix: prefix.to_owned(), file }),
        }
    }

    /// Takes the ones in the cache, and fills it from the operating system's packages first when
    /// they are not there yet. `multiarch` is the system's name of its library folder; Tcl and Tk
    /// are there where `with_tcl` is set.
    pub(super) fn from_packages(
        cache: &Cache,
        multiarch: &str,
        with_tcl: bool,
        reporter: &dyn Reporter,
    ) -> Result<Self, BuildError> {
        let tcl = if with_tcl { "-tcl" } else { "" };
        let prefix = cache.folder("static-deps")?.join(format!("{multiarch}{tcl}-{GENERATION}"));
        let lock = cache.lock("static-deps", reporter)?;
        if first_missing(&prefix, with_tcl).is_none() {
            return Ok(Self { prefix });
        }
        let apt = Apt::open(&cache.folder("apt")?, reporter)?;
        let partial = lock.partial_folder(&prefix)?;
        fill(partial.path(), &apt, multiarch, with_tcl)?;
        if let Some(file) = first_missing(partial.path(), with_tcl) {
            return Err(BuildError::MissingDependency { prefix, file });
        }
        partial.finish()?;
        Ok(Self { prefix })
    }
}

/// The first file, relative to `prefix`, that should be there and is not.
fn first_missing(prefix: &Path, with_tcl: bool) -> Option<String> {
    let libraries = COMPONENTS
        .iter()
        .filter(|component| matches!(component.text, LicenceText::Package(_)))
        .flat_map(|component| component.libraries)
        .map(|library| format!("lib/lib{library}.a"));
    let tcl = with_tcl.then(tcl::tk_library);
    let mut files = std::iter::once("include".to_owned()).chain(libraries).chain(tcl);
    files.find(|file| !prefix.join(file).exists())
}

/// Downloads the packages and makes a prefix of what is in them.
fn fill(prefix: &Path, apt: &Apt<'_>, multiarch: &str, with_tcl: bool) -> Result<(), BuildError> {
    let (packages, root) = (prefix.join("packages"), prefix.join("unpacked"));
    fs::create_dir(&packages)?;
    apt.download(&PACKAGES, &packages)?;
    if with_tcl {
        apt.download(&tcl::PACKAGES, &packages)?;
    }
    unpack_packages(&packages, &root)?;
    let shared = shared_documentation(&root)?;
    let shared: Vec<&str> = shared.iter().map(String::as_str).collect();
    apt.download(&shared, &packages)?;
    unpack_packages(&packages, &root)?;

    let include = root.join("usr/include");
    copy_folder(&include.join(multiarch), &prefix.join("include"))?;
    fs::remove_dir_all(include.join(multiarch))?;
    copy_folder(&include, &prefix.join("include"))?;
    copy_libraries(&root.join("usr/lib").join(multiarch), &prefix.join("lib"))?;
    copy_licences(&root.join("usr/share/doc"), &prefix.join("licenses"), with_tcl)?;
    if with_tcl {
        tcl::fill(prefix, &root, multiarch)?;
    }
    fs::remove_dir_all(root)?;
    Ok(())
}

/// Packages that bring the licence text of others: those have a link to its documentation folder
/// in place of one of their own.
fn shared_documentation(root: &Path) -> Result<Vec<String>, BuildError> {
    let mut names = Vec::new();
    for package in PACKAGES {
        let folder = root.join("usr/share/doc").join(package);
        if folder.is_symlink() && !folder.join("copyright").exists() {
            let target = fs::read_link(&folder)?;
            names.extend(target.file_name().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    Ok(names)
}

fn copy_libraries(from: &Path, to: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(to)?;
    for library in COMPONENTS.iter().flat_map(|component| component.libraries) {
        if let Some(found) = archive(from, library) {
            copy_without_unwind_tables(&found, &to.join(format!("lib{library}.a")))?;
        }
    }
    Ok(())
}

/// The static library in a folder of the system's. Debian compiles libffi.a without -fPIC, and ships a
/// second one that has it.
fn archive(folder: &Path, library: &str) -> Option<PathBuf> {
    let candidates = [format!("lib{library}_pic.a"), format!("lib{library}.a")];
    candidates.iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// CPython is compiled without these tables, so that nothing unwinds through a caller of the
/// library; they are two thirds of a megabyte of every executable.
fn copy_without_unwind_tables(from: &Path, to: &Path) -> Result<(), BuildError> {
    let mut objcopy = Command::new("objcopy");
    // The tables' relocations go with them.
    objcopy.args(["--enable-deterministic-archives", "--remove-section=.eh_frame"]);
    objcopy.args([from, to]);
    capture("removing unwind tables", objcopy).map(drop)
}

fn copy_licences(documentation: &Path, to: &Path, with_tcl: bool) -> Result<(), BuildError> {
    fs::create_dir_all(to)?;
    for component in &COMPONENTS {
        let LicenceText::Package(package) = component.text else { continue };
        if component.shared.is_empty() || with_tcl {
            let text = documentation.join(package).join("copyright");
            fs::copy(text, to.join(component.licence_file()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_that_lacks_a_library_is_named_with_the_library() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("include")).unwrap();
        fs::create_dir_all(folder.path().join("lib")).unwrap();
        fs::write(folder.path().join("lib/libbz2.a"), "").unwrap();
        let error = StaticDeps::at(folder.path(), false).unwrap_err();
        assert!(error.to_string().ends_with("lack `lib/libexpat.a`"), "{error}");
        assert!(error.hint().unwrap().contains("-fPIC"));
    }

    #[test]
    fn the_position_independent_library_is_preferred() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["libffi.a", "libffi_pic.a", "libz.a"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let name = |library| Some(archive(folder.path(), library)?.file_name()?.to_owned());
        assert_eq!(name("ffi").unwrap(), "libffi_pic.a");
        assert_eq!(name("z").unwrap(), "libz.a");
        assert_eq!(name("ssl"), None);
    }
}
