//! Small objects, libraries and distributions for the tests of linking.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Compiler;
use super::toolchain::Toolchain;

/// The circumstances of this machine.
pub(super) fn compiler() -> Compiler {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    Compiler { target: triple.clone(), host: triple }
}

/// The tools of the Rust compiler that compiled these tests.
pub(super) fn toolchain() -> Toolchain {
    Toolchain::of_rustc(Path::new(&rustc()))
}

fn rustc() -> std::ffi::OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// Runs a command that must succeed.
pub(super) fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Compiles C to `FOLDER/NAME.o`.
pub(super) fn compile(folder: &Path, name: &str, source: &str) -> PathBuf {
    let (input, object) = (folder.join(format!("{name}.c")), folder.join(format!("{name}.o")));
    fs_err::create_dir_all(object.parent().unwrap()).unwrap();
    fs_err::write(&input, source).unwrap();
    run(Command::new("cc")
        .args(["-c", "-O1", "-w", "-ffunction-sections", "-o"])
        .args([&object, &input]));
    object
}

/// Compiles Rust to bitcode in `FOLDER/NAME.o`: a C compiler that makes bitcode may be missing.
pub(super) fn compile_bitcode(folder: &Path, name: &str, source: &str) -> PathBuf {
    bitcode_for(folder, name, &format!("#![no_std]\n{source}"), None)
}

/// As [`compile_bitcode`], for a target.
pub(super) fn bitcode_for(
    folder: &Path,
    name: &str,
    source: &str,
    target: Option<&str>,
) -> PathBuf {
    let (input, object) = (folder.join(format!("{name}.rs")), folder.join(format!("{name}.o")));
    fs_err::create_dir_all(object.parent().unwrap()).unwrap();
    fs_err::write(&input, source).unwrap();
    let mut command = Command::new(rustc());
    // Tests may use what only unstable Rust has.
    command.env("RUSTC_BOOTSTRAP", "1");
    command.args(["--crate-type=lib", "--emit=llvm-bc", "-Cpanic=abort", "-Awarnings"]);
    command.args(["--crate-name=part", "-Copt-level=1", "-Ccodegen-units=1"]);
    if let Some(target) = target {
        command.arg("--target").arg(target);
    }
    run(command.arg("-o").arg(&object).arg(&input));
    object
}

/// Makes the static library `FOLDER/libNAME.a`.
pub(super) fn archive(folder: &Path, name: &str, objects: &[PathBuf]) -> PathBuf {
    let path = folder.join(format!("lib{name}.a"));
    fs_err::create_dir_all(folder).unwrap();
    run(Command::new("ar").arg("rcs").arg(&path).args(objects));
    path
}
