//! Work on modules that only the distribution's own interpreter can do, and what is kept of it.
//!
//! One worker process per core takes requests in batches; results are kept in the cache by content,
//! so that a module is worked on once. What the work is, is not known here: `bytecode` compiles,
//! `imports` looks for import statements.
//!
//! * `pool`: shares requests out to processes.
//! * `process`: one process and the pipes to it; `protocol.py` is their other end.
//! * `store`: results by content, in the cache.

mod error;
mod pool;
mod process;
mod store;

pub use error::WorkersError;
pub(crate) use pool::Pool;
pub(crate) use store::{Keyed, Store};

/// A kind of work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    /// What progress calls it: `Compiling modules`.
    pub label: &'static str,
    /// What errors call it: `compiled`.
    pub verb: &'static str,
    /// Names and sources of Python modules, of which the last one defines `work(request, reply)`;
    /// see `protocol.py`.
    pub modules: &'static [(&'static str, &'static str)],
    /// Options of the interpreter besides the usual ones.
    pub options: &'static [&'static str],
}

/// Work on one module.
pub(crate) trait Request: Sync {
    /// What comes of it.
    type Outcome: Send;
    /// Full dotted name of the module, for messages.
    fn name(&self) -> &str;
    /// What `work` is passed.
    fn encode(&self) -> Vec<u8>;
    /// Reads its reply.
    ///
    /// # Errors
    ///
    /// The bytes are not what the work replies.
    fn decode(&self, reply: Vec<u8>) -> std::io::Result<Self::Outcome>;
}
