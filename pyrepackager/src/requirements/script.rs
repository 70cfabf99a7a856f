//! The inline metadata of a script (PEP 723): what it requires.
//!
//! ```text
//! # /// script
//! # requires-python = ">=3.11"
//! # dependencies = ["rich"]
//! # ///
//! ```

use std::path::Path;
use std::str::FromStr as _;

use pep440_rs::{Version, VersionSpecifiers};
use serde::Deserialize;

use super::error::RequirementsError;
use super::requirement;
use crate::distribution::Distribution;

/// What a script requires; nothing when it has no metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metadata {
    /// Versions of Python that it runs with.
    pub requires_python: Option<String>,
    /// Requirements.
    #[serde(default)]
    pub dependencies: Vec<String>,
    /// Whether the script has metadata.
    #[serde(skip)]
    pub declared: bool,
}

/// Reads the metadata of the script at `path`, which the entry at `line` names.
///
/// # Errors
///
/// A file that cannot be read, or metadata that is not what PEP 723 says.
pub fn read(line: usize, path: &Path) -> Result<Metadata, RequirementsError> {
    let bytes = fs_err::read(path).map_err(|source| RequirementsError::Unreadable {
        line,
        path: path.to_owned(),
        source,
    })?;
    let wrong = |reason| RequirementsError::Script { line, path: path.to_owned(), reason };
    let metadata = parse(&String::from_utf8_lossy(&bytes)).map_err(wrong)?;
    for text in &metadata.dependencies {
        requirement::check(text)
            .map_err(|reason| wrong(format!("`dependencies` holds {text:?}: {reason}")))?;
    }
    Ok(metadata)
}

/// The lines of the metadata in a script's text, where they stand there, without the marks of comments: TOML, with every
/// line and column where the script has it.
pub fn in_place(text: &str) -> String {
    let mut is_inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let is_end = line.trim_end() == "# ///" || !is_content(line);
        if is_inside && !is_end {
            lines.push(line.replacen('#', " ", 1));
            continue;
        }
        is_inside = line.trim_start_matches('\u{feff}').trim_end() == "# /// script";
        lines.push(String::new());
    }
    lines.join("\n")
}

/// Finds and reads the block; an error says what is wrong with it.
fn parse(text: &str) -> Result<Metadata, String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        // Some editors put a mark before the text.
        if line.trim_start_matches('\u{feff}').trim_end() != "# /// script" {
            continue;
        }
        // A block goes on as far as comments do, and ends at the last end mark among them.
        let comments: Vec<&str> = lines.clone().take_while(|line| is_content(line)).collect();
        let end = comments.iter().rposition(|line| line.trim_end() == "# ///");
        let Some(end) = end else {
            return Err("the block `# /// script` has no end `# ///`".to_owned());
        };
        blocks
            .push(comments[..end].iter().map(|line| content(line)).collect::<Vec<_>>().join("\n"));
        lines.nth(end);
    }
    match blocks.as_slice() {
        [] => Ok(Metadata::default()),
        [block] => toml::from_str(block)
            .map(|metadata| Metadata { declared: true, ..metadata })
            .map_err(|error| error.to_string().trim_end().to_owned()),
        _ => Err("there are several blocks `# /// script`".to_owned()),
    }
}

fn is_content(line: &str) -> bool {
    line == "#" || line.starts_with("# ")
}

fn content(line: &str) -> &str {
    line.strip_prefix("# ").unwrap_or_default()
}

impl Metadata {
    /// That the script runs with the distribution's Python.
    ///
    /// # Errors
    ///
    /// When it does not, or does not say rightly with which it runs.
    pub fn check_python(
        &self,
        line: usize,
        path: &Path,
        distribution: &Distribution,
    ) -> Result<(), RequirementsError> {
        let Some(required) = &self.requires_python else { return Ok(()) };
        let specifiers = VersionSpecifiers::from_str(required).map_err(|error| {
            let reason = format!("`requires-python` is `{required}`: {error}");
            RequirementsError::Script { line, path: path.to_owned(), reason }
        })?;
        let fits = Version::from_str(&distribution.full_version)
            .is_ok_and(|version| specifiers.contains(&version));
        if fits {
            return Ok(());
        }
        Err(RequirementsError::ScriptPython {
            line,
            path: path.to_owned(),
            required: required.clone(),
            found: distribution.full_version.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_is_found_and_read() {
        let text = "#!/usr/bin/env python\n# /// script\n# requires-python = \">=3.11\"\n#\n\
                    # dependencies = [\n#   \"rich\",\n# ]\n# ///\n\nimport rich\n";
        let metadata = parse(text).unwrap();
        assert_eq!(metadata.dependencies, ["rich"]);
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.11"));
    }

    #[test]
    fn a_script_without_metadata_requires_nothing() {
        assert_eq!(parse("print(1)\n"), Ok(Metadata::default()));
        assert_eq!(parse("# /// other\n# x\n# ///\n"), Ok(Metadata::default()));
    }

    #[test]
    fn mistakes_are_named() {
        let twice = "# /// script\n# ///\n\n# /// script\n# ///\n";
        assert_eq!(parse(twice).unwrap_err(), "there are several blocks `# /// script`");
        let open = parse("# /// script\n# dependencies = []\nprint()\n# ///\n").unwrap_err();
        assert!(open.contains("no end"), "{open}");
        let wrong = parse("# /// script\n# dependencies = 1\n# ///\n").unwrap_err();
        assert!(wrong.contains("invalid type"), "{wrong}");
    }
}
