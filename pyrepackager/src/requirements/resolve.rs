//! Asks an installer which distributions satisfy a demand.
//!
//! uv is asked where there is one, as it takes a tenth of the time; it is not where pip's own arguments
//! are to count, and what it cannot do is left to pip. So whatever goes wrong is said by pip.

use std::path::Path;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::demand::{Demand, relative};
use super::error::RequirementsError;
use super::installer::Installer;
use super::lock::{From, LockedPackage, LockedSet};
use super::{pip, tree};
use crate::wheel::WheelName;
use crate::wheel::name::normalise;
use crate::wheel::tags::Supported;

/// Finds what satisfies `demand`.
///
/// # Errors
///
/// When nothing does, or no index answers.
pub fn resolve(demand: &Demand, installer: &Installer<'_>) -> Result<LockedSet, RequirementsError> {
    let scratch = installer.scratch()?;
    let input = scratch.path().join("requirements.txt");
    let mut text: String = demand.requirements.iter().map(|line| format!("{line}\n")).collect();
    let mut staged = None;
    if let Some((folder, extras)) = &demand.project {
        let place = tree::stage(demand.line, folder, scratch.path())?;
        text += &format!("{}{extras}\n", place.display());
        staged = Some((place, relative(folder, installer.folder)));
    }
    fs_err::write(&input, text)
        .map_err(|source| RequirementsError::Scratch { path: input.clone(), source })?;
    let mut packages = match by_uv(demand, installer, &input, scratch.path())? {
        Some(packages) => packages,
        None => by_pip(demand, installer, &input, scratch.path())?,
    };
    if let Some((place, folder)) = staged {
        let place = relative(&place, installer.folder);
        for package in &mut packages {
            if matches!(&package.from, From::Folder { folder } if *folder == place) {
                package.from = From::Folder { folder: folder.clone() };
            }
        }
    }
    Ok(LockedSet::new(demand, installer.distribution, packages))
}

/// What uv finds; `None` where pip has to be asked.
fn by_uv(
    demand: &Demand,
    installer: &Installer<'_>,
    input: &Path,
    scratch: &Path,
) -> Result<Option<Vec<LockedPackage>>, RequirementsError> {
    if !demand.extra_args.is_empty() {
        return Ok(None);
    }
    let Some(mut command) = installer.uv() else { return Ok(None) };
    let output = scratch.join("pylock.toml");
    command.args(["pip", "compile", "--quiet", "--no-header", "--format", "pylock.toml"]);
    command.arg("--python").arg(&installer.distribution.python_exe);
    command.arg("--output-file").arg(&output).arg(input);
    let name = log_name(demand, "uv");
    let ended = installer.run(command, &format!("Resolving {}", demand.label), &name)?;
    if !ended.success {
        return Ok(None);
    }
    let lock = fs_err::read_to_string(&output).ok().and_then(|text| toml::from_str(&text).ok());
    let Some(PyLock { packages }) = lock else { return Ok(None) };
    let supported = Supported::by(installer.distribution);
    Ok(packages.into_iter().map(|package| package.locked(&supported)).collect())
}

/// What pip finds.
fn by_pip(
    demand: &Demand,
    installer: &Installer<'_>,
    input: &Path,
    scratch: &Path,
) -> Result<Vec<LockedPackage>, RequirementsError> {
    let output = scratch.join("report.json");
    let mut command = installer.pip();
    command.args(["install", "--dry-run", "--ignore-installed", "--report"]).arg(&output);
    command.arg("--requirement").arg(input).args(&demand.extra_args);
    let name = log_name(demand, "resolve");
    let ended = installer.run(command, &format!("Resolving {}", demand.label), &name)?;
    if !ended.success {
        return Err(pip::failure(demand.line, &demand.label, ended));
    }
    let report: Result<Report, String> = fs_err::read(&output)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()));
    let strange = |end: String| {
        let (line, label, log) = (demand.line, demand.label.clone(), ended.log.clone());
        RequirementsError::Installer { line, label, end, log }
    };
    let report = report.map_err(|error| strange(format!("its report cannot be read: {error}")))?;
    let lock = |item: Installed| {
        let what = format!("its report says nothing of where {} is from", item.metadata.name);
        item.locked(installer).ok_or_else(|| strange(what))
    };
    report.install.into_iter().map(lock).collect()
}

/// The name of a log, without characters that a file name cannot have.
pub fn log_name(demand: &Demand, what: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let label: String = demand.label.chars().map(plain).take(60).collect();
    format!("{label}-{what}")
}

/// pip's installation report.
#[derive(Deserialize)]
struct Report {
    install: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    download_info: DirectUrl,
    #[serde(default)]
    is_direct: bool,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    version: String,
}

/// Where a distribution is from, in the terms of `direct_url.json`.
#[derive(Deserialize)]
struct DirectUrl {
    url: String,
    archive_info: Option<Archive>,
    vcs_info: Option<Repository>,
    dir_info: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Archive {
    #[serde(default)]
    hashes: Hashes,
}

#[derive(Default, Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

#[derive(Deserialize)]
struct Repository {
    vcs: String,
    commit_id: String,
}

impl Installed {
    fn locked(self, installer: &Installer<'_>) -> Option<LockedPackage> {
        let DirectUrl { url, archive_info, vcs_info, dir_info } = self.download_info;
        let from = if let Some(Repository { vcs, commit_id }) = vcs_info {
            From::Repository { repository: format!("{vcs}+{url}@{commit_id}") }
        } else if let Some(archive) = archive_info {
            let place = local_path(&url, installer).unwrap_or_else(|| url.clone());
            From::Archive {
                file: file_name(&url)?,
                sha256: archive.hashes.sha256?,
                url: self.is_direct.then_some(place),
            }
        } else {
            dir_info?;
            From::Folder { folder: local_path(&url, installer)? }
        };
        Some(LockedPackage {
            name: normalise(&self.metadata.name),
            version: self.metadata.version,
            from,
        })
    }
}

/// uv's answer: a `pylock.toml` (PEP 751).
#[derive(Deserialize)]
struct PyLock {
    #[serde(default)]
    packages: Vec<PyLockPackage>,
}

#[derive(Deserialize)]
struct PyLockPackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    wheels: Vec<PyLockFile>,
    sdist: Option<PyLockFile>,
}

#[derive(Deserialize)]
struct PyLockFile {
    url: Option<String>,
    name: Option<String>,
    hashes: Hashes,
}

impl PyLockPackage {
    /// The file to take of those that uv lists: the wheel that fits best, else the source. `None`
    /// for all but files from an index, which are left to pip.
    fn locked(self, supported: &Supported) -> Option<LockedPackage> {
        let fits = |file: &PyLockFile| supported.rank(&WheelName::parse(&file.file_name()?)?);
        let wheel = self.wheels.into_iter().filter_map(|file| Some((fits(&file)?, file)));
        let best = wheel.max_by_key(|(rank, _)| *rank).map(|(_, file)| file).or(self.sdist)?;
        Some(LockedPackage {
            name: normalise(&self.name),
            version: self.version?,
            from: From::Archive { file: best.file_name()?, sha256: best.hashes.sha256?, url: None },
        })
    }
}

impl PyLockFile {
    fn file_name(&self) -> Option<String> {
        self.name.clone().or_else(|| file_name(self.url.as_deref()?))
    }
}

/// The file name that a URL ends in.
fn file_name(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = percent_decode_str(path.rsplit('/').next()?).decode_utf8_lossy();
    (!name.is_empty()).then(|| name.into_owned())
}

/// The path that a `file:` URL names, as the TOML file would name it.
fn local_path(url: &str, installer: &Installer<'_>) -> Option<String> {
    let path = url.strip_prefix("file://")?.split(['?', '#']).next()?;
    let path = percent_decode_str(path).decode_utf8_lossy();
    Some(relative(Path::new(&*path), installer.folder))
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_are_decoded() {
        let url = "https://example.com/a/b-1%2Bc.whl?x#sha256=00";
        assert_eq!(file_name(url).as_deref(), Some("b-1+c.whl"));
        assert_eq!(file_name("https://example.com/"), None);
    }
}
