//! A tool with its arguments in Rust. Only the subcommands that need Python start it.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pyo3::prelude::*;

/// Works on points such as 1,2.5
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Print the centre of the points
    Centre {
        #[arg(required = true, value_parser = point)]
        points: Vec<(f64, f64)>,
    },
    /// Print the coefficients of polynomials through the points
    Fit {
        /// Degrees of the polynomials
        #[arg(short, long, default_value = "1")]
        degree: Vec<u32>,
        #[arg(required = true, value_parser = point)]
        points: Vec<(f64, f64)>,
    },
}

fn main() -> ExitCode {
    // Processes that Python starts are not for the parser of arguments.
    if let Some(code) = pyembed::run_if_python() {
        return code;
    }
    match Cli::parse().command {
        Command::Centre { points } => {
            let count = points.len() as f64;
            let sum = |sum: (f64, f64), point: &(f64, f64)| (sum.0 + point.0, sum.1 + point.1);
            let (x, y) = points.iter().fold((0.0, 0.0), sum);
            println!("{},{}", x / count, y / count);
            ExitCode::SUCCESS
        }
        Command::Fit { degree, points } => pyembed::main(|python| {
            let coefficients: Vec<Vec<f64>> = python.attach(|py| {
                py.import("curves")?.call_method1("fits", (points, degree))?.extract()
            })?;
            for line in coefficients {
                println!("{line:?}");
            }
            PyResult::Ok(())
        }),
    }
}

fn point(text: &str) -> Result<(f64, f64), String> {
    let (x, y) = text.split_once(',').ok_or("a point has two coordinates, such as 1,2.5")?;
    let number = |text: &str| text.parse().map_err(|_| format!("`{text}` is not a number"));
    Ok((number(x)?, number(y)?))
}
