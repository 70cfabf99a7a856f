//! Packed resources in a file of their own, which a Rust program adds to those of its executable.

use std::path::{Path, PathBuf};

use super::output::{Output, folder_of};
use crate::beside;
use crate::cache::Cache;
use crate::config::resolved::{Config, NativeLoad};
use crate::licenses::crates::Linked;
use crate::link::{Compiler, Toolchain};
use crate::pack;
use crate::pipeline::{self, Error};
use crate::profile::Profile;
use crate::reporter::Reporter;
use crate::requirements::Limits;

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct ResourcesRequest<'a> {
    /// The configuration. What it says of the interpreter and of what runs is for executables.
    pub config: &'a Config,
    /// Rust's name of the target.
    pub target: &'a str,
    /// The file to write.
    pub output: &'a Path,
    /// What must not be done to provide what is required.
    pub limits: Limits,
    /// What runs of an application have used.
    pub profile: Option<&'a Profile>,
}

/// Packed resources that were made.
#[derive(Clone, Debug)]
pub struct ResourcesFile {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// The folder with licenses of what is in it, if one was written: it has the file's name with `.licenses` for an ending.
    pub licenses: Option<PathBuf>,
}

/// Packs what the configuration brings beside the standard library. A file of that name is replaced when the new one is whole.
///
/// # Errors
///
/// See [`Error`]. What was there before stays then.
pub fn resources(
    request: &ResourcesRequest<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<ResourcesFile, Error> {
    let ResourcesRequest { target, output: path, limits, profile, .. } = *request;
    let output = Output::data(path)?;
    let mut config = request.config.clone();
    // There is no folder beside that libraries could be loaded from, and the inventory inside is the executable's.
    config.native_libraries.load = NativeLoad::Memory;
    config.licenses.embed = false;
    let scratch = tempfile::tempdir()?;
    let request = pipeline::Request {
        config: &config,
        compiler: &Compiler { target: target.to_owned(), host: target.to_owned() },
        toolchain: &Toolchain::none(),
        bootstrap: &[],
        limits,
        crates: &Linked::default(),
        profile,
        runtime: Some(&[]),
        shared: false,
        out_dir: scratch.path(),
    };
    let packed = pipeline::pack(&request, cache, reporter)?;
    let blob = pack::packages(&packed.blob, packed.distribution.version)?;
    output.finish(|out| Ok(out.write_all(&blob)?))?;
    let mut licenses = None;
    for pipeline::Folder { name, heading, files } in packed.beside {
        let stem = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = folder_of(path).join(format!("{stem}.{name}"));
        beside::write(&folder, heading, &files)?;
        licenses = Some(folder);
    }
    Ok(ResourcesFile { path: path.to_owned(), size: blob.len() as u64, licenses })
}
