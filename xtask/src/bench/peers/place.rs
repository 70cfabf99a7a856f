//! The folders that the measurement uses, and the environment of the processes that it starts.
//!
//! All lies below Cargo's target folder: no cache of the user's is emptied, and none serves a build that is meant
//! to be cold.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use end_to_end::target_folder;
use fs_err as fs;

/// What all programs are run with besides the variables that name folders.
const PLAIN: [(&str, &str); 2] = [("LC_ALL", "C.UTF-8"), ("PATH", "/usr/bin:/bin")];

/// Where PEX and shiv unpack.
const UNPACKED: [&str; 2] = ["PEX_ROOT", "SHIV_ROOT"];

/// Variables that tell a tool where its cache is, or one that it calls.
const CACHES: [&str; 7] = [
    "CCACHE_DIR",
    "NUITKA_CACHE_DIR",
    "PEX_ROOT",
    "PIP_CACHE_DIR",
    "PYINSTALLER_CONFIG_DIR",
    "UV_CACHE_DIR",
    "XDG_CACHE_HOME",
];

/// The folder of the measurement.
#[derive(Clone, Debug)]
pub struct Place {
    root: PathBuf,
}

impl Place {
    /// Makes the folder.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new() -> Result<Self> {
        let place = Self { root: target_folder().join("peers") };
        for folder in ["home", "tmp", "logs"] {
            fs::create_dir_all(place.root.join(folder))?;
        }
        Ok(place)
    }

    /// A folder or file below it.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// The folder of all caches of a tool.
    pub fn caches(&self, tool: &str) -> PathBuf {
        self.at("caches").join(tool)
    }

    /// Where programs made by PEX and shiv unpack themselves.
    pub fn unpacked(&self) -> PathBuf {
        self.at("unpacked")
    }

    /// The whole environment of a program that is measured.
    pub fn environment(&self) -> Vec<(&'static str, OsString)> {
        let mut variables: Vec<_> =
            PLAIN.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
        variables.push(("HOME", self.at("home").into()));
        variables.push(("TMPDIR", self.at("tmp").into()));
        for name in UNPACKED {
            variables.push((name, self.unpacked().join(name).into()));
        }
        variables
    }

    /// Gives a command of a tool its caches, and takes away what the user has set for Python.
    pub fn set_caches(&self, command: &mut Command, tool: &str) {
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        for name in CACHES {
            command.env(name, self.caches(tool).join(name));
        }
        command.env("TMPDIR", self.at("tmp"));
    }
}

/// Removes a folder or a file, if it is there, and makes an empty folder.
///
/// # Errors
/// When that is not possible.
pub fn empty(folder: &Path) -> Result<()> {
    if folder.is_dir() {
        fs::remove_dir_all(folder)?;
    } else if folder.exists() {
        fs::remove_file(folder)?;
    }
    Ok(fs::create_dir_all(folder)?)
}

/// Runs a command with its output in a file, the end of which is in the error when it fails.
///
/// # Errors
/// When it does not start or fails.
pub fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    let line = format!("{command:?}");
    let file = fs::File::create(log)?;
    let file = file.into_parts().0;
    command.stdin(std::process::Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let status = command.status().with_context(|| format!("{line} does not start"))?;
    if status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&fs::read(log)?).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(20)..].join("\n");
    anyhow::bail!("{line} ended with {status}:\n{end}\nall of it is in {}", log.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_failed_command_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let script = "for line in $(seq 30); do echo line $line; done; exit 3";
        let error = run_logged(Command::new("sh").args(["-c", script]), &log).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("ended with exit status: 3:\nline 11\n"), "{text}");
        assert!(fs::read_to_string(log).unwrap().starts_with("line 1\n"));
    }

    #[test]
    fn folders_are_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::write(&inner, "a file").unwrap();
        empty(&inner).unwrap();
        fs::write(inner.join("more"), "").unwrap();
        empty(&inner).unwrap();
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 0);
    }
}
