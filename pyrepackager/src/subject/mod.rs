//! What becomes an executable without a TOML file: a script, a project, a wheel, a package from an index.
//!
//! [`find`] tells what a person has named, [`config()`] makes the configuration that a TOML file would have held: the
//! standard library, the application with all that it requires, and the texts of licences inside.
//!
//! * `find`: from a name to a [`Subject`].
//! * `python`: which Python it runs with.
//! * `project`: what a `pyproject.toml` says of the project.
//! * `lock`: where the lock file is.

mod error;
mod find;
mod lock;
mod project;
mod python;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use error::SubjectError;
pub use find::{Named, distribution_of, find};

use crate::cache::Cache;
use crate::collect;
use crate::config::resolved::{
    Config, DistributionRequest, PackageSource, PackageSourceKind, PythonVersion, Requirements,
    RequirementsSource, RunMode, UNWRITTEN,
};
use crate::config::{self, Embedded};
use crate::pipeline::Error;
use crate::requirements::{self, Limits};

/// What becomes an executable. Paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A Python file, perhaps with inline metadata (PEP 723).
    Script(PathBuf),
    /// A folder with a `pyproject.toml` or a `setup.py`.
    Project(PathBuf),
    /// A folder that is a package with a `__main__.py`.
    Package(PathBuf),
    /// A `.whl` file.
    Wheel(PathBuf),
    /// A requirement, as `pip install` takes one.
    Requirement(String),
}

/// What a person chooses besides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Feature release of Python; chosen when `None`.
    pub python: Option<PythonVersion>,
    /// The console script that runs; chosen when `None`.
    pub entry_point: Option<String>,
    /// Extras of the project that go in.
    pub extras: Vec<String>,
    /// Further requirements.
    pub with: Vec<String>,
    /// Keys of a TOML file, and their values: see [`changed`](crate::config::changed).
    pub settings: Vec<String>,
    /// Whether the lock file is written beside the subject, rather than kept in the cache.
    pub lock: bool,
    /// Whether what was resolved before does not count.
    pub upgrade: bool,
}

/// The configuration of a subject for the target `target`. `pythons` are the feature releases that there are runtimes of.
///
/// # Errors
///
/// When its metadata cannot be read, or no Python does for it.
pub fn config(
    subject: &Subject,
    options: &Options,
    target: &str,
    limits: Limits,
    pythons: &[PythonVersion],
    cache: &Cache,
) -> Result<Config, Error> {
    let folder = std::env::current_dir().map_err(SubjectError::from)?;
    let changed =
        config::changed(subject.embedded()?.as_ref(), &options.settings, &folder, target)?;
    let mut config = changed.config;
    config.path = subject.file();
    config.lock = lock::place(subject, options, limits, cache)?;
    if options.python.is_some() || !changed.names_distribution {
        let required = subject.requires_python()?;
        let version = python::choose(required.as_ref(), options.python, pythons)?;
        config.distribution = DistributionRequest::Version(version);
    }
    config.packages.insert(1, entry(1, subject.kind(options)));
    for (index, requirement) in options.with.iter().enumerate() {
        let requirement = find::requirement(requirement)?;
        config
            .packages
            .push(entry(index + 2, required_kind(RequirementsSource::Package { requirement })));
    }
    if let Some(name) = &options.entry_point {
        config.run = RunMode::EntryPoint(name.clone());
    } else if !changed.names_run {
        config.run = subject.run()?;
    }
    (config.licenses.embed, config.licenses.beside) = (true, false);
    if !changed.names_licenses {
        config.licenses.line = UNWRITTEN;
    }
    Ok(config)
}

fn entry(number: usize, kind: PackageSourceKind) -> PackageSource {
    PackageSource {
        kind,
        optimize_level: Default::default(),
        include_source: true,
        excludes: Vec::new(),
        strict_imports: false,
        line: UNWRITTEN + number,
    }
}

fn required_kind(from: RequirementsSource) -> PackageSourceKind {
    PackageSourceKind::Requirements(Requirements { from, extra_args: Vec::new() })
}

impl Subject {
    /// What its executable is called.
    ///
    /// # Errors
    ///
    /// When the metadata of a project cannot be read.
    pub fn name(&self) -> Result<String, SubjectError> {
        let stem =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(match self {
            Self::Script(path) => match path.file_stem().unwrap_or_default().to_string_lossy() {
                main if main == "__main__" => path.parent().map(stem).unwrap_or_default(),
                name => name.into_owned(),
            },
            Self::Project(folder) => project::read(folder)?.name.unwrap_or_else(|| stem(folder)),
            Self::Package(folder) => stem(folder),
            Self::Wheel(path) => find::distribution_of_wheel(path),
            Self::Requirement(text) => {
                distribution_of(text).unwrap_or_else(|| "application".to_owned())
            }
        })
    }

    /// The folder that its own files lie in.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Project(folder) => Some(folder),
            Self::Script(path) | Self::Wheel(path) | Self::Package(path) => path.parent(),
            Self::Requirement(_) => None,
        }
    }

    /// What it says of its executable itself, in `[tool.pyoxidizer]` of a `pyproject.toml` or of a script's metadata.
    fn embedded(&self) -> Result<Option<Embedded>, SubjectError> {
        let (path, read): (_, fn(&str) -> String) = match self {
            Self::Script(path) => (path.clone(), requirements::script_metadata),
            Self::Project(folder) => (folder.join(project::FILE_NAME), str::to_owned),
            Self::Package(_) | Self::Wheel(_) | Self::Requirement(_) => return Ok(None),
        };
        if !path.exists() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&fs_err::read(&path)?).into_owned();
        Ok(Some(Embedded { path, text: read(&text) }))
    }

    /// The file that says what it is, from which relative paths start.
    fn file(&self) -> Option<PathBuf> {
        match self {
            Self::Script(path) | Self::Wheel(path) => Some(path.clone()),
            Self::Project(folder) => Some(folder.join(project::FILE_NAME)),
            Self::Package(folder) => Some(folder.join("__main__.py")),
            Self::Requirement(_) => None,
        }
    }

    fn kind(&self, options: &Options) -> PackageSourceKind {
        match self.clone() {
            Self::Script(path) => required_kind(RequirementsSource::Script { path }),
            Self::Project(path) => {
                let (extras, groups) = (options.extras.clone(), Vec::new());
                required_kind(RequirementsSource::Project { path, extras, groups })
            }
            Self::Package(folder) => PackageSourceKind::PackageRoot {
                path: folder.parent().unwrap_or(&folder).to_owned(),
                packages: folder
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .into_iter()
                    .collect(),
            },
            // So its own requirements come along.
            Self::Wheel(path) => {
                let requirement = path.display().to_string();
                required_kind(RequirementsSource::Package { requirement })
            }
            Self::Requirement(requirement) => {
                required_kind(RequirementsSource::Package { requirement })
            }
        }
    }

    fn run(&self) -> Result<RunMode, SubjectError> {
        Ok(match self {
            Self::Script(path) => RunMode::Script(collect::script_path(path)),
            Self::Package(_) => RunMode::Module(self.name()?),
            Self::Project(folder) => match project::read(folder)?.name {
                Some(name) => RunMode::Distribution(name),
                None => RunMode::Project,
            },
            Self::Wheel(_) => RunMode::Distribution(self.name()?),
            Self::Requirement(text) => match distribution_of(text) {
                Some(name) => RunMode::Distribution(name),
                None => return Err(SubjectError::NoDistribution { requirement: text.clone() }),
            },
        })
    }

    /// What it says of the Python that it runs with, and where.
    fn requires_python(&self) -> Result<Option<python::Required>, Error> {
        let (file, specifiers) = match self {
            Self::Script(path) => {
                let metadata = requirements::read_script(UNWRITTEN, path).map_err(Box::new)?;
                match path.parent().filter(|_| !metadata.declared) {
                    Some(folder) => {
                        (folder.join(project::FILE_NAME), project::read(folder)?.requires_python)
                    }
                    None => (path.clone(), metadata.requires_python),
                }
            }
            Self::Project(folder) => {
                (folder.join(project::FILE_NAME), project::read(folder)?.requires_python)
            }
            Self::Package(_) | Self::Wheel(_) | Self::Requirement(_) => return Ok(None),
        };
        Ok(specifiers.map(|specifiers| python::Required { file, specifiers }))
    }
}
