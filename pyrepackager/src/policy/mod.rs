//! Which of the distribution's extension modules go into the executable.
//!
//! [`select`] applies `[python_extensions]` and `[[extension_modules]]`. What an interpreter cannot be linked or started
//! without goes in under every policy; `startup` says what that is, and why.

mod error;
mod select;
mod startup;
#[cfg(test)]
mod tests;

pub use error::{NamedBy, PolicyError};
pub use select::{SelectedExtension, Selection, is_copyleft, select};
pub use startup::{Need, need};
