//! What runs of an application have loaded, and what a build makes of it.
//!
//! `pyembed` writes down what a process imports and uses ([`pyresources::trace`]); [`Trace`] is all of that for one run, which
//! `pyoxidizer trace` writes as `trace.json` (`docs/trace.rst`). A [`Profile`] is what a build needs of one or
//! several traces: the order in which packed things are used, by which [`crate::pack`] lays them out, and what is used at
//! all, by which `prune` leaves out the rest.
//!
//! * `model`: what a trace holds.
//! * `record`: from the files of processes to a trace.
//! * `read`: from the files of traces to a profile.
//! * `prune`: what is left out; `keep`: what stays, and why.
//! * `report`: what a person is told of it.

mod error;
mod keep;
mod model;
mod prune;
mod read;
mod record;
mod report;
#[cfg(test)]
mod tests;

pub use error::ProfileError;
pub use model::{FORMAT, Import, ImportKind, Process, Trace, Used, VERSION};
pub use prune::{Needs, Pruned, prune};
pub use pyresources::trace::Use;
pub use read::Profile;
pub use record::gather;
pub use report::notes;
