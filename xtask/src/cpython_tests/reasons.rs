//! Why test files cannot pass in an executable: `reasons.toml`.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use fs_err as fs;
use serde::Deserialize;

use super::glob;
use super::results::Comparison;

/// The file, checked in beside this one.
const REASONS: &str = include_str!("reasons.toml");

/// All reasons.
#[derive(Debug, Deserialize)]
pub struct Reasons {
    #[serde(rename = "reason")]
    reasons: Vec<Reason>,
}

/// Why test cases of a file, or of several, cannot pass.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Patterns of names of test files.
    files: Vec<String>,
    /// Patterns of test cases; all when empty.
    #[serde(default)]
    cases: Vec<String>,
    /// What the tests have in common.
    pub category: Category,
    /// The reason, for a person.
    pub reason: String,
    /// Text of a line of the test's source that shows it; see [`Category::OwnFiles`].
    #[serde(default)]
    pub line: Option<String>,
    /// The file in `Lib/test` with that line, where it is not the test file itself.
    #[serde(default)]
    source: Option<String>,
}

/// Categories of reasons.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// The test needs files or folders of its own package on disk; a line shows where.
    OwnFiles,
    /// Something else.
    Other,
}

/// How a file's missing cases are explained.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The reasons that apply, in the order of the file.
    pub reasons: Vec<&'a Reason>,
    /// Cases that no reason covers.
    pub unexplained: Vec<&'a str>,
}

impl Reasons {
    /// Reads the reasons and looks for their lines in the sources of the tests, in `library`.
    ///
    /// # Errors
    /// When the file is not as it should be, or a line is not there.
    pub fn read(library: &Path) -> Result<Self> {
        let reasons = Self::parse(REASONS)?;
        for reason in &reasons.reasons {
            let Some(line) = &reason.line else {
                let own_files = reason.category == Category::OwnFiles;
                ensure!(!own_files, "reasons.toml: {:?} needs a `line`", reason.files);
                continue;
            };
            for file in &reason.files {
                let source = reason.source.clone().unwrap_or_else(|| format!("{file}.py"));
                let text = fs::read(library.join(&source)).with_context(|| {
                    format!("reasons.toml: {file} needs a `source` that is there")
                })?;
                let text = String::from_utf8_lossy(&text);
                ensure!(text.contains(line.as_str()), "reasons.toml: {source} lacks {line:?}");
            }
        }
        Ok(reasons)
    }

    fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).context("reasons.toml")
    }

    /// Explains what is missing.
    pub fn explain<'a>(&'a self, comparison: &'a Comparison) -> Explanation<'a> {
        let mut left: BTreeSet<&str> = comparison.missing.keys().map(String::as_str).collect();
        let mut reasons = Vec::new();
        let for_file = self.reasons.iter().filter(|reason| reason.is_for(&comparison.name));
        for reason in for_file {
            let before = left.len();
            left.retain(|case| !reason.covers(case));
            if left.len() < before {
                reasons.push(reason);
            }
        }
        Explanation { reasons, unexplained: left.into_iter().collect() }
    }

    /// Files of reasons that explain nothing any more.
    pub fn needless<'a>(&'a self, comparisons: &[Comparison]) -> Vec<&'a str> {
        let used = |reason: &Reason| {
            comparisons.iter().any(|comparison| {
                reason.is_for(&comparison.name)
                    && comparison.missing.keys().any(|case| reason.covers(case))
            })
        };
        let needless = self.reasons.iter().filter(|reason| !used(reason));
        needless.flat_map(|reason| reason.files.iter().map(String::as_str)).collect()
    }
}

impl Explanation<'_> {
    /// Whether every missing case is one of a test that needs files of its own package on disk.
    pub fn is_own_files(&self) -> bool {
        self.unexplained.is_empty()
            && self.reasons.iter().all(|reason| reason.category == Category::OwnFiles)
    }
}

impl Reason {
    fn is_for(&self, file: &str) -> bool {
        self.files.iter().any(|pattern| glob(pattern, file))
    }

    fn covers(&self, case: &str) -> bool {
        self.cases.is_empty() || self.cases.iter().any(|pattern| glob(pattern, case))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpython_tests::results::Python;

    #[test]
    fn the_reasons_are_valid() {
        Reasons::parse(REASONS).unwrap();
    }

    #[test]
    fn every_case_needs_a_reason() {
        let reasons = Reasons::parse(
            "[[reason]]\nfiles = ['test_a', 'test_b*']\ncases = ['*.Files.*']\n\
             category = 'own-files'\nreason = 'opens'\nline = 'open('\n\
             [[reason]]\nfiles = ['test_c']\ncategory = 'other'\nreason = 'no'\n",
        )
        .unwrap();
        let missing = ["t.Files.x", "t.Other.y"].map(|case| (case.to_owned(), String::new()));
        let comparison = Comparison {
            name: "test_a".into(),
            python: Python::Passes,
            expected: 5,
            missing: missing.into(),
        };
        let explanation = reasons.explain(&comparison);
        assert_eq!(explanation.unexplained, ["t.Other.y"]);
        assert_eq!(explanation.reasons.len(), 1);
        assert!(!explanation.is_own_files());
        assert_eq!(reasons.needless(&[comparison]), ["test_c"]);
    }
}
