//! Compiles the slot.

fn main() {
    println!("cargo:rerun-if-changed=src/slot.c");
    println!("cargo:rerun-if-changed=src/slot.h");
    cc::Build::new().file("src/slot.c").opt_level(2).compile("pyslot");
}
