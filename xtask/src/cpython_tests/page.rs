//! The text of `docs/compliance.rst`.

use std::fmt::Write as _;

use super::glob;
use super::reasons::{Explanation, Reasons};
use super::results::{Comparison, Python};

/// The files that are shown by test case: those about imports and processes.
const SHOWN: [&str; 11] = [
    "test_importlib",
    "test_import",
    "test_pkgutil",
    "test_runpy",
    "test_inspect",
    "test_traceback",
    "test_linecache",
    "test_zipimport",
    "test_multiprocessing_*",
    "test_concurrent_futures",
    "test_subprocess",
];

/// What the results come to.
struct Totals {
    /// Files of which something passes in python.
    files: usize,
    /// Those that pass in the executable.
    passing: usize,
    /// Those that do not, because they need files of their own package on disk.
    own_files: usize,
    /// Cases that pass in python.
    cases: usize,
    /// Those that pass in the executable.
    passing_cases: usize,
}

impl Totals {
    fn of(comparisons: &[Comparison], reasons: &Reasons) -> Self {
        let counted = || comparisons.iter().filter(|comparison| comparison.counts());
        let cases = counted().map(|comparison| comparison.expected).sum();
        let missing: usize = counted().map(|comparison| comparison.missing.len()).sum();
        Self {
            files: counted().count(),
            passing: counted().filter(|comparison| comparison.passes()).count(),
            own_files: counted()
                .filter(|comparison| !comparison.passes())
                .filter(|comparison| reasons.explain(comparison).is_own_files())
                .count(),
            cases,
            passing_cases: cases - missing,
        }
    }

    fn sentence(&self) -> String {
        let rest = self.files - self.own_files;
        format!(
            "Of {} files that pass in python, {} pass in the executable: {}. Of their {} test cases, \
             {} do: {}. Without the {} files that need files of their own package on disk, it is {} of \
             {rest} files: {}.",
            self.files,
            self.passing,
            percent(self.passing, self.files),
            self.cases,
            self.passing_cases,
            percent(self.passing_cases, self.cases),
            self.own_files,
            self.passing,
            percent(self.passing, rest),
        )
    }
}

fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", part as f64 * 100.0 / whole.max(1) as f64)
}

/// The result in a few lines, for the terminal.
pub fn summary(comparisons: &[Comparison], reasons: &Reasons) -> String {
    let mut text = Totals::of(comparisons, reasons).sentence();
    for comparison in comparisons {
        for case in reasons.explain(comparison).unexplained {
            let said = comparison.missing.get(case).map_or("", String::as_str);
            let _ = write!(text, "\nunexplained: {case}: {said}");
        }
    }
    let needless = reasons.needless(comparisons);
    if !needless.is_empty() {
        let _ = write!(text, "\nreasons no longer needed: {}", needless.join(", "));
    }
    text
}

/// The page.
pub fn page(version: &str, comparisons: &[Comparison], reasons: &Reasons) -> String {
    let failing: Vec<(&Comparison, Explanation<'_>)> = comparisons
        .iter()
        .filter(|comparison| comparison.counts() && !comparison.passes())
        .map(|comparison| (comparison, reasons.explain(comparison)))
        .collect();
    let (own_files, others): (Vec<_>, Vec<_>) =
        failing.iter().partition(|(_, explanation)| explanation.is_own_files());
    let mut text = format!(
        ".. Written by `cargo xtask cpython-tests`.\n\n{}\n\n\
         CPython {version}'s own tests, run by its ``python`` and by an executable that holds the \
         whole standard library with its tests and acts as ``python`` (:doc:`python_inside`). Each test file runs in a process of its own, by the same \
         runner on both sides. A file passes in the executable when every test case passes there that \
         passes in python.\n\n{}\n",
        heading("CPython's own tests", '='),
        Totals::of(comparisons, reasons).sentence(),
    );
    text += &shown(comparisons);
    text += &format!("\n{}\n\n", heading("Files that need their own files on disk", '='));
    text += "Python code opens what is packed by path (:doc:`python_inside`), but it cannot be the \
             working folder, run as a program or written to, nor do other programs see it. These test \
             files need that, as the line shows.\n\n";
    text += &own_files_table(&own_files);
    text += &format!("\n{}\n\n", heading("Other files that do not pass", '='));
    text += &others_table(&others);
    text += &format!("\n{}\n\n", heading("Unexplained", '='));
    text += &unexplained(&failing);
    text += &format!("\n{}\n\n", heading("Not counted", '='));
    text += "Nothing of these files passes in python, in this distribution, on the machine that this was \
             made on.\n\n";
    text += &skipped(comparisons);
    text
}

fn heading(title: &str, line: char) -> String {
    format!("{title}\n{}", line.to_string().repeat(title.chars().count()))
}

fn shown(comparisons: &[Comparison]) -> String {
    let mut text =
        table("Imports and processes", &["file", "cases in python", "in the executable"]);
    let is_shown = |name: &str| SHOWN.iter().any(|pattern| glob(pattern, name));
    for comparison in comparisons.iter().filter(|comparison| is_shown(&comparison.name)) {
        let passing = match &comparison.python {
            Python::Passes => (comparison.expected - comparison.missing.len()).to_string(),
            Python::Skipped(reason) => format!("skipped in python: {}", escaped(reason)),
        };
        text += &row(&[code(&comparison.name), comparison.expected.to_string(), passing]);
    }
    text
}

fn own_files_table(files: &[&(&Comparison, Explanation<'_>)]) -> String {
    let mut text = table("", &["file", "cases", "line"]);
    for (comparison, explanation) in files {
        let lines: Vec<_> =
            explanation.reasons.iter().filter_map(|reason| reason.line.as_deref()).collect();
        let lines = lines.iter().map(|line| code(line.trim())).collect::<Vec<_>>().join(", ");
        text += &row(&[code(&comparison.name), cases(comparison), lines]);
    }
    text
}

fn others_table(files: &[&(&Comparison, Explanation<'_>)]) -> String {
    let mut text = table("", &["file", "cases", "reason"]);
    for (comparison, explanation) in files {
        let mut reasons: Vec<String> =
            explanation.reasons.iter().map(|reason| escaped(&reason.reason)).collect();
        if !explanation.unexplained.is_empty() {
            reasons.push(format!("unexplained: {}", explanation.unexplained.len()));
        }
        text += &row(&[code(&comparison.name), cases(comparison), reasons.join("; ")]);
    }
    text
}

fn unexplained(files: &[(&Comparison, Explanation<'_>)]) -> String {
    let mut text = String::new();
    for (comparison, explanation) in files {
        for case in &explanation.unexplained {
            let said = comparison.missing.get(*case).map_or("", String::as_str);
            text += &format!("* {}: {}\n", code(case), escaped(said));
        }
    }
    if text.is_empty() { "Nothing.\n".into() } else { text }
}

fn skipped(comparisons: &[Comparison]) -> String {
    let mut text = String::new();
    for comparison in comparisons {
        if let Python::Skipped(reason) = &comparison.python {
            text += &format!("* {}: {}\n", code(&comparison.name), escaped(reason));
        }
    }
    text
}

/// How many of a file's cases do not pass.
fn cases(comparison: &Comparison) -> String {
    format!("{} of {}", comparison.missing.len(), comparison.expected)
}

fn table(title: &str, columns: &[&str]) -> String {
    let header: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
    format!("\n.. list-table:: {title}\n   :header-rows: 1\n\n").replace(":: \n", "::\n")
        + &row(&header)
}

fn row(cells: &[String]) -> String {
    let mut text = String::new();
    for (index, cell) in cells.iter().enumerate() {
        let mark = if index == 0 { "*" } else { " " };
        text += &format!("   {mark} - {cell}\n");
    }
    text
}

/// Literal text.
fn code(text: &str) -> String {
    format!("``{}``", text.replace('`', "'"))
}

/// Text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if "\\*`_|<>".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(name: &str, missing: &[&str]) -> Comparison {
        let missing = missing.iter().map(|case| ((*case).to_owned(), "OSError".to_owned()));
        Comparison {
            name: name.into(),
            python: Python::Passes,
            expected: 4,
            missing: missing.collect(),
        }
    }

    #[test]
    fn shares_are_of_what_passes_in_python() {
        let comparisons = [
            comparison("test_a", &[]),
            comparison("test_b", &["t.x"]),
            Comparison {
                python: Python::Skipped("needs `x`".into()),
                expected: 0,
                ..comparison("test_c", &[])
            },
        ];
        let reasons: Reasons = toml::from_str("reason = []").unwrap();
        let text = page("3.13.5", &comparisons, &reasons);
        assert!(text.contains("Of 2 files that pass in python, 1 pass in the executable: 50.0 %"));
        assert!(text.contains("8 test cases, 7 do: 87.5 %"), "{text}");
        assert!(text.contains("* ``t.x``: OSError"), "{text}");
        assert!(text.contains("* ``test_c``: needs \\`x\\`"), "{text}");
    }
}
