use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::platform::Platform;
use super::zig::Zig;
use super::{SysrootError, TargetToolchain, sysroot};
use crate::cache::Cache;
use crate::glibc::Glibc;
use crate::reporter::Silent;

/// Stands for Zig: makes empty files of the names that Zig makes, says what it compiles, and knows glibc 2.17 and 2.28.
const FAKE_ZIG: &str = r#"#!/bin/sh
case $1 in
targets) printf '.{ .glibc = .{ "2.17.0", "2.28.0", }, }' ;;
build-exe)
    mkdir -p "$ZIG_GLOBAL_CACHE_DIR/o/1"
    for name in crt1.o Scrt1.o libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1 libutil.so.1 libresolv.so.2 \
        libld.so.2 libc_nonshared.a libunwind.a; do
        : > "$ZIG_GLOBAL_CACHE_DIR/o/1/$name"
    done ;;
ar) : > "$3" ;;
cc) echo "zig $*" ;;
esac
"#;

struct Bench {
    folder: tempfile::TempDir,
    cache: Cache,
    zig: Zig,
}

impl Bench {
    fn new(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("zig");
        fs_err::write(&program, script).unwrap();
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let cache = Cache::at(folder.path().join("cache"));
        Self { folder, cache, zig: Zig { program, version: "0.17.1".to_owned() } }
    }

    fn provide(&self, minor: u32) -> Result<TargetToolchain, SysrootError> {
        let platform = Platform::of("x86_64-unknown-linux-gnu").unwrap();
        let glibc = Glibc::release(2, minor);
        sysroot::provide(&self.zig, platform, &glibc, &self.cache, &Silent)
    }
}

/// What a program says.
fn said(program: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new(program).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_folder_is_made_once_and_has_what_the_linker_looks_for() {
    let bench = Bench::new(FAKE_ZIG);
    let toolchain = bench.provide(17).unwrap();
    let has = |name: &str| toolchain.sysroot.join(name).exists();
    for name in ["crt1.o", "Scrt1.o", "libm.so", "libdl.so", "ld-linux-x86-64.so.2", "ar"] {
        assert!(has(name), "{name}");
    }
    let script = fs_err::read_to_string(toolchain.sysroot.join("libc.so")).unwrap();
    let place = toolchain.sysroot.display().to_string();
    assert!(script.contains(&format!("\"{place}/libglibc_floor.a\"")), "{script}");
    // Where it is there, Zig does not run.
    fs_err::write(&bench.zig.program, "#!/bin/sh\nexit 1\n").unwrap();
    assert_eq!(bench.provide(17).unwrap(), toolchain);
}

#[test]
fn the_compiler_compiles_with_zig_and_links_with_the_machine() {
    let bench = Bench::new(FAKE_ZIG);
    let cc = bench.provide(17).unwrap().cc;
    let compiled = said(&cc, &["-O2", "--target=x86_64-unknown-linux-gnu", "a b.c", "-o", "x"]);
    assert!(compiled.starts_with("zig cc -target x86_64-linux-gnu.2.17 "), "{compiled}");
    assert!(compiled.ends_with("-O2 a b.c -o x\n"), "{compiled}");
    assert!(said(&cc, &["--version"]).starts_with("zig cc"));
    let found = said(&cc, &["-print-file-name=crt1.o"]);
    assert!(Path::new(found.trim()).starts_with(bench.folder.path()), "{found}");
}

#[test]
fn versions_that_zig_does_not_have_are_refused() {
    let bench = Bench::new(FAKE_ZIG);
    let error = bench.provide(99).unwrap_err();
    let SysrootError::UnknownGlibc { newest } = error else { panic!("{error}") };
    assert_eq!(newest, Some(Glibc::release(2, 28)));
}

#[test]
fn a_zig_that_fails_leaves_nothing_and_its_words() {
    let bench = Bench::new("#!/bin/sh\necho 'error: out of order' >&2\nexit 1\n");
    let error = bench.provide(17).unwrap_err().to_string();
    assert!(error.ends_with("zig` fails: error: out of order"), "{error}");
    let left: Vec<PathBuf> = fs_err::read_dir(bench.cache.root().join("sysroots"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let silent = Bench::new("#!/bin/sh\nexit 0\n").provide(17).unwrap_err().to_string();
    assert_eq!(silent, "Zig has not made `crt1.o`");
}
