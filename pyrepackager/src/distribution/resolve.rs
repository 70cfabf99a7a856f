//! From what the configuration asks for to an unpacked distribution.

use std::path::{Path, PathBuf};

use super::archive::{self, ArchiveError};
use super::bitcode;
use super::build::{self, BuildRequest};
use super::error::{DistributionError, with_causes};
use super::fetch;
use super::model::Distribution;
use super::pinned;
use super::shelf::{self, Shelved};
use crate::cache::Cache;
use crate::config::resolved::{DistributionRequest, PythonVersion, Sha256Digest};
use crate::link::BitcodeSupport;
use crate::reporter::Reporter;

/// Finds, fetches or builds what `request` asks for, and unpacks and reads it.
///
/// `target` is Rust's name of what the executable is built for, `bitcode` what its linker reads. A
/// mere version is satisfied by an archive that this linker can take; any other request names one.
///
/// # Errors
/// When there is no such distribution for this target, or the linker cannot take it.
pub fn resolve(
    request: &DistributionRequest,
    target: &str,
    bitcode: BitcodeSupport,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Distribution, DistributionError> {
    let resolver = Resolver { target, bitcode, cache, reporter };
    match request {
        DistributionRequest::LocalPath { path, sha256 } => resolver.local(path, sha256),
        DistributionRequest::Url { url, sha256 } => resolver.url(url, sha256),
        DistributionRequest::Version(version) => resolver.version(*version),
        DistributionRequest::Build(version) => resolver.build(*version),
        DistributionRequest::Unpacked(sha256) => resolver.unpacked(sha256),
    }
}

struct Resolver<'a> {
    target: &'a str,
    bitcode: BitcodeSupport,
    cache: &'a Cache,
    reporter: &'a dyn Reporter,
}

impl Resolver<'_> {
    fn local(&self, path: &Path, sha256: &Sha256Digest) -> Result<Distribution, DistributionError> {
        let root = archive::unpack(path, sha256, self.cache, self.reporter)?;
        self.open(&root, sha256, &path.display().to_string())
    }

    fn unpacked(&self, sha256: &Sha256Digest) -> Result<Distribution, DistributionError> {
        match archive::unpacked(self.cache, sha256) {
            Some(root) => self.open(&root, sha256, &sha256.to_string()),
            None => Err(DistributionError::NotUnpacked { sha256: *sha256 }),
        }
    }

    fn url(&self, url: &str, sha256: &Sha256Digest) -> Result<Distribution, DistributionError> {
        if let Some(root) = archive::unpacked(self.cache, sha256) {
            return self.open(&root, sha256, url);
        }
        let lock = self.cache.lock(&format!("archive-{sha256}"), self.reporter)?;
        let path = shelf::place_of(self.cache, sha256, url)?;
        if path.is_file() {
            match archive::unpack(&path, sha256, self.cache, self.reporter) {
                // It was whole when it was put there; what happened since, nobody knows.
                Err(error @ ArchiveError::Sha256 { .. }) => {
                    self.reporter.note(&format!("{error}; downloading it again"));
                }
                unpacked => return self.open(&unpacked?, sha256, url),
            }
        }
        fetch::fetch(url, sha256, &path, &lock, self.reporter)?;
        let root = archive::unpack(&path, sha256, self.cache, self.reporter)?;
        self.open(&root, sha256, url)
    }

    fn version(&self, version: PythonVersion) -> Result<Distribution, DistributionError> {
        match self.cached(version)? {
            Some(distribution) => return Ok(distribution),
            None => self.reporter.note(&format!(
                "CPython {version} for {}: the cache `{}` has no archive of it that can be used",
                self.target,
                self.cache.root().display()
            )),
        }
        let passed_over = match pinned::pinned(version, self.target) {
            None => "no published archive of it is known".to_owned(),
            Some(row) if self.is_hopeless(row.url) => {
                let archive = row.url.to_owned();
                with_hint(&DistributionError::NoBitcodeLinker { archive })
            }
            Some(row) => match self.url(row.url, &row.sha256) {
                Err(DistributionError::Fetch(error)) if error.is_about_the_network() => {
                    with_causes(&error)
                }
                Err(error) if error.is_about_the_linker() => with_hint(&error),
                outcome => return outcome,
            },
        };
        self.reporter.note(&format!("CPython {version} for {}: {passed_over}", self.target));
        self.build(version)
    }

    /// The best archive of the cache that can be used.
    fn cached(&self, version: PythonVersion) -> Result<Option<Distribution>, DistributionError> {
        for Shelved { path, sha256 } in shelf::candidates(self.cache, version, self.target)? {
            let name = path.display().to_string();
            let outcome = match sha256 {
                _ if self.is_hopeless(&name) => {
                    Err(DistributionError::NoBitcodeLinker { archive: name })
                }
                Some(sha256) => self.known(&path, &sha256),
                None => self.unknown(&path),
            };
            match outcome {
                Ok(distribution) if distribution.version == version => {
                    return Ok(Some(distribution));
                }
                Ok(distribution) => self.reporter.note(&format!(
                    "passing over a cached archive: `{}` holds CPython {}",
                    path.display(),
                    distribution.full_version
                )),
                Err(error @ DistributionError::Cache(_)) => return Err(error),
                Err(error) => self
                    .reporter
                    .note(&format!("passing over a cached archive: {}", with_causes(&error))),
            }
        }
        Ok(None)
    }

    /// Whether the name alone says that the linker cannot take the archive, so that downloading
    /// or unpacking it is of no use.
    fn is_hopeless(&self, name: &str) -> bool {
        self.bitcode == BitcodeSupport::No && bitcode::name_says_bitcode(name)
    }

    /// An archive whose hash its place tells.
    fn known(&self, path: &Path, sha256: &Sha256Digest) -> Result<Distribution, DistributionError> {
        match archive::unpacked(self.cache, sha256) {
            Some(root) => self.open(&root, sha256, &path.display().to_string()),
            None => self.local(path, sha256),
        }
    }

    /// An archive that is what it is: the hash only serves to name the unpacked folder.
    fn unknown(&self, path: &Path) -> Result<Distribution, DistributionError> {
        let sha256 = archive::sha256_of(path, self.reporter)
            .map_err(|source| ArchiveError::Unreadable { path: path.to_owned(), source })?;
        self.known(path, &sha256)
    }

    fn build(&self, version: PythonVersion) -> Result<Distribution, DistributionError> {
        if !is_this_machine(self.target) {
            let target = self.target.to_owned();
            return Err(DistributionError::ForeignTarget { version, target });
        }
        let request = BuildRequest::plain(version);
        let recipe = request.recipe();
        let _lock = self.cache.lock(&format!("built-{recipe}"), self.reporter)?;
        let folder = self.cache.folder(&format!("{}/{recipe}", shelf::BUILT))?;
        if let Some(path) = shelf::find_built(&folder, version, self.target)? {
            match self.unknown(&path) {
                // It was whole when it was built.
                Err(DistributionError::Archive(error)) => {
                    self.reporter.note(&format!("{}; building it again", with_causes(&error)));
                }
                outcome => return outcome,
            }
        }
        let path = self.build_into(&request, &folder)?;
        self.unknown(&path)
    }

    fn build_into(
        &self,
        request: &BuildRequest,
        folder: &Path,
    ) -> Result<PathBuf, DistributionError> {
        let version = request.version;
        build::build_archive(request, folder, self.cache, self.reporter)
            .map_err(|source| DistributionError::Build { version, source })
    }

    fn open(
        &self,
        root: &Path,
        sha256: &Sha256Digest,
        archive: &str,
    ) -> Result<Distribution, DistributionError> {
        let distribution = Distribution::open(root, *sha256)
            .map_err(|source| DistributionError::Content { archive: archive.to_owned(), source })?;
        if distribution.target_triple != self.target {
            return Err(DistributionError::WrongTarget {
                archive: archive.to_owned(),
                expected: self.target.to_owned(),
                found: distribution.target_triple,
            });
        }
        bitcode::check_bitcode(&distribution.object_format, self.bitcode, archive)?;
        Ok(distribution)
    }
}

/// An error and what to do about it, in one line.
fn with_hint(error: &DistributionError) -> String {
    let hint = error.hint().map(|hint| format!(" (hint: {hint})"));
    with_causes(error) + &hint.unwrap_or_default()
}

/// Whether binaries for `target` run here, as far as the builder is concerned.
fn is_this_machine(target: &str) -> bool {
    let system = match std::env::consts::OS {
        "macos" => "apple-darwin",
        "windows" => "pc-windows-msvc",
        "linux" => "unknown-linux-gnu",
        other => other,
    };
    target == format!("{}-{system}", std::env::consts::ARCH)
}

#[cfg(test)]
mod tests;
