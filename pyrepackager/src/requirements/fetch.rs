//! From a locked set to unpacked wheels: downloads and builds what the cache does not hold.
//!
//! A wheel is known by its own hash. What is built of source is known by the hash of the source and
//! by what it was built for, and `built/KEY` says which wheel came of it:
//!
//! ```text
//! built/1/KEY     the wheel's SHA-256, a space, its file name
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::demand::Demand;
use super::error::RequirementsError;
use super::installer::Installer;
use super::lock::{From, LockedPackage, LockedSet};
use super::resolve::log_name;
use super::tree;
use crate::cache::CacheError;
use crate::config::resolved::Sha256Digest;
use crate::digest::Hasher;
use crate::wheel::name::normalise;
use crate::wheel::tags::Supported;
use crate::wheel::{self, InstalledWheel, WheelName};

/// What a path in a URL cannot hold as it is.
const PATH: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'?').add(b'[').add(b']');

/// The folder of the cache that says which wheel was built of which source.
const BUILT: &str = "built/1";

/// Where a distribution's wheel is looked for in the cache.
enum Key {
    /// It is a wheel: by its hash.
    Wheel(String, Sha256Digest),
    /// It is built: by the name of the file in [`BUILT`].
    Built(String),
}

/// Provides the wheels of `set`.
///
/// # Errors
///
/// When one can neither be fetched nor built, or is not the one that was locked.
pub fn fetch(
    demand: &Demand,
    set: &LockedSet,
    installer: &Installer<'_>,
) -> Result<Vec<InstalledWheel>, RequirementsError> {
    let keys: Vec<Key> = set
        .packages
        .iter()
        .map(|package| key(demand, package, installer))
        .collect::<Result<_, _>>()?;
    let mut wheels = Vec::new();
    let mut missing = Vec::new();
    for (package, key) in set.packages.iter().zip(&keys) {
        match look_up(key, installer)? {
            Some(wheel) => wheels.push(from_archive(wheel, package)),
            None => missing.push((package, key)),
        }
    }
    let (archives, sources): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|(package, _)| matches!(package.from, From::Archive { .. }));
    for (part, what) in [(archives, "fetch"), (sources, "build")] {
        if !part.is_empty() {
            wheels.append(&mut run_pip(demand, &part, what, installer)?);
        }
    }
    wheels.sort_by(|a, b| a.file_name.cmp(&b.file_name));
    Ok(wheels)
}

fn key(
    demand: &Demand,
    package: &LockedPackage,
    installer: &Installer<'_>,
) -> Result<Key, RequirementsError> {
    let distribution = installer.distribution;
    let source = match &package.from {
        From::Archive { file, sha256, .. } => {
            if let Ok(digest) = sha256.parse()
                && WheelName::parse(file).is_some()
            {
                return Ok(Key::Wheel(file.clone(), digest));
            }
            sha256.clone()
        }
        From::Repository { repository } => repository.clone(),
        From::Folder { folder } => {
            tree::digest(demand.line, &installer.folder.join(folder))?.0.to_string()
        }
    };
    let mut hash = Hasher::default();
    hash.add_block(source);
    hash.add_block(distribution.archive_sha256.0);
    hash.add_block(&distribution.target_triple);
    demand.extra_args.iter().for_each(|argument| hash.add_block(argument));
    Ok(Key::Built(hash.finish().to_string()))
}

fn look_up(
    key: &Key,
    installer: &Installer<'_>,
) -> Result<Option<InstalledWheel>, RequirementsError> {
    let (name, sha256) = match key {
        Key::Wheel(name, sha256) => (name.clone(), *sha256),
        Key::Built(key) => {
            let path = installer.cache.folder(BUILT)?.join(key);
            let text = fs_err::read_to_string(path).unwrap_or_default();
            match text.split_once(' ').map(|(sha256, name)| (name, sha256.parse())) {
                Some((name, Ok(sha256))) => (name.to_owned(), sha256),
                _ => return Ok(None),
            }
        }
    };
    Ok(wheel::installed(&name, sha256, installer.cache)?)
}

/// The wheel with the archive that was locked.
fn from_archive(mut wheel: InstalledWheel, package: &LockedPackage) -> InstalledWheel {
    wheel.archive = match &package.from {
        From::Archive { sha256, .. } => sha256.parse().ok(),
        From::Repository { .. } | From::Folder { .. } => None,
    };
    wheel
}

/// Has pip download and build, and unpacks what comes of it.
fn run_pip(
    demand: &Demand,
    packages: &[(&LockedPackage, &Key)],
    what: &str,
    installer: &Installer<'_>,
) -> Result<Vec<InstalledWheel>, RequirementsError> {
    let scratch = installer.scratch()?;
    let input = scratch.path().join("requirements.txt");
    let wheels = scratch.path().join("wheels");
    let mut lines: String = demand.options.iter().map(|line| format!("{line}\n")).collect();
    let mut folders = Vec::new();
    for (package, _) in packages {
        match &package.from {
            From::Folder { folder } => {
                let folder = installer.folder.join(folder);
                folders.push(tree::stage(demand.line, &folder, scratch.path())?);
            }
            _ => lines += &requirement(package, installer.folder),
        }
    }
    fs_err::write(&input, lines)
        .map_err(|source| RequirementsError::Scratch { path: input.clone(), source })?;
    let mut command = installer.pip();
    command.args(["wheel", "--no-deps", "--wheel-dir"]).arg(&wheels);
    if packages.iter().all(|(package, _)| matches!(package.from, From::Archive { .. })) {
        command.arg("--require-hashes");
    }
    command.arg("--requirement").arg(&input).args(&folders).args(&demand.extra_args);
    let name = log_name(demand, what);
    let ended = installer.run(command, &format!("Fetching {}", demand.label), &name)?;
    if !ended.success {
        return Err(installer.failure(demand, ended));
    }
    let mut made = made_wheels(&wheels);
    let supported = Supported::by(installer.distribution);
    let mut installed = Vec::new();
    for (package, key) in packages {
        let Some(path) = made.remove(&package.name) else {
            let (line, label, log) = (demand.line, demand.label.clone(), ended.log.clone());
            let end = format!("it made no wheel of {}", package.name);
            return Err(RequirementsError::Installer { line, label, end, log });
        };
        let wheel = wheel::unpack(&path, &supported, installer.cache, installer.reporter)
            .map_err(|error| RequirementsError::Wheel { line: demand.line, error })?;
        keep(demand, key, &wheel, installer)?;
        installed.push(from_archive(wheel, package));
    }
    Ok(installed)
}

/// The line of a requirements file that asks for exactly this archive or commit; empty for a folder, which
/// is an argument of its own.
fn requirement(package: &LockedPackage, folder: &Path) -> String {
    let LockedPackage { name, version, from } = package;
    match from {
        From::Archive { sha256, url: None, .. } => {
            format!("{name}=={version} --hash=sha256:{sha256}\n")
        }
        From::Archive { sha256, url: Some(url), .. } if url.contains("://") => {
            format!("{name} @ {url} --hash=sha256:{sha256}\n")
        }
        From::Archive { sha256, url: Some(path), .. } => {
            let path = folder.join(path).display().to_string();
            let url = utf8_percent_encode(&path, PATH);
            format!("{name} @ file://{url} --hash=sha256:{sha256}\n")
        }
        From::Repository { repository } => format!("{name} @ {repository}\n"),
        From::Folder { .. } => String::new(),
    }
}

/// The wheels in a folder, by the normalised name of their distribution.
fn made_wheels(folder: &Path) -> BTreeMap<String, PathBuf> {
    let wheels = wheel::find(folder).unwrap_or_default().into_iter();
    let named = wheels.filter_map(|path| {
        let name = WheelName::parse(path.file_name()?.to_str()?)?;
        Some((normalise(&name.name), path))
    });
    named.collect()
}

/// Checks a wheel against what was locked, or notes what it was built of.
fn keep(
    demand: &Demand,
    key: &Key,
    wheel: &InstalledWheel,
    installer: &Installer<'_>,
) -> Result<(), RequirementsError> {
    match key {
        Key::Wheel(_, expected) if *expected == wheel.sha256 => Ok(()),
        Key::Wheel(file, expected) => Err(RequirementsError::Hash {
            line: demand.line,
            file: file.clone(),
            expected: *expected,
            found: wheel.sha256,
        }),
        Key::Built(key) => {
            let path = installer.cache.folder(BUILT)?.join(key);
            let text = format!("{} {}", wheel.sha256, wheel.file_name);
            fs_err::write(&path, text).map_err(|source| CacheError::Write { path, source }.into())
        }
    }
}
