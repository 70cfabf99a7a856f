//! What the run of a test file found out, and the comparison of two runs.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use fs_err as fs;
use serde::Deserialize;

/// What `run_one.py` writes.
#[derive(Debug, Deserialize)]
pub struct Results {
    /// How the module as a whole fared.
    pub module: State,
    /// Why it was skipped or failed.
    pub reason: String,
    /// Outcome and detail of each test case, by id.
    pub cases: BTreeMap<String, (Outcome, String)>,
}

/// How a module fared.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its tests ran.
    Ok,
    /// It asked to be skipped.
    Skipped,
    /// It could not be loaded, or ended the process.
    Failed,
}

/// How a test case ended.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Passed,
    Skipped,
    Failed,
}

impl Results {
    /// Reads the results of a run; a run that wrote none was ended or crashed.
    ///
    /// # Errors
    /// When the file is not what `run_one.py` writes.
    pub fn read(path: &Path) -> Result<Self> {
        if !path.exists() {
            let reason = "the run ended without results".to_owned();
            return Ok(Self { module: State::Failed, reason, cases: BTreeMap::new() });
        }
        Ok(serde_json::from_slice(&fs::read(path)?)?)
    }
}

/// One file's two runs.
#[derive(Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The file, such as `test_json`.
    pub name: String,
    /// How python fared.
    pub python: Python,
    /// Cases that pass in python.
    pub expected: usize,
    /// Those of them that do not pass in the executable, with the last line of what they say.
    pub missing: BTreeMap<String, String>,
}

/// How a file fares in python, where it is no measure for the executable.
#[derive(Debug, PartialEq, Eq)]
pub enum Python {
    /// At least one case passes.
    Passes,
    /// Nothing ran, for this reason.
    Skipped(String),
}

impl Comparison {
    /// Compares two runs of the file `name`.
    pub fn new(name: &str, python: &Results, executable: &Results) -> Self {
        let passed = python.cases.iter().filter(|(_, (outcome, _))| *outcome == Outcome::Passed);
        let expected: Vec<&String> = passed.map(|(case, _)| case).collect();
        let missing = expected.iter().filter_map(|case| {
            let said = match executable.cases.get(*case) {
                Some((Outcome::Passed, _)) => return None,
                Some((Outcome::Skipped, reason)) => format!("skipped: {reason}"),
                Some((Outcome::Failed, lines)) => last_line(lines),
                None => last_line(&executable.reason),
            };
            Some(((*case).clone(), said))
        });
        let python = match expected.is_empty() {
            false => Python::Passes,
            true if python.module == State::Ok => Python::Skipped("no case passes".into()),
            true => Python::Skipped(last_line(&python.reason)),
        };
        Self { name: name.to_owned(), python, expected: expected.len(), missing: missing.collect() }
    }

    /// Whether everything that passes in python passes in the executable.
    pub fn passes(&self) -> bool {
        self.missing.is_empty()
    }

    /// Whether the file is a measure at all.
    pub fn counts(&self) -> bool {
        self.python == Python::Passes
    }
}

/// The last line with something in it.
fn last_line(lines: &str) -> String {
    lines
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("no result")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(text: &str) -> Results {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_passes_in_python_must_pass_in_the_executable() {
        let python = results(
            r#"{"module": "ok", "reason": "", "cases": {"t.a": ["passed", ""],
                "t.b": ["passed", ""], "t.c": ["failed", "x"], "t.d": ["passed", ""]}}"#,
        );
        let executable = results(
            r#"{"module": "failed", "reason": "Traceback\nImportError: no",
                "cases": {"t.a": ["passed", ""], "t.b": ["failed", "T\nOSError: 20\n"]}}"#,
        );
        let comparison = Comparison::new("t", &python, &executable);
        assert_eq!(comparison.expected, 3);
        let missing: Vec<_> =
            comparison.missing.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(missing, [("t.b", "OSError: 20"), ("t.d", "ImportError: no")]);
        assert!(comparison.counts() && !comparison.passes());
    }

    #[test]
    fn what_python_skips_is_no_measure() {
        let skipped = results(r#"{"module": "skipped", "reason": "needs Windows", "cases": {}}"#);
        let comparison = Comparison::new("t", &skipped, &skipped);
        assert_eq!(comparison.python, Python::Skipped("needs Windows".into()));
        assert!(!comparison.counts());
    }

    #[test]
    fn a_run_without_results_failed() {
        let results = Results::read(Path::new("/no/such/file")).unwrap();
        assert_eq!(results.module, State::Failed);
    }
}
