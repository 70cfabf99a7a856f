//! The operating system's package client, with lists and caches of our own and without root.
//!
//! Nothing on the machine changes: packages are downloaded and unpacked, never installed. apt
//! checks the signatures of its lists and the SHA-256 of what it downloads.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::apt_sources::{self, Release};
use super::command::{capture, require_program, run_logged};
use super::error::BuildError;
use crate::reporter::{Length, Reporter};

/// apt with private state.
pub(super) struct Apt<'a> {
    folder: PathBuf,
    reporter: &'a dyn Reporter,
}

impl<'a> Apt<'a> {
    /// Sets up apt in `folder` and fetches the package lists.
    ///
    /// # Errors
    /// When apt is lacking, the machine's sources are not usable, or the lists cannot be fetched.
    pub(super) fn open(folder: &Path, reporter: &'a dyn Reporter) -> Result<Self, BuildError> {
        Self::open_lists(folder, None, reporter)
    }

    /// Sets up apt in `folder` with the packages and sources of one of Debian's suites.
    ///
    /// # Errors
    /// As [`Apt::open`], and when the machine does not run Debian.
    pub(super) fn open_suite(
        folder: &Path,
        suite: &str,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, BuildError> {
        Self::open_lists(folder, Some(suite), reporter)
    }

    fn open_lists(
        folder: &Path,
        suite: Option<&str>,
        reporter: &'a dyn Reporter,
    ) -> Result<Self, BuildError> {
        const REMEDY: &str = "on a system without apt, name a published archive with \
                              `local_path` or `url`, or build one without packages: `cargo xtask \
                              dist --source TARBALL --deps-prefix DIR …`";
        for program in ["apt-get", "apt-cache", "dpkg-deb"] {
            require_program(program, "fetch packages of the operating system", REMEDY)?;
        }
        let root = Path::new("/");
        let release = Release::read(root)?;
        let list = match suite {
            None => apt_sources::derive(root, &release)?,
            Some(suite) => apt_sources::derive_suite(root, &release, suite)?,
        };
        for sub_folder in ["sources.list.d", "state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(folder.join(sub_folder))?;
        }
        fs::write(folder.join("sources.list.d/os.sources"), list)?;
        fs::write(folder.join("apt.conf"), configuration(folder))?;
        let apt = Self { folder: folder.to_owned(), reporter };
        apt.get("fetching the package lists", folder, &["update"])?;
        Ok(apt)
    }

    /// Downloads `packages` into the folder `into`, without their dependencies.
    pub(super) fn download(&self, packages: &[&str], into: &Path) -> Result<(), BuildError> {
        self.get("downloading packages", into, &[&["download"], packages].concat())
    }

    /// Downloads `packages`, and those of their dependencies that the machine lacks, into the
    /// folder `into`.
    pub(super) fn download_closure(
        &self,
        packages: &[&str],
        into: &Path,
    ) -> Result<(), BuildError> {
        let archives = self.folder.join("cache/archives");
        let install =
            ["install", "--download-only", "--yes", "--reinstall", "--no-install-recommends"];
        self.get("downloading packages", &self.folder, &[&install, packages].concat())?;
        for package in packages_in(&archives)? {
            let name = package.file_name().unwrap_or_default();
            fs::rename(&package, into.join(name))?;
        }
        Ok(())
    }

    /// Downloads the files of the source package `package` into the folder `into`.
    pub(super) fn download_source(&self, package: &str, into: &Path) -> Result<(), BuildError> {
        let arguments = ["source", "--only-source", "--download-only", package];
        self.get("downloading the source package", into, &arguments)
    }

    /// Names of the source packages that begin with `prefix`.
    pub(super) fn source_packages(&self, prefix: &str) -> Result<Vec<String>, BuildError> {
        let mut names = Vec::new();
        for file in fs::read_dir(self.folder.join("state/lists"))? {
            let path = file?.path();
            if path.to_string_lossy().ends_with("_Sources") {
                let text = fs::read(path)?;
                let lines = text.split(|byte| *byte == b'\n');
                let packages = lines.filter_map(|line| line.strip_prefix(b"Package: "));
                names.extend(
                    packages
                        .map(|name| String::from_utf8_lossy(name).into_owned())
                        .filter(|name| name.starts_with(prefix)),
                );
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Names of the packages that `package` depends on.
    pub(super) fn dependencies(&self, package: &str) -> Result<Vec<String>, BuildError> {
        let mut command = self.command("apt-cache", &self.folder);
        command.args(["depends", package]);
        let output = capture("reading the package lists", command)?;
        let text = String::from_utf8_lossy(&output).into_owned();
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        Ok(names.map(str::to_owned).collect())
    }

    fn get(&self, step: &'static str, folder: &Path, args: &[&str]) -> Result<(), BuildError> {
        let progress = self.reporter.start(step, Length::Unknown);
        let mut command = self.command("apt-get", folder);
        command.arg("--quiet").args(args);
        run_logged(step, command, &self.folder.join("apt.log"), &|line| progress.describe(line))
    }

    fn command(&self, program: &str, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C").current_dir(folder);
        command.arg("--config-file").arg(self.folder.join("apt.conf"));
        command
    }
}

/// Read after the machine's own configuration, so that proxies and the like stay in force.
fn configuration(folder: &Path) -> String {
    let folder = folder.display();
    // As root, apt would download as a user that cannot reach the cache. The locks are those of
    // the package database, which is only read. The cleared entries are programs and lists that
    // the machine ties to its own updates.
    format!(
        "#clear APT::Update::Post-Invoke;\n\
         #clear APT::Update::Post-Invoke-Success;\n\
         #clear DPkg::Post-Invoke;\n\
         #clear Acquire::IndexTargets::deb::DEP-11;\n\
         Dir::State \"{folder}/state\";\n\
         Dir::State::status \"/var/lib/dpkg/status\";\n\
         Dir::Cache \"{folder}/cache\";\n\
         Dir::Etc::sourcelist \"/dev/null\";\n\
         Dir::Etc::sourceparts \"{folder}/sources.list.d\";\n\
         APT::Sandbox::User \"root\";\n\
         APT::Keep-Downloaded-Packages \"true\";\n\
         Acquire::GzipIndexes \"false\";\n\
         Acquire::Languages \"none\";\n\
         Debug::NoLocking \"true\";\n"
    )
}

/// The package files in `folder`, sorted.
pub(super) fn packages_in(folder: &Path) -> Result<Vec<PathBuf>, BuildError> {
    let mut packages = Vec::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            packages.push(path);
        }
    }
    packages.sort();
    Ok(packages)
}

/// Unpacks the package files in `folder` into `root`.
pub(super) fn unpack_packages(folder: &Path, root: &Path) -> Result<(), BuildError> {
    for package in packages_in(folder)? {
        let mut command = Command::new("dpkg-deb");
        command.arg("--extract").arg(&package).arg(root);
        capture("unpacking a package", command)?;
    }
    Ok(())
}
