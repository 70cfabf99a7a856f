//! Finds Wine, and makes or checks the prefix that it runs in.
//!
//! A full prefix takes Wine 4 to 17 seconds and 690 MB to make. Most DLLs want nothing of it but the
//! system's DLLs, so the quick one is a folder with a few symbolic links to those: `system32` leads
//! to Wine's own folder of DLLs, and nobody runs `wineboot`.

use std::ffi::OsString;
use std::fmt;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fs_err as fs;

use crate::error::Error;
use crate::options::{Architecture, Options, Prefix};

/// Commands that are looked for, in this order; paths are where distributions put what is not on PATH.
const COMMANDS: [&str; 7] = [
    "wine",
    "wine64",
    "/usr/lib/wine/wine64",
    "/opt/wine-stable/bin/wine",
    "/opt/wine-devel/bin/wine",
    "/opt/wine-staging/bin/wine",
    "/usr/local/bin/wine",
];

/// Services and boot that the quick prefix does without.
const QUICK_OVERRIDES: &str = "wineboot.exe=;services.exe=;explorer.exe=;mscoree=;mshtml=";

/// A Wine that is installed.
#[derive(Clone, Debug)]
pub struct Wine {
    command: PathBuf,
}

impl Wine {
    /// The Wine that the options name, or the first that is found.
    ///
    /// # Errors
    ///
    /// [`Error::WineMissing`], with the package to install.
    pub fn find(options: &Options) -> Result<Self, Error> {
        if let Some(wanted) = &options.wine {
            let found = on_path(wanted);
            return found
                .map(|command| Self { command })
                .ok_or_else(|| missing(&wanted.display().to_string()));
        }
        let found = COMMANDS.iter().find_map(|name| on_path(Path::new(name)));
        found.map(|command| Self { command }).ok_or_else(|| missing(&COMMANDS.join(", ")))
    }

    /// The command.
    pub fn command(&self) -> &Path {
        &self.command
    }

    /// What `wine --version` prints.
    ///
    /// # Errors
    ///
    /// When it does not run.
    pub fn version(&self) -> Result<String, Error> {
        let output =
            Command::new(&self.command).arg("--version").stderr(Stdio::null()).output().map_err(
                |source| Error::System { what: self.command.display().to_string(), source },
            )?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The folder of Wine's own DLLs for an architecture.
    ///
    /// # Errors
    ///
    /// [`Error::LibrariesMissing`], with the package to install.
    pub fn libraries(&self, architecture: Architecture) -> Result<PathBuf, Error> {
        let machine = architecture.folder();
        let mut roots: Vec<PathBuf> = Vec::new();
        if let Some(paths) = std::env::var_os("WINEDLLPATH") {
            roots.extend(std::env::split_paths(&paths));
        }
        let real = fs::canonicalize(&self.command).unwrap_or_else(|_| self.command.clone());
        for folder in real.ancestors().skip(1).take(4) {
            for below in
                ["", "wine", "lib/wine", "lib64/wine", "lib/x86_64-linux-gnu/wine", "lib32/wine"]
            {
                roots.push(folder.join(below));
            }
        }
        for root in [
            "/usr/lib/x86_64-linux-gnu/wine",
            "/usr/lib/i386-linux-gnu/wine",
            "/usr/lib/wine",
            "/usr/lib64/wine",
            "/usr/lib32/wine",
        ] {
            roots.push(root.into());
        }
        let found = roots
            .into_iter()
            .map(|root| root.join(machine))
            .find(|folder| folder.join("kernel32.dll").exists());
        found.ok_or_else(|| Error::LibrariesMissing {
            machine,
            wine: self.command.clone(),
            hint: install_hint(architecture).to_owned(),
        })
    }
}

/// A prefix that is ready, locked while the first agent in it starts.
#[derive(Debug)]
pub(crate) struct ReadyPrefix {
    pub(crate) path: PathBuf,
    pub(crate) overrides: Option<&'static str>,
    /// Holds the lock on the prefix until dropped.
    _lock: Option<fs::File>,
}

impl fmt::Display for ReadyPrefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(formatter)
    }
}

/// Makes or checks the prefix of the options.
///
/// # Errors
///
/// Where it belongs to somebody else, or cannot be made.
pub(crate) fn ready_prefix(wine: &Wine, options: &Options) -> Result<ReadyPrefix, Error> {
    // SAFETY: no arguments, no failure.
    let user = unsafe { libc::geteuid() };
    if user == 0 && !options.allow_root {
        return Err(Error::Root);
    }
    match &options.prefix {
        Prefix::Quick => {
            let path = cache_folder(user)?.join("quick");
            make_private(&path, user)?;
            let lock = lock(&path)?;
            make_quick(wine, &path)?;
            Ok(ReadyPrefix { path, overrides: Some(QUICK_OVERRIDES), _lock: Some(lock) })
        }
        Prefix::Full => {
            let path = cache_folder(user)?.join("full");
            make_private(&path, user)?;
            let lock = lock(&path)?;
            make_full(wine, &path)?;
            Ok(ReadyPrefix { path, overrides: None, _lock: Some(lock) })
        }
        Prefix::Path(path) => {
            let path = std::path::absolute(path)
                .map_err(|source| Error::System { what: path.display().to_string(), source })?;
            if let Ok(metadata) = fs::metadata(&path)
                && metadata.uid() != user
            {
                return Err(Error::ForeignPrefix { path, owner: metadata.uid(), user });
            }
            Ok(ReadyPrefix { path, overrides: None, _lock: None })
        }
    }
}

/// The links of a quick prefix. Called under the prefix's lock.
fn make_quick(wine: &Wine, path: &Path) -> Result<(), Error> {
    let libraries = wine.libraries(Architecture::Win64)?;
    let windows = path.join("drive_c/windows");
    let devices = path.join("dosdevices");
    for folder in [&windows, &devices, &path.join("drive_c/windows/temp")] {
        fs::create_dir_all(folder).map_err(|error| system(folder, error))?;
    }
    link(&libraries, &windows.join("system32"))?;
    if let Ok(libraries) = wine.libraries(Architecture::Win32) {
        link(&libraries, &windows.join("syswow64"))?;
    }
    link(Path::new("../drive_c"), &devices.join("c:"))?;
    link(Path::new("/"), &devices.join("z:"))
}

/// A symbolic link that leads to `target`, whatever was there before.
fn link(target: &Path, place: &Path) -> Result<(), Error> {
    if fs::read_link(place).is_ok_and(|there| there == target) {
        return Ok(());
    }
    let _ = fs::remove_file(place);
    symlink(target, place).map_err(|error| system(place, error))
}

/// Has Wine make a whole prefix, where that was not done yet.
fn make_full(wine: &Wine, path: &Path) -> Result<(), Error> {
    let done = path.join("pywindll-complete");
    if done.exists() {
        return Ok(());
    }
    log::info!("{}: Wine makes the prefix, which takes some seconds", path.display());
    let mut command = Command::new(wine.command());
    command.args(["wineboot", "-i"]).env("WINEPREFIX", path).env("WINEDEBUG", "-all");
    command.env("WINEDLLOVERRIDES", "mscoree=;mshtml=").env_remove("DISPLAY").stdin(Stdio::null());
    set_home(&mut command, path);
    let output = command
        .output()
        .map_err(|source| Error::System { what: wine.command().display().to_string(), source })?;
    if !output.status.success() {
        let reason = format!(
            "wineboot ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        );
        return Err(Error::Start { wine: wine.command().to_owned(), reason });
    }
    fs::write(&done, "").map_err(|error| system(&done, error))
}

/// Without HOME, Wine crashes for users whom the system does not list.
pub(crate) fn set_home(command: &mut Command, prefix: &Path) {
    if std::env::var_os("HOME").is_none_or(|home| home.is_empty()) {
        command.env("HOME", prefix);
    }
}

/// Where prefixes are kept: `$XDG_CACHE_HOME/pywindll`, `~/.cache/pywindll`, or where neither can be
/// written, a folder of the user's own in the folder for temporary files.
fn cache_folder(user: u32) -> Result<PathBuf, Error> {
    let given =
        |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let candidates = [
        given("XDG_CACHE_HOME"),
        given("HOME").map(|home| home.join(".cache")),
        given("XDG_RUNTIME_DIR"),
    ];
    for folder in candidates.into_iter().flatten() {
        let folder = folder.join("pywindll");
        if make_private(&folder, user).is_ok() && writable(&folder) {
            return Ok(folder);
        }
    }
    let folder = std::env::temp_dir().join(format!("pywindll-{user}"));
    make_private(&folder, user)?;
    Ok(folder)
}

fn writable(folder: &Path) -> bool {
    use std::os::unix::ffi::OsStrExt as _;
    let Ok(path) = std::ffi::CString::new(folder.as_os_str().as_bytes()) else { return false };
    // SAFETY: a C string.
    unsafe { libc::access(path.as_ptr(), libc::W_OK) == 0 }
}

/// A folder that only this user can enter, and that was not somebody else's before.
fn make_private(folder: &Path, user: u32) -> Result<(), Error> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| system(folder, error))?;
    let metadata = fs::symlink_metadata(folder).map_err(|error| system(folder, error))?;
    if metadata.uid() != user {
        return Err(Error::ForeignPrefix { path: folder.to_owned(), owner: metadata.uid(), user });
    }
    Ok(())
}

/// Waits for the lock of a prefix.
fn lock(prefix: &Path) -> Result<fs::File, Error> {
    let path = prefix.join("pywindll-lock");
    let file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| system(&path, error))?;
    // SAFETY: the descriptor is open.
    while unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX) } != 0 {
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(system(&path, error));
        }
    }
    Ok(file)
}

fn system(path: &Path, source: std::io::Error) -> Error {
    Error::System { what: path.display().to_string(), source }
}

/// The command itself, or where PATH has it.
fn on_path(command: &Path) -> Option<PathBuf> {
    if command.components().count() > 1 {
        return is_program(command).then(|| command.to_owned());
    }
    let path: OsString = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(command)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o111 != 0)
}

fn missing(looked_for: &str) -> Error {
    Error::WineMissing {
        looked_for: looked_for.to_owned(),
        hint: install_hint(Architecture::Win64).to_owned(),
    }
}

/// How to install Wine on this distribution.
fn install_hint(architecture: Architecture) -> &'static str {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    hint_for(&release, architecture)
}

fn hint_for(os_release: &str, architecture: Architecture) -> &'static str {
    let names = os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")));
    let names = names.collect::<Vec<_>>().join(" ").replace('"', " ");
    let is = |name: &str| names.split_whitespace().any(|word| word == name);
    match architecture {
        Architecture::Win64 if is("debian") || is("ubuntu") => {
            "install it by `apt-get install wine wine64`"
        }
        Architecture::Win32 if is("debian") || is("ubuntu") => {
            "install them by `dpkg --add-architecture i386 && apt-get update && apt-get install wine32:i386`"
        }
        _ if is("fedora") || is("rhel") => "install it by `dnf install wine-core`",
        _ if is("arch") => "install it by `pacman -S wine`",
        _ if is("alpine") => "install it by `apk add wine`",
        _ if is("suse") || is("opensuse") => "install it by `zypper install wine`",
        _ => "install the package `wine` of your distribution",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hint_names_the_package_of_the_distribution() {
        let debian = hint_for("NAME=\"Debian\"\nID=debian\n", Architecture::Win64);
        assert_eq!(debian, "install it by `apt-get install wine wine64`");
        let mint = hint_for("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Architecture::Win32);
        assert!(mint.contains("wine32:i386"));
        assert!(hint_for("ID=fedora", Architecture::Win64).contains("dnf"));
        assert!(hint_for("", Architecture::Win64).contains("your distribution"));
    }

    #[test]
    fn a_wine_that_is_not_there_is_named() {
        let options = Options { wine: Some("/nonexistent/wine".into()), ..Options::default() };
        let message = Wine::find(&options).unwrap_err().to_string();
        assert!(
            message.starts_with("Wine was not found: looked for /nonexistent/wine; install"),
            "{message}"
        );
    }
}
