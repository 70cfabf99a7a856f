//! Rust and Python write and read the same database, each with an SQLite and a zlib of its own.

use std::io::Write as _;
use std::process::ExitCode;

use flate2::{Compression, write::ZlibEncoder};
use mimalloc::MiMalloc;
use pyo3::prelude::*;
use rusqlite::Connection;

/// Of the Rust code. Python's objects have an allocator of their own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    pyembed::main(|python| {
        let path = std::env::temp_dir().join(format!("notes-{}.sqlite", std::process::id()));
        write(&path, &["short", "the longest of them", "longer"])?;
        let longest: String = call(python, "longest", (&path,))?;
        let versions: String = call(python, "versions", ())?;
        std::fs::remove_file(path)?;
        println!("{longest}");
        println!("Python: {versions}");
        println!("Rust: SQLite {}, zlib {}", rusqlite::version(), zlib_version());
        Ok::<_, Box<dyn std::error::Error>>(())
    })
}

/// Writes notes into a new database.
fn write(path: &std::path::Path, notes: &[&str]) -> Result<(), Box<dyn std::error::Error>> {
    let database = Connection::open(path)?;
    database.execute("CREATE TABLE notes (note BLOB)", ())?;
    for note in notes {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(note.as_bytes())?;
        database.execute("INSERT INTO notes VALUES (?1)", (encoder.finish()?,))?;
    }
    Ok(())
}

/// Calls a function of the Python module.
fn call<T>(
    python: &pyembed::Interpreter,
    function: &str,
    arguments: impl for<'py> pyo3::call::PyCallArgs<'py>,
) -> PyResult<T>
where
    T: for<'a, 'py> FromPyObject<'a, 'py, Error = PyErr>,
{
    python.attach(|py| py.import("measure")?.getattr(function)?.call1(arguments)?.extract())
}

fn zlib_version() -> String {
    // SAFETY: the function gives a static string that ends in NUL.
    let version = unsafe { std::ffi::CStr::from_ptr(libz_sys::zlibVersion()) };
    version.to_string_lossy().into_owned()
}
