//! Finds the versions of this command as a packer, and of the runtimes that it makes.

use std::path::Path;

fn main() -> std::io::Result<()> {
    // As Cargo tells it now: checkouts that share a target folder share this program, too.
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
    let workspace = Path::new(&manifest).join("..");
    for source in pyembed_build::sources(&workspace) {
        println!("cargo:rerun-if-changed={}", source.display());
    }
    let packer = pyembed_build::packer_version(&workspace)?;
    let runtime = pyembed_build::runtime_version(&workspace)?;
    println!("cargo:rustc-env=PYOXIDIZER_HOST={}", std::env::var("TARGET").unwrap_or_default());
    println!("cargo:rustc-env=PYOXIDIZER_PACKER_VERSION={packer}");
    println!("cargo:rustc-env=PYOXIDIZER_RUNTIME_VERSION={runtime}");
    Ok(())
}
