//! From a configuration to a finished executable, by way of a runtime: no linker and no compiler is needed.
//!
//! * `compress`: `--compress`.
//! * `output`: the executable's file.
//! * `resources`: packages in a file of their own, without an executable.

mod compress;
mod output;
mod resources;

use std::path::{Path, PathBuf};

use fs_err as fs;

pub use output::{OutputError, folder_of, temporary_prefix};
pub use resources::{ResourcesFile, ResourcesRequest, resources};

use output::Output;

use crate::beside;
use crate::cache::Cache;
use crate::config::resolved::{Config, DistributionRequest};
use crate::inject::inject;
use crate::licenses::crates::Linked;
use crate::link::{Compiler, Toolchain};
use crate::native::Report;
use crate::pipeline::{self, Error, Packed};
use crate::policy::AddedModules;
use crate::profile::Profile;
use crate::reporter::Reporter;
use crate::requirements::Limits;
use crate::runtime::{Record, Runtime, RuntimeError, Shelf, Wanted};

/// What is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Version of the runtime.
    pub version: &'a str,
    /// Rust's name of the target.
    pub target: &'a str,
    /// The executable to write.
    pub output: &'a Path,
    /// What must not be done to provide what is required.
    pub limits: Limits,
    /// Whether the executable is compressed as a whole, and unpacked into memory when it starts.
    pub compress: bool,
    /// What runs of the application have used.
    pub profile: Option<&'a Profile>,
    /// Whether the runtime is to keep what was compiled, for all applications.
    pub seeds: bool,
}

/// An application that was made.
#[derive(Clone, Debug)]
pub struct Application {
    /// The executable.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// Folders that are to be passed on with it.
    pub beside: Vec<PathBuf>,
    /// What is known of the shared objects in it.
    pub native: Report,
    /// Modules that it imports as soon as it runs, as it names them.
    pub first_imports: Vec<String>,
}

/// Makes an executable. One of that name is replaced when the new one is whole.
///
/// # Errors
///
/// See [`Error`]. What was there before stays then.
pub fn build(
    request: &Request<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Application, Error> {
    let Request { config, version, target, output: path, compress, .. } = *request;
    let output = Output::create(path)?;
    let shelf = Shelf::open(cache)?;
    let added = AddedModules::of(&config.extension_modules).digest()?;
    let allocator = config.allocator.backend.bundled();
    let distribution = &config.distribution;
    let wanted = Wanted { version, target, request: distribution, added: &added, allocator };
    let Some(Runtime { executable, unpacker, seed, record }) = shelf.find(&wanted)? else {
        return Err(RuntimeError::None { target: target.to_owned(), allocator }.into());
    };
    let seeded = if request.seeds { cache.seeding(seed) } else { cache.seeded(seed) };
    let Request { limits, profile, .. } = *request;
    let packed = pack(config, limits, profile, &record, &seeded, reporter)?;
    let runtime = fs::read(executable)?;
    if compress {
        let mut whole = Vec::with_capacity(runtime.len() + packed.blob.len());
        inject(&runtime, &packed.blob, &mut whole)?;
        let compressed = compress::compress(&whole, runtime.len(), cache, reporter)?;
        let unpacker = fs::read(unpacker)?;
        output.finish(|out| inject(&unpacker, &compressed, out))?;
    } else {
        output.finish(|out| inject(&runtime, &packed.blob, out))?;
    }
    let folder = folder_of(path);
    let mut beside = Vec::new();
    for pipeline::Folder { name, heading, files } in &packed.beside {
        let folder = folder.join(name);
        beside::write(&folder, heading, files)?;
        beside.push(folder);
    }
    let first_imports = packed.first_imports;
    let mut native = packed.native;
    native.glibc.executable = record.glibc;
    let size = fs::metadata(path)?.len();
    Ok(Application { path: path.to_owned(), size, beside, native, first_imports })
}

/// Makes the application's resources, for the runtime's own distribution and importer.
///
/// # Errors
///
/// See [`Error`].
pub fn pack(
    config: &Config,
    limits: Limits,
    profile: Option<&Profile>,
    record: &Record,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Packed, Error> {
    let target = &record.target;
    let config = match record.distribution.parse() {
        Ok(sha256) => {
            Config { distribution: DistributionRequest::Unpacked(sha256), ..config.clone() }
        }
        Err(_) => config.clone(),
    };
    let bootstrap: Vec<(&str, &str)> =
        record.bootstrap.iter().map(|(name, source)| (name.as_str(), source.as_str())).collect();
    let scratch = tempfile::tempdir()?;
    let request = pipeline::Request {
        config: &config,
        compiler: &Compiler { target: target.to_owned(), host: target.to_owned() },
        toolchain: &Toolchain::none(),
        bootstrap: &bootstrap,
        limits,
        crates: &Linked { components: record.crates(), ..Linked::default() },
        profile,
        runtime: Some(&record.pulled),
        shared: record.shared,
        out_dir: scratch.path(),
    };
    let packed = pipeline::pack(&request, cache, reporter)?;
    let lacks = |name: &str| record.extensions.binary_search_by(|e| e.as_str().cmp(name)).is_err();
    let lacking: Vec<String> =
        packed.extensions.iter().map(|e| e.name.clone()).filter(|name| lacks(name)).collect();
    if !lacking.is_empty() {
        return Err(RuntimeError::Lacking { extensions: lacking }.into());
    }
    Ok(packed)
}
