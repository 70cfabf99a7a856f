//! Small runtimes, compiled and linked by the system's compiler.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::{InjectError, inject};

/// Prints what was injected, and that variables without a value are 0.
const PROGRAM: &str = r#"
#include <stdio.h>
#include "slot.h"
static char zeros[100000];
int main(void) {
    for (unsigned i = 0; i < sizeof zeros; i++) if (zeros[i]) return 2;
    fwrite((const char *)pyembed_slot.address, 1, pyembed_slot.length, stdout);
    return 0;
}
"#;

fn runtime(folder: &Path, flags: &[&str]) -> Vec<u8> {
    let source = folder.join("main.c");
    fs_err::write(&source, PROGRAM).unwrap();
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pyslot/src");
    let program = folder.join("runtime");
    let mut command = Command::new("gcc");
    command.arg("-I").arg(&shim).arg(shim.join("slot.c")).arg(source).arg("-o").arg(&program);
    assert!(command.args(flags).status().unwrap().success());
    fs_err::read(program).unwrap()
}

fn with(runtime: &[u8], blob: &[u8]) -> Result<Vec<u8>, InjectError> {
    let mut out = Vec::new();
    inject(runtime, blob, &mut out).map(|()| out)
}

fn printed(program: &Path) -> String {
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn write(path: &Path, bytes: &[u8]) {
    fs_err::write(path, bytes).unwrap();
    fs_err::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn resources_are_mapped_and_survive_strip() {
    let folder = tempfile::tempdir().unwrap();
    for flags in [&["-no-pie"][..], &["-no-pie", "-fuse-ld=gold"], &["-no-pie", "-static"]] {
        if flags.contains(&"-fuse-ld=gold") && !Path::new("/usr/bin/ld.gold").exists() {
            continue;
        }
        let runtime = runtime(folder.path(), flags);
        for text in ["short", &"long ".repeat(30_000)] {
            let program = folder.path().join("program");
            write(&program, &with(&runtime, text.as_bytes()).unwrap());

            assert_eq!(printed(&program), text);
            let stripped = Command::new("strip").arg(&program).status().unwrap();
            assert!(stripped.success());
            assert_eq!(printed(&program), text, "stripped");
        }
    }
}

#[test]
fn what_is_no_runtime_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = runtime(folder.path(), &["-no-pie"]);
    let filled = with(&good, b"x").unwrap();
    assert!(matches!(with(&filled, b"y"), Err(InjectError::Filled)));
    let pie = runtime(folder.path(), &["-pie", "-fPIE"]);
    assert!(matches!(with(&pie, b"x"), Err(InjectError::Format)));
    let other = fs_err::read("/bin/true").unwrap();
    assert!(matches!(with(&other, b"x"), Err(InjectError::Format | InjectError::NoSlot)));
    for length in (0..4096).chain((4096..good.len()).step_by(97)) {
        // Whatever is cut off, there is an answer.
        let _ = with(&good[..length], b"x");
    }
    assert!(matches!(with(b"#!/bin/sh\n", b"x"), Err(InjectError::Format)));
}
