//! `pyoxidizer build-script package`: packs what one package of several has of its own, for its build script.
//!
//! `pyembed`'s build script has provided Python. The resources are one object file more for the linker, whose symbols
//! count in the place of those that `pyembed` has.

use std::path::{Path, PathBuf};

use pyembed_build::{RUNTIME_VARIABLE, invocation_folder};
use pyrepackager::allocator;
use pyrepackager::application;
use pyrepackager::cache::Cache;
use pyrepackager::config::{
    self,
    resolved::{Config, DistributionRequest, NativeLoad},
};
use pyrepackager::licenses::crates::Linked;
use pyrepackager::link::{self, Owner};
use pyrepackager::pipeline::{Error, Packed};
use pyrepackager::profile::Profile;
use pyrepackager::reporter::Reporter;
use pyrepackager::runtime::{Record, RuntimeError};

use super::choice::{PackageFiles, package_files};
use super::{
    at_fault, folder_of_executable, limits, linked_crates, outermost, profile, reporter, variable,
    write_beside,
};
use crate::failure::Failure;

/// What all that is packed for a package has in common.
struct Package<'a> {
    record: &'a Record,
    profile: Option<&'a Profile>,
    crates: &'a Linked,
    cache: &'a Cache,
    reporter: &'a dyn Reporter,
    out_dir: &'a Path,
}

/// Packs for all that the package makes, and for executables with a configuration of their own.
pub(super) fn pack() -> Result<(), Failure> {
    let folder = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let record = PathBuf::from(variable(RUNTIME_VARIABLE));
    println!("cargo:rerun-if-changed={}", record.display());
    println!("cargo:rerun-if-changed={}", folder.join("Cargo.toml").display());
    let record = Record::read(&record)?;
    let reporter = reporter();
    let pyembed = Path::new(&variable("DEP_PYEMBED_MANIFEST")).to_owned();
    let crates = linked_crates(&folder, &pyembed, &record.target)?;
    let own = crates.members.iter().find(|member| member.folder == folder);
    let metadata = own.map(|member| member.metadata.clone()).unwrap_or_default();
    let PackageFiles { all, executables } = package_files(&folder, &metadata)?;
    let profile = profile()?;
    let package = Package {
        record: &record,
        profile: profile.as_ref(),
        crates: &crates,
        cache: &Cache::from_env_in(&invocation_folder())?,
        reporter: &reporter,
        out_dir: &PathBuf::from(variable("OUT_DIR")),
    };
    for (name, file) in &executables {
        let object = package.object(Some(file), name, Owner::Executable)?;
        println!("cargo:rustc-link-arg-bin={name}={}", object.display());
    }
    let all = all.or_else(|| config::find(&folder));
    let object = package.object(all.as_deref(), &variable("CARGO_PKG_NAME"), Owner::Package)?;
    println!("cargo:rustc-link-arg={}", object.display());
    Ok(())
}

impl Package<'_> {
    /// Packs what a file says, without one the built-in configuration, into an object file for the linker. `name` tells
    /// files that are made apart from those of others.
    fn object(&self, file: Option<&Path>, name: &str, owner: Owner) -> Result<PathBuf, Failure> {
        let target = &self.record.target;
        let config = match file {
            Some(file) => {
                println!("cargo:rerun-if-changed={}", file.display());
                self.reporter.note(&format!("{name} is packed as `{}` says", file.display()));
                config::load(file, target)?
            }
            None => config::builtin()?,
        };
        self.check(&config, name)?;
        let Self { record, profile, cache, reporter, .. } = *self;
        let packed = application::pack(&config, limits(), profile, record, cache, reporter)
            .map_err(|error| match error {
                Error::Runtime(RuntimeError::Lacking { extensions }) => Failure::other(format!(
                    "{name} is to have the extension modules {}, which the first of the configurations that Cargo builds together \
                     does not select: select them there, too",
                    extensions.join(", ")
                )),
                error => at_fault(error, &config),
            })?;
        let Packed { blob, inputs, beside, .. } = packed;
        for input in outermost(&inputs) {
            println!("cargo:rerun-if-changed={}", input.display());
        }
        let folder = folder_of_executable(self.out_dir, self.crates);
        // An executable may have the name of its package.
        let name = match owner {
            Owner::Executable => format!("bin-{name}"),
            Owner::Library | Owner::Package => name.to_owned(),
        };
        write_beside(&beside, self.out_dir, folder, &format!("{name}-"))?;
        let path = self.out_dir.join(format!("{name}.resources.o"));
        link::resources(&path, target, &blob, owner)?;
        Ok(path)
    }

    /// Refuses a configuration that wants another Python than there is, or what only one of several can have.
    fn check(&self, config: &Config, name: &str) -> Result<(), Failure> {
        if config.native_libraries.load == NativeLoad::Files {
            return Err(Failure::other(format!(
                "{name} is to have its libraries in a folder beside it, which packages with configurations of their own would \
                 share: choose another value of `load` in [native_libraries]"
            )));
        }
        allocator::check(&config.allocator, &self.record.allocators())
            .map_err(|error| at_fault(error, config))?;
        let (wanted, is_it) = match &config.distribution {
            DistributionRequest::Version(version) | DistributionRequest::Build(version) => {
                let version = version.to_string();
                let is_it = version == self.record.python;
                (format!("Python {version}"), is_it)
            }
            DistributionRequest::LocalPath { sha256, .. }
            | DistributionRequest::Url { sha256, .. }
            | DistributionRequest::Unpacked(sha256) => {
                let sha256 = sha256.to_string();
                let is_it = sha256 == self.record.distribution;
                (format!("the distribution with the SHA-256 {sha256}"), is_it)
            }
        };
        if is_it {
            return Ok(());
        }
        Err(Failure::other(format!(
            "{name} is to have {wanted}, but the first of the configurations that Cargo builds together has Python {} of another \
             distribution: build its package in a workspace of its own",
            self.record.python
        )))
    }
}
