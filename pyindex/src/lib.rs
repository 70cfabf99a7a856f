//! A package index over a folder of wheels and source distributions: served, or written as static files.
//!
//! ```text
//! folder ─► model ─► pages ─► server ─► clients
//!             ▲        └────► site ───► files for any web server
//!          inspect
//! ```
//!
//! * [`folder`]: watches the folder, which may have any layout.
//! * [`model`]: the index as data.
//! * [`file_name`]: what names of files say.
//! * [`inspect`]: what is in the files: digests and metadata.
//! * [`pages`]: the pages for installers and for people, as text.
//! * [`site`]: static files.
//! * [`server`]: HTTP: answers, uploads, tokens, limits.
//!
//! The formats are those of the PyPA specifications, "Simple repository API": PEP 503 (HTML), 592 (yanked files), 658 and
//! 714 (metadata files), 691 (JSON) and 700 (sizes, versions, times). Uploads are as `twine` and `uv publish` send them to
//! PyPI.

pub mod file_name;
pub mod folder;
pub mod inspect;
pub mod model;
pub mod pages;
pub mod server;
pub mod site;
#[cfg(test)]
mod testing;
