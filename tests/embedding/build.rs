//! Passes on to the linker what pyembed found out.

fn main() {
    println!("cargo:rerun-if-env-changed=DEP_PYEMBED_LINK_ARGUMENTS");
    let arguments = std::env::var("DEP_PYEMBED_LINK_ARGUMENTS").unwrap_or_default();
    for argument in arguments.split_whitespace() {
        println!("cargo:rustc-link-arg={argument}");
    }
}
