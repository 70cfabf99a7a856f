//! What is known of the packages: what their metadata say inside the executable, and what their ELF files ask
//! for, read from the environment that has the same ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use end_to_end::compatibility::Matrix;
use fs_err as fs;
use pyrepackager::native::{Glibc, elf};
use serde::Deserialize;

/// A check, as the executable describes it.
#[derive(Debug, Deserialize)]
struct Described {
    name: String,
    does: String,
    distributions: Vec<Distribution>,
}

/// A distribution, as its metadata describe it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Distribution {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Those of its wheel: interpreter, ABI, platform.
    pub tags: Vec<String>,
    /// Paths of its extension modules, relative to the folder of packages.
    pub modules: Vec<String>,
    /// Paths of its other shared objects.
    pub libraries: Vec<String>,
}

/// What is known of one check.
#[derive(Debug)]
pub struct Subject {
    /// The check's name.
    pub name: String,
    /// What it does, in a line of reStructuredText.
    pub does: String,
    /// What it is about, the main one first; empty when it is about how packages work together.
    pub distributions: Vec<Distribution>,
    /// The oldest glibc that the shared objects ask for.
    pub glibc: Option<Glibc>,
    /// What they ask for besides the C library and what the packages bring.
    pub system: BTreeSet<String>,
}

/// What is known of all of them.
#[derive(Debug)]
pub struct Facts {
    /// In the order in which the executable lists them.
    pub subjects: Vec<Subject>,
}

impl Facts {
    /// Asks the executable and reads the files.
    ///
    /// # Errors
    /// When a file that the metadata list is missing or no ELF file.
    pub fn gather(matrix: &Matrix) -> Result<Self> {
        let described: Vec<Described> = serde_json::from_str(&matrix.describe()?)?;
        let packages = packages(&matrix.python)?;
        let subjects = described.into_iter().map(|check| check.read(&packages));
        Ok(Self { subjects: subjects.collect::<Result<_>>()? })
    }

    /// The subject of the check `name`.
    pub fn of(&self, name: &str) -> Result<&Subject> {
        let found = self.subjects.iter().find(|subject| subject.name == name);
        found.with_context(|| format!("nothing is known of {name}"))
    }
}

impl Described {
    fn read(self, packages: &Path) -> Result<Subject> {
        let Self { name, does, distributions } = self;
        let mut subject =
            Subject { name, does, distributions, glibc: None, system: BTreeSet::new() };
        let files = subject.distributions.iter().flat_map(|d| d.modules.iter().chain(&d.libraries));
        let (mut own, mut needed) = (BTreeSet::new(), BTreeSet::new());
        for file in files {
            let object = elf::parse(&fs::read(packages.join(file))?)
                .with_context(|| format!("cannot read {file}"))?;
            subject.glibc = subject.glibc.take().max(object.glibc);
            own.extend(object.soname);
            own.extend(file.rsplit('/').next().map(str::to_owned));
            needed.extend(object.needed);
        }
        let is_c_library = |name: &str| {
            end_to_end::root::C_LIBRARY.contains(&name) || name.starts_with("ld-linux")
        };
        subject.system = needed.difference(&own).filter(|n| !is_c_library(n)).cloned().collect();
        Ok(subject)
    }
}

/// The folder of packages of an environment.
fn packages(python: &Path) -> Result<PathBuf> {
    let code = "import sysconfig; print(sysconfig.get_path('platlib'))";
    let output = Command::new(python).args(["-I", "-c", code]).output()?;
    let text = String::from_utf8(output.stdout)?;
    Ok(PathBuf::from(text.trim_end()))
}

/// The version of this machine's C library.
pub fn c_library() -> Result<String> {
    let output = Command::new("ldd").arg("--version").output().context("ldd does not run")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.lines().next().and_then(|line| line.split_whitespace().last());
    version.map(str::to_owned).context("ldd does not tell its version")
}
