//! Which of the distribution's extension modules go into the executable.
//!
//! [`select`] applies `[python_extensions]` and `[[extension_modules]]`. What an interpreter cannot be linked or started
//! without goes in under every policy; `startup` says what that is, and why. `test_modules` lists what
//! goes in only when it is named, `dependents` what cannot be imported without an extension module.

mod added;
mod dependents;
mod error;
mod select;
mod startup;
mod test_modules;
#[cfg(test)]
mod tests;

pub use added::{AddedModules, check_added};
pub use dependents::{DEPENDENTS, lost};
pub use error::{NamedBy, PolicyError};
pub use select::{SelectedExtension, Selection, is_copyleft, select};
pub use startup::{Need, need};
pub use test_modules::is_test_module;
