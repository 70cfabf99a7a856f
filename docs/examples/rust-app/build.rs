//! Passes on to the linker what pyembed found out.
//!
//! Arguments of the linker do not travel from a library to the executables that use it, so each
//! executable's build script has these few lines.

fn main() {
    println!("cargo:rerun-if-env-changed=DEP_PYEMBED_LINK_ARGUMENTS");
    let arguments = std::env::var("DEP_PYEMBED_LINK_ARGUMENTS").unwrap_or_default();
    for argument in arguments.split_whitespace() {
        println!("cargo:rustc-link-arg={argument}");
    }
}
