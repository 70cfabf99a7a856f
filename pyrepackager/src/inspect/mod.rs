//! Looks at finished executables: what is in them, how large it is, whose it is.
//!
//! [`Executable::read`] finds the packed resources in a file, whether they were linked or added. Most of what there
//! is to say is derived from the file itself. What is not in it otherwise, such as licences and imports that nothing
//! provides, the build leaves there as a [`BuildRecord`], which no application reads.
//!
//! * [`record`]: that record; `made`: how a build writes it; `owners`: whose a module or file is.
//! * `executable`: from a file to its packed resources; `content`: byte strings as they were;
//!   `limit`: how large they may be.
//! * [`analysis`]: what a person is told, in numbers and names. How it looks is the caller's business.
//! * [`extract`]: all that is packed, as files.

pub mod analysis;
mod content;
mod error;
mod executable;
pub mod extract;
mod limit;
mod made;
mod owners;
pub mod record;
#[cfg(test)]
mod testing;

pub use analysis::Analysis;
pub use error::InspectError;
pub use executable::Executable;
pub(crate) use made::{Made, record};
/// The folder beside an executable that has its shared libraries, where they are not in it.
pub use pyresources::setting::NATIVE_FOLDER;
pub use record::BuildRecord;
