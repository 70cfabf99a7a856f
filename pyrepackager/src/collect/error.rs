//! Errors of collecting.

use std::path::PathBuf;

use super::names::{quoted, shortened};
use crate::config::resolved::{PythonVersion, of_entry};

/// What an entry of `[[python_packages]]` asks for cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// A folder that an entry names does not exist.
    #[error("{}there is no folder {}", of_entry(*line), path.display())]
    NoFolder {
        /// The entry.
        line: usize,
        /// The folder.
        path: PathBuf,
    },
    /// A named package is not in the folder.
    #[error("{}no package or module {name:?} in {}", of_entry(*line), path.display())]
    PackageNotFound {
        /// The entry.
        line: usize,
        /// The name.
        name: String,
        /// The folder.
        path: PathBuf,
        /// Packages and modules in the folder with names like it, the nearest first.
        nearest: Vec<String>,
    },
    /// A name under `packages` is not the name of something at the top of a folder.
    #[error("{}{name:?} is no name of a package, module or file", of_entry(*line))]
    NotAName {
        /// The entry.
        line: usize,
        /// The name.
        name: String,
    },
    /// The folder is no virtual environment.
    #[error(
        "{}{} is no virtual environment: it holds no {missing}", of_entry(*line),
        path.display()
    )]
    NotAVirtualenv {
        /// The entry.
        line: usize,
        /// The folder.
        path: PathBuf,
        /// What is missing in it.
        missing: String,
    },
    /// The virtual environment is one of another Python.
    #[error(
        "{}the virtual environment {} is one of Python {found}, the \
         distribution is Python {expected}", of_entry(*line),
        path.display()
    )]
    VirtualenvVersion {
        /// The entry.
        line: usize,
        /// The environment.
        path: PathBuf,
        /// The distribution's version.
        expected: PythonVersion,
        /// The environment's version, or versions.
        found: String,
    },
    /// A file name is not UTF-8.
    #[error("{}the file name {} is not UTF-8", of_entry(*line), path.display())]
    NotUtf8 {
        /// The entry.
        line: usize,
        /// The file, with a replacement character where it is not.
        path: PathBuf,
    },
    /// A symbolic link leads to a folder that it lies in.
    #[error(
        "{}the symbolic link {} leads back to {}", of_entry(*line),
        link.display(), target.display()
    )]
    LinkLoop {
        /// The entry.
        line: usize,
        /// The link.
        link: PathBuf,
        /// The folder that it leads to.
        target: PathBuf,
    },
    /// Two files have names that differ only in case.
    #[error(
        "{}the files {first} and {second} differ only in case", of_entry(*line)
    )]
    OnlyCase {
        /// The entry.
        line: usize,
        /// Virtual path of one file.
        first: String,
        /// That of the other.
        second: String,
    },
    /// A pattern matches no file.
    #[error("{}no file matches {pattern}", of_entry(*line))]
    MatchesNothing {
        /// The entry.
        line: usize,
        /// The pattern.
        pattern: String,
    },
    /// No distribution declares the script that is to run.
    #[error("no distribution in the executable has a script `{name}`")]
    NoEntryPoint {
        /// The script.
        name: String,
        /// Scripts with names like it, the nearest first.
        nearest: Vec<String>,
        /// All scripts.
        all: Vec<String>,
    },
    /// It is not known what running a distribution means.
    #[error(
        "{name} has {}", if scripts.is_empty() { "no console script" } else { "several console scripts" }
    )]
    NoScript {
        /// The distribution.
        name: String,
        /// Its scripts.
        scripts: Vec<String>,
    },
    /// Several distributions declare the script that is to run.
    #[error("{} have a script `{name}` each", folders.join(" and "))]
    EntryPointTwice {
        /// The script.
        name: String,
        /// Their metadata folders.
        folders: Vec<String>,
    },
    /// The script's module stays out.
    #[error("the script `{name}` of {folder} needs the module {module:?}, which stays out")]
    EntryPointModule {
        /// The script.
        name: String,
        /// The distribution's metadata folder.
        folder: String,
        /// The module.
        module: String,
    },
    /// A list of modules names none that was collected.
    #[error(
        "{}{} {} no module that the entries before it bring", of_entry(*line),
        shortened(&shown(paths)),
        if paths.len() == 1 { "names" } else { "name" }
    )]
    NamesNothing {
        /// The entry.
        line: usize,
        /// The lists.
        paths: Vec<PathBuf>,
    },
    /// A list of modules is not UTF-8.
    #[error("{}{} is not UTF-8 text", of_entry(*line), path.display())]
    NamesNotUtf8 {
        /// The entry.
        line: usize,
        /// The list.
        path: PathBuf,
    },
    /// An extension module is for another Python or platform.
    #[error(
        "{}{} is the extension module {module} for {tag}, which this \
         Python cannot load", of_entry(*line),
        path.display()
    )]
    OtherPython {
        /// The entry.
        line: usize,
        /// The module.
        module: String,
        /// Its file.
        path: PathBuf,
        /// What the file's name says of the Python and platform.
        tag: String,
        /// Endings of the files that would do.
        fitting: Vec<String>,
    },
    /// A file or folder cannot be read.
    #[error("{}cannot read {}", of_entry(*line), path.display())]
    Unreadable {
        /// The entry.
        line: usize,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        source: std::io::Error,
    },
}

fn shown(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().map(|path| path.display().to_string()).collect()
}

impl CollectError {
    /// Line of the section at fault in the TOML file, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NoFolder { line, .. }
            | Self::PackageNotFound { line, .. }
            | Self::NotAName { line, .. }
            | Self::NotAVirtualenv { line, .. }
            | Self::VirtualenvVersion { line, .. }
            | Self::NotUtf8 { line, .. }
            | Self::LinkLoop { line, .. }
            | Self::OnlyCase { line, .. }
            | Self::MatchesNothing { line, .. }
            | Self::NamesNothing { line, .. }
            | Self::NamesNotUtf8 { line, .. }
            | Self::Unreadable { line, .. } => Some(*line),
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoFolder { .. } => {
                Some("`path` is relative to the TOML file's folder".to_owned())
            }
            Self::PackageNotFound { nearest, .. } if !nearest.is_empty() => {
                Some(format!("did you mean {}?", quoted(nearest)))
            }
            Self::PackageNotFound { name, .. } => {
                Some(format!("`path` must hold {name}.py or a folder {name}"))
            }
            Self::NotAName { .. } => Some(
                "`packages` holds names at the top of the folder; submodules come with their package"
                    .to_owned(),
            ),
            Self::NotAVirtualenv { .. } => Some(
                "`path` is the environment's root, the folder that `python -m venv` was given"
                    .to_owned(),
            ),
            Self::VirtualenvVersion { expected, .. } => Some(format!(
                "make the environment with Python {expected}, or set `version` in \
                 [python_distribution]"
            )),
            Self::NotUtf8 { .. } => Some("rename the file".to_owned()),
            Self::LinkLoop { .. } => Some("remove the link".to_owned()),
            Self::OnlyCase { .. } => Some(
                "remove or rename one, or leave their package out with `excludes`".to_owned(),
            ),
            Self::MatchesNothing { .. } => {
                Some("run the application first, so that it writes the lists".to_owned())
            }
            Self::NoEntryPoint { nearest, .. } if !nearest.is_empty() => {
                Some(format!("did you mean {}?", quoted(nearest)))
            }
            Self::NoEntryPoint { all, .. } if all.is_empty() => Some(
                "scripts are declared by distributions: bring one with a `[[python_packages]]` entry, \
                 or run a module with `mode = \"module\"`"
                    .to_owned(),
            ),
            Self::NoEntryPoint { all, .. } => Some(format!("there are {}", shortened(all))),
            Self::NoScript { scripts, .. } if scripts.is_empty() => {
                Some("it is a library: write a script that uses it".to_owned())
            }
            Self::NoScript { scripts, .. } => {
                Some(format!("choose with --entry-point: {}", shortened(scripts)))
            }
            Self::EntryPointTwice { .. } => {
                Some("leave one out, or run its module with `mode = \"module\"`".to_owned())
            }
            Self::EntryPointModule { .. } => {
                Some("look at the `excludes` and filters of [[python_packages]]".to_owned())
            }
            Self::NamesNothing { .. } | Self::NamesNotUtf8 { .. } => Some(
                "name the file that the application wrote into the folder of \
                 `write_modules_directory_env`: a module in each line"
                    .to_owned(),
            ),
            Self::OtherPython { module, fitting, .. } => {
                let fitting: Vec<&str> =
                    fitting.iter().map(String::as_str).filter(|ending| !ending.is_empty()).collect();
                Some(format!(
                    "it should end in {}: install the package for this Python, or leave the module out \
                     with `excludes = [\"{module}\"]`",
                    fitting.join(" or ")
                ))
            }
            Self::Unreadable { .. } => None,
        }
    }
}
