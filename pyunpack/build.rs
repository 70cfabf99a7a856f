//! Has the program linked as runtimes are: at a fixed address, which `pyrepackager::inject` needs, and with no other
//! library than the C library.

use std::path::PathBuf;

/// What the linker takes for the library that unwinds stacks: the static one (see `pyrepackager/src/link/plan.rs`).
const STATIC_UNWINDER: &str = "/* GNU ld script */\nGROUP ( -lgcc_eh -lgcc )\n";

fn main() -> std::io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|env| env == "gnu") {
        let folder = PathBuf::from(std::env::var_os("OUT_DIR").unwrap_or_default());
        fs_err::write(folder.join("libgcc_s.so"), STATIC_UNWINDER)?;
        println!("cargo:rustc-link-search=native={}", folder.display());
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
    Ok(())
}
