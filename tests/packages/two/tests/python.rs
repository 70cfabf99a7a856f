//! Tests of a package use what it packs.

use pyembed::Interpreter;
use pyembed::pyo3::prelude::*;

#[test]
fn the_package_is_there() {
    let interpreter = Interpreter::get_or_start().unwrap();
    interpreter.attach(|py| {
        py.import("second").unwrap();
    });
}
