//! What an entry of `[[python_packages]]` asks an installer for.

use std::path::{Path, PathBuf};

use super::error::RequirementsError;
use super::file::RequirementsFile;
use super::{pins, project, requirement, script, sources, tree};
use crate::config::resolved::{Requirements, RequirementsSource, Sha256Digest};
use crate::digest::Hasher;
use crate::distribution::Distribution;

/// Changes when the same entry asks for something else than before.
const GENERATION: &str = "pyoxidizer demand 2";

/// What one entry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Line of the entry in the TOML file.
    pub line: usize,
    /// The entry in a few words, the same on every machine: `black==25.1.0`, `requirements.txt`.
    pub label: String,
    /// Requirements, one in each.
    pub requirements: Vec<String>,
    /// Requirements files.
    pub files: Vec<PathBuf>,
    /// Folders of source that are asked for themselves, with their extras in brackets.
    pub folders: Vec<(PathBuf, String)>,
    /// Versions that the lock file of another tool names, one in each: `NAME==VERSION`.
    pub constraints: Vec<String>,
    /// Options that the requirements files hold, such as the address of an index, one in each.
    pub options: Vec<String>,
    /// Further arguments for pip.
    pub extra_args: Vec<String>,
    /// Known by this in the lock file: the hash of all that was asked for, without paths of this
    /// machine.
    pub digest: Sha256Digest,
    /// Files and folders that say what is asked for.
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
        let mut collecting = Collecting {
            hash: Hasher::default(),
            demand: Self {
                line,
                label: String::new(),
                requirements: Vec::new(),
                files: Vec::new(),
                folders: Vec::new(),
                constraints: Vec::new(),
                options: Vec::new(),
                extra_args: asked.extra_args.clone(),
                digest: Sha256Digest([0; 32]),
                inputs: Vec::new(),
            },
            folder,
        };
        collecting.hash.add_block(GENERATION);
        collecting.demand.label = match &asked.from {
            RequirementsSource::Package { requirement } => collecting.package(requirement)?,
            RequirementsSource::File { path } => {
                collecting.requirements_file(path, true)?;
                collecting.demand.files.push(path.clone());
                relative(path, folder)
            }
            RequirementsSource::Project { path, extras, groups } => {
                let asked = project::Asked { line, folder: path, extras, groups };
                collecting.project(&asked)?;
                collecting.demand.folders.push((path.clone(), asked.extras_in_brackets()));
                collecting.beside(path)?;
                format!("project {}", relative(path, folder))
            }
            RequirementsSource::Script { path } => {
                let metadata = script::read(line, path)?;
                metadata.check_python(line, path, distribution)?;
                collecting.demand.inputs.push(path.clone());
                let project = path.parent().filter(|_| !metadata.declared);
                let mut requirements = metadata.dependencies;
                if let Some(folder) =
                    project.filter(|folder| folder.join("pyproject.toml").exists())
                {
                    // As for `uv run` and in an environment of the project's.
                    requirements = project::dependencies(line, folder)?;
                    collecting.demand.inputs.push(folder.join("pyproject.toml"));
                    collecting.beside(folder)?;
                }
                requirements.iter().for_each(|one| collecting.hash.add_block(one));
                collecting.demand.requirements.splice(..0, requirements);
                format!("script {}", relative(path, folder))
            }
        };
        collecting.extra_args()?;
        let Collecting { hash, mut demand, .. } = collecting;
        demand.digest = hash.finish();
        Ok(demand)
    }
}

/// A demand on its way.
struct Collecting<'a> {
    hash: Hasher,
    demand: Demand,
    /// The folder of the TOML file.
    folder: &'a Path,
}

impl Collecting<'_> {
    /// Adds one requirement, which may be a folder of source; returns the label.
    fn package(&mut self, requirement: &str) -> Result<String, RequirementsError> {
        self.hash.add_block(requirement);
        match self.local_folder(requirement) {
            Some((folder, extras)) => {
                self.source(&folder)?;
                self.demand.folders.push((folder, extras));
            }
            None => {
                requirement::check_argument(requirement).map_err(|reason| {
                    let (line, text) = (self.demand.line, requirement.to_owned());
                    RequirementsError::Requirement { line, text, reason }
                })?;
                self.demand.requirements.push(requirement.to_owned());
            }
        }
        Ok(requirement.to_owned())
    }

    /// Adds what a project asks for, and its source.
    fn project(&mut self, asked: &project::Asked<'_>) -> Result<(), RequirementsError> {
        let requirements = asked.requirements(&mut self.hash, &mut self.demand.inputs)?;
        self.demand.requirements.extend(requirements);
        let revision = tree::revision(asked.folder);
        if !revision.is_empty() {
            self.hash.add_block(revision);
        }
        let files = tree::files(asked.line, asked.folder)?;
        self.demand.inputs.extend(tree::inputs(asked.folder, &files));
        Ok(())
    }

    /// Adds what lies beside a project and has a say: the lock file of another tool, `[tool.uv.sources]`.
    fn beside(&mut self, folder: &Path) -> Result<(), RequirementsError> {
        if let Some(pins) = pins::of_project(folder) {
            pins.constraints.iter().for_each(|line| self.hash.add_block(line));
            self.demand.constraints = pins.constraints;
            self.demand.inputs.push(pins.path);
        }
        let sources = sources::of_project(folder);
        for requirement in &sources.requirements {
            self.package(requirement)?;
        }
        for folder in sources.folders {
            self.hash.add_block("source");
            self.source(&folder)?;
            self.demand.folders.push((folder, String::new()));
        }
        Ok(())
    }

    /// Adds a folder of source that a requirement names.
    fn source(&mut self, folder: &Path) -> Result<(), RequirementsError> {
        let (extras, groups) = (&[], &[]);
        self.project(&project::Asked { line: self.demand.line, folder, extras, groups })
    }

    /// Adds a requirements file with those that it refers to. `main` says that pip is given it.
    fn requirements_file(&mut self, path: &Path, main: bool) -> Result<(), RequirementsError> {
        if self.demand.inputs.iter().any(|known| known == path) {
            return Ok(());
        }
        let file = RequirementsFile::read(self.demand.line, path)?;
        self.demand.inputs.push(path.to_owned());
        self.hash.add_block(if main { "requirements" } else { "file" });
        for line in &file.lines {
            self.hash.add_block(line);
            if let Some((folder, _)) = self.local_folder(line) {
                self.source(&folder)?;
            }
        }
        self.demand.options.extend(file.options());
        file.referred().try_for_each(|other| self.requirements_file(&other, main))
    }

    /// Adds the further arguments, and the files that they name.
    fn extra_args(&mut self) -> Result<(), RequirementsError> {
        let arguments = self.demand.extra_args.clone();
        arguments.iter().for_each(|argument| self.hash.add_block(argument));
        let text = arguments.join(" ");
        let file = RequirementsFile::parse(&text, self.folder);
        file.referred().try_for_each(|path| self.requirements_file(&path, false))
    }

    /// The folder of source that a requirement names, and its extras in brackets.
    fn local_folder(&self, requirement: &str) -> Option<(PathBuf, String)> {
        let editable = ["-e ", "--editable ", "--editable="];
        let text = editable.iter().find_map(|prefix| requirement.strip_prefix(prefix));
        let text = text.unwrap_or(requirement).split(" ;").next()?.trim();
        let (path, extras) = match text.split_once('[') {
            Some((path, rest)) => (path, format!("[{rest}")),
            None => (text, String::new()),
        };
        // A bare word is a name, even where there is a folder of that name.
        let folder = self.folder.join(path);
        (path.contains(['/', '\\']) || path == ".").then_some(())?;
        folder.is_dir().then_some((folder, extras))
    }
}

/// A path as the TOML file would name it: relative to the folder of the TOML file, with `..` where it
/// lies elsewhere.
pub fn relative(path: &Path, folder: &Path) -> String {
    let real = |path: &Path| fs_err::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let difference = pathdiff::diff_paths(real(path), real(folder));
    let difference = difference.unwrap_or_else(|| path.to_owned());
    if difference.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        difference.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::relative;

    #[test]
    fn paths_are_relative_to_the_folder_of_the_toml_file() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        fs_err::create_dir_all(&folder).unwrap();
        assert_eq!(relative(&folder, &folder), ".");
        assert_eq!(relative(&folder.join("../../a/b"), &folder), ".");
        assert_eq!(relative(&root.path().join("a"), &folder), "..");
    }
}
