//! What a program in C or C++ is built from that embeds Python, without Cargo.
//!
//! A [`Kit`] is all of it but the application: libraries, headers, and what belongs to them. It is made once for a
//! distribution and a version of `pyembed`, and kept in the cache. [`write()`] adds an application.
//!
//! * `flags`: what linkers and build systems are told.

mod flags;

use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::beside;
use crate::cache::{Cache, seal};
use crate::copy::copy_folder;
use crate::link::{self, KitLinks};
use crate::pipeline::{self, Error, Foundation, Packed};
use crate::reporter::Reporter;
use crate::runtime::{FILE_NAME, Record, Wanted};

/// The folder of kits in the cache.
pub const FOLDER: &str = "embedding";

/// Name of the file with a [`Description`], in JSON.
const DESCRIPTION: &str = "kit.json";

/// The library with the Rust code.
const RUST_LIBRARY: &str = "libpyembed.a";

/// The application's resources.
const RESOURCES: &str = "libpyembed_resources.a";

/// How the text begins by which a folder of artifacts is known.
const HEADING: &str = "Python for programs in C and C++\n";

/// All that is linked but an application.
#[derive(Clone, Debug)]
pub struct Kit {
    folder: PathBuf,
    /// What an application has to fit.
    pub record: Record,
    description: Description,
}

/// What is known of a kit beside its [`Record`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Description {
    /// Full version of Python.
    python: String,
    /// Name of the folder of Python's headers.
    headers: String,
    /// Libraries of the operating system.
    system: Vec<String>,
    /// Arguments for the linker of executables.
    executable_arguments: Vec<String>,
}

/// What Cargo has made for a kit.
#[derive(Clone, Copy, Debug)]
pub struct RustPart<'a> {
    /// The static library.
    pub library: &'a Path,
    /// The header of its interface.
    pub header: &'a Path,
    /// What an application has to fit.
    pub record: &'a Record,
}

/// The kits in a cache.
#[derive(Clone, Debug)]
pub struct Kits<'a> {
    cache: &'a Cache,
    folder: PathBuf,
}

impl<'a> Kits<'a> {
    /// Those of a cache.
    ///
    /// # Errors
    /// When its folder cannot be made.
    pub fn open(cache: &'a Cache) -> Result<Self, Error> {
        Ok(Self { cache, folder: cache.folder(FOLDER)? })
    }

    /// A kit that fits, if one is there that nobody has changed.
    ///
    /// # Errors
    /// When one is there and cannot be read.
    pub fn find(&self, wanted: &Wanted<'_>) -> Result<Option<Kit>, Error> {
        for folder in fs::read_dir(&self.folder)? {
            let folder = folder?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            if !name.starts_with(&Record::name_of(wanted.version, wanted.target, "")) {
                continue;
            }
            let record = Record::read(&folder.join(FILE_NAME))?;
            if wanted.is(&record) && seal::is_intact(&folder, None)? {
                let text = fs::read(folder.join(DESCRIPTION))?;
                let description = serde_json::from_slice(&text).map_err(std::io::Error::from)?;
                return Ok(Some(Kit { folder, record, description }));
            }
        }
        Ok(None)
    }

    /// Makes a kit of what Cargo has made, with the Python that the request's configuration asks for.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn make(
        &self,
        request: &pipeline::Request<'_>,
        rust: RustPart<'_>,
        reporter: &dyn Reporter,
    ) -> Result<(), Error> {
        let Foundation { distribution, selection, objects } =
            pipeline::foundation(request, self.cache, reporter)?;
        let RustPart { record, .. } = rust;
        let name = record.name();
        let folder = self.folder.join(&name);
        let lock = self.cache.lock(FOLDER, reporter)?;
        let partial = lock.partial_folder(&folder)?;
        let (lib, include) = (partial.path().join("lib"), partial.path().join("include"));
        fs::create_dir_all(&lib)?;
        let KitLinks { system, executable_arguments } = link::kit(
            &distribution,
            &selection.extensions,
            &objects,
            request.compiler,
            &lib,
            request.out_dir,
        )?;
        fs::copy(rust.library, lib.join(RUST_LIBRARY))?;
        let headers = format!("python{}", distribution.version);
        copy_folder(&distribution.include, &include.join(&headers))?;
        fs::copy(rust.header, include.join("pyembed.h"))?;
        let python = distribution.full_version;
        let description = Description { python, headers, system, executable_arguments };
        let text = serde_json::to_vec_pretty(&description).map_err(std::io::Error::from)?;
        fs::write(partial.path().join(DESCRIPTION), text)?;
        record.write(&partial.path().join(FILE_NAME))?;
        Ok(partial.finish()?)
    }
}

/// Makes a folder hold a kit and an application, and nothing else.
///
/// # Errors
///
/// When it holds something else already, or cannot be written to.
pub fn write(kit: &Kit, packed: &Packed, folder: &Path) -> Result<(), Error> {
    let absolute = std::path::absolute(folder)?;
    if let Some(parent) = absolute.parent() {
        fs::create_dir_all(parent)?;
    }
    // An empty folder is as good as none.
    if fs::read_dir(&absolute).is_ok_and(|mut entries| entries.next().is_none()) {
        fs::remove_dir(&absolute)?;
    }
    let mut files = Vec::new();
    for entry in WalkDir::new(&kit.folder).sort_by_file_name() {
        let entry = entry.map_err(std::io::Error::from)?;
        let relative = entry.path().strip_prefix(&kit.folder).unwrap_or(entry.path());
        let is_wanted = relative.starts_with("lib") || relative.starts_with("include");
        if is_wanted && entry.file_type().is_file() {
            files.push((relative.to_string_lossy().into_owned(), fs::read(entry.path())?));
        }
    }
    let scratch = tempfile::tempdir()?;
    let resources = scratch.path().join(RESOURCES);
    link::kit_resources(&resources, &kit.record.target, &packed.blob)?;
    files.push((format!("lib/{RESOURCES}"), fs::read(resources)?));
    for (path, text) in flags::files(kit, &absolute)? {
        files.push((path, text.into_bytes()));
    }
    for pipeline::Folder { name, files: own, .. } in &packed.beside {
        files.extend(own.iter().map(|(path, content)| (format!("{name}/{path}"), content.clone())));
    }
    files.push((beside::README.to_owned(), flags::readme(kit).into_bytes()));
    beside::write(&absolute, HEADING, &files)?;
    Ok(())
}
