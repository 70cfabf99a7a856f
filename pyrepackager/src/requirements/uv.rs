//! uv, which resolves in a tenth of the time that pip takes. It is used where it is on the `PATH`, else fetched into the cache.
//!
//! It only answers for distributions from an index, and is told pip's index: pip fetches what is found,
//! so both have to look at the same one. uv's own settings do not count.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::demand::Demand;
use super::error::RequirementsError;
use super::installer::Installer;
use super::lock::{From, LockedPackage};
use super::resolve::{file_name, log_name};
use crate::wheel::WheelName;
use crate::wheel::name::normalise;
use crate::wheel::tags::Supported;

/// Settings of pip's, and the options by which uv takes them.
const SETTINGS: [(&str, &str); 4] = [
    ("index-url", "--default-index"),
    ("extra-index-url", "--index"),
    ("find-links", "--find-links"),
    ("trusted-host", "--allow-insecure-host"),
];

/// What uv finds; `None` where pip has to be asked: without uv, for folders of source, with arguments for
/// pip, and whenever the answer is not a plain list of files from an index.
pub fn resolve(
    demand: &Demand,
    installer: &Installer<'_>,
    arguments: &[OsString],
    scratch: &Path,
) -> Result<Option<Vec<LockedPackage>>, RequirementsError> {
    if !demand.extra_args.is_empty() || !demand.folders.is_empty() {
        return Ok(None);
    }
    let Some(mut command) = installer.uv() else { return Ok(None) };
    let Some(settings) = pip_settings(installer) else { return Ok(None) };
    let output = scratch.join("pylock.toml");
    command.args(["pip", "compile", "--quiet", "--no-header", "--format", "pylock.toml"]);
    command.args(["--no-config", "--no-universal"]).args(settings);
    command.arg("--python").arg(&installer.distribution.python_exe);
    command.arg("--output-file").arg(&output);
    // uv takes the files themselves.
    command.args(arguments.iter().filter(|argument| *argument != "--requirement"));
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if ["UV_INDEX", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX", "UV_FIND_LINKS", "UV_NO_INDEX"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
        {
            command.env_remove(&key);
        }
    }
    let name = log_name(demand, "uv");
    let ended = installer.run(command, &format!("Resolving {}", demand.label), &name)?;
    if !ended.success {
        return Ok(None);
    }
    let lock = fs_err::read_to_string(&output).ok().and_then(|text| toml::from_str(&text).ok());
    let Some(PyLock { packages }) = lock else { return Ok(None) };
    let names: BTreeSet<String> = packages.iter().map(|package| package.name.clone()).collect();
    if names.len() < packages.len() {
        return Ok(None);
    }
    let supported = Supported::by(installer.distribution);
    Ok(packages.into_iter().map(|package| package.locked(&supported)).collect())
}

/// Options that tell uv where pip looks; `None` where pip has a setting that uv would not understand.
fn pip_settings(installer: &Installer<'_>) -> Option<Vec<String>> {
    let mut command: Command = installer.pip();
    let output = command.args(["config", "list"]).output().ok().filter(|o| o.status.success())?;
    options(&String::from_utf8_lossy(&output.stdout))
}

/// The options for the lines that `pip config list` prints, such as `global.index-url='https://…'`.
fn options(listing: &str) -> Option<Vec<String>> {
    let mut options = Vec::new();
    for line in listing.lines() {
        let Some((key, value)) = line.split_once('=') else { continue };
        let (_, name) = key.rsplit_once('.')?;
        let values = value.trim().trim_matches(['\'', '"']).replace("\\n", " ");
        match SETTINGS.iter().find(|(setting, _)| *setting == name) {
            Some((_, option)) => {
                for value in values.split_whitespace() {
                    options.extend([(*option).to_owned(), value.to_owned()]);
                }
            }
            // These decide what is found, in ways that are pip's own.
            None if ["no-index", "pre", "no-binary", "only-binary", "constraint"]
                .contains(&name) =>
            {
                return None;
            }
            None => {}
        }
    }
    Some(options)
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
    marker: Option<String>,
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

#[derive(Deserialize)]
struct Hashes {
    sha256: Option<String>,
}

impl PyLockPackage {
    /// The file to take of those that uv lists: the wheel that fits best, else the source. `None`
    /// for all but files from an index, which are left to pip.
    fn locked(self, supported: &Supported) -> Option<LockedPackage> {
        if self.marker.is_some() {
            return None;
        }
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

#[cfg(test)]
mod tests {
    use super::options;

    #[test]
    fn the_settings_of_pip_become_options_of_uv() {
        let listing = ":env:.find-links='/a /b'\nglobal.index-url='https://example.com/simple'\n\
                       global.timeout='60'\n";
        let expected = [
            "--find-links",
            "/a",
            "--find-links",
            "/b",
            "--default-index",
            "https://example.com/simple",
        ];
        assert_eq!(options(listing).unwrap(), expected);
        assert_eq!(options("global.no-index='true'\n"), None);
    }
}
