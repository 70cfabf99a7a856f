//! Finds the version of the runtime: that of the workspace, and a digest of what a runtime is made from.

use std::path::Path;

use sha2::{Digest as _, Sha256};

/// Folders and files of the workspace.
const SOURCES: [&str; 8] = [
    "Cargo.lock",
    "Cargo.toml",
    "pyapp",
    "pyembed",
    "pyrepackager/src/link",
    "pyresources/src",
    "pyslot",
    "pyunpack",
];

fn main() -> std::io::Result<()> {
    // As Cargo tells it now: checkouts that share a target folder share this program, too.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let workspace = Path::new(&manifest).join("..");
    let mut hash = Sha256::new();
    for source in SOURCES {
        let path = workspace.join(source);
        println!("cargo:rerun-if-changed={}", path.display());
        for entry in walkdir::WalkDir::new(&path).sort_by_file_name() {
            // A digest of less would be that of another runtime.
            let entry = entry?;
            if entry.file_type().is_file() {
                let relative = entry.path().strip_prefix(&workspace).unwrap_or(entry.path());
                hash.update(relative.to_string_lossy().as_bytes());
                hash.update(fs_err::read(entry.path())?);
            }
        }
    }
    let digest: String = hash.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo:rustc-env=PYOXIDIZER_HOST={}", std::env::var("TARGET").unwrap_or_default());
    println!("cargo:rustc-env=PYOXIDIZER_RUNTIME_VERSION={}-{digest}", env!("CARGO_PKG_VERSION"));
    Ok(())
}
