//! Which imports nothing in the executable provides.
//!
//! [`scan`] has the distribution's own interpreter read the import statements of the collected
//! modules, without running anything; [`missing`] compares them with what goes in. What a program
//! imports by names that it makes up at run time is not seen.
//!
//! * `worker`: what the processes of [`crate::workers`] do, and what is kept; `scan.py` and
//!   `conditions.py` are their part.
//! * `missing`: from scans to what is missing.
//! * `names`: which imports find something.
//! * `reach`: how the application comes to a module, so that what is never used is not reported as
//!   if it were.
//! * `siblings`: modules beside a script, as far as it imports them.
//! * `report`: what a person is told, and when the build ends.

mod error;
mod missing;
mod model;
mod names;
mod reach;
mod report;
mod siblings;
#[cfg(test)]
mod tests;
mod worker;

pub use error::ImportsError;
pub use missing::{Scans, first, missing, scan};
pub use model::{Circumstance, Import, Importer, Lacking, Missing, Reach, Scan, Standing};
pub use report::check;
pub use siblings::add_siblings;
