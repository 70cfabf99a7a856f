//! Which glibc executables ask for, and that they run on an older one than this machine's.

use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::distribution::toolchain;
use end_to_end::root::Root;
use end_to_end::{Application, Project, old_system, workspace};
use fs_err as fs;

use crate::command::COMMAND;

/// The libraries of the system, beside the C library, that wheels may expect.
const SYSTEM: [&str; 3] = ["libgcc_s.so.1", "libstdc++.so.6", "libz.so.1"];

const FLOOR: [u32; 2] = [2, 17];

/// Wheels with much native code: in C, C++ and Fortran, in Rust, and with a library of its own. Of each, there are builds for
/// glibc 2.17.
const NATIVE: &str = r#"
# /// script
# dependencies = ["numpy", "cryptography", "lxml"]
# ///
import os
import sqlite3
import ssl

import numpy
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

print(numpy.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [2.0, 4.0]).tolist())
try:
    AESGCM(bytes(16)).decrypt(bytes(12), bytes(32), None)
except InvalidTag:
    print("refused")
print(etree.fromstring("<a><b/></a>")[0].tag, sqlite3.connect(":memory:").execute("select 1").fetchone())
file = os.memfd_create("x")
print(os.write(file, b"x"), os.copy_file_range(file, file, 1, 0, 1), len(os.getrandom(3)), bool(ssl.OPENSSL_VERSION))
os.closerange(file, file + 5)
"#;

const RICH: &str = "# /// script\n# dependencies = ['rich']\n# ///\nfrom rich import print\nprint('[b]hello[/b] rich')\n";

const NATIVE_SAYS: &str = "[1.0, 1.0]\nrefused\nb (1,)\n1 1 3 True\n";

/// The newest version of a symbol of glibc that a file asks for, as binutils see it.
fn newest(file: &Path) -> Vec<u32> {
    let output = Command::new("objdump").arg("-T").arg(file).output().unwrap();
    assert!(output.status.success(), "{}", file.display());
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let undefined = text.lines().filter(|line| line.contains("*UND*"));
    let versions = undefined.filter_map(|line| {
        let (_, version) = line.split_once("GLIBC_")?;
        let digits = version.split(|c: char| !c.is_ascii_digit() && c != '.').next()?;
        Some(digits.split('.').map(|part| part.parse().unwrap()).collect::<Vec<u32>>())
    });
    versions.max().unwrap_or_default()
}

/// Builds a script or what a TOML file says, and returns the executable and what the command says.
fn build(folder: &Path, what: &Path, arguments: &[&str]) -> (Application, String) {
    let output = folder.join("made");
    let mut command = Command::new(&*COMMAND);
    command.arg("build").arg(what).arg("--output").arg(&output).args(arguments);
    let finished = command.current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&finished.stderr).into_owned();
    assert!(finished.status.success(), "{said}");
    (Application::at(output), said)
}

/// Builds and checks an executable: its own symbols, and that it says `expected` here and in a root with Debian 11's C library.
fn runs_on_an_old_system(what: &Path, arguments: &[&str], expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (made, said) = build(folder.path(), what, arguments);
    assert!(!said.contains("glibc"), "nothing is to be said: {said}");
    let asks = newest(&made.path);
    assert!(asks <= FLOOR.to_vec(), "{} asks for {asks:?}", what.display());
    assert_eq!(made.run([""; 0]).unwrap().stdout, expected);
    let system = old_system::debian_11().unwrap();
    let root = Root::of_system(&made, &SYSTEM, &system).unwrap();
    let old = root.run(&[]).unwrap();
    assert_eq!(old.stdout, expected, "{}", old.stderr);
}

#[test]
fn a_small_application_asks_for_glibc_2_17_and_runs_on_debian_11() {
    let example = workspace().join("config-examples/hello.toml");
    let folder = tempfile::tempdir().unwrap();
    let (made, _) = build(folder.path(), &example, &[]);
    let says = made.run([""; 0]).unwrap().stdout;
    runs_on_an_old_system(&example, &[], &says);
    runs_on_an_old_system(&example, &["--compress"], &says);
}

#[test]
fn an_application_of_pure_python_runs_on_debian_11() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("rich_hello.py");
    fs::write(&script, RICH).unwrap();
    runs_on_an_old_system(&script, &[], "hello rich\n");
}

#[test]
fn wheels_are_chosen_for_the_same_glibc() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("native.py");
    fs::write(&script, NATIVE).unwrap();
    runs_on_an_old_system(&script, &["--strict-glibc"], NATIVE_SAYS);

    // By the libraries themselves.
    let (made, _) = build(folder.path(), &script, &[]);
    let extracted = folder.path().join("extracted");
    let mut extract = Command::new(&*COMMAND);
    extract.arg("extract").arg(&made.path).arg("--output").arg(&extracted);
    assert!(extract.output().unwrap().status.success());
    let libraries = shared_objects(&extracted);
    assert!(libraries.len() > 10, "{libraries:?}");
    for library in libraries {
        let asks = newest(&library);
        assert!(asks <= FLOOR.to_vec(), "{} asks for {asks:?}", library.display());
    }
}

fn shared_objects(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(shared_objects(&path));
        } else if name.ends_with(".so") || name.contains(".so.") {
            found.push(path);
        }
    }
    found
}

#[test]
fn a_package_that_needs_a_newer_glibc_is_named_and_refused_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("new.py");
    // Of this version, there are wheels for glibc 2.27 and 2.28 only.
    fs::write(&script, "# /// script\n# dependencies = ['numpy==2.4.0']\n# ///\nimport numpy\n")
        .unwrap();
    let (_, said) = build(folder.path(), &script, &[]);
    let note = "the application is to run on glibc 2.17, but numpy needs 2.2";
    assert!(said.contains(note) && said.contains("so it runs on"), "{said}");
    let (_, said) = build(folder.path(), &script, &["--glibc", "2.28", "--strict-glibc"]);
    assert!(!said.contains("needs"), "{said}");

    let mut command = Command::new(&*COMMAND);
    command.arg("build").arg(&script).args(["--strict-glibc", "--output", "refused"]);
    let finished = command.current_dir(folder.path()).output().unwrap();
    let said = String::from_utf8_lossy(&finished.stderr);
    assert_eq!(finished.status.code(), Some(1), "{said}");
    assert!(said.contains("numpy needs 2.2") && said.contains("ask for glibc 2.2"), "{said}");
    assert!(!folder.path().join("refused").exists());
}

#[test]
fn cargo_links_for_the_same_glibc() {
    let config = "[[python_packages]]\ntype = \"stdlib\"\n\n[python_run]\nmode = \"eval\"\ncode = \"print('hello')\"\n";
    let project = Project::new("glibc", config).unwrap();
    let made = project.build().unwrap();
    let asks = newest(&made.path);
    assert!(asks <= FLOOR.to_vec(), "{asks:?}");
    assert_eq!(made.run([""; 0]).unwrap().stdout, "hello\n");
}

/// What `dist toolchain` says of a Zig, on both streams, and its exit code.
fn asked(zig: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(&*COMMAND);
    command.args(["dist", "toolchain"]).args(arguments);
    command.env("PYOXIDIZER_ZIG", zig).env("PYOXIDIZER_CACHE", folder.path());
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code())
}

#[test]
fn what_cannot_be_linked_for_is_said() {
    let zig = toolchain().unwrap().expect("these tests need Zig").zig;
    let (said, code) = asked(&zig, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("linker = \"") && said.contains("CC_x86_64_unknown_linux_gnu"), "{said}");

    let (said, code) = asked(Path::new("/none"), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("ask for the glibc of this machine"), "{said}");
    assert!(said.contains("PYOXIDIZER_ZIG names `/none`, which does not run"), "{said}");
    let (said, _) = asked(Path::new("/none"), &["--strict-glibc"]);
    assert!(said.contains("executables for glibc 2.17 need Zig to be linked"), "{said}");
    for (glibc, words, status) in [
        ("2.4", "is older than 2.17", 2),
        ("new", "is no release of glibc", 2),
        ("2.900", "do not run on this machine", 1),
    ] {
        let (said, code) = asked(&zig, &["--glibc", glibc]);
        assert_eq!(code, Some(status), "{said}");
        assert!(said.contains(words), "{said}");
    }
}
