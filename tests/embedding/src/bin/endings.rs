//! A program that ends as its first argument says, in safe Rust. None of these may end by a signal, but for Ctrl-C.
//! `list` prints them.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use anyhow::Context as _;
use pyembed::{Interpreter, PythonConfig, PythonRunMode};
use pyo3::prelude::*;
use pyo3::types::PyList;

fn call(py: Python<'_>, name: &str) -> PyResult<()> {
    py.import("endings")?.call_method0(name).map(drop)
}

fn leave<'py>(py: Python<'py>, code: impl IntoPyObject<'py>) -> PyResult<()> {
    py.import("endings")?.call_method1("leave", (code,)).map(drop)
}

/// Starts a thread that calls a function of Python's which does not end, and waits until it is in there.
fn thread_in(name: &'static str) {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        Python::attach(|py| {
            sender.send(()).unwrap();
            call(py, name)
        })
    });
    receiver.recv().unwrap();
}

/// Starts threads that enter Python again and again.
fn threads_that_enter() {
    for _ in 0..4 {
        std::thread::spawn(|| {
            loop {
                Python::attach(|py| PyList::new(py, [1, 2, 3]).unwrap().len());
            }
        });
    }
    std::thread::sleep(Duration::from_millis(5));
}

/// Starts a thread that comes back to Python all the time.
fn thread_that_detaches() {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        Python::attach(|py| {
            sender.send(()).unwrap();
            loop {
                py.detach(|| std::thread::sleep(Duration::from_micros(50)));
            }
        })
    });
    receiver.recv().unwrap();
}

/// Uses Python when it is dropped.
struct UsesPython;

impl Drop for UsesPython {
    fn drop(&mut self) {
        let version = Python::try_attach(|py| py.version_info().major);
        eprintln!("dropped: {version:?}");
    }
}

/// As [`UsesPython`], without asking.
struct NeedsPython;

impl Drop for NeedsPython {
    fn drop(&mut self) {
        Python::attach(|py| py.version_info().major);
    }
}

thread_local! {
    static ASKS: RefCell<Option<UsesPython>> = const { RefCell::new(None) };
    static NEEDS: RefCell<Option<NeedsPython>> = const { RefCell::new(None) };
}

static KEPT_ERROR: Mutex<Option<PyErr>> = Mutex::new(None);
static KEPT_OBJECT: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

#[derive(Debug)]
struct OwnError(PyErr);

impl std::fmt::Display for OwnError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an error of the application's own")
    }
}

impl Error for OwnError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// All endings.
const ENDINGS: [&str; 45] = [
    "main:nothing",
    "main:own-code",
    "main:exception",
    "main:boxed",
    "main:boxed-to-send",
    "main:anyhow",
    "main:anyhow-context",
    "main:own-error",
    "main:other-error",
    "main:exit-code",
    "main:exit-anyhow",
    "main:exit-message",
    "main:interrupt",
    "main:panic",
    "main:panic-attached",
    "main:exit",
    "main:exit-attached",
    "main:say-at-end",
    "main:starts-python",
    "main:thread-counts",
    "main:thread-sleeps",
    "main:threads-enter",
    "main:thread-detaches",
    "main:all-threads",
    "main:panic-with-threads",
    "main:attach-after",
    "main:try-attach-after",
    "main:thread-after",
    "main:error-after",
    "main:object-after",
    "main:thread-local-asks",
    "main:thread-local-needs",
    "main:second",
    "shared",
    "drop",
    "drop-error",
    "drop-question-mark",
    "drop-with-threads",
    "drop-attached",
    "starts-python",
    "forget",
    "run-with-threads",
    "run-on-other-thread",
    "modules:others",
    "modules:shadowed",
];

/// The endings of a program that `pyembed::main` runs.
fn with_main(ending: &str) -> ExitCode {
    match ending {
        "nothing" => pyembed::main(|_| ()),
        "own-code" => pyembed::main(|_| ExitCode::from(7)),
        "exception" => pyembed::main(|python| python.attach(|py| call(py, "fail"))),
        "boxed" => pyembed::main(|python| -> Result<(), Box<dyn Error>> {
            Ok(python.attach(|py| call(py, "fail"))?)
        }),
        "boxed-to-send" => {
            pyembed::main(|python| -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
                python.attach(|py| call(py, "fail"))?;
                Ok(ExitCode::SUCCESS)
            })
        }
        "anyhow" => pyembed::main(|python| -> anyhow::Result<()> {
            Ok(python.attach(|py| call(py, "fail"))?)
        }),
        "anyhow-context" => pyembed::main(|python| {
            python.attach(|py| call(py, "fail")).context("something about it")
        }),
        "own-error" => {
            pyembed::main(|python| python.attach(|py| call(py, "fail")).map_err(OwnError))
        }
        "other-error" => {
            pyembed::main(|_| -> Result<(), Box<dyn Error>> { Err("no exception".into()) })
        }
        "exit-code" => pyembed::main(|python| python.attach(|py| leave(py, 5))),
        "exit-anyhow" => pyembed::main(|python| -> anyhow::Result<()> {
            python.attach(|py| leave(py, 5)).context("hidden")
        }),
        "exit-message" => pyembed::main(|python| python.attach(|py| leave(py, "a message"))),
        "interrupt" => pyembed::main(|python| python.attach(|py| call(py, "interrupt"))),
        "panic" => pyembed::main(|_| -> () { panic!("outside") }),
        "panic-attached" => pyembed::main(|python| python.attach(|_| -> () { panic!("inside") })),
        "exit" => pyembed::main(|_| -> () { std::process::exit(4) }),
        "exit-attached" => {
            pyembed::main(|python| python.attach(|_| -> () { std::process::exit(4) }))
        }
        "say-at-end" => pyembed::main(|python| python.attach(|py| call(py, "say_at_end"))),
        "starts-python" => pyembed::main(|python| python.attach(|py| call(py, "start_python"))),
        "thread-counts" => pyembed::main(|_| thread_in("count")),
        "thread-sleeps" => pyembed::main(|_| thread_in("sleep")),
        "threads-enter" => pyembed::main(|_| threads_that_enter()),
        "thread-detaches" => pyembed::main(|_| thread_that_detaches()),
        "all-threads" => pyembed::main(|python| {
            thread_in("count");
            thread_in("sleep");
            threads_that_enter();
            thread_that_detaches();
            python.attach(|py| call(py, "say_at_end"))
        }),
        "panic-with-threads" => pyembed::main(|_| -> () {
            threads_that_enter();
            panic!("with threads")
        }),
        "attach-after" => {
            let _code = pyembed::main(|_| ());
            Python::attach(|py| py.version_info().major);
            unreachable!("the interpreter has ended")
        }
        "try-attach-after" => {
            let code = pyembed::main(|python| python.attach(|_| ()));
            println!("{:?}", Python::try_attach(|py| py.version_info().major));
            code
        }
        "thread-after" => {
            let code = pyembed::main(|python| python.attach(|_| ()));
            std::thread::spawn(|| Python::attach(|py| py.version_info().major));
            std::thread::sleep(Duration::from_millis(20));
            code
        }
        "error-after" => {
            let code = pyembed::main(|python| {
                let error = python.attach(|py| call(py, "fail")).unwrap_err();
                *KEPT_ERROR.lock().unwrap() = Some(error);
            });
            println!("{:?}", KEPT_ERROR.lock().unwrap());
            code
        }
        "object-after" => {
            let code = pyembed::main(|python| {
                let object = python.attach(|py| py.import("endings").unwrap().unbind().into_any());
                *KEPT_OBJECT.lock().unwrap() = Some(object);
            });
            drop(KEPT_OBJECT.lock().unwrap().take());
            code
        }
        "thread-local-asks" => {
            ASKS.set(Some(UsesPython));
            pyembed::main(|python| python.attach(|_| ()))
        }
        "thread-local-needs" => {
            NEEDS.set(Some(NeedsPython));
            pyembed::main(|python| python.attach(|_| ()))
        }
        "second" => pyembed::main(|_| Interpreter::new(PythonConfig::default()).map(drop)),
        // Python code has started this process to be Python.
        _ => pyembed::main(|_| -> () { panic!("no such ending") }),
    }
}

/// The endings of a program that starts the interpreter itself.
fn without_main(ending: &str) -> Result<(), Box<dyn Error>> {
    if ending == "shared" {
        let interpreter = Interpreter::get_or_start()?;
        thread_in("sleep");
        interpreter.attach(|py| call(py, "say_at_end"))?;
        return Ok(());
    }
    let mut config = PythonConfig::packed()?;
    if ending.starts_with("run-") {
        config.run = PythonRunMode::Eval("import endings; endings.say_at_end()".to_owned());
    }
    let interpreter = Interpreter::new(config)?;
    match ending {
        "drop" => {
            interpreter.attach(|py| call(py, "say_at_end"))?;
            drop(interpreter);
            println!("after: {}", Python::attach(|py| py.version_info().major));
        }
        "drop-error" => {
            let error = interpreter.attach(|py| call(py, "fail")).unwrap_err();
            drop(interpreter);
            println!("after: {error} {error:?}");
        }
        // What std prints of it comes after the interpreter was dropped.
        "drop-question-mark" => interpreter.attach(|py| call(py, "fail"))?,
        "drop-with-threads" => {
            thread_in("sleep");
            threads_that_enter();
            thread_that_detaches();
            drop(interpreter);
        }
        "drop-attached" => Python::attach(|py| {
            drop(interpreter);
            println!("after: {}", py.version_info().major);
        }),
        "starts-python" => interpreter.attach(|py| call(py, "start_python"))?,
        "forget" => std::mem::forget(interpreter),
        "run-with-threads" => {
            thread_in("sleep");
            threads_that_enter();
            std::process::exit(interpreter.run());
        }
        "run-on-other-thread" => {
            let result = std::thread::spawn(move || interpreter.run()).join();
            println!("refused: {}", result.is_err());
        }
        other => panic!("no such ending: {other}"),
    }
    Ok(())
}

/// A module with the name of a packed one, beside one that has none.
mod modules {
    #[pyo3::pymodule]
    pub mod endings {}
    #[pyo3::pymodule]
    pub mod others {}
}

/// Adds these modules.
fn with_modules(names: &str) -> ExitCode {
    let configure = |config: &mut PythonConfig| {
        config.modules.push(pyembed::inittab_module!(modules::others));
        if names == "shadowed" {
            config.modules.push(pyembed::inittab_module!(modules::endings));
        }
    };
    pyembed::main_with(configure, |python| python.attach(|py| py.import("others").map(drop)))
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let ending = std::env::args().nth(1).unwrap_or_default();
    if ending == "list" {
        println!("{}", ENDINGS.join("\n"));
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(names) = ending.strip_prefix("modules:") {
        return Ok(with_modules(names));
    }
    match ending.strip_prefix("main:") {
        Some(ending) => Ok(with_main(ending)),
        None if ending.starts_with('-') => Ok(with_main(&ending)),
        None => without_main(&ending).map(|()| ExitCode::SUCCESS),
    }
}
