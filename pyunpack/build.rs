//! Has the program linked at a fixed address, which `pyrepackager::inject` needs.

fn main() {
    println!("cargo:rustc-link-arg-bins=-no-pie");
}
