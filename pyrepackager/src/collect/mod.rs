//! Which Python modules and files go in, and where each comes from.
//!
//! [`collect`] walks the entries of `[[python_packages]]` in order and returns what they provide,
//! by name; a later entry wins. It reads folders and the contents of no module: compiling is the job of
//! [`crate::bytecode`], packing that of the blob.
//!
//! * `scan`: one walk over a folder of packages; knows what is a module and what is data.
//! * `stdlib`, `package_root`, `virtualenv`: one kind of entry each.
//! * `merge`: which of two entries wins.
//! * `filter`: the entry that leaves out what a file does not name.

mod error;
mod filter;
mod merge;
mod model;
mod names;
mod package_root;
mod scan;
mod stdlib;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod virtualenv;

pub use error::CollectError;
pub use model::{Collected, DataFile, Module, ModuleKind, Origin};
pub(crate) use names::{nearest, quoted};

use crate::config::resolved::{PackageSource, PackageSourceKind};
use crate::distribution::Distribution;

/// Collects what `sources` provide; the order of the entries decides who wins.
///
/// # Errors
///
/// A folder that does not exist or cannot be read, a named package that is not found, a folder
/// that is no virtual environment or one of another Python, a filter that leaves nothing, a loop of
/// symbolic links, a file name that is not UTF-8.
pub fn collect(
    sources: &[PackageSource],
    distribution: &Distribution,
) -> Result<Collected, CollectError> {
    let mut collected = Collected::default();
    for source in sources {
        let found = match &source.kind {
            PackageSourceKind::FilterFileInclude { path } => {
                filter::apply(source.line, path, &mut collected)?;
                continue;
            }
            PackageSourceKind::Stdlib { exclude_test_modules } => {
                stdlib::scan(source, *exclude_test_modules, distribution)?
            }
            PackageSourceKind::PackageRoot { path, packages } => {
                package_root::scan(source, path, packages, distribution)?
            }
            PackageSourceKind::Virtualenv { path } => virtualenv::scan(source, path, distribution)?,
        };
        merge::merge(&mut collected, found);
    }
    collected.inputs.sort();
    collected.inputs.dedup();
    Ok(collected)
}
