//! What a `pyproject.toml` says of its project ("Declaring project metadata" of the PyPA specifications).

use std::io::ErrorKind;
use std::path::Path;

use serde::Deserialize;

use super::SubjectError;

/// Name of the file.
pub const FILE_NAME: &str = "pyproject.toml";

/// What counts here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Project {
    /// Name of the distribution; `None` in projects of older kinds.
    pub name: Option<String>,
    /// Versions of Python that it runs with.
    pub requires_python: Option<String>,
}

#[derive(Default, Deserialize)]
struct File {
    #[serde(default)]
    project: Project,
    #[serde(default)]
    tool: Tool,
}

#[derive(Default, Deserialize)]
struct Tool {
    /// Poetry's table of before the specification.
    #[serde(default)]
    poetry: Project,
}

/// Reads that of the project in `folder`; nothing where there is no such file, but a `setup.py`.
///
/// # Errors
///
/// When the file cannot be read, or is not what the specification says.
pub fn read(folder: &Path) -> Result<Project, SubjectError> {
    let path = folder.join(FILE_NAME);
    let text = match fs_err::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Project::default()),
        read => read?,
    };
    let file: File =
        toml::from_str(&text).map_err(|error| SubjectError::Project { path, error })?;
    let Project { name, requires_python } = file.project;
    Ok(Project { name: name.or(file.tool.poetry.name), requires_python })
}
