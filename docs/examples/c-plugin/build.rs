fn main() {
    pyembed_build::link();
}
