//! Passes on to the linker what `pyembed` found out: see its build script.

fn main() {
    println!("cargo:rerun-if-env-changed=DEP_PYEMBED_LINK_ARGUMENTS");
    for argument in std::env::var("DEP_PYEMBED_LINK_ARGUMENTS").unwrap_or_default().split(' ') {
        println!("cargo:rustc-link-arg-bins={argument}");
    }
}
