//! What a `pyproject.toml` asks for: the project itself with extras, and dependency groups.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::error::RequirementsError;
use super::{requirement, tree};
use crate::digest::Hasher;
use crate::wheel::name::normalise;

/// A project whose dependencies are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Line of the entry in the TOML file.
    pub line: usize,
    /// The folder of `pyproject.toml`.
    pub folder: &'a Path,
    /// Extras of the project.
    pub extras: &'a [String],
    /// Dependency groups of the project.
    pub groups: &'a [String],
}

/// What the project in `folder` requires, as its `pyproject.toml` lists it.
///
/// # Errors
///
/// A file that cannot be read or is not what its specification says.
pub fn dependencies(line: usize, folder: &Path) -> Result<Vec<String>, RequirementsError> {
    let asked = Asked { line, folder, extras: &[], groups: &[] };
    let path = folder.join("pyproject.toml");
    let text = fs_err::read_to_string(&path).map_err(|source| asked.unreadable(&path, source))?;
    let project: Table = text
        .parse()
        .map_err(|error: toml::de::Error| asked.wrong(error.to_string().trim_end().to_owned()))?;
    let section = project.get("project").and_then(|section| section.get("dependencies"));
    let requirements: Vec<String> = names_of(section).map(str::to_owned).collect();
    for text in &requirements {
        requirement::check(text)
            .map_err(|reason| asked.wrong(format!("`dependencies` holds {text:?}: {reason}")))?;
    }
    Ok(requirements)
}

impl Asked<'_> {
    /// What follows the project's path in a requirement: its extras.
    pub fn extras_in_brackets(&self) -> String {
        match self.extras {
            [] => String::new(),
            extras => format!("[{}]", extras.join(",")),
        }
    }

    /// Lines of a requirements file that ask for all that the project's groups list. What decides about
    /// dependencies is hashed.
    ///
    /// # Errors
    ///
    /// A file that is not what its specification says; an extra or a group that it does not have.
    pub fn requirements(
        &self,
        hash: &mut Hasher,
        inputs: &mut Vec<PathBuf>,
    ) -> Result<Vec<String>, RequirementsError> {
        let path = self.folder.join("pyproject.toml");
        let text = match fs_err::read_to_string(&path) {
            // A project of an old kind: setup.py alone.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|source| self.unreadable(&path, source))?,
        };
        let project: Table = text.parse().map_err(|error: toml::de::Error| {
            self.wrong(error.to_string().trim_end().to_owned())
        })?;
        inputs.push(path);
        self.hash(&project, &text, hash)?;
        self.check_extras(&project)?;
        let mut requirements = Vec::new();
        for group in self.groups {
            self.add_group(&project, group, &mut Vec::new(), &mut requirements)?;
        }
        requirements.iter().for_each(|requirement| hash.add_block(requirement));
        Ok(requirements)
    }

    /// Hashes what decides about dependencies.
    fn hash(
        &self,
        project: &Table,
        text: &str,
        hash: &mut Hasher,
    ) -> Result<(), RequirementsError> {
        let Some(section) = project.get("project").and_then(Value::as_table) else {
            // Backends with tables of their own.
            hash.add_block(text);
            return self.hash_files(hash);
        };
        let mut add = |name: &str, value: Option<&Value>| {
            hash.add_block(name);
            hash.add_block(value.map(ToString::to_string).unwrap_or_default());
        };
        add("build-system", project.get("build-system"));
        for key in ["name", "requires-python", "dependencies", "dynamic"] {
            add(key, section.get(key));
        }
        let optional = section.get("optional-dependencies");
        for extra in self.extras {
            add(extra, optional.and_then(|table| table.get(extra)));
        }
        if names_of(section.get("dynamic")).any(|name| name.contains("dependencies")) {
            add("tool", project.get("tool"));
            self.hash_files(hash)?;
        }
        Ok(())
    }

    /// Hashes files that a build backend may read dependencies from.
    fn hash_files(&self, hash: &mut Hasher) -> Result<(), RequirementsError> {
        for path in tree::files(self.line, self.folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let endings = [".txt", ".in"];
            let may = matches!(&*name, "setup.py" | "setup.cfg")
                || endings.iter().any(|ending| name.ends_with(ending));
            if may {
                hash.add_block(
                    fs_err::read(&path).map_err(|source| self.unreadable(&path, source))?,
                );
            }
        }
        Ok(())
    }

    fn unreadable(&self, path: &Path, source: std::io::Error) -> RequirementsError {
        RequirementsError::Unreadable { line: self.line, path: path.to_owned(), source }
    }

    /// That the project has the extras: pip would only warn.
    fn check_extras(&self, project: &Table) -> Result<(), RequirementsError> {
        let Some(section) = project.get("project").and_then(Value::as_table) else {
            return Ok(());
        };
        if names_of(section.get("dynamic")).any(|name| name == "optional-dependencies") {
            return Ok(());
        }
        let table = section.get("optional-dependencies").and_then(Value::as_table);
        let known: Vec<_> = table.map(|table| table.keys().cloned().collect()).unwrap_or_default();
        for extra in self.extras {
            if !known.iter().any(|name| normalise(name) == normalise(extra)) {
                return Err(self.no_such("extra", extra, known));
            }
        }
        Ok(())
    }

    /// Adds the requirements of a group, and of those that it includes (PEP 735).
    fn add_group(
        &self,
        project: &Table,
        name: &str,
        within: &mut Vec<String>,
        requirements: &mut Vec<String>,
    ) -> Result<(), RequirementsError> {
        let groups = project.get("dependency-groups").and_then(Value::as_table);
        let is_it = |(key, _): &(&String, &Value)| normalise(key) == normalise(name);
        let Some((_, items)) = groups.and_then(|groups| groups.iter().find(is_it)) else {
            let known = groups.map(|groups| groups.keys().cloned().collect()).unwrap_or_default();
            return Err(self.no_such("dependency group", name, known));
        };
        if within.contains(&normalise(name)) {
            return Err(self.wrong(format!("the dependency group `{name}` includes itself")));
        }
        within.push(normalise(name));
        for item in items.as_array().map(Vec::as_slice).unwrap_or_default() {
            let included = item.get("include-group").and_then(Value::as_str);
            match (item.as_str(), included) {
                (Some(text), _) => {
                    requirement::check(text).map_err(|reason| {
                        self.wrong(format!(
                            "the dependency group `{name}` holds {text:?}: {reason}"
                        ))
                    })?;
                    requirements.push(text.to_owned());
                }
                (None, Some(group)) => self.add_group(project, group, within, requirements)?,
                (None, None) => {
                    let problem = format!("the dependency group `{name}` holds `{item}`");
                    return Err(self.wrong(problem));
                }
            }
        }
        within.pop();
        Ok(())
    }

    fn wrong(&self, reason: String) -> RequirementsError {
        let path = self.folder.join("pyproject.toml");
        RequirementsError::Project { line: self.line, path, reason }
    }

    fn no_such(&self, what: &'static str, name: &str, known: Vec<String>) -> RequirementsError {
        let path = self.folder.join("pyproject.toml");
        RequirementsError::NoSuch { line: self.line, path, what, name: name.to_owned(), known }
    }
}

fn names_of(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
