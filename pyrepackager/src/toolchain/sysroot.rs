//! The folder that executables of a target are compiled and linked with, made once and kept in the cache.
//!
//! ```text
//! sysroots/TRIPLE-glibcVERSION-DIGEST/
//!   cc, c++, ar            compilers and archiver (cc.sh, ar.sh)
//!   crt1.o, Scrt1.o        start files that run constructors under any glibc, which those of 2.34 and later do not
//!   libc.so.6, libm.so.6…  stubs: the symbols of that version, no code
//!   libc_nonshared.a       Zig's: what glibc links statically, and `stat` and the like as one had them before 2.33
//!   libglibc_floor.a       later functions (c/)
//!   libunwind.a            LLVM's unwinder
//!   libc.so, libm.so…      linker scripts and links by which `-lc`, `-lm` find them
//!   libgcc_s.so            a linker script: the unwinder, by the name under which Rust asks for GCC's
//! ```
//!
//! GCC's own unwinder asks for `_dl_find_object` of glibc 2.35. Zig's `libcompiler_rt.a` is left out: it is one object, whose
//! `memcpy` and `sin` would take the place of glibc's faster ones, and what compilers call of it is in Rust's standard library and in
//! GCC's `libgcc.a`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fs_err as fs;
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use super::platform::Platform;
use super::zig::Zig;
use super::{SysrootError, TargetToolchain};
use crate::cache::{Cache, seal};
use crate::glibc::Glibc;
use crate::reporter::{Length, Reporter};

/// The folder of the cache for sysroots.
const FOLDER: &str = "sysroots";

/// The folder of the cache that Zig keeps its own results in.
const ZIG_CACHE: &str = "zig";

/// Counts the changes of this file after which the same Zig gives another folder.
const GENERATION: u32 = 1;

/// What Zig makes for a program, by file names.
const START_FILES: [&str; 2] = ["crt1.o", "Scrt1.o"];
const STATIC_LIBRARIES: [&str; 2] = ["libc_nonshared.a", UNWINDER];

/// LLVM's unwinder.
pub(super) const UNWINDER: &str = "libunwind.a";

/// The stubs but for the C library's main one: file name of the library, name for the linker.
const STUBS: [(&str, &str); 6] = [
    ("libm.so.6", "libm.so"),
    ("libdl.so.2", "libdl.so"),
    ("libpthread.so.0", "libpthread.so"),
    ("librt.so.1", "librt.so"),
    ("libutil.so.1", "libutil.so"),
    ("libresolv.so.2", "libresolv.so"),
];

/// Those that glibc 2.34 made part of the main library.
const MERGED: [&str; 4] = ["libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"];

/// The stub of the dynamic loader, as Zig calls it.
const LOADER_STUB: &str = "libld.so.2";

/// Later functions, by the name of the file, so that the linker takes single ones.
const FLOOR_SOURCES: [(&str, &str); 9] = [
    ("arc4random", include_str!("c/arc4random.c")),
    ("close_range", include_str!("c/close_range.c")),
    ("copy_file_range", include_str!("c/copy_file_range.c")),
    ("explicit_bzero", include_str!("c/explicit_bzero.c")),
    ("fcntl64", include_str!("c/fcntl64.c")),
    ("getrandom", include_str!("c/getrandom.c")),
    ("isoc23", include_str!("c/isoc23.c")),
    ("memfd_create", include_str!("c/memfd_create.c")),
    ("preadv2", include_str!("c/preadv2.c")),
];

/// The header that declares them.
pub(super) const FLOOR_HEADER: &str = "glibc_floor.h";
const FLOOR_HEADER_TEXT: &str = include_str!("c/glibc_floor.h");

/// The header of their definitions.
const FLOOR_DEFINITIONS: &str = include_str!("c/floor.h");

/// The library that they are.
pub(super) const FLOOR_LIBRARY: &str = "libglibc_floor.a";

const CC: &str = include_str!("cc.sh");
const AR: &str = include_str!("ar.sh");

/// Provides the folder.
pub(super) fn provide(
    zig: &Zig,
    platform: Platform,
    glibc: &Glibc,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<TargetToolchain, SysrootError> {
    let driver = driver()?;
    let name = format!("{}-glibc{glibc}-{}", platform.triple, digest(zig, &driver));
    let folder = cache.folder(FOLDER)?.join(&name);
    let zig_cache = cache.folder(ZIG_CACHE)?;
    let toolchain = TargetToolchain::at(&folder, glibc, &zig.program);
    if seal::is_intact(&folder, None)? {
        return Ok(toolchain);
    }
    let lock = cache.lock(&format!("sysroot-{name}"), reporter)?;
    if seal::is_intact(&folder, None)? {
        return Ok(toolchain);
    }
    // It would take another without a word.
    let releases = zig.glibc_releases();
    if !releases.is_empty() && !releases.contains(glibc) {
        return Err(SysrootError::UnknownGlibc { newest: releases.last().cloned() });
    }
    let _step = reporter.start(&format!("Preparing to link for glibc {glibc}"), Length::Unknown);
    let scratch = tempfile::TempDir::with_prefix_in("sysroot-", cache.folder("builds")?)?;
    let partial = lock.partial_folder(&folder)?;
    let target = platform.zig_target(glibc);
    let making = Making { zig, target: &target, folder: partial.path(), scratch: scratch.path() };
    making.take_from_zig(platform)?;
    making.floor_library(&zig_cache)?;
    making.write_scripts(&folder, platform)?;
    making.write_programs(&folder, &driver, &zig_cache)?;
    partial.finish()?;
    Ok(toolchain)
}

/// What the folder depends on beside its name.
fn digest(zig: &Zig, driver: &Path) -> String {
    let mut hash = Sha256::new();
    for path in [&zig.program, driver] {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update([0]);
    }
    hash.update(format!("{} {GENERATION}", zig.version));
    for text in [CC, AR, FLOOR_HEADER_TEXT, FLOOR_DEFINITIONS]
        .into_iter()
        .chain(FLOOR_SOURCES.map(|(_, text)| text))
    {
        hash.update(text);
    }
    hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

/// The machine's compiler driver, which runs its linker.
fn driver() -> Result<PathBuf, SysrootError> {
    let found = ["cc", "gcc", "clang"].into_iter().find_map(super::find_on_path);
    found.ok_or(SysrootError::NoDriver)
}

/// A folder in the making.
struct Making<'a> {
    zig: &'a Zig,
    target: &'a str,
    folder: &'a Path,
    scratch: &'a Path,
}

impl Making<'_> {
    /// Links a program with Zig, and takes what it made for that out of a cache of its own.
    fn take_from_zig(&self, platform: Platform) -> Result<(), SysrootError> {
        let source = self.scratch.join("main.c");
        fs::write(&source, "int main(void) { return 0; }\n")?;
        let zig_cache = self.scratch.join("cache");
        // As a program and as one that runs at any address.
        for place in [None, Some("-fPIE")] {
            let mut command = self.zig(&zig_cache);
            command.arg("build-exe").arg(&source).args(["-lc", "-lunwind", "-target", self.target]);
            command.args(["-O", "ReleaseFast", "-fno-compiler-rt", "-fno-ubsan-rt"]).args(place);
            command.arg(format!("-femit-bin={}", self.scratch.join("main").display()));
            run(command)?;
        }
        // glibc 2.34 and later have most of them inside the main library.
        let has = |file: &&str| find(&zig_cache, file).is_ok();
        let stubs = STUBS.iter().map(|(file, _)| *file).filter(has);
        let files =
            START_FILES.into_iter().chain(STATIC_LIBRARIES).chain(["libc.so.6"]).chain(stubs);
        for file in files {
            fs::copy(find(&zig_cache, file)?, self.folder.join(file))?;
        }
        fs::copy(find(&zig_cache, LOADER_STUB)?, self.folder.join(platform.loader))?;
        Ok(())
    }

    /// Compiles the later functions.
    fn floor_library(&self, zig_cache: &Path) -> Result<(), SysrootError> {
        fs::write(self.scratch.join(FLOOR_HEADER), FLOOR_HEADER_TEXT)?;
        fs::write(self.scratch.join("floor.h"), FLOOR_DEFINITIONS)?;
        fs::write(self.folder.join(FLOOR_HEADER), FLOOR_HEADER_TEXT)?;
        let mut archive = self.zig(zig_cache);
        archive.args(["ar", "rcsD"]).arg(self.folder.join(FLOOR_LIBRARY));
        for (name, text) in FLOOR_SOURCES {
            let source = self.scratch.join(format!("{name}.c"));
            let object = source.with_extension("o");
            fs::write(&source, text)?;
            let mut command = self.zig(zig_cache);
            command.args(["cc", "-target", self.target, "-g0", "-fno-sanitize=undefined"]);
            command
                .args(["-O2", "-fPIC", "-D_GNU_SOURCE", "-c"])
                .arg(&source)
                .arg("-o")
                .arg(&object);
            run(command)?;
            archive.arg(object);
        }
        run(archive)
    }

    /// Writes what the linker finds as `-lc`, `-lgcc_s` and so on, by the paths that there will be in `folder`.
    fn write_scripts(&self, folder: &Path, platform: Platform) -> Result<(), SysrootError> {
        let place = folder.to_str().filter(|path| !path.contains(['"', '\n', '\'']));
        let place = place.ok_or_else(|| SysrootError::Path { path: folder.to_owned() })?;
        let script = |name: &str, members: &str| {
            fs::write(self.folder.join(name), format!("/* GNU ld script */\nGROUP ( {members} )\n"))
        };
        let file = |name: &str| format!("\"{place}/{name}\"");
        // As in glibc 2.34 and later, the main library stands for others, so that what was written for these links.
        let parts = MERGED.iter().filter(|name| self.folder.join(name).exists());
        let parts: Vec<String> = parts.copied().chain([platform.loader]).map(file).collect();
        let whole = ["libc.so.6", "libc_nonshared.a", FLOOR_LIBRARY].map(file).join(" ");
        script("libc.so", &format!("{whole} AS_NEEDED ( {} )", parts.join(" ")))?;
        for name in ["libgcc_s.so", "libgcc_s.so.1"] {
            script(name, &file(UNWINDER))?;
        }
        for (library, name) in STUBS {
            if self.folder.join(library).exists() {
                fs_err::os::unix::fs::symlink(library, self.folder.join(name))?;
            } else {
                script(name, &file("libc.so.6"))?;
            }
        }
        Ok(())
    }

    /// Writes the compilers, which name the folder as there will be.
    fn write_programs(
        &self,
        folder: &Path,
        driver: &Path,
        zig_cache: &Path,
    ) -> Result<(), SysrootError> {
        let mut values = Vec::new();
        for (name, path) in [
            ("@ZIG@", self.zig.program.as_path()),
            ("@DRIVER@", driver),
            ("@SYSROOT@", folder),
            ("@CACHE@", zig_cache),
        ] {
            // A shell would not take it between quotation marks.
            let plain =
                path.to_str().filter(|path| !path.contains(['\'', '"', '$', '`', '\\', '\n']));
            values.push((name, plain.ok_or_else(|| SysrootError::Path { path: path.to_owned() })?));
        }
        values.push(("@TARGET@", self.target));
        for (program, text, mode) in [("cc", CC, "cc"), ("c++", CC, "c++"), ("ar", AR, "")] {
            let text = values.iter().fold(text.replace("@MODE@", mode), |text, (name, value)| {
                text.replace(name, value)
            });
            let path = self.folder.join(program);
            fs::write(&path, text)?;
            fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        }
        Ok(())
    }

    fn zig(&self, zig_cache: &Path) -> Command {
        let mut command = Command::new(&self.zig.program);
        command.env("ZIG_LOCAL_CACHE_DIR", zig_cache).env("ZIG_GLOBAL_CACHE_DIR", zig_cache);
        command.stdin(Stdio::null());
        command
    }
}

/// Runs Zig.
fn run(mut command: Command) -> Result<(), SysrootError> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = said.lines().find(|line| line.contains("error")).or_else(|| said.lines().next());
    let program = PathBuf::from(command.get_program());
    Err(SysrootError::Zig { program, said: line.unwrap_or("it says nothing").trim().to_owned() })
}

/// The file of a name below a folder.
fn find(folder: &Path, name: &str) -> Result<PathBuf, SysrootError> {
    let mut entries = WalkDir::new(folder).into_iter().flatten();
    let entry = entries.find(|entry| entry.file_name() == name && entry.file_type().is_file());
    entry
        .map(walkdir::DirEntry::into_path)
        .ok_or_else(|| SysrootError::Lacking { file: name.to_owned() })
}
