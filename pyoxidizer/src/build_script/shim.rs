//! The C files of `pyembed`: some touch CPython's structures, some are called in the place of functions of the C library.
//!
//! They are compiled again only when a source, the compiler or its options have changed: compiling them takes longer than
//! everything else that a build does after a change in a Python file.

use std::io;
use std::path::Path;
use std::process::Command;

use pyrepackager::distribution::Distribution;
use sha2::{Digest as _, Sha256};

use super::{files, variable};

/// The library that the files become.
pub(super) const NAME: &str = "pyembed_interpreter";

/// The folder of `pyembed` with the files.
const SOURCES: &str = "src/c";

/// The file in `OUT_DIR` that has the digest of what the library there was made of.
const DIGEST: &str = "pyembed_interpreter.sha256";

/// Variables by which a user chooses the C compiler and its options; so does the target's name behind `_`.
const CHOICES: [&str; 4] = ["CC", "CFLAGS", "AR", "ARFLAGS"];

/// Compiles the files, and tells Cargo to link them. A failure ends the build with the compiler's own words, after which
/// `pipeline::run` has shown that there is a compiler.
pub(super) fn compile(distribution: &Distribution, out_dir: &Path) -> io::Result<()> {
    let choices = choices(&variable("TARGET"));
    for name in &choices {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let (sources, headers) = (files(SOURCES, "c")?, files(SOURCES, "h")?);
    let mut hash = Sha256::new();
    for path in sources.iter().chain(&headers) {
        hash.update(path.to_string_lossy().as_bytes());
        hash.update(fs_err::read(path)?);
    }
    for name in choices.iter().map(String::as_str).chain(["TARGET", "HOST"]) {
        hash.update(format!("{name}={}\n", variable(name)));
    }
    hash.update(distribution.root.to_string_lossy().as_bytes());
    hash.update(distribution.archive_sha256.to_string());
    hash.update(compiler(&choices));
    // How this compiles them.
    hash.update(crate::PACKER_VERSION);
    let digest = hash.finalize();
    let stamp = out_dir.join(DIGEST);
    if fs_err::read(&stamp).is_ok_and(|found| found == *digest) {
        println!("cargo:rustc-link-lib=static={NAME}");
        println!("cargo:rustc-link-search=native={}", out_dir.display());
        return Ok(());
    }
    cc::Build::new()
        .include(&distribution.include)
        .files(&sources)
        // In development, too: `dlopen` in libraries.c has to jump to the C library's.
        .opt_level(2)
        // As CPython itself was compiled: its headers' own assertions stay out.
        .define("NDEBUG", None)
        // Nothing of this machine's folders goes into the executable.
        .flag_if_supported(format!("-ffile-prefix-map={}=python", distribution.root.display()))
        .compile(NAME);
    fs_err::write(stamp, digest)
}

/// The variables that choose the compiler for a target, as the crate `cc` looks for them.
fn choices(target: &str) -> Vec<String> {
    let places = |name: &&str| {
        let plain = [name.to_string(), format!("TARGET_{name}"), format!("HOST_{name}")];
        let of_target = [target.to_owned(), target.replace('-', "_")];
        plain.into_iter().chain(of_target.map(|target| format!("{name}_{target}")))
    };
    CHOICES.iter().flat_map(places).collect()
}

/// What the compiler says of its version.
fn compiler(choices: &[String]) -> Vec<u8> {
    let names = choices.iter().filter(|name| name.contains("CC")).rev();
    let named = names.map(|name| variable(name)).find(|value| !value.is_empty());
    let output = Command::new(named.as_deref().unwrap_or("cc")).arg("--version").output();
    output.map(|output| output.stdout).unwrap_or_default()
}
