//! What is written, and when.

#![allow(unsafe_code)]

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pyresources::trace;

use super::Use;
use super::file::File;
use super::line::Line;
use crate::start::Role;
use crate::sys;

static RECORDER: OnceLock<Recorder> = OnceLock::new();

/// What writes.
struct Recorder {
    file: File,
    role: Role,
    /// Nanoseconds from 1970 to `clock`.
    start: u128,
    clock: Instant,
}

/// Begins to record, if the environment says where.
pub(crate) fn begin(role: Role) {
    let Some(folder) = std::env::var_os(trace::VARIABLE).filter(|folder| !folder.is_empty()) else {
        return;
    };
    if sys::is_privileged() {
        return;
    }
    let folder = PathBuf::from(folder);
    let prepared = std::path::absolute(&folder).and_then(|folder| {
        std::fs::DirBuilder::new().recursive(true).create(&folder).map(|()| folder)
    });
    let folder = match prepared {
        Ok(folder) => folder,
        Err(error) => {
            eprintln!("pyembed: there is no trace, as {} failed: {error}", folder.display());
            return;
        }
    };
    let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    let recorder = Recorder { file: File::new(folder), role, start, clock: Instant::now() };
    if RECORDER.set(recorder).is_ok() {
        if let Some(recorder) = RECORDER.get() {
            recorder.write("");
        }
        // SAFETY: the function takes nothing and does not unwind.
        unsafe { libc::atexit(finish) };
    }
}

/// Whether anything is recorded.
pub(crate) fn is_on() -> bool {
    RECORDER.get().is_some()
}

/// Notes that something packed is used.
pub(crate) fn used(what: Use, name: &str) {
    record(|recorder| recorder.line("use").text("what", what.word()).text("name", name));
}

/// Notes that an import begins.
pub(crate) fn began(module: &str) {
    record(|recorder| recorder.in_thread("begin").text("module", module));
}

/// Notes that an import has ended, where the module is from, and what there is to say of it.
pub(crate) fn ended(module: &str, kind: &str, detail: &str) {
    record(|recorder| {
        let line = recorder.in_thread("end").text("module", module).text("kind", kind);
        if detail.is_empty() { line } else { line.text("detail", detail) }
    });
}

/// What the C library calls when the process ends by itself.
extern "C" fn finish() {
    record(|recorder| recorder.line("finish"));
}

fn record(line: impl FnOnce(&Recorder) -> Line) {
    let Some(recorder) = RECORDER.get() else { return };
    let began = Instant::now();
    recorder.write(&line(recorder).end());
    // A thread that ends has nothing more to tell.
    let _ = SPENT.try_with(|spent| spent.set(spent.get() + began.elapsed()));
}

thread_local! {
    /// How long this thread has recorded; what it measures is to be without that.
    static SPENT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

impl Recorder {
    fn write(&self, line: &str) {
        self.file.write(line, || self.process().end());
    }

    fn line(&self, event: &str) -> Line {
        let spent = SPENT.try_with(Cell::get).unwrap_or_default();
        Line::new(event).number("at", self.clock.elapsed().saturating_sub(spent).as_nanos())
    }

    fn in_thread(&self, event: &str) -> Line {
        self.line(event).number("thread", thread().into())
    }

    /// The first line of a process.
    fn process(&self) -> Line {
        let role = if self.role == Role::Python { "python" } else { "application" };
        let arguments = std::env::args_os().map(|text| text.to_string_lossy().into_owned());
        Line::new("process")
            .number("version", trace::VERSION.into())
            .text("python", &python_version())
            .number("process", std::process::id().into())
            .number("parent", std::os::unix::process::parent_id().into())
            .number("start", self.start)
            .text("role", role)
            .list("arguments", arguments)
    }
}

/// The number of this thread.
fn thread() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static NUMBER: u32 = NEXT.fetch_add(1, Ordering::Relaxed);
    }
    NUMBER.try_with(|number| *number).unwrap_or(u32::MAX)
}

/// `3.13.5` of `3.13.5 (main, …) [GCC …]`.
fn python_version() -> String {
    // SAFETY: a static string of CPython's that may be asked for at any time.
    let text = unsafe { std::ffi::CStr::from_ptr(pyo3::ffi::Py_GetVersion()) };
    text.to_string_lossy().split(' ').next().unwrap_or_default().to_owned()
}
