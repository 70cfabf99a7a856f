//! What published Python distributions look like, and archives of that shape for tests.
//!
//! None of the published archives is part of this repository, and tests never download one. What
//! they hold was derived from their publisher's build scripts by `cargo xtask facts`, which wrote
//! `facts/`: for each row of the pinned table all of `PYTHON.json`, and the files that it names
//! although the archive lacks them.
//!
//! * [`Row`]: one published archive; [`rows()`] has all of them.
//! * [`python_json()`]: its `PYTHON.json`. [`named_files()`], [`absent_files()`]: its files.
//! * [`facts`]: the file format of the facts, read and written.
//! * [`reshape()`]: gives an archive that was built here the shape of a published one.

pub mod facts;
mod json;
mod reshape;
mod selector;

pub use json::{absent_files, is_assumed, named_files, python_json, texts};
pub use reshape::{Reshaped, reshape};
pub use selector::{RELEASES, Row, TARGETS, rows};
