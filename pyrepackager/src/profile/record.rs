//! From the files of processes to a trace: [`pyresources::trace`] says what a line is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pyresources::trace as record;
use serde::Deserialize;

use super::ProfileError;
use super::Use;
use super::model::{FORMAT, Import, ImportKind, Process, Trace, Used, VERSION};

/// A line.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    Process(Header),
    Begin {
        at: u64,
        thread: u32,
        module: String,
    },
    End {
        at: u64,
        thread: u32,
        module: String,
        kind: ImportKind,
        #[serde(default)]
        detail: Option<String>,
    },
    Use {
        at: u64,
        what: Use,
        name: String,
    },
    Finish {
        at: u64,
    },
}

/// The first line of a process.
#[derive(Deserialize)]
struct Header {
    version: u64,
    python: String,
    process: u32,
    parent: u32,
    start: u64,
    role: String,
    arguments: Vec<String>,
}

/// A process on its way into a trace.
struct Recorded {
    header: Header,
    imports: Vec<Import>,
    /// The imports under way of each thread, the outermost first: positions in `imports`.
    stacks: BTreeMap<u32, Vec<usize>>,
    uses: Vec<Used>,
    seen: BTreeSet<Used>,
    /// The latest time that was written.
    last: u64,
    finished: bool,
}

/// Reads what the processes of a run have written into `folder`.
///
/// # Errors
///
/// There is nothing, or a file is not one of theirs. A process that was killed may have left half a line.
pub fn gather(
    folder: &Path,
    command: Vec<String>,
    exit_code: Option<i32>,
) -> Result<Trace, ProfileError> {
    let mut recorded = Vec::new();
    for path in files(folder)? {
        read(&path, &mut recorded)?;
    }
    recorded.sort_by_key(|process| process.header.start);
    let Some(first) = recorded.first() else { return Err(ProfileError::NoRecord) };
    let (python, start) = (first.header.python.clone(), first.header.start);
    let numbers: Vec<u32> = recorded.iter().map(|process| process.header.process).collect();
    let processes = recorded.into_iter().enumerate().map(|(index, process)| {
        let own = process.header.process;
        let parent = process.header.parent;
        let earlier = numbers[..index].iter();
        // After `execve`, the process before has the same number.
        let started_by = earlier.clone().rposition(|number| *number == own);
        process.end(started_by.or_else(|| earlier.clone().rposition(|n| *n == parent)), start)
    });
    let processes = processes.collect();
    let (format, version) = (FORMAT.to_owned(), VERSION);
    Ok(Trace { format, version, python, command, exit_code, processes })
}

/// The files that processes have written, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ProfileError> {
    let mut paths = Vec::new();
    for entry in fs_err::read_dir(folder)? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(record::ENDING) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path, recorded: &mut Vec<Recorded>) -> Result<(), ProfileError> {
    let not_a_trace = |reason: String| ProfileError::NotATrace { path: path.to_owned(), reason };
    let bytes = fs_err::read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    // Whoever was killed while it wrote has left a line without an end.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let mut current: Option<Recorded> = None;
    for (index, line) in whole.lines().enumerate() {
        let event: Event = serde_json::from_str(line)
            .map_err(|error| not_a_trace(format!("line {}: {error}", index + 1)))?;
        match (event, &mut current) {
            (Event::Process(header), _) => {
                if header.version != u64::from(record::VERSION) {
                    let (found, known) = (header.version, record::VERSION);
                    return Err(ProfileError::Version { path: path.to_owned(), found, known });
                }
                recorded.extend(current.replace(Recorded::new(header)));
            }
            (event, Some(process)) => process.add(event),
            (_, None) => return Err(not_a_trace("it does not begin with a process".into())),
        }
    }
    recorded.extend(current);
    Ok(())
}

impl Recorded {
    fn new(header: Header) -> Self {
        Self {
            header,
            imports: Vec::new(),
            stacks: BTreeMap::new(),
            uses: Vec::new(),
            seen: BTreeSet::new(),
            last: 0,
            finished: false,
        }
    }

    fn add(&mut self, event: Event) {
        match event {
            Event::Process(_) => {}
            Event::Begin { at, thread, module } => self.begin(at, thread, module),
            Event::End { at, thread, module, kind, detail } => {
                self.last = self.last.max(at);
                let imports = &self.imports;
                let stack = self.stacks.entry(thread).or_default();
                // A coroutine may have ended another import of the thread in between.
                let Some(depth) = stack.iter().rposition(|i| imports[*i].module == module) else {
                    return;
                };
                let import = &mut self.imports[stack.remove(depth)];
                (import.kind, import.detail, import.end_ns) = (kind, detail, at);
            }
            Event::Use { at, what, name } => {
                self.last = self.last.max(at);
                let used = Used { what, name };
                if self.seen.insert(used.clone()) {
                    self.uses.push(used);
                }
            }
            Event::Finish { at } => {
                self.last = self.last.max(at);
                self.finished = true;
            }
        }
    }

    fn begin(&mut self, at: u64, thread: u32, module: String) {
        self.last = self.last.max(at);
        let stack = self.stacks.entry(thread).or_default();
        let parent = stack.last().copied();
        stack.push(self.imports.len());
        let (start_ns, end_ns, kind, detail) = (at, at, ImportKind::Unfinished, None);
        self.imports.push(Import { module, kind, detail, thread, parent, start_ns, end_ns });
    }

    /// The process as a trace has it.
    fn end(mut self, parent: Option<usize>, start: u64) -> Process {
        for import in self.imports.iter_mut().filter(|i| i.kind == ImportKind::Unfinished) {
            import.end_ns = self.last;
        }
        Process {
            process: self.header.process,
            parent,
            role: self.header.role,
            arguments: self.header.arguments,
            start_ns: self.header.start.saturating_sub(start),
            finished: self.finished,
            imports: self.imports,
            uses: self.uses,
        }
    }
}
