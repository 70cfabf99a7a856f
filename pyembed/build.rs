//! Has the application packed that `PYOXIDIZER_CONFIG` names, and Cargo told what to link: by the command `pyoxidizer`,
//! see `pyembed_build` and `pyoxidizer/src/build_script`.

use std::process::ExitCode;

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=src/c");
    println!("cargo:rerun-if-changed=src/importer");
    pyembed_build::pack()
}
