//! Errors of making a configuration of what a person has named.

use std::path::PathBuf;

use crate::config::resolved::PythonVersion;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// Nothing was named, and nothing found.
    #[error("there is neither a pyoxidizer.toml nor a pyproject.toml in {} or a folder above", folder.display())]
    Nothing {
        /// Where it was looked for.
        folder: PathBuf,
    },
    /// A file that is not there.
    #[error("there is no {}", path.display())]
    NotFound {
        /// The file.
        path: PathBuf,
    },
    /// A folder that is no application.
    #[error("the folder {} holds no application", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// A file that is no text.
    #[error("{} is no Python script", path.display())]
    NotPython {
        /// The file.
        path: PathBuf,
    },
    /// A list of requirements or the like.
    #[error("{} is no script, but lists what another application requires", path.display())]
    NotAScript {
        /// The file.
        path: PathBuf,
    },
    /// Neither a path nor a requirement.
    #[error("`{text}` is neither a file or folder nor the name of a package")]
    Requirement {
        /// What was named.
        text: String,
    },
    /// A requirement that names no distribution, but where it is.
    #[error("`{requirement}` does not say what the package is called")]
    NoDistribution {
        /// The requirement.
        requirement: String,
    },
    /// A `pyproject.toml` that is none.
    #[error("{}: {}", path.display(), error.to_string().trim_end())]
    Project {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: toml::de::Error,
    },
    /// `requires-python` that means nothing.
    #[error("{}: `requires-python` is `{text}`: {reason}", file.display())]
    Specifiers {
        /// The file that says so.
        file: PathBuf,
        /// What it says.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No Python does.
    #[error(
        "{} requires Python {required}{}", file.display(),
        asked.map(|version| format!(", which {version} is not")).unwrap_or_default()
    )]
    Python {
        /// The file that says so.
        file: PathBuf,
        /// What it requires.
        required: String,
        /// The version that was asked for.
        asked: Option<PythonVersion>,
        /// The versions that can be had.
        known: Vec<PythonVersion>,
    },
    /// A file cannot be read; the error names it.
    #[error(transparent)]
    File(#[from] std::io::Error),
}

impl SubjectError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        const WHAT: &str = "name a script, the folder of a project, a TOML file or a package: `pyoxidizer build hello.py`";

        Some(match self {
            Self::Nothing { .. } | Self::Requirement { .. } => WHAT.to_owned(),
            Self::NotFound { .. } => "check the path".to_owned(),
            Self::Folder { .. } => {
                "it has neither pyoxidizer.toml, pyproject.toml, setup.py nor __main__.py: name the script in it that \
                 is to run"
                    .to_owned()
            }
            Self::NotPython { .. } => WHAT.to_owned(),
            Self::NotAScript { path } => format!(
                "name the script or the project that is to run; a requirement is added with `--with NAME`, all of {} with \
                 `type = \"pip-requirements-file\"` in a TOML file",
                path.file_name().unwrap_or_default().display()
            ),
            Self::NoDistribution { requirement } => {
                format!("say so: `NAME @ {requirement}`, or choose what runs with --entry-point")
            }
            Self::Project { .. } => return None,
            Self::Specifiers { .. } => "it takes specifiers such as `>=3.11`".to_owned(),
            Self::Python { known, .. } => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                format!("there are Python {}", known.join(", "))
            }
            Self::File(_) => return None,
        })
    }
}
