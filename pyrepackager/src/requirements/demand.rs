//! What an entry of `[[python_packages]]` asks an installer for.

use std::path::{Path, PathBuf};

use super::digest::Hasher;
use super::error::RequirementsError;
use super::{project, script, tree};
use crate::config::resolved::{Requirements, RequirementsSource, Sha256Digest};
use crate::distribution::Distribution;

/// Changes when the same entry asks for something else than before.
const GENERATION: &[u8] = b"pyoxidizer demand 1";

/// What one entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Line of the entry in the TOML file.
    pub line: usize,
    /// The entry in a few words, the same on every machine: `black==25.1.0`, `requirements.txt`.
    pub label: String,
    /// Lines of a requirements file that say it, besides `project`.
    pub requirements: Vec<String>,
    /// The project that is asked for itself, with its extras in brackets.
    pub project: Option<(PathBuf, String)>,
    /// Further arguments for pip.
    pub extra_args: Vec<String>,
    /// Known by this in the lock file: the hash of all that was asked for, without paths of this
    /// machine.
    pub digest: Sha256Digest,
    /// Files that say what is asked for.
    pub inputs: Vec<PathBuf>,
}

impl Demand {
    /// What the entry at `line` asks for. `folder` is that of the TOML file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or that says it in a way that cannot be understood.
    pub fn of(
        line: usize,
        asked: &Requirements,
        folder: &Path,
        distribution: &Distribution,
    ) -> Result<Self, RequirementsError> {
        let mut hash = Hasher::default();
        hash.add(GENERATION);
        let mut inputs = Vec::new();
        let mut project = None;
        let (label, requirements) = match &asked.from {
            RequirementsSource::Package { requirement } => {
                hash.add(requirement);
                (requirement.clone(), vec![requirement.clone()])
            }
            RequirementsSource::File { path } => {
                add_requirements_file(line, path, &mut hash, &mut inputs)?;
                (relative(path, folder), vec![format!("-r {}", path.display())])
            }
            RequirementsSource::Project { path, extras, groups } => {
                let asked = project::Asked { line, folder: path, extras, groups };
                let requirements = asked.requirements(&mut hash, &mut inputs)?;
                inputs.extend(tree::digest(line, path)?.1);
                project = Some((path.clone(), asked.extras_in_brackets()));
                (format!("project {}", relative(path, folder)), requirements)
            }
            RequirementsSource::Script { path } => {
                let metadata = script::read(line, path)?;
                metadata.check_python(line, path, distribution)?;
                inputs.push(path.clone());
                metadata.dependencies.iter().for_each(|dependency| hash.add(dependency));
                (format!("script {}", relative(path, folder)), metadata.dependencies)
            }
        };
        asked.extra_args.iter().for_each(|argument| hash.add(argument));
        Ok(Self {
            line,
            label,
            requirements,
            project,
            extra_args: asked.extra_args.clone(),
            digest: hash.finish(),
            inputs,
        })
    }
}

/// Adds a requirements file with those that it refers to.
fn add_requirements_file(
    line: usize,
    path: &Path,
    hash: &mut Hasher,
    inputs: &mut Vec<PathBuf>,
) -> Result<(), RequirementsError> {
    if inputs.iter().any(|known| known == path) {
        return Ok(());
    }
    let bytes = fs_err::read(path).map_err(|source| RequirementsError::Unreadable {
        line,
        path: path.to_owned(),
        source,
    })?;
    hash.add(&bytes);
    inputs.push(path.to_owned());
    let text = String::from_utf8_lossy(&bytes);
    for referred in text.lines().filter_map(referred) {
        if referred.contains("://") {
            // What stands there may change at any time; pip reads it whenever this file changes.
            continue;
        }
        let referred = path.parent().unwrap_or(path).join(referred);
        add_requirements_file(line, &referred, hash, inputs)?;
    }
    Ok(())
}

/// The file that a line of a requirements file refers to.
fn referred(line: &str) -> Option<&str> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    let options = ["--requirement", "--constraint", "-r", "-c"];
    let rest = options.iter().find_map(|option| line.strip_prefix(option))?;
    let name = rest.trim_start_matches(['=', ' ', '\t']).trim();
    (!name.is_empty()).then_some(name)
}

/// A path as the TOML file would name it: below the folder of the TOML file where it lies there.
pub fn relative(path: &Path, folder: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    if below.as_os_str().is_empty() { ".".to_owned() } else { below.display().to_string() }
}

#[cfg(test)]
mod tests {
    use super::referred;

    #[test]
    fn files_that_a_requirements_file_refers_to() {
        assert_eq!(referred("-r base.txt  # more"), Some("base.txt"));
        assert_eq!(referred("--constraint=c.txt"), Some("c.txt"));
        assert_eq!(referred("-cc.txt"), Some("c.txt"));
        assert_eq!(referred("requests"), None);
        assert_eq!(referred("# -r base.txt"), None);
    }
}
