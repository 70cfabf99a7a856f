//! A Python interpreter inside a Rust program, with its modules in memory.
//!
//! The crate links libpython statically and serves the modules that `pyrepackager` packed into the
//! executable. An executable that is nothing but a Python application is one line, [`main!`](crate::main!); with
//! something to do before and after, it is one call, [`run`]:
//!
//! ```no_run
//! fn main() -> std::process::ExitCode {
//!     pyembed::run()
//! }
//! ```
//!
//! A Rust program that uses Python is a function that [`main()`] calls, and works with [`pyo3`]:
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use pyo3::prelude::*;
//!
//! fn main() -> ExitCode {
//!     pyembed::main(|python| {
//!         let version: String = python.attach(|py| {
//!             py.import("platform")?.call_method0("python_version")?.extract()
//!         })?;
//!         println!("Python {version}");
//!         Ok::<(), PyErr>(())
//!     })
//! }
//! ```
//!
//! Tests and libraries share the interpreter of [`Interpreter::get_or_start`].
//!
//! * `allocator`: which allocator serves Python's memory.
//! * [`config`]: how the interpreter is set up and what it runs.
//! * `application`: the whole `main` of a Rust program that uses Python.
//! * [`interpreter`]: starting and ending the one interpreter of a process.
//! * `options`: options of the interpreter: fields of CPython's `PyPreConfig` and `PyConfig`.
//! * `builder`: setting fields of the configuration one after the other.
//! * `start`: what CPython is given before and when it starts.
//! * `calls`: what a process was started for: to be the application, or Python.
//! * `spawns`: processes that this one starts.
//! * [`run`]: running a whole application, with the exit codes of `python`.
//! * `importer`: the native half of the finder and loader of packed modules; the other half is
//!   `importer/bootstrap.py`, compiled into the interpreter's own import system.
//! * `probe`: which modules an application loads.
//! * `processor`: whether the machine code of the interpreter runs on this processor.
//! * `trace`: which of what is packed a process uses, and what it imports.
//! * `files`: packed files can be opened by the path that they seem to have.
//! * `libraries`: packed shared libraries can be loaded.
//! * `user_cache`: folders in the user's cache.
//! * `tree`: modules and files as a tree of folders and files.
//! * `resources`: where the packed modules are in this executable.
//! * `sources`: the sources of packed modules: the executable, and what the program adds (`added`).
//! * [`packed`]: what is packed, for Rust code that does not need Python for it.
//! * `logging`, with the feature `log`: what Python code logs goes to the program's own logger.
//! * `sys`: what differs between operating systems.
//! * `for_c`: what the C interface, `pyembed-c`, needs.
//! * `ffi`: what the stable ABI that `pyo3` is built for lacks.

mod added;
mod allocator;
mod application;
mod builder;
mod calls;
pub mod config;
pub mod error;
mod ffi;
mod files;
#[doc(hidden)]
pub mod for_c;
mod importer;
pub mod interpreter;
mod libraries;
#[cfg(feature = "log")]
pub mod logging;
mod options;
pub mod packed;
mod probe;
mod processor;
mod resources;
mod run;
mod sources;
mod spawns;
mod start;
mod sys;
mod trace;
mod tree;
#[cfg(target_os = "linux")]
mod user_cache;

pub use added::PackedResources;
pub use allocator::{Allocator, AllocatorBackend};
pub use application::{ProgramResult, exit_code, main, main_with};
pub use calls::{interpreter_call, run_if_python};
pub use config::{
    InittabModule, InterpreterMode, NativeLoading, PythonConfig, PythonRunMode, StdioEncoding,
};
pub use error::Error;
pub use interpreter::{Interpreter, MainPythonInterpreter};
pub use options::{CheckHashPycsMode, HashSeed, InterpreterOptions};
pub use packed::Packed;
pub use pyo3;
pub use run::{run, run_packed, run_with};
