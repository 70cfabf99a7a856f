//! Asks an installer which distributions satisfy a demand.
//!
//! uv is asked first, where there is one. What it cannot do is left to pip, so that whatever goes wrong is
//! said by pip.

use std::ffi::OsString;
use std::path::Path;

use percent_encoding::percent_decode_str;
use serde::Deserialize;

use super::demand::{Demand, relative};
use super::error::RequirementsError;
use super::installer::Installer;
use super::lock::{From, LockedPackage, LockedSet};
use super::{pip, tree, uv};
use crate::config::resolved::of_entry;
use crate::wheel::name::normalise;

/// Finds what satisfies `demand`.
///
/// # Errors
///
/// When nothing does, or no index answers.
pub fn resolve(demand: &Demand, installer: &Installer<'_>) -> Result<LockedSet, RequirementsError> {
    let scratch = installer.scratch()?;
    let mut arguments: Vec<OsString> = Vec::new();
    if !demand.requirements.is_empty() {
        let input = scratch.path().join("requirements.txt");
        let text: String = demand.requirements.iter().map(|line| format!("{line}\n")).collect();
        fs_err::write(&input, text)
            .map_err(|source| RequirementsError::Scratch { path: input.clone(), source })?;
        arguments.extend(["--requirement".into(), input.into()]);
    }
    for file in &demand.files {
        arguments.extend(["--requirement".into(), file.into()]);
    }
    let constraints = scratch.path().join("constraints.txt");
    if !demand.constraints.is_empty() {
        fs_err::write(&constraints, demand.constraints.join("\n"))
            .map_err(|source| RequirementsError::Scratch { path: constraints.clone(), source })?;
    }
    let mut staged = Vec::new();
    for (folder, extras) in &demand.folders {
        let place = tree::stage(demand.line, folder, scratch.path())?;
        let mut argument = place.clone().into_os_string();
        argument.push(extras);
        arguments.push(argument);
        staged.push((relative(&place, installer.folder), relative(folder, installer.folder)));
    }
    if arguments.is_empty() {
        return Ok(LockedSet::new(demand, installer.distribution, Vec::new()));
    }
    if !demand.constraints.is_empty() {
        arguments.extend(["--constraint".into(), constraints.into()]);
    }
    let mut packages = match uv::resolve(demand, installer, &arguments, scratch.path())? {
        Some(packages) => packages,
        None => by_pip(demand, installer, &arguments, scratch.path())?,
    };
    for package in &mut packages {
        if let From::Folder { folder } = &mut package.from
            && let Some((_, original)) = staged.iter().find(|(place, _)| place == folder)
        {
            folder.clone_from(original);
        }
    }
    Ok(LockedSet::new(demand, installer.distribution, packages))
}

/// What pip finds.
fn by_pip(
    demand: &Demand,
    installer: &Installer<'_>,
    arguments: &[OsString],
    scratch: &Path,
) -> Result<Vec<LockedPackage>, RequirementsError> {
    let output = scratch.join("report.json");
    let mut command = installer.pip();
    command.args(["install", "--dry-run", "--ignore-installed", "--report"]).arg(&output);
    command.args(arguments).args(&demand.extra_args);
    let name = log_name(demand, "resolve");
    let ended = installer.run(command, &format!("Resolving {}", demand.label), &name)?;
    if !ended.success {
        return Err(installer.failure(demand, ended));
    }
    for warning in pip::warnings(&ended.output) {
        installer.reporter.note(&format!("{}{warning}", of_entry(demand.line)));
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
    // Other projects have files of the same name.
    let digest = &demand.digest.to_string()[..8];
    format!("{label}-{digest}-{what}")
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
    subdirectory: Option<String>,
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
        let DirectUrl { url, archive_info, vcs_info, dir_info, subdirectory } = self.download_info;
        let fragment = subdirectory.map(|folder| format!("#subdirectory={folder}"));
        let fragment = fragment.unwrap_or_default();
        let from = if let Some(Repository { vcs, commit_id }) = vcs_info {
            From::Repository { repository: format!("{vcs}+{url}@{commit_id}{fragment}") }
        } else if let Some(archive) = archive_info {
            let place = local_path(&url, installer).unwrap_or_else(|| url.clone() + &fragment);
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

/// The file name that a URL ends in.
pub fn file_name(url: &str) -> Option<String> {
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
