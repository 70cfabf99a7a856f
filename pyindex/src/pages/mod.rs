//! The pages of the index, as text: the same for the server and for static files.
//!
//! * `negotiate`: which of the formats a client wants.
//! * `simple`: the pages for installers.
//! * `people`: the pages for people.
//!
//! All addresses in pages are relative, so that an index can be at any place of a web server:
//!
//! ```text
//! ./                               the front page
//! project/NAME/                    the page of a project, for people
//! simple/                          the list of projects (PEP 503, PEP 691)
//! simple/NAME/                     the files of a project
//! files/NAME/FILE                  a file
//! files/NAME/FILE.metadata         the metadata of a wheel (PEP 658)
//! ```

mod negotiate;
mod people;
mod simple;
#[cfg(test)]
mod tests;
mod time;

pub use negotiate::{Format, choose};
pub use people::{front, project as people_project, security_policy};
pub use simple::{list, project as simple_project};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for itself in a path (RFC 3986, `unreserved`).
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address of a file, from the page of a project.
fn file_address(project: &str, file: &str) -> String {
    format!("../../files/{project}/{}", utf8_percent_encode(file, PATH))
}
