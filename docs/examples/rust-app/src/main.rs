//! A Rust application that calls Python and is called by it.

mod for_python;

use std::error::Error;
use std::process::ExitCode;

use pyembed::{MainPythonInterpreter, PythonConfig};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use for_python::engine;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    // What pyoxidizer.toml says, and a module that is compiled into this program.
    let mut config = PythonConfig::packed()?;
    config.modules.push(pyembed::inittab_module!(engine));

    // Python code may start this program to run Python code in another process; its arguments are
    // not this program's then.
    if let Some(code) = pyembed::interpreter_call(&config) {
        return Ok(code);
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let interpreter = MainPythonInterpreter::new(config)?;

    // Rust calls Python, which calls Rust.
    let summary: String = interpreter.with_gil(|py| {
        let report = py.import("report")?;
        report.call_method1("summary", (words.clone(),))?.extract::<String>()
    })?;
    println!("{summary}");

    // An exception that was raised in Rust and went through Python.
    let failure = interpreter.attach(|py| {
        let error = py.import("report")?.call_method1("describe", ("4 letters",)).err();
        let error = error.filter(|error| error.is_instance_of::<PyValueError>(py));
        Ok::<_, PyErr>(error.map(|error| error.value(py).to_string()))
    })?;
    println!("refused: {}", failure.unwrap_or_default());

    // Other threads attach themselves; this one lets go of the interpreter while it waits.
    let counted = interpreter.attach(|py| py.detach(|| std::thread::spawn(count).join()));
    println!("in a thread: {}", counted.map_err(|_| "the thread panicked")??);

    // One interpreter for each process.
    if let Err(error) = MainPythonInterpreter::new(PythonConfig::packed()?) {
        println!("a second interpreter: {error}");
    }
    Ok(ExitCode::SUCCESS)
}

fn count() -> PyResult<String> {
    Python::attach(|py| py.import("report")?.call_method1("describe", ("embedded",))?.extract())
}
