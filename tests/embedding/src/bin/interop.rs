//! A Rust program that uses what is around Python: its logging, what is packed, further packed resources.

#![forbid(unsafe_code)]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use log::{Level, LevelFilter, Log, Metadata, Record};
use pyembed::{Interpreter, Packed, PackedResources, PythonConfig};
use pyo3::prelude::*;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("logs") => logs(),
        Some("packed") => match packed(&arguments[1..]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("error: {error}");
                ExitCode::FAILURE
            }
        },
        Some("initialize") => initialize(),
        Some("contents") => match contents(&arguments[1]) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                println!("error: {error}");
                ExitCode::FAILURE
            }
        },
        _ => added(),
    }
}

/// Prints records, but counts those of `threads`.
struct Printer;

static COUNTED: AtomicUsize = AtomicUsize::new(0);

impl Log for Printer {
    fn enabled(&self, metadata: &Metadata) -> bool {
        metadata.target() != "app.unwanted"
    }

    fn log(&self, record: &Record) {
        match record.target() {
            "threads" => {
                COUNTED.fetch_add(1, Ordering::Relaxed);
                return;
            }
            "recursive" => {
                // As a logger may do that writes into something of Python's.
                Python::attach(|py| {
                    py.import("logs").unwrap().call_method0("again").unwrap();
                });
            }
            _ => {}
        }
        let file = record.file().map(|file| Path::new(file).file_name().unwrap_or_default());
        let file = file.unwrap_or_default().to_string_lossy();
        let has_line = record.line().is_some_and(|line| line > 0);
        let module = record.module_path().unwrap_or_default();
        let (level, target) = (record.level(), record.target());
        println!("{level} {target} {module} {file} {has_line} {}", record.args());
    }

    fn flush(&self) {
        println!("flushed");
    }
}

fn logs() -> ExitCode {
    log::set_logger(&Printer).unwrap();
    log::set_max_level(LevelFilter::Info);
    pyembed::main(|python: &Interpreter| -> PyResult<()> {
        python.attach(|py| {
            let logs = py.import("logs")?;
            logs.call_method0("prepare")?;
            pyembed::logging::install(py)?;
            pyembed::logging::install(py)?;
            logs.call_method0("say")?;
            logs.call_method0("count")?;
            println!("threads {}", COUNTED.load(Ordering::Relaxed));
            log::set_max_level(LevelFilter::Trace);
            pyembed::logging::install(py)?;
            let logger = py.import("logging")?.call_method1("getLogger", ("fine",))?;
            logger.call_method1("log", (5, "finest"))?;
            assert!(log::max_level() >= Level::Trace);
            logs.call_method0("log_until_the_end").map(drop)
        })
    })
}

/// Uses further packed resources: the files that an environment variable names, the first one mapped, others from memory. Not
/// arguments, as processes that Python starts need them as well.
fn added() -> ExitCode {
    let names = std::env::var("ADDED").unwrap_or_default();
    let configure = |config: &mut PythonConfig| {
        for (index, name) in names.split(':').filter(|name| !name.is_empty()).enumerate() {
            config.resources.push(if index == 0 {
                PackedResources::from_file(name)
            } else {
                let bytes = std::fs::read(name).unwrap().leak();
                PackedResources::from_static(format!("memory{index}"), bytes)
            });
        }
    };
    pyembed::main_with(configure, |python: &Interpreter| {
        python.attach(|py| py.import("added")?.call_method0("show").map(drop))
    })
}

/// Starts the interpreter as `pyo3` does for itself: the first time on another thread, which ends.
fn initialize() -> ExitCode {
    std::thread::spawn(Python::initialize).join().unwrap();
    Python::initialize();
    let file = Python::attach(|py| -> PyResult<String> {
        let file = py.import("endings")?.getattr("__file__")?.extract::<String>()?;
        Ok(Path::new(&file).file_name().unwrap_or_default().to_string_lossy().into_owned())
    });
    println!("{}", file.unwrap());
    // It is the one that all share.
    let sum = Interpreter::get_or_start()
        .unwrap()
        .attach(|py| py.eval(c"sum(range(4))", None, None).unwrap().extract::<u32>().unwrap());
    println!("{sum}");
    ExitCode::SUCCESS
}

/// Prints the files of packed resources without starting Python.
fn contents(path: &str) -> Outcome {
    let packed = PackedResources::from_file(path).packed()?;
    println!("{:?}", packed.files(&format!("{}/plug", packed.site_packages()?))?);
    println!("{:?}", packed.distributions()?);
    Ok(())
}

/// Prints what is packed without starting Python: files by path, and some of all.
fn packed(paths: &[String]) -> Outcome {
    let packed = Packed::of_executable()?;
    for path in paths {
        let contents = packed.file(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        println!("{path}: {contents:?}");
    }
    let top = packed.folder("")?.unwrap_or_default();
    println!("{:?}", top.iter().map(|item| item.name.as_str()).collect::<Vec<_>>());
    let data = packed.files("data")?;
    println!("{data:?}");
    // From any thread.
    let module = std::thread::spawn(move || packed.module("json.decoder")).join().unwrap()?;
    println!("{:?}", module.map(|module| module.path()));
    println!(
        "{:?}",
        packed.module("endings")?.map(|module| module.bytecode()).transpose()?.is_some()
    );
    println!("{:?}", packed.distributions()?);
    Ok(())
}
