//! The programs that are packaged and measured: `tests/peers/programs`.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use end_to_end::workspace;
use fs_err as fs;
use serde::{Deserialize, Serialize};

/// A program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Program {
    /// Prints a greeting.
    Hello,
    /// A command-line tool with many imports.
    Many,
    /// Uses numpy.
    Arrays,
}

impl Program {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 3] = [Self::Hello, Self::Many, Self::Arrays];

    /// The name of the script and of what is made of it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Many => "many",
            Self::Arrays => "arrays",
        }
    }

    /// What tables and charts call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Many => "command-line tool",
            Self::Arrays => "numpy",
        }
    }

    /// The script.
    pub fn script(self) -> PathBuf {
        workspace().join("tests/peers/programs").join(format!("{}.py", self.name()))
    }

    /// The packages that the script requires.
    ///
    /// # Errors
    /// When the script has no metadata.
    pub fn requirements(self) -> Result<Vec<String>> {
        let script = self.script();
        let text = fs::read_to_string(&script)?;
        dependencies(&text).with_context(|| format!("in `{}`", script.display()))
    }
}

/// What the inline metadata (PEP 723) of a script asks for.
fn dependencies(script: &str) -> Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Metadata {
        dependencies: Vec<String>,
    }
    let block = script.split("# /// script\n").nth(1).and_then(|rest| rest.split("# ///\n").next());
    let block = block.context("a block `# /// script` is missing")?;
    let lines = block.lines().map(|line| line.trim_start_matches('#').trim_start());
    let metadata: Metadata = toml::from_str(&lines.collect::<Vec<_>>().join("\n"))?;
    for requirement in &metadata.dependencies {
        ensure!(requirement.contains("=="), "`{requirement}` is no exact version");
    }
    Ok(metadata.dependencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_from_the_scripts() {
        assert_eq!(Program::Hello.requirements().unwrap(), [""; 0]);
        assert_eq!(Program::Arrays.requirements().unwrap(), ["numpy==2.4.6"]);
        assert!(Program::Many.requirements().unwrap().iter().any(|one| one.starts_with("click==")));
    }

    #[test]
    fn every_requirement_has_an_exact_version() {
        let script = "# /// script\n# dependencies = [\"rich\"]\n# ///\n";
        assert_eq!(dependencies(script).unwrap_err().to_string(), "`rich` is no exact version");
        assert!(dependencies("print()\n").is_err());
    }
}
