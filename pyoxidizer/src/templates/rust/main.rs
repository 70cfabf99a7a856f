//! An application that calls Python.

use std::error::Error;
use std::process::ExitCode;

use pyembed::{MainPythonInterpreter, PythonConfig};
use pyo3::prelude::*;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let config = PythonConfig::packed()?;
    // Python code may start this program to run Python code in another process.
    if let Some(code) = pyembed::interpreter_call(&config) {
        return Ok(code);
    }
    let who = std::env::args().nth(1).unwrap_or_else(|| "world".to_owned());
    let interpreter = MainPythonInterpreter::new(config)?;
    let greeting = interpreter.with_gil(|py| {
        py.import("{{module}}")?.call_method1("greet", (who,))?.extract::<String>()
    })?;
    println!("{greeting}");
    Ok(ExitCode::SUCCESS)
}
