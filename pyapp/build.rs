//! Passes on to the linker what `pyembed` found out.

fn main() {
    pyembed_build::link();
}
