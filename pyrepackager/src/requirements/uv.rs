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
    let Some(settings) = pip_settings(installer) else { return Ok(None) };
    let asking = Asking { demand, installer, settings: &settings, scratch };
    let Some(newest) = asking.ask(arguments)? else { return Ok(None) };
    let supported = &installer.supported;
    let packages = match platform(supported) {
        Some(platform) => asking.older(newest, &platform, arguments)?,
        None => newest,
    };
    // Only files from an index have a place in a lock file.
    Ok(packages.into_iter().map(|package| package.locked(supported)).collect())
}

/// The newest of uv's platforms whose wheels run with the glibc that is wanted. uv has names for these only.
fn platform(supported: &Supported) -> Option<String> {
    const MINORS: [u32; 12] = [17, 28, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40];
    let platforms = supported.platforms();
    let names = MINORS.iter().rev().flat_map(|minor| {
        ["x86_64", "aarch64"].map(|machine| (machine, format!("manylinux_2_{minor}")))
    });
    let mut names =
        names.filter(|(machine, name)| platforms.contains(&format!("{name}_{machine}")));
    names.next().map(|(machine, name)| format!("{machine}-{name}"))
}

/// What uv is asked about.
struct Asking<'a> {
    demand: &'a Demand,
    installer: &'a Installer<'a>,
    settings: &'a [String],
    scratch: &'a Path,
}

impl Asking<'_> {
    /// The packages with older versions in the place of those that have no wheel for the glibc that is wanted, as far as
    /// there are some that fit together. `platform` is uv's name for where these run.
    fn older(
        &self,
        newest: Vec<PyLockPackage>,
        platform: &str,
        arguments: &[OsString],
    ) -> Result<Vec<PyLockPackage>, RequirementsError> {
        let mut bounds = String::new();
        for package in newest.iter().filter(|package| !package.runs(&self.installer.supported)) {
            let wanted = self.scratch.join("one.txt");
            let scratch = |source| RequirementsError::Scratch { path: wanted.clone(), source };
            fs_err::write(&wanted, format!("{}\n", package.name)).map_err(scratch)?;
            let one = ["--only-binary", ":all:", "--no-deps", "--python-platform", platform];
            let one = one.map(OsString::from).into_iter().chain([wanted.clone().into()]);
            let found = self.ask(&one.collect::<Vec<_>>())?.unwrap_or_default();
            for version in found.iter().filter_map(|found| found.version.as_deref()) {
                bounds += &format!("{}<={version}\n", package.name);
            }
        }
        if bounds.is_empty() {
            return Ok(newest);
        }
        let file = self.scratch.join("bounds.txt");
        let scratch = |source| RequirementsError::Scratch { path: file.clone(), source };
        fs_err::write(&file, bounds).map_err(scratch)?;
        let bounded = [arguments, &["--constraint".into(), file.clone().into()]].concat();
        Ok(self.ask(&bounded)?.unwrap_or(newest))
    }

    /// uv's answer; `None` where there is no uv, or nothing satisfies the requirements.
    fn ask(&self, arguments: &[OsString]) -> Result<Option<Vec<PyLockPackage>>, RequirementsError> {
        let Self { demand, installer, settings, scratch } = *self;
        let Some(mut command) = installer.uv() else { return Ok(None) };
        let output = scratch.join("pylock.toml");
        // uv would prefer the versions in it.
        let _ = fs_err::remove_file(&output);
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
        Ok(Some(packages))
    }
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

// Packages may have markers. uv has looked at them: without `--universal`, it lists what this Python needs.
impl PyLockPackage {
    /// Whether one of its wheels, if it has any, runs with the glibc that is wanted.
    fn runs(&self, supported: &Supported) -> bool {
        let names = self.wheels.iter().filter_map(|file| WheelName::parse(&file.file_name()?));
        let mut ranks = names.filter_map(|name| supported.rank(&name)).peekable();
        ranks.peek().is_none() || ranks.any(|rank| rank.runs())
    }

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
