//! Object files of a release, and the interpreter that is linked from them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::Assembly;
use crate::distribution::build::command::{capture, run_logged};
use crate::distribution::build::error::BuildError;
use crate::reporter::Length;

const MAIN: &str = include_str!("c/main.c");
const GLIBC: &str = include_str!("c/glibc.c");
const HASH_COMPAT: &str = include_str!("c/hash_compat.h");

/// Static libraries that the interpreter links, without `lib` and `.a`.
pub(super) const LIBRARIES: [&str; 3] = ["expat", "z", "zstd"];

/// The hash modules and their sources below `Modules`; a folder stands for each `.c` file in it.
const HASH_MODULES: [(&str, &[&str]); 5] = [
    ("_blake2", &["_blake2"]),
    ("_md5", &["md5module.c", "_hacl/Hacl_Hash_MD5.c"]),
    ("_sha1", &["sha1module.c", "_hacl/Hacl_Hash_SHA1.c"]),
    ("_sha2", &["sha2module.c", "_hacl/Hacl_Hash_SHA2.c"]),
    ("_sha3", &["sha3module.c", "_hacl/Hacl_Hash_SHA3.c"]),
];

/// Members of Debian's static library that the compiled hash modules replace.
const REPLACED: [&str; 5] =
    ["blake2module.o", "md5module.o", "sha1module.o", "sha2module.o", "sha3module.o"];

/// Begins the name of an object of CPython 3.15 that published archives have in `libpython` alone.
const ONLY_IN_LIBPYTHON: &str = "Modules/jit_shim-";

/// The object files, by path relative to `build/`.
pub(super) struct Objects {
    /// The folder that the archive calls `build/`.
    pub(super) build: PathBuf,
    /// Members of Debian's static library, and one for older C libraries.
    pub(super) members: BTreeSet<String>,
    /// Modules that were compiled here: name and object files.
    pub(super) hash_modules: Vec<(&'static str, Vec<String>)>,
}

impl Objects {
    /// Leaves out what published archives do not have among their objects.
    fn remove_unpublished(&mut self) -> Result<(), BuildError> {
        let is_left_out = |object: &String| object.starts_with(ONLY_IN_LIBPYTHON);
        for object in self.members.iter().filter(|object| is_left_out(object)) {
            fs::remove_file(self.build.join(object))?;
        }
        self.members.retain(|object| !is_left_out(object));
        Ok(())
    }
}

/// Splits Debian's static library, compiles what it lacks and links the interpreter.
pub(super) fn make(assembly: &Assembly<'_>, hash_source: &Path) -> Result<Objects, BuildError> {
    let build = assembly.folder.join("build");
    let mut members = split(assembly, &build.join("Modules"))?;
    let hash_modules = compile_hash_modules(assembly, hash_source, &build)?;
    fs::write(assembly.folder.join("glibc.c"), GLIBC)?;
    let glibc = "Modules/pyoxidizer_glibc.o";
    compile(assembly, &assembly.folder.join("glibc.c"), &build.join(glibc), &[])?;
    members.insert(glibc.to_owned());
    copy_libraries(assembly, &build.join("lib"))?;
    let mut objects = Objects { build, members, hash_modules };
    link(assembly, &objects)?;
    objects.remove_unpublished()?;
    Ok(objects)
}

/// Unpacks the position-independent static library. Which folder of the source a member came from
/// is not recorded; all go into `into`.
fn split(assembly: &Assembly<'_>, into: &Path) -> Result<BTreeSet<String>, BuildError> {
    fs::create_dir_all(into)?;
    let mut command = assembly.command("ar");
    command.arg("x").arg(assembly.packaged_library()).current_dir(into);
    capture("splitting the static library", command)?;
    let mut members = BTreeSet::new();
    for entry in fs::read_dir(into)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if REPLACED.contains(&name.as_str()) {
            fs::remove_file(into.join(name))?;
        } else {
            members.insert(format!("Modules/{name}"));
        }
    }
    Ok(members)
}

fn compile_hash_modules(
    assembly: &Assembly<'_>,
    source: &Path,
    build: &Path,
) -> Result<Vec<(&'static str, Vec<String>)>, BuildError> {
    let compat = assembly.folder.join("hash_compat.h");
    fs::write(&compat, HASH_COMPAT)?;
    let modules = source.join("Modules");
    let mut flags: Vec<PathBuf> = vec!["-include".into(), compat];
    for folder in ["_hacl", "_hacl/include"] {
        flags.extend(["-I".into(), modules.join(folder)]);
    }
    let mut compiled = Vec::new();
    for (name, sources) in HASH_MODULES {
        let mut objects = Vec::new();
        for file in c_files(&modules, sources)? {
            let object = format!("Modules/{}", Path::new(&file).with_extension("o").display());
            compile(assembly, &modules.join(&file), &build.join(&object), &flags)?;
            objects.push(object);
        }
        compiled.push((name, objects));
    }
    Ok(compiled)
}

/// The C files that `sources` stand for, relative to `modules`.
fn c_files(modules: &Path, sources: &[&str]) -> Result<Vec<String>, BuildError> {
    let mut files = Vec::new();
    for source in sources {
        if source.ends_with(".c") {
            files.push((*source).to_owned());
            continue;
        }
        for entry in fs::read_dir(modules.join(source))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".c") {
                files.push(format!("{source}/{name}"));
            }
        }
    }
    files.sort();
    Ok(files)
}

fn compile(
    assembly: &Assembly<'_>,
    source: &Path,
    object: &Path,
    flags: &[PathBuf],
) -> Result<(), BuildError> {
    if let Some(folder) = object.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut command = assembly.command("gcc");
    // As a shared module would be compiled: static tables for keyword arguments are laid out
    // differently in each release.
    command.args(["-c", "-O2", "-fPIC", "-DNDEBUG", "-DPy_BUILD_CORE_MODULE"]);
    command.args(["-D_DEFAULT_SOURCE", "-fno-asynchronous-unwind-tables"]);
    command.args(include_flags(assembly)).args(flags).arg(source).arg("-o").arg(object);
    run(assembly, "compiling", command)
}

fn include_flags(assembly: &Assembly<'_>) -> [String; 3] {
    let include = assembly.packages.join("usr/include");
    let python = include.join(format!("python{}", assembly.version));
    let internal = python.join("internal");
    [python, internal, include].map(|folder| format!("-I{}", folder.display()))
}

fn copy_libraries(assembly: &Assembly<'_>, to: &Path) -> Result<(), BuildError> {
    fs::create_dir_all(to)?;
    let from = assembly.packages.join("usr/lib").join(&assembly.machine.multiarch);
    for library in LIBRARIES {
        let name = format!("lib{library}.a");
        fs::copy(from.join(&name), to.join(&name))?;
    }
    Ok(())
}

/// Links the interpreter into the installation. All objects go in whole: shared modules call
/// functions that the interpreter itself does not.
fn link(assembly: &Assembly<'_>, objects: &Objects) -> Result<(), BuildError> {
    let interpreter = assembly.interpreter();
    fs::create_dir_all(assembly.root().join("install/bin"))?;
    fs::write(assembly.folder.join("main.c"), MAIN)?;
    let mut command = assembly.command("gcc");
    command.args(["-pie", "-O2", "-s", "main.c", "-o"]).arg(&interpreter);
    command.args(objects.members.iter().map(|object| objects.build.join(object)));
    let compiled = objects.hash_modules.iter().flat_map(|(_, objects)| objects);
    command.args(compiled.map(|object| objects.build.join(object)));
    for library in LIBRARIES {
        command.arg(objects.build.join(format!("lib/lib{library}.a")));
    }
    // GNU ld 2.40 spoils code of GCC 16 when it relaxes it: the result crashes at once.
    command.args(["-rdynamic", "-Wl,--no-relax", "-Wl,--exclude-libs,ALL", "-lm", "-ldl"]);
    run(assembly, "linking the interpreter", command)
}

fn run(assembly: &Assembly<'_>, step: &'static str, command: Command) -> Result<(), BuildError> {
    let progress = assembly.reporter.start(step, Length::Unknown);
    run_logged(step, command, &assembly.folder.join("assembly.log"), &|line| {
        progress.describe(line);
    })
}
