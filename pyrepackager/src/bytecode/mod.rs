//! Compiles modules with the distribution's own interpreter.
//!
//! Bytecode belongs to one version of CPython, so nothing but that interpreter can make it. One
//! worker process per core compiles what `store` does not hold yet; results do not depend
//! on which worker compiled a module, or after which other one (on Windows, which cannot fork, a few
//! do).
//!
//! * `worker`: the processes and the protocol; `worker.py` is their other end.
//! * `store`: bytecode by content, in the cache.
//! * `verdict`: which syntax errors end a build.

mod error;
mod model;
mod store;
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
    let store = store::Store::open(cache, distribution)?;
    let mut outcomes = store.load(modules);
    let missing: Vec<usize> = (0..modules.len()).filter(|&i| outcomes[i].is_none()).collect();
    if !missing.is_empty() {
        let requests: Vec<&CompileRequest> = missing.iter().map(|&i| &modules[i]).collect();
        let compiled = worker::compile(&distribution.python_exe, &requests, reporter)?;
        store.save(&requests, &compiled)?;
        for (index, outcome) in missing.into_iter().zip(compiled) {
            outcomes[index] = Some(outcome);
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}
