//! A program that sets Python up as its first argument says, by the methods of `PythonConfig`.

#![forbid(unsafe_code)]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::process::ExitCode;

use pyembed::{CheckHashPycsMode, Error, HashSeed, Interpreter, PythonConfig};
use pyo3::prelude::*;

#[pymodule]
mod engine {
    use pyo3::prelude::*;

    #[pyfunction]
    fn speed() -> u32 {
        9
    }
}

/// What Python sees.
const CODE: &std::ffi::CStr = cr#"
import engine, faulthandler, os, sys, tracemalloc, _imp
print([os.fsencode(argument) for argument in sys.argv[1:]])
print(sys.orig_argv == sys.argv)
print(engine.speed(), sys.flags.dev_mode, sys.flags.quiet, sys.flags.optimize, faulthandler.is_enabled())
print(sys.warnoptions, sys._xoptions, tracemalloc.get_traceback_limit())
print(hash("text"), _imp.check_hash_based_pycs, sys.pycache_prefix, os.cpu_count())
"#;

fn set_up(config: PythonConfig) -> PythonConfig {
    config
        .module(pyembed::inittab_module!(engine))
        .optimize_level(1)
        .dev_mode(true)
        .quiet(true)
        .faulthandler(false)
        .warn_options(["error::ResourceWarning"])
        .x_options(["own=1", "tracemalloc=4"])
        .hash_seed(HashSeed::Fixed(42))
        .check_hash_pycs_mode(CheckHashPycsMode::Never)
        .pycache_prefix("$ORIGIN/cache".into())
        .cpu_count(2)
}

fn start(name: &str) -> Result<Interpreter, Error> {
    let config = PythonConfig::packed()?;
    let config = match name {
        "set-up" => set_up(config),
        "arguments" => {
            let bytes = OsString::from_vec(b"caf\xe9".to_vec());
            set_up(config).arguments([OsString::from("app"), bytes, "x".into()])
        }
        "wrong-value" => config.cpu_count(0),
        "wrong-x-option" => config.x_options(["utf8=2"]),
        "later-option" => config.remote_debug(false),
        "later-value" => config.import_time(2),
        "twice" => config.tracemalloc(1).x_options(["tracemalloc=4"]),
        "conflict" => config.isolated(true).ignore_environment(false),
        other => panic!("unknown: {other}"),
    };
    Interpreter::new(config)
}

fn main() -> ExitCode {
    let name = std::env::args_os().nth(1).unwrap_or_default();
    match start(&name.to_string_lossy()) {
        Ok(interpreter) => {
            interpreter.attach(|py| py.run(CODE, None, None)).unwrap();
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}
