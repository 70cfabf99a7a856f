//! What the linker is given for one executable.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::blob_object::{self, Owner};
use super::{LinkError, Objects, inittab, isolate, object_archive, shared};
use crate::distribution::{Distribution, Library};
use crate::policy::SelectedExtension;

/// Name of the archive of object files, without `lib` and `.a`.
const OBJECTS: &str = "pyembed_python";

/// Name of the group of static libraries, likewise.
const LIBRARIES: &str = "pyembed_libraries";

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

impl Compiler {
    /// A call of the compiler, for files that are no part of what Cargo builds.
    pub(super) fn build(&self) -> cc::Build {
        let mut build = cc::Build::new();
        build.cargo_metadata(false).target(&self.target).host(&self.host);
        build.opt_level(0).debug(false).warnings(false);
        build
    }
}

/// What the linker is given, in the terms of rustc.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPlan {
    /// Folders to look for libraries in, without repetition.
    pub search_paths: Vec<PathBuf>,
    /// Libraries, users before the used.
    pub libraries: Vec<LinkLibrary>,
    /// Arguments for the linker of executables and shared libraries.
    pub arguments: Vec<String>,
    /// Arguments for the linker that only executables can have.
    pub executable_arguments: Vec<String>,
    /// Arguments for the linker that only shared libraries can have.
    pub shared_arguments: Vec<String>,
}

/// A library, in the terms of rustc's `-l`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
/// `objects` are those of the distribution with these `extensions`.
///
/// # Errors
///
/// See [`LinkError`].
pub fn plan(
    distribution: &Distribution,
    extensions: &[SelectedExtension],
    objects: &Objects,
    blob: Vec<u8>,
    compiler: &Compiler,
    out_dir: &Path,
) -> Result<LinkPlan, LinkError> {
    let blob_path = out_dir.join("resources.o");
    blob_object::write(&blob_path, &compiler.target, &blob, Owner::Library)?;
    // The archive's writer reads it once more.
    drop(blob);

    let tables = Tables { distribution, compiler, out_dir };
    let mut files = tables.compile("inittab", &inittab::source(extensions))?;
    let is_elf = compiler.target.contains("-linux-");
    let mut shared_arguments = Vec::new();
    if objects.shared && compiler.target.contains("-linux-gnu") {
        files.extend(tables.compile("streams", &isolate::streams_source())?);
        let source = shared::source(&objects.files, &SERVING)?;
        let objects = tables.compile(shared::NAME, &source)?;
        shared_arguments.extend(objects.iter().map(|path| path.display().to_string()));
    }
    files.push(blob_path);
    files.extend(objects.files.iter().cloned());
    object_archive::write(&out_dir.join(format!("lib{OBJECTS}.a")), &compiler.target, &files)?;

    if compiler.target.contains("-linux-gnu") {
        fs_err::write(out_dir.join("libgcc_s.so"), STATIC_UNWINDER)?;
    }
    let mut plan = LinkPlan {
        search_paths: vec![out_dir.to_owned()],
        libraries: vec![LinkLibrary::WholeArchive(OBJECTS.into())],
        arguments: arguments(&compiler.target, &objects.libraries),
        executable_arguments: executable_arguments(&compiler.target),
        shared_arguments,
    };
    let grouped = is_elf;
    if grouped {
        plan.add_group(&objects.libraries, out_dir)?;
    }
    for library in &objects.libraries {
        match library {
            Library::Static { .. } if grouped => {}
            Library::Static { name, path } => {
                plan.search_paths.extend(path.parent().map(Path::to_owned));
                plan.libraries.push(LinkLibrary::Static(name.clone()));
            }
            Library::Dynamic { name, path } => {
                plan.search_paths.extend(path.parent().map(Path::to_owned));
                plan.libraries.push(LinkLibrary::Dynamic(name.clone()));
            }
            Library::System(name) => plan.libraries.push(LinkLibrary::Dynamic(name.clone())),
            Library::Framework(name) => plan.libraries.push(LinkLibrary::Framework(name.clone())),
        }
    }
    plan.search_paths = without_repetition(plan.search_paths);
    plan.libraries = without_repetition(plan.libraries);
    Ok(plan)
}

impl LinkPlan {
    /// Adds the static libraries among `libraries` as one linker script. The linker searches its group as
    /// often as necessary, so that their order does not matter: GNU ld reads a library once, and
    /// distributions do not name the libraries in an order that would suit it.
    fn add_group(&mut self, libraries: &[Library], out_dir: &Path) -> Result<(), LinkError> {
        let mut script = String::from("/* GNU ld script */\nGROUP (");
        let mut is_empty = true;
        for library in libraries {
            let Library::Static { path, .. } = library else { continue };
            let name = path.to_string_lossy();
            // Scripts have no way to write these.
            if name.contains(['"', '\n']) {
                return Err(LinkError::Path { path: path.clone() });
            }
            let _ = write!(script, " \"{name}\"");
            is_empty = false;
        }
        script.push_str(" )\n");
        if !is_empty {
            fs_err::write(out_dir.join(format!("lib{LIBRARIES}.a")), script)?;
            self.libraries.push(LinkLibrary::Static(LIBRARIES.into()));
        }
        Ok(())
    }
}

/// Compiles tables that are written in C.
pub(super) struct Tables<'a> {
    pub(super) distribution: &'a Distribution,
    pub(super) compiler: &'a Compiler,
    pub(super) out_dir: &'a Path,
}

impl Tables<'_> {
    /// The objects of one of them.
    pub(super) fn compile(&self, name: &str, source: &str) -> Result<Vec<PathBuf>, LinkError> {
        let Self { distribution, compiler, out_dir } = *self;
        let path = out_dir.join(format!("{name}.c"));
        fs_err::write(&path, source)?;
        let mut build = compiler.build();
        build
            .out_dir(out_dir)
            .pic(true)
            .include(&distribution.include)
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
}

/// What `pyembed/src/c/files.c`, `status.c`, `folders.c`, `libraries.c` and `spawn.c` define for shared libraries,
/// too.
pub(super) const SERVING: [&str; 54] = [
    "__fxstatat",
    "__fxstatat64",
    "__lxstat",
    "__lxstat64",
    "__open64_2",
    "__open_2",
    "__openat64_2",
    "__openat_2",
    "__readlink_chk",
    "__readlinkat_chk",
    "__realpath_chk",
    "__xstat",
    "__xstat64",
    "access",
    "canonicalize_file_name",
    "closedir",
    "dirfd",
    "dlerror",
    "dlopen",
    "execv",
    "execve",
    "execvp",
    "execvpe",
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
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "readdir",
    "readdir64",
    "readdir64_r",
    "readdir_r",
    "readlink",
    "readlinkat",
    "realpath",
    "rewinddir",
    "scandir",
    "scandir64",
    "seekdir",
    "stat",
    "stat64",
    "statx",
    "system",
    "telldir",
];

/// What only an executable's own build script can ask for, about symbols.
///
/// Python's API, everything that begins with `Py` or `_Py`, is exported for extension modules. So are
/// the functions of the C library in whose place `pyembed` has its own, which know of packed files and programs.
/// What the static libraries define stays inside: OpenSSL's, zlib's and so on must not take the
/// place of the copy that an extension module brings along, and libbsd's must not take the place
/// of the C library's functions of the same names.
pub(super) fn arguments(target: &str, libraries: &[Library]) -> Vec<String> {
    let patterns = shared::API.map(|start| format!("{start}*"));
    if target.contains("-linux-") {
        let exports = patterns
            .iter()
            .map(String::as_str)
            .chain(SERVING)
            .map(|pattern| format!("-Wl,--export-dynamic-symbol={pattern}"));
        let hidden = libraries.iter().filter_map(|library| match library {
            Library::Static { path, .. } => {
                Some(format!("-Wl,--exclude-libs={}", path.file_name()?.display()))
            }
            _ => None,
        });
        // pyo3's way to start an interpreter becomes pyembed's, wherever the linker meets it first.
        let start = ["--wrap=Py_InitializeEx", "--undefined=__wrap_Py_InitializeEx"];
        let start = start.map(|argument| format!("-Wl,{argument}"));
        exports.chain(hidden).chain(start).collect()
    } else if target.contains("-apple-") {
        // Mach-O's names have one more underscore.
        let exports = patterns.iter().map(|pattern| format!("-Wl,-exported_symbol,_{pattern}"));
        // Those of packages and executables need not be there.
        let absent = ["package", "executable"].into_iter().flat_map(|owner| {
            ["", "_length"].map(|end| format!("-Wl,-U,_pyembed_{owner}_resources{end}"))
        });
        exports.chain(absent).collect()
    } else {
        Vec::new()
    }
}

/// On Linux an executable has a fixed address. CPython's static objects point at one another, and
/// a position-independent executable would write tens of thousands of these pointers at every
/// start; it would be a megabyte larger, too.
pub(super) fn executable_arguments(target: &str) -> Vec<String> {
    let argument = target.contains("-linux-").then(|| "-no-pie".to_owned());
    argument.into_iter().collect()
}

pub(super) fn without_repetition<T: Clone + Eq + std::hash::Hash>(items: Vec<T>) -> Vec<T> {
    let mut seen = std::collections::HashSet::new();
    items.into_iter().filter(|item| seen.insert(item.clone())).collect()
}
