//! The worker processes, one per core.
//!
//! `worker.py` describes the protocol. Each process has a thread that feeds it: it takes the next
//! batch of modules that nobody has taken, until none is left, so a process that got long modules
//! gets fewer of them.

use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::BytecodeError;
use super::model::{CompileOutcome, CompileRequest, SyntaxError};
use crate::reporter::{Length, Reporter, Step};

/// The other end.
const WORKER: &str = include_str!("worker.py");

/// Modules in a batch: enough to make waiting rare, few enough to spread the work.
const BATCH: usize = 8;

/// Bytes of a worker's standard error that an error shows.
const SHOWN: usize = 2000;

/// The outcome of the request at an index.
type Indexed = (usize, CompileOutcome);

/// Compiles all of `requests`; the outcomes are in their order.
pub fn compile(
    python: &Path,
    requests: &[&CompileRequest],
    reporter: &dyn Reporter,
) -> Result<Vec<CompileOutcome>, BytecodeError> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut outcomes = vec![None; requests.len()];
    // The interpreter is told once, when it starts, whether to record columns.
    for columns in [true, false] {
        let chosen: Vec<usize> =
            (0..requests.len()).filter(|&index| requests[index].columns == columns).collect();
        if chosen.is_empty() {
            continue;
        }
        let part: Vec<_> = chosen.iter().map(|&index| requests[index]).collect();
        let compiled = compile_in(python, &part, workers, BATCH, reporter)?;
        for (index, outcome) in chosen.into_iter().zip(compiled) {
            outcomes[index] = Some(outcome);
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// [`compile`] with a given number of workers and modules in a batch, for requests that agree
/// about columns.
pub fn compile_in(
    python: &Path,
    requests: &[&CompileRequest],
    workers: usize,
    batch: usize,
    reporter: &dyn Reporter,
) -> Result<Vec<CompileOutcome>, BytecodeError> {
    let step = reporter.start("Compiling modules", Length::Items(requests.len() as u64));
    let next = AtomicUsize::new(0);
    let columns = requests.first().is_none_or(|request| request.columns);
    let feed = || feed(python, columns, requests, batch, &next, step.as_ref());
    let parts: Vec<Result<Vec<Indexed>, BytecodeError>> = std::thread::scope(|scope| {
        let workers = workers.min(requests.len().div_ceil(batch)).max(1);
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(feed)).collect();
        threads
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    });
    let mut outcomes = Vec::with_capacity(requests.len());
    for part in parts {
        outcomes.extend(part?);
    }
    outcomes.sort_by_key(|(index, _)| *index);
    Ok(outcomes.into_iter().map(|(_, outcome)| outcome).collect())
}

/// Feeds one worker until no request is left.
fn feed(
    python: &Path,
    columns: bool,
    requests: &[&CompileRequest],
    batch: usize,
    next: &AtomicUsize,
    step: &dyn Step,
) -> Result<Vec<Indexed>, BytecodeError> {
    let mut worker = Worker::start(python, columns)?;
    let mut outcomes = Vec::new();
    loop {
        let start = next.fetch_add(batch, Ordering::Relaxed);
        let Some(rest) = requests.get(start..).filter(|rest| !rest.is_empty()) else {
            break;
        };
        let taken = &rest[..batch.min(rest.len())];
        let results = match worker.exchange(taken) {
            Ok(results) => results,
            Err(source) => {
                // The others need not go on.
                next.store(requests.len(), Ordering::Relaxed);
                return Err(worker.broken(python, taken, source));
            }
        };
        outcomes.extend((start..).zip(results));
        step.advance(taken.len() as u64);
    }
    worker.finish(python)?;
    Ok(outcomes)
}

/// One process and the three pipes to it.
struct Worker {
    process: Child,
    requests: Option<BufWriter<ChildStdin>>,
    results: BufReader<ChildStdout>,
    stderr: fs_err::File,
}

impl Worker {
    fn start(python: &Path, columns: bool) -> Result<Self, BytecodeError> {
        let failed = |source| BytecodeError::Start { python: python.to_owned(), source };
        let stderr = tempfile::tempfile().map_err(failed)?;
        let mut command = Command::new(python);
        // Not `-I`: it would ignore the hash seed, which decides in which order sets are written.
        command.args(["-s", "-S", "-B", "-W", "ignore"]);
        if !columns {
            // CPython 3.10 has no columns, and ignores the option.
            command.args(["-X", "no_debug_ranges"]);
        }
        command.args(["-c", WORKER]).env_clear();
        command.env("PYTHONHASHSEED", "0");
        if let Some(root) = std::env::var_os("SYSTEMROOT") {
            // Windows has no random numbers without it.
            command.env("SYSTEMROOT", root);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(stderr.try_clone().map_err(failed)?);
        let mut process = command.spawn().map_err(failed)?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, results) =
            pipes.ok_or_else(|| failed(std::io::ErrorKind::BrokenPipe.into()))?;
        Ok(Self {
            process,
            requests: Some(BufWriter::new(requests)),
            results: BufReader::new(results),
            stderr: fs_err::File::from_parts(stderr, "the interpreter's standard error"),
        })
    }

    /// Sends one batch and reads its results.
    fn exchange(&mut self, batch: &[&CompileRequest]) -> std::io::Result<Vec<CompileOutcome>> {
        let requests = self.requests.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        requests.write_all(&length(batch.len())?)?;
        for request in batch {
            requests.write_all(&[request.optimize_level as u8])?;
            for block in [request.filename.as_bytes(), &request.source] {
                requests.write_all(&length(block.len())?)?;
                requests.write_all(block)?;
            }
        }
        requests.flush()?;
        batch.iter().map(|request| self.read_outcome(request)).collect()
    }

    fn read_outcome(&mut self, request: &CompileRequest) -> std::io::Result<CompileOutcome> {
        let mut status = [0];
        self.results.read_exact(&mut status)?;
        let length = self.read_number()?;
        match status[0] {
            0 => Ok(CompileOutcome::Code(self.read_bytes(length)?)),
            1 => {
                let line = self.read_number()?;
                let message = self.read_bytes(length.saturating_sub(4))?;
                let message = String::from_utf8_lossy(&message).into_owned();
                let file = request.filename.clone();
                Ok(CompileOutcome::SyntaxError(SyntaxError { file, line, message }))
            }
            _ => Err(std::io::ErrorKind::InvalidData.into()),
        }
    }

    fn read_number(&mut self) -> std::io::Result<u32> {
        let mut bytes = [0; 4];
        self.results.read_exact(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn read_bytes(&mut self, length: u32) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.results.by_ref().take(length.into()).read_to_end(&mut bytes)?;
        if read < length as usize {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    /// Ends the process, which leaves when there are no more requests.
    fn finish(mut self, python: &Path) -> Result<(), BytecodeError> {
        drop(self.requests.take());
        let python = python.to_owned();
        match self.process.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                let stderr = self.stderr();
                Err(BytecodeError::Worker {
                    python,
                    status: status.to_string(),
                    modules: Vec::new(),
                    stderr,
                    source: std::io::ErrorKind::BrokenPipe.into(),
                })
            }
            Err(source) => Err(BytecodeError::Start { python, source }),
        }
    }

    /// The error for a process that broke off while it compiled `batch`.
    fn broken(
        mut self,
        python: &Path,
        batch: &[&CompileRequest],
        source: std::io::Error,
    ) -> BytecodeError {
        drop(self.requests.take());
        // It may still be up, if it is what it wrote that was wrong.
        drop(self.process.kill());
        let status = match self.process.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        BytecodeError::Worker {
            python: python.to_owned(),
            status,
            modules: batch.iter().map(|request| request.name.clone()).collect(),
            stderr: self.stderr(),
            source,
        }
    }

    /// The end of what the process wrote to standard error.
    fn stderr(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = self.stderr.rewind().and_then(|()| self.stderr.read_to_end(&mut bytes));
        if let Err(error) = read {
            return error.to_string();
        }
        let start = bytes.len().saturating_sub(SHOWN);
        String::from_utf8_lossy(&bytes[start..]).trim().to_owned()
    }
}

/// A length as the protocol has it.
fn length(length: usize) -> std::io::Result<[u8; 4]> {
    let length = u32::try_from(length).map_err(|_| std::io::ErrorKind::FileTooLarge)?;
    Ok(length.to_le_bytes())
}
