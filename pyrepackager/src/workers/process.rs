//! One worker process and the three pipes to it. `protocol.py` describes what goes through them.

use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::error::WorkersError;
use super::{Request, Work};

/// The other end.
const PROTOCOL: &str = include_str!("protocol.py");

/// Bytes that are buffered on their way to a worker.
const BUFFER: usize = 16 << 10;

/// Bytes of a worker's standard error that an error shows.
const SHOWN: usize = 2000;

/// A process that does one kind of work.
pub struct Process<'a> {
    python: &'a Path,
    work: &'a Work,
    process: Child,
    requests: Option<BufWriter<ChildStdin>>,
    replies: BufReader<ChildStdout>,
    stderr: fs_err::File,
}

impl<'a> Process<'a> {
    /// Starts the interpreter; it gets its work with the first batch.
    pub fn start(python: &'a Path, work: &'a Work) -> Result<Self, WorkersError> {
        let failed = |source| WorkersError::Start { python: python.to_owned(), source };
        let stderr = tempfile::tempfile().map_err(failed)?;
        let mut command = Command::new(python);
        // Not `-I`: it would ignore the hash seed, which decides in which order sets are written.
        command.args(["-s", "-S", "-B", "-W", "ignore"]).args(work.options);
        command.args(["-c", PROTOCOL]).env_clear();
        command.env("PYTHONHASHSEED", "0");
        if let Some(root) = std::env::var_os("SYSTEMROOT") {
            // Windows has no random numbers without it.
            command.env("SYSTEMROOT", root);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(stderr.try_clone().map_err(failed)?);
        let mut process = command.spawn().map_err(failed)?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (requests, replies) =
            pipes.ok_or_else(|| failed(std::io::ErrorKind::BrokenPipe.into()))?;
        // The buffer holds all of it, so a process that is gone already is noticed when it gets its
        // first batch, where the error says what it wrote.
        let introduction = introduction(work).map_err(failed)?;
        let mut requests = BufWriter::with_capacity(introduction.len() + BUFFER, requests);
        requests.write_all(&introduction).map_err(failed)?;
        Ok(Self {
            python,
            work,
            process,
            requests: Some(requests),
            replies: BufReader::new(replies),
            stderr: fs_err::File::from_parts(stderr, "the interpreter's standard error"),
        })
    }

    /// Sends one batch and reads its replies.
    pub fn exchange<R: Request>(&mut self, batch: &[&R]) -> std::io::Result<Vec<R::Outcome>> {
        let requests = self.requests.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        requests.write_all(&length(batch.len())?)?;
        for request in batch {
            write_block(requests, &request.encode())?;
        }
        requests.flush()?;
        batch.iter().map(|request| request.decode(self.read_block()?)).collect()
    }

    fn read_block(&mut self) -> std::io::Result<Vec<u8>> {
        let mut length = [0; 4];
        self.replies.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        let mut bytes = Vec::new();
        let read = self.replies.by_ref().take(length.into()).read_to_end(&mut bytes)?;
        if read < length as usize {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(bytes)
    }

    /// Ends the process, which leaves when there are no more requests.
    pub fn finish(mut self) -> Result<(), WorkersError> {
        drop(self.requests.take());
        match self.process.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => {
                let source = std::io::ErrorKind::BrokenPipe.into();
                Err(self.error(status.to_string(), Vec::new(), source))
            }
            Err(source) => Err(WorkersError::Start { python: self.python.to_owned(), source }),
        }
    }

    /// The error for a process that broke off while it worked on `batch`.
    pub fn broken<R: Request>(mut self, batch: &[&R], source: std::io::Error) -> WorkersError {
        drop(self.requests.take());
        // It may still be up, if it is what it wrote that was wrong.
        drop(self.process.kill());
        let status = match self.process.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let modules = batch.iter().map(|request| request.name().to_owned()).collect();
        self.error(status, modules, source)
    }

    fn error(
        &mut self,
        status: String,
        modules: Vec<String>,
        source: std::io::Error,
    ) -> WorkersError {
        let python = self.python.to_owned();
        let verb = self.work.verb;
        let (status, stderr) = (status.into(), self.stderr().into());
        WorkersError::Broken { python, verb, status, modules, stderr, source }
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

/// What a process is sent before requests.
fn introduction(work: &Work) -> std::io::Result<Vec<u8>> {
    let mut bytes = length(work.modules.len())?.to_vec();
    for (name, source) in work.modules {
        write_block(&mut bytes, name.as_bytes())?;
        write_block(&mut bytes, source.as_bytes())?;
    }
    Ok(bytes)
}

fn write_block(to: &mut impl Write, block: &[u8]) -> std::io::Result<()> {
    to.write_all(&length(block.len())?)?;
    to.write_all(block)
}

/// A length as the protocol has it.
fn length(length: usize) -> std::io::Result<[u8; 4]> {
    let length = u32::try_from(length).map_err(|_| std::io::ErrorKind::FileTooLarge)?;
    Ok(length.to_le_bytes())
}
