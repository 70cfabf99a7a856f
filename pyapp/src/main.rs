//! An executable that is nothing but a Python application: the one that `PYOXIDIZER_CONFIG` names.

use std::process::ExitCode;

fn main() -> ExitCode {
    pyembed::run()
}
