//! Does with memory what the last argument says, a function of `python/allocators.py`. The first names the allocator, and those
//! between what it serves.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use pyembed::{Allocator, AllocatorBackend, PythonConfig};
use pyo3::prelude::*;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, serves @ .., task] = arguments.as_slice() else {
        eprintln!("usage: allocators BACKEND [raw] [mem] [obj] [arenas] TASK");
        return ExitCode::from(2);
    };
    let Some(backend) = backend(name) else {
        eprintln!("this program was built without the allocator {name}");
        return ExitCode::from(2);
    };
    let serves = |domain: &str| serves.iter().any(|name| name == domain);
    let configure = |config: &mut PythonConfig| {
        config.allocator = Allocator {
            backend,
            raw: serves("raw"),
            mem: serves("mem"),
            obj: serves("obj"),
            arenas: serves("arenas"),
            debug: false,
        };
    };
    pyembed::main_with(configure, |python| {
        python.attach(|py| py.import("allocators")?.call_method1("run", (task,)).map(drop))
    })
}

fn backend(name: &str) -> Option<AllocatorBackend> {
    Some(match name {
        "default" => AllocatorBackend::Default,
        "rust" => AllocatorBackend::Rust,
        #[cfg(feature = "mimalloc")]
        "mimalloc" => AllocatorBackend::Mimalloc,
        #[cfg(feature = "jemalloc")]
        "jemalloc" => AllocatorBackend::Jemalloc,
        #[cfg(feature = "snmalloc")]
        "snmalloc" => AllocatorBackend::Snmalloc,
        _ => return None,
    })
}
