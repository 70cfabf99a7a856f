//! A program whose Python memory comes from the allocator that its first argument names. The second names what the allocator
//! serves, separated by `,`; the third what is done. It prints what it finds.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{bail, ensure};
use pyembed::{Allocator, AllocatorBackend, Interpreter, PythonConfig};
use pyo3::prelude::*;

/// Rust's allocator, which counts what it is asked for.
struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: `System` does the work.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: by the caller.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: by the caller.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        // SAFETY: by the caller.
        unsafe { System.realloc(memory, layout, size) }
    }
}

fn count(bytes: usize) {
    CALLS.fetch_add(1, Ordering::Relaxed);
    BYTES.fetch_add(bytes, Ordering::Relaxed);
}

/// Calls and bytes so far.
fn counted() -> (usize, usize) {
    (CALLS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

unsafe extern "C" {
    fn PyMem_RawMalloc(size: usize) -> *mut c_void;
    fn PyMem_RawCalloc(count: usize, size: usize) -> *mut c_void;
    fn PyMem_RawRealloc(memory: *mut c_void, size: usize) -> *mut c_void;
    fn PyMem_RawFree(memory: *mut c_void);
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let configure = |config: &mut PythonConfig| configure(config, &arguments);
    let action = arguments.get(2).map(String::as_str).unwrap_or_default();
    pyembed::main_with(configure, |python| act(python, action))
}

fn configure(config: &mut PythonConfig, arguments: &[String]) {
    let [name, domains, _] = arguments else { return };
    let backend = match name.as_str() {
        "rust" => AllocatorBackend::Rust,
        "mimalloc" => AllocatorBackend::Mimalloc,
        _ => AllocatorBackend::Default,
    };
    let serves = |domain| domains.split(',').any(|name| name == domain);
    config.ignore_environment = false;
    config.allocator = Allocator {
        backend,
        raw: serves("raw"),
        mem: serves("mem"),
        obj: serves("obj"),
        arenas: serves("arenas"),
        debug: serves("debug"),
    };
}

fn act(python: &Interpreter, action: &str) -> anyhow::Result<()> {
    match action {
        "origin" => origin(python),
        "count" => counts(python),
        "threads" => {
            call(python, "in_threads", ())?;
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| raw_memory(500))).collect();
                threads.into_iter().try_for_each(|thread| match thread.join() {
                    Ok(result) => result,
                    Err(_) => bail!("a thread has panicked"),
                })
            })
        }
        "forks" => {
            let goes_on = AtomicBool::new(true);
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| {
                        while goes_on.load(Ordering::Relaxed) {
                            // A thread's end gives memory back, too.
                            let result = std::thread::spawn(|| raw_memory(20)).join();
                            result.ok().and_then(Result::ok).expect("memory is as it was");
                        }
                    });
                }
                let result = call(python, "forks", (300,));
                goes_on.store(false, Ordering::Relaxed);
                result
            })
        }
        "processes" => call(python, "in_processes", ()),
        "reports" => call(python, "reports", ()),
        "end" => {
            call(python, "leave_something", ())?;
            // It is in the midst of it when the interpreter and the process end.
            std::thread::spawn(|| {
                loop {
                    raw_memory(10).expect("memory is as it was");
                }
            });
            Ok(())
        }
        other => bail!("there is no action {other:?}"),
    }
}

fn call<A>(python: &Interpreter, function: &str, arguments: A) -> anyhow::Result<()>
where
    A: for<'py> pyo3::call::PyCallArgs<'py>,
{
    let called = python.attach(|py| {
        let module = PyModule::import(py, "allocators")?;
        module.getattr(function)?.call1(arguments).map(drop)
    });
    Ok(called?)
}

/// Uses the raw domain without being attached.
fn raw_memory(rounds: usize) -> anyhow::Result<()> {
    for round in 0..rounds {
        let size = 1 + (round * 7919) % 100_000;
        // SAFETY: the memory is used as far as it goes, and freed once.
        unsafe {
            let memory = PyMem_RawCalloc(1, size).cast::<u8>();
            ensure!(!memory.is_null() && memory.add(size - 1).read() == 0, "not zero");
            memory.write(7);
            let memory = PyMem_RawRealloc(memory.cast(), 2 * size).cast::<u8>();
            ensure!(memory.read() == 7, "not copied");
            PyMem_RawFree(memory.cast());
        }
    }
    Ok(())
}

/// Whether memory is mimalloc's.
fn is_of_mimalloc(memory: *const c_void) -> bool {
    // SAFETY: the function takes any address.
    unsafe { libmimalloc_sys::mi_is_in_heap_region(memory) }
}

/// Prints which kinds of memory mimalloc serves, and whether CPython's debug hooks are there.
fn origin(python: &Interpreter) -> anyhow::Result<()> {
    // SAFETY: the memory is read as far as it goes, and freed once. What debug hooks write there is read as the allocator
    // left it.
    let (raw, has_hooks) = unsafe {
        let memory = PyMem_RawMalloc(100);
        let byte = memory.cast::<u8>().add(50).read_volatile();
        let is_ours = is_of_mimalloc(memory);
        PyMem_RawFree(memory);
        (is_ours, byte == 0xcd)
    };
    let [small, large] = python.attach(|py| -> PyResult<_> {
        let module = PyModule::import(py, "allocators")?;
        let small = module.call_method1("small_objects", (1,))?.get_item(0)?;
        let large = pyo3::types::PyBytes::new(py, &[1; 100_000]);
        Ok([small.as_ptr(), large.as_ptr()].map(|object| is_of_mimalloc(object.cast())))
    })?;
    println!("raw {raw}, small objects {small}, large objects {large}, debug hooks {has_hooks}");
    Ok(())
}

/// Prints what Rust's allocator is asked for: calls for each of many small objects, and megabytes for a large one and for a
/// million small ones.
fn counts(python: &Interpreter) -> anyhow::Result<()> {
    let measure = |module: &str, function: &str, argument: usize| {
        python.attach(|py| -> PyResult<(usize, usize)> {
            let function = PyModule::import(py, module)?.getattr(function)?;
            let before = counted();
            let kept = function.call1((argument,))?;
            let after = counted();
            drop(kept);
            Ok((after.0 - before.0, after.1 - before.1))
        })
    };
    let (calls, small) = measure("allocators", "chain", 1_000_000)?;
    let (_, large) = measure("builtins", "bytearray", 64 << 20)?;
    // Some of them were there already.
    let each = (calls + 500_000) / 1_000_000;
    println!("{each} for each object, {} MB, {} MB", large >> 20, (small >> 20) / 8 * 8);
    Ok(())
}
