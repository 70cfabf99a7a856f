//! What the worker processes do, and which bytecode is kept. `worker.py` is their part.

use std::path::Path;

use super::error::BytecodeError;
use super::model::{CompileOutcome, CompileRequest, SyntaxError};
use crate::cache::Cache;
use crate::digest::Hasher;
use crate::distribution::Distribution;
use crate::reporter::Reporter;
use crate::workers::{Keyed, Pool, Request, Store, Work, WorkersError};

/// Changes when `worker.py` makes other bytes of the same module.
const GENERATION: &[u8] = b"pyrepackager bytecode 2";

/// Compiles; instructions know their columns.
const WITH_COLUMNS: Work = Work {
    label: "Compiling modules",
    verb: "compiled",
    modules: &[("worker", include_str!("worker.py"))],
    options: &[],
};

/// Compiles without columns. CPython 3.10 has none, and ignores the option.
const WITHOUT_COLUMNS: Work = Work { options: &["-X", "no_debug_ranges"], ..WITH_COLUMNS };

/// The kept bytecode of one distribution's compiler. Syntax errors are not kept.
pub fn store(cache: &Cache, distribution: &Distribution) -> Result<Store, WorkersError> {
    let mut compiler = Hasher::default();
    compiler.add(GENERATION);
    compiler.add(&distribution.bytecode_magic);
    compiler.add_block(distribution.full_version.as_bytes());
    Store::open(cache, "bytecode", compiler)
}

/// The pool for requests that agree about columns: the interpreter is told once, when it starts.
pub fn pool(python: &Path, columns: bool) -> Pool<'_> {
    Pool::new(python, if columns { &WITH_COLUMNS } else { &WITHOUT_COLUMNS })
}

/// Compiles all of `requests`; the outcomes are in their order.
pub fn compile(
    python: &Path,
    requests: &[&CompileRequest],
    reporter: &dyn Reporter,
) -> Result<Vec<CompileOutcome>, BytecodeError> {
    let mut outcomes = vec![None; requests.len()];
    for columns in [true, false] {
        let chosen: Vec<usize> =
            (0..requests.len()).filter(|&index| requests[index].columns == columns).collect();
        if chosen.is_empty() {
            continue;
        }
        let part: Vec<_> = chosen.iter().map(|&index| requests[index]).collect();
        let compiled = pool(python, columns).run(&part, reporter)?;
        for (index, outcome) in chosen.into_iter().zip(compiled) {
            outcomes[index] = Some(outcome);
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}

impl Keyed for CompileRequest {
    fn add_to(&self, key: &mut Hasher) {
        key.add(&[self.optimize_level as u8, u8::from(self.columns)]);
        key.add_block(self.filename.as_bytes());
        key.add_block(&self.source);
    }
}

impl Request for CompileRequest {
    type Outcome = CompileOutcome;

    fn name(&self) -> &str {
        &self.name
    }

    fn encode(&self) -> Vec<u8> {
        let filename = self.filename.as_bytes();
        // A name that needs more than four bytes for its length fits no file system.
        let length = u32::try_from(filename.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&[self.optimize_level as u8], &length[..], filename, &self.source].concat()
    }

    fn decode(&self, mut reply: Vec<u8>) -> std::io::Result<CompileOutcome> {
        let invalid = || std::io::Error::from(std::io::ErrorKind::InvalidData);
        let (status, payload) = reply.split_first().ok_or_else(invalid)?;
        match status {
            0 => {
                reply.drain(..1);
                Ok(CompileOutcome::Code(reply))
            }
            1 => {
                let (line, message) = payload.split_first_chunk().ok_or_else(invalid)?;
                Ok(CompileOutcome::SyntaxError(SyntaxError {
                    file: self.filename.clone(),
                    line: u32::from_le_bytes(*line),
                    message: String::from_utf8_lossy(message).into_owned(),
                }))
            }
            _ => Err(invalid()),
        }
    }
}
