//! What a `pyproject.toml` says of its project ("Declaring project metadata" of the PyPA specifications).

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

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
    poetry: Poetry,
}

#[derive(Default, Deserialize)]
struct Poetry {
    name: Option<String>,
    #[serde(default)]
    dependencies: toml::Table,
}

impl Poetry {
    /// What it says of the Python, as specifiers of PEP 440.
    fn requires_python(&self) -> Option<String> {
        specifiers(self.dependencies.get("python")?.as_str()?)
    }
}

/// Specifiers of PEP 440 for a constraint of Poetry's, which may begin with `^` or `~`. `None` where there are none.
fn specifiers(constraint: &str) -> Option<String> {
    let parts = constraint.split(',').map(str::trim).filter(|part| !matches!(*part, "" | "*"));
    let parts: Vec<String> = parts.map(specifier).collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.join(","))
}

fn specifier(part: &str) -> Option<String> {
    if part.contains("||") {
        return None;
    }
    let Some(version) = part.strip_prefix(['^', '~']).filter(|rest| !rest.starts_with('=')) else {
        let is_version = part.starts_with(|c: char| c.is_ascii_digit());
        return Some(if is_version { format!("=={part}") } else { part.to_owned() });
    };
    let numbers: Vec<u64> = version.split('.').map_while(|number| number.parse().ok()).collect();
    let limit = match (part.starts_with('^'), numbers.as_slice()) {
        (true, [major, ..]) | (false, [major]) => format!("{}", major + 1),
        (false, [major, minor, ..]) => format!("{major}.{}", minor + 1),
        (_, []) => return None,
    };
    Some(format!(">={version},<{limit}"))
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
    let poetry = file.tool.poetry;
    let requires_python = requires_python.or_else(|| poetry.requires_python());
    Ok(Project { name: name.or(poetry.name), requires_python })
}

/// Names of the script of a project that is not to be installed, as `uv init` and others make them.
const SCRIPTS: [&str; 4] = ["main.py", "app.py", "hello.py", "__main__.py"];

/// The script of a project that says what it requires, but not how it is built: it is run where it lies.
pub fn script(folder: &Path) -> Option<PathBuf> {
    let text = fs_err::read_to_string(folder.join(FILE_NAME)).ok()?;
    let table: toml::Table = text.parse().ok()?;
    let is_installed = table.contains_key("build-system")
        || !table.contains_key("project")
        || ["setup.py", "setup.cfg"].iter().any(|name| folder.join(name).exists())
        || table.get("project").is_some_and(|project| project.get("scripts").is_some());
    let scripts = SCRIPTS.iter().map(|name| folder.join(name));
    if is_installed { None } else { scripts.into_iter().find(|path| path.is_file()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_of_poetry_become_specifiers() {
        for (constraint, expected) in [
            ("^3.11", Some(">=3.11,<4")),
            ("~3.11", Some(">=3.11,<3.12")),
            ("~3", Some(">=3,<4")),
            (">=3.10,<4.0", Some(">=3.10,<4.0")),
            ("3.12.*", Some("==3.12.*")),
            ("~=3.11", Some("~=3.11")),
            ("*", None),
            ("^3.9 || ^3.12", None),
        ] {
            assert_eq!(specifiers(constraint).as_deref(), expected, "{constraint}");
        }
    }
}
