//! A Rust application that calls Python and is called by it.

#![forbid(unsafe_code)]

mod for_python;

use std::error::Error;
use std::process::ExitCode;

use pyembed::{Interpreter, PythonConfig};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

fn main() -> ExitCode {
    pyembed::main_with(configure, application)
}

/// Adds a module that is compiled into this program to what pyoxidizer.toml says.
fn configure(config: &mut PythonConfig) {
    config.modules.push(pyembed::inittab_module!(for_python::engine));
}

fn application(python: &Interpreter) -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();

    // Rust calls Python, which calls Rust. Without words, `summary` raises an exception: it is printed as python prints
    // it, and the exit code is 1.
    let summary: String = python.attach(|py| {
        let report = py.import("report")?;
        report.call_method1("summary", (words,))?.extract()
    })?;
    println!("{summary}");

    // An exception that was raised in Rust and went through Python.
    let refused = python.attach(|py| {
        let error = py.import("report")?.call_method1("describe", ("4 letters",)).err();
        let error = error.filter(|error| error.is_instance_of::<PyValueError>(py));
        Ok::<_, PyErr>(error.map(|error| error.value(py).to_string()))
    })?;
    println!("refused: {}", refused.unwrap_or_default());

    // Other threads attach themselves.
    let counted = std::thread::spawn(count).join().map_err(|_| "the thread panicked")?;
    println!("in a thread: {}", counted?);
    Ok(())
}

fn count() -> PyResult<String> {
    Python::attach(|py| py.import("report")?.call_method1("describe", ("embedded",))?.extract())
}
