//! Compiles modules with the distribution's own interpreter.
//!
//! Bytecode belongs to one version of CPython, so nothing but that interpreter can make it. What is
//! not kept from an earlier build, worker processes compile; results do not depend on which of them
//! compiled a module, or after which other one (on Windows, which cannot fork, a few do).
//!
//! * `worker`: what the processes of [`crate::workers`] do, and what is kept; `worker.py` is their
//!   part.
//! * `verdict`: which syntax errors end a build.

mod error;
mod model;
#[cfg(test)]
mod tests;
mod verdict;
mod worker;

pub use error::BytecodeError;
pub use model::{CompileOutcome, CompileRequest, SyntaxError};
pub use verdict::{Verdict, judge};

use crate::cache::Cache;
use crate::distribution::Distribution;
use crate::reporter::Reporter;

/// Compiles `modules`; the outcomes are in the order of the requests.
///
/// # Errors
///
/// The cache folder cannot be used, or the interpreter does not start or breaks off. A syntax
/// error in a module is an outcome, not an error: see [`judge`].
pub fn compile(
    distribution: &Distribution,
    modules: &[CompileRequest],
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Vec<CompileOutcome>, BytecodeError> {
    let store = worker::store(cache, distribution)?;
    let kept = store.load(modules).into_iter();
    let mut outcomes: Vec<_> = kept.map(|code| code.map(CompileOutcome::Code)).collect();
    let missing: Vec<usize> = (0..modules.len()).filter(|&i| outcomes[i].is_none()).collect();
    if !missing.is_empty() {
        let requests: Vec<&CompileRequest> = missing.iter().map(|&i| &modules[i]).collect();
        let compiled = worker::compile(&distribution.python_exe, &requests, reporter)?;
        let made: Vec<(&CompileRequest, &[u8])> =
            requests.iter().zip(&compiled).filter_map(|(&r, o)| Some((r, o.code()?))).collect();
        store.save(&made)?;
        for (index, outcome) in missing.into_iter().zip(compiled) {
            outcomes[index] = Some(outcome);
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}
