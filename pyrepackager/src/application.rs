//! From a configuration to a finished executable, by way of a runtime: no linker and no compiler is needed.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use fs_err as fs;

use crate::beside;
use crate::cache::Cache;
use crate::config::resolved::{Config, DistributionRequest};
use crate::inject::inject;
use crate::licenses::crates::Linked;
use crate::link::{BitcodeSupport, Compiler};
use crate::native::Report;
use crate::pipeline::{self, Error, Packed};
use crate::profile::Profile;
use crate::reporter::Reporter;
use crate::requirements::Locked;
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
    /// Whether the lock file may be written.
    pub locked: Locked,
    /// What runs of the application have used.
    pub profile: Option<&'a Profile>,
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
    let Request { config, version, target, output, .. } = *request;
    let shelf = Shelf::open(cache)?;
    let wanted = Wanted { version, target, request: &config.distribution };
    let Some(Runtime { executable, record }) = shelf.find(&wanted)? else {
        return Err(RuntimeError::None { target: target.to_owned() }.into());
    };
    let packed = packed(request, &record, cache, reporter)?;
    let lacks = |name: &str| record.extensions.binary_search_by(|e| e.as_str().cmp(name)).is_err();
    let lacking: Vec<String> =
        packed.extensions.iter().map(|e| e.name.clone()).filter(|name| lacks(name)).collect();
    if !lacking.is_empty() {
        return Err(RuntimeError::Lacking { extensions: lacking }.into());
    }
    let folder = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    write(output, folder, &fs::read(executable)?, &packed.blob)?;
    let mut beside = Vec::new();
    for pipeline::Folder { name, heading, files } in &packed.beside {
        let folder = folder.join(name);
        beside::write(&folder, heading, files)?;
        beside.push(folder);
    }
    let mut native = packed.native;
    native.glibc.executable = record.glibc;
    let size = fs::metadata(output)?.len();
    Ok(Application { path: output.to_owned(), size, beside, native })
}

/// The application's resources, made for the runtime's own distribution and importer.
fn packed(
    request: &Request<'_>,
    record: &Record,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Packed, Error> {
    let Request { config, target, locked, profile, .. } = *request;
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
        bitcode: BitcodeSupport::Unknown,
        bootstrap: &bootstrap,
        locked,
        crates: &Linked { components: record.crates(), ..Linked::default() },
        profile,
        out_dir: scratch.path(),
    };
    pipeline::pack(&request, cache, reporter)
}

/// Writes the executable under another name, and gives it its own then.
fn write(output: &Path, folder: &Path, runtime: &[u8], blob: &[u8]) -> Result<(), Error> {
    fs::create_dir_all(folder)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pyoxidizer-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let mut file = builder.tempfile_in(folder)?;
    {
        let mut out = BufWriter::new(file.as_file_mut());
        inject(runtime, blob, &mut out)?;
        out.flush()?;
    }
    file.persist(output).map_err(|failed| {
        let message = format!("cannot write `{}`: {}", output.display(), failed.error);
        std::io::Error::new(failed.error.kind(), message)
    })?;
    Ok(())
}
