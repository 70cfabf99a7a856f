//! From what the configuration asks for to an unpacked distribution.
//!
//! `local_path`, `url` and `build` name one archive, and fail when that cannot be used. `version` means *a
//! working one*: there are several ways to have it, and whatever is wrong with what one leads to, its
//! download, its digest, its contents or how it links, the next is tried, with a line that says why.

use std::error::Error;
use std::path::{Path, PathBuf};

use pyresources::cpu::X86Level;

use super::archive::{self, ArchiveError};
use super::bitcode;
use super::build::{self, BuildRequest};
use super::error::{DistributionError, with_causes};
use super::fetch;
use super::model::Distribution;
use super::pinned::{self, Pinned};
use super::shelf::{self, Shelved};
use crate::cache::Cache;
use crate::config::resolved::{DistributionRequest, PythonVersion, Sha256Digest};
use crate::link::BitcodeSupport;
use crate::reporter::Reporter;

/// For whom a distribution is.
#[derive(Clone, Copy)]
pub struct Purpose<'a> {
    /// Rust's name of what the executable is built for.
    pub target: &'a str,
    /// Which bitcode can be made native code here.
    pub bitcode: BitcodeSupport,
}

/// Why the caller does not take a distribution.
#[derive(Debug)]
pub enum Rejection<E> {
    /// Something is wrong with the distribution, or how it works with this machine's tools.
    Unusable(E),
    /// Something is wrong with what the caller was asked for. No other distribution would help.
    Final(E),
}

/// Finds, fetches or builds what `request` asks for, and unpacks and reads it.
///
/// # Errors
/// When there is no such distribution for this target.
pub fn resolve(
    request: &DistributionRequest,
    purpose: Purpose<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
) -> Result<Distribution, DistributionError> {
    let take = |_: &Distribution| Ok::<_, Rejection<DistributionError>>(());
    let (distribution, ()) = resolve_with(request, purpose, cache, reporter, take)?;
    Ok(distribution)
}

/// As [`resolve`], with what `accept` makes of the distribution. Where a mere version is asked for, a
/// distribution that `accept` finds [unusable](Rejection::Unusable) counts as one that is not there.
///
/// # Errors
/// When there is no such distribution for this target, or `accept` takes none.
pub fn resolve_with<T, E>(
    request: &DistributionRequest,
    purpose: Purpose<'_>,
    cache: &Cache,
    reporter: &dyn Reporter,
    mut accept: impl FnMut(&Distribution) -> Result<T, Rejection<E>>,
) -> Result<(Distribution, T), E>
where
    E: Error + From<DistributionError>,
{
    let resolver = Resolver { target: purpose.target, bitcode: purpose.bitcode, cache, reporter };
    let found = match request {
        DistributionRequest::Version(version) => {
            return resolver.version(*version, &mut accept);
        }
        DistributionRequest::LocalPath { path, sha256 } => resolver.local(path, sha256),
        DistributionRequest::Url { url, sha256 } => resolver.url(url, sha256),
        DistributionRequest::Build(version) => resolver.build(*version),
        DistributionRequest::Unpacked(sha256) => resolver.unpacked(sha256),
    }?;
    match accept(&found) {
        Ok(accepted) => Ok((found, accepted)),
        Err(Rejection::Unusable(error) | Rejection::Final(error)) => Err(error),
    }
}

struct Resolver<'a> {
    target: &'a str,
    bitcode: BitcodeSupport,
    cache: &'a Cache,
    reporter: &'a dyn Reporter,
}

/// A way to have a distribution of a version.
enum Way {
    /// An archive in the cache.
    Cached(Shelved),
    /// A published archive.
    Published(Pinned),
    /// None, as nothing is published.
    Unpublished,
    /// Building one.
    Build,
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

    /// Tries each way to have a version.
    fn version<T, E>(
        &self,
        version: PythonVersion,
        accept: &mut dyn FnMut(&Distribution) -> Result<T, Rejection<E>>,
    ) -> Result<(Distribution, T), E>
    where
        E: Error + From<DistributionError>,
    {
        let mut reasons = Vec::new();
        let mut hint = None;
        for way in self.ways(version)? {
            let reason = match self.follow(&way, version) {
                Err(error) if error.is_final() => return Err(error.into()),
                Err(error) => {
                    let what_to_do = error.hint().filter(|_| error.is_about_the_linker());
                    let what_to_do = what_to_do.map(|hint| format!(" (hint: {hint})"));
                    hint = error.hint();
                    with_causes(&error) + &what_to_do.unwrap_or_default()
                }
                Ok(None) => "no published archive of it is known".to_owned(),
                Ok(Some(found)) => match accept(&found) {
                    Ok(accepted) => return Ok((found, accepted)),
                    Err(Rejection::Final(error)) => return Err(error),
                    Err(Rejection::Unusable(error)) => {
                        format!("{}: {}", self.name(&way), with_causes(&error))
                    }
                },
            };
            if !matches!(way, Way::Build) {
                let target = self.target;
                self.reporter.note(&format!("CPython {version} for {target}: {reason}"));
            }
            reasons.push(reason);
        }
        let target = self.target.to_owned();
        Err(DistributionError::NoneUsable { version, target, ways: reasons, hint }.into())
    }

    /// The ways to have a version, the best first.
    fn ways(&self, version: PythonVersion) -> Result<Vec<Way>, DistributionError> {
        let cached = shelf::candidates(self.cache, version, self.target)?;
        let mut ways: Vec<Way> = cached.into_iter().map(Way::Cached).collect();
        let published = pinned::pinned(version, self.target)?;
        ways.push(published.map_or(Way::Unpublished, Way::Published));
        ways.push(Way::Build);
        Ok(ways)
    }

    /// What a way leads to; `None` when it leads nowhere.
    fn follow(
        &self,
        way: &Way,
        version: PythonVersion,
    ) -> Result<Option<Distribution>, DistributionError> {
        let found = match way {
            Way::Cached(Shelved { path, sha256 }) => {
                let name = path.display().to_string();
                if self.bitcode == BitcodeSupport::No && bitcode::name_says_bitcode(&name) {
                    return Err(DistributionError::NoBitcodeLinker { archive: name });
                }
                match sha256 {
                    Some(sha256) => self.known(path, sha256),
                    None => self.unknown(path),
                }
            }
            Way::Published(Pinned { url, sha256, format, .. }) => {
                // Before a hundred megabytes are downloaded for nothing.
                bitcode::check_bitcode(format, self.bitcode, url)?;
                self.url(url, sha256)
            }
            Way::Unpublished => return Ok(None),
            Way::Build => self.build(version),
        }?;
        if found.version == version {
            return Ok(Some(found));
        }
        let (archive, found) = (self.name(way), found.full_version);
        Err(DistributionError::WrongVersion { archive, expected: version, found })
    }

    /// What a person knows the archive of a way by.
    fn name(&self, way: &Way) -> String {
        match way {
            Way::Cached(Shelved { path, .. }) => format!("`{}`", path.display()),
            Way::Published(Pinned { url, .. }) => format!("`{url}`"),
            Way::Unpublished | Way::Build => "the one that was built here".to_owned(),
        }
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
        if distribution.free_threaded {
            return Err(DistributionError::FreeThreaded { archive: archive.to_owned() });
        }
        check_processor(&distribution, archive)?;
        bitcode::check_bitcode(&distribution.object_format, self.bitcode, archive)?;
        Ok(distribution)
    }
}

/// Whether the distribution's interpreter runs here, if it is for this kind of machine at all.
fn check_processor(distribution: &Distribution, archive: &str) -> Result<(), DistributionError> {
    if !is_this_machine(&distribution.target_triple) {
        return Ok(());
    }
    let missing = missing_features(distribution.cpu_level);
    if missing.is_empty() {
        return Ok(());
    }
    let (archive, level) = (archive.to_owned(), distribution.cpu_level);
    Err(DistributionError::Processor { archive, level, missing })
}

#[cfg(target_arch = "x86_64")]
fn missing_features(level: X86Level) -> Vec<&'static str> {
    level.missing(|name| pyresources::has_x86_feature!(name)).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn missing_features(_: X86Level) -> Vec<&'static str> {
    Vec::new()
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
