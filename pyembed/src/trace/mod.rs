//! Writes down what this process imports and which of what is packed it uses: `PYOXIDIZER_TRACE`.
//!
//! `importer/trace.py` tells of imports, everything that hands out packed resources of their use. The format is that
//! of [`pyresources::trace`]. Where nobody wants it, all of this is one look at the environment, and one at an
//! address whenever there would be something to tell.
//!
//! * `recorder`: what is written, and when.
//! * `line`: one line; `file`: where it goes.
//!
//! Nothing here locks, as a process may fork at any moment: a line is one `write` to a file that is opened for
//! appending. A forked child has a file of its own. Programs close all descriptors that they do not know, and what
//! they open then gets the number: so before a line is written, it is asked whether the file is still ours.
//!
//! Other systems than Linux do not record yet.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod file;
#[cfg(target_os = "linux")]
mod line;
#[cfg(target_os = "linux")]
mod recorder;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::{began, begin, ended, is_on, used};
pub(crate) use pyresources::trace::Use;
#[cfg(target_os = "linux")]
pub(crate) use recorder::{began, begin, ended, is_on, used};
