//! What the linker is given for one executable.

use std::path::{Path, PathBuf};

use super::{LinkError, blob_object, inittab, object_archive};
use crate::distribution::{Distribution, Library};
use crate::policy::SelectedExtension;

/// Name of the archive of object files, without `lib` and `.a`.
const OBJECTS: &str = "pyembed_python";

/// Rust asks for the shared library of GCC's unwinder, which a machine without a C++ program may
/// lack. This file, found first under that library's name, is a linker script that gives the static
/// one instead.
const STATIC_UNWINDER: &str = "/* GNU ld script */\nGROUP ( -lgcc_eh -lgcc )\n";

/// The C compiler's circumstances; a build script has them in its environment.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// Target triple.
    pub target: String,
    /// Triple of this machine.
    pub host: String,
}

/// What the linker is given, in the terms of rustc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPlan {
    /// Folders to look for libraries in, without repetition.
    pub search_paths: Vec<PathBuf>,
    /// Libraries in the order that a linker that reads them once needs: users before the used.
    pub libraries: Vec<LinkLibrary>,
    /// Arguments for the linker of the executable itself.
    pub executable_arguments: Vec<String>,
}

/// A library, in the terms of rustc's `-l`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkLibrary {
    /// Every member goes into the executable.
    WholeArchive(String),
    /// Members go in as they are needed.
    Static(String),
    /// A library of the operating system.
    Dynamic(String),
    /// A macOS framework.
    Framework(String),
}

/// Writes what has to be linked into `out_dir` and says how.
///
/// # Errors
///
/// See [`LinkError`].
pub fn plan(
    distribution: &Distribution,
    extensions: &[SelectedExtension],
    blob: Vec<u8>,
    compiler: &Compiler,
    out_dir: &Path,
) -> Result<LinkPlan, LinkError> {
    let blob_path = out_dir.join("resources.o");
    blob_object::write(&blob_path, &compiler.target, &blob)?;
    // The archive's writer reads it once more.
    drop(blob);

    let mut objects = compile_inittab(distribution, extensions, compiler, out_dir)?;
    objects.push(blob_path);
    objects.extend(distribution.core.objects.iter().cloned());
    objects.extend(extensions.iter().flat_map(|e| e.variant.objects.iter().cloned()));
    // Extensions share objects, with one another and with the core.
    let objects = without_repetition(objects);
    object_archive::write(&out_dir.join(format!("lib{OBJECTS}.a")), &compiler.target, &objects)?;

    if compiler.target.contains("-linux-gnu") {
        fs_err::write(out_dir.join("libgcc_s.so"), STATIC_UNWINDER)?;
    }

    // The last mention counts: a library stands after all that use it.
    let mut needed: Vec<&Library> =
        extensions.iter().flat_map(|e| &e.variant.links).chain(&distribution.core.links).collect();
    needed.reverse();
    let mut needed = without_repetition(needed);
    needed.reverse();

    let mut search_paths = vec![out_dir.to_owned()];
    let mut libraries = vec![LinkLibrary::WholeArchive(OBJECTS.into())];
    for library in needed {
        libraries.push(match library {
            Library::Static { name, path } => {
                search_paths.extend(path.parent().map(Path::to_owned));
                LinkLibrary::Static(name.clone())
            }
            Library::Dynamic { name, path } => {
                search_paths.extend(path.parent().map(Path::to_owned));
                LinkLibrary::Dynamic(name.clone())
            }
            Library::System(name) => LinkLibrary::Dynamic(name.clone()),
            Library::Framework(name) => LinkLibrary::Framework(name.clone()),
        });
    }
    Ok(LinkPlan {
        search_paths: without_repetition(search_paths),
        executable_arguments: executable_arguments(&compiler.target, &libraries),
        libraries,
    })
}

fn compile_inittab(
    distribution: &Distribution,
    extensions: &[SelectedExtension],
    compiler: &Compiler,
    out_dir: &Path,
) -> Result<Vec<PathBuf>, LinkError> {
    let path = out_dir.join("inittab.c");
    fs_err::write(&path, inittab::source(extensions))?;
    let mut build = cc::Build::new();
    build
        .cargo_metadata(false)
        .target(&compiler.target)
        .host(&compiler.host)
        .opt_level(0)
        .debug(false)
        .out_dir(out_dir)
        .include(&distribution.include)
        .warnings(false)
        .define("NDEBUG", None)
        // Nothing of this machine's folders goes into the executable.
        .flag_if_supported(format!("-ffile-prefix-map={}=python", distribution.root.display()))
        .flag_if_supported(format!("-ffile-prefix-map={}=build", out_dir.display()))
        .file(&path);
    for flag in &distribution.core.inittab_cflags {
        build.flag_if_supported(flag);
    }
    build
        .try_compile_intermediates()
        .map_err(|error| LinkError::Compiler { path, message: error.to_string() })
}

/// What `pyembed/src/c/files.c`, `status.c`, `folders.c` and `libraries.c` define for shared libraries,
/// too.
const SERVING: [&str; 33] = [
    "__fxstatat",
    "__fxstatat64",
    "__lxstat",
    "__lxstat64",
    "__xstat",
    "__xstat64",
    "access",
    "closedir",
    "dirfd",
    "dlerror",
    "dlopen",
    "faccessat",
    "fopen",
    "fopen64",
    "fstatat",
    "fstatat64",
    "lstat",
    "lstat64",
    "open",
    "open64",
    "openat",
    "openat64",
    "opendir",
    "readdir",
    "readdir64",
    "readdir64_r",
    "readdir_r",
    "rewinddir",
    "seekdir",
    "stat",
    "stat64",
    "statx",
    "telldir",
];

/// Two things that only an executable's own build script can ask for:
///
/// * Python's API, everything that begins with `Py` or `_Py`, is exported for extension modules. So are
///   the functions of the C library in whose place `pyembed` has its own, which know of packed files.
///   What the static libraries define stays inside: OpenSSL's, zlib's and so on must not take the
///   place of the copy that an extension module brings along, and libbsd's must not take the place
///   of the C library's functions of the same names.
/// * On Linux the executable has a fixed address. CPython's static objects point at one another, and
///   a position-independent executable would write tens of thousands of these pointers at every
///   start; it would be a megabyte larger, too.
fn executable_arguments(target: &str, libraries: &[LinkLibrary]) -> Vec<String> {
    let patterns = ["Py*", "_Py*"];
    if target.contains("-linux-") {
        let exports = patterns
            .iter()
            .chain(&SERVING)
            .map(|pattern| format!("-Wl,--export-dynamic-symbol={pattern}"));
        let hidden = libraries.iter().filter_map(|library| match library {
            LinkLibrary::Static(name) => Some(format!("-Wl,--exclude-libs=lib{name}.a")),
            _ => None,
        });
        exports.chain(hidden).chain(["-no-pie".to_owned()]).collect()
    } else if target.contains("-apple-") {
        // Mach-O's names have one more underscore.
        patterns.map(|pattern| format!("-Wl,-exported_symbol,_{pattern}")).into()
    } else {
        Vec::new()
    }
}

fn without_repetition<T: Clone + Eq + std::hash::Hash>(items: Vec<T>) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}
