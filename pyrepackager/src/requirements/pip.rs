//! What pip's words mean.

use super::error::RequirementsError;
use super::installer::Ended;

/// Lines of an installer's output that an error shows.
const SHOWN: usize = 15;

/// What pip says when no server answers it. Its own exit code does not tell.
const UNREACHABLE: [&str; 5] = [
    "Retrying (Retry(",
    "NewConnectionError",
    "ConnectTimeoutError",
    "Temporary failure in name resolution",
    "Max retries exceeded",
];

/// What pip says when the source of a package cannot be built.
const BUILD_FAILED: [&str; 5] = [
    "metadata-generation-failed",
    "Failed building wheel",
    "Failed to build",
    "subprocess-exited-with-error",
    "BackendUnavailable",
];

/// What pip says when a file is not the one that was locked.
const OTHER_HASHES: [&str; 1] = ["DO NOT MATCH THE HASHES"];

/// What pip says when nothing satisfies the requirements.
const UNRESOLVABLE: [&str; 5] = [
    "No matching distribution found",
    "ResolutionImpossible",
    "Could not find a version",
    "Invalid requirement",
    "conflicting dependencies",
];

/// The error for a pip that failed, in pip's own words.
pub fn failure(line: usize, label: &str, ended: Ended) -> RequirementsError {
    let Ended { output, log, .. } = ended;
    let label = label.to_owned();
    let says = |marks: &[&str]| marks.iter().any(|mark| output.contains(mark));
    let words = own_words(&output);
    // A server that answered at the second attempt is not what was wrong.
    let nothing_seen = output.contains("(from versions: none)") || !says(&UNRESOLVABLE);
    if says(&OTHER_HASHES) {
        RequirementsError::Replaced { line, label, words: end_of(&output) }
    } else if says(&BUILD_FAILED) {
        RequirementsError::Build { line, label, end: end_of(&output), log }
    } else if says(&UNREACHABLE) && nothing_seen {
        RequirementsError::Unreachable { line, label, log }
    } else if says(&UNRESOLVABLE) {
        RequirementsError::Unresolvable { line, label, words }
    } else {
        RequirementsError::Installer { line, label, end: end_of(&output), log }
    }
}

/// What pip says of requirements that it passes over in part.
pub fn warnings(output: &str) -> impl Iterator<Item = &str> {
    let warnings = output.lines().filter_map(|line| line.strip_prefix("WARNING: "));
    warnings.filter(|line| line.contains("does not provide the extra"))
}

/// The lines in which pip says what is wrong, without its advice on other matters.
fn own_words(output: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    let mut within = false;
    for line in output.lines() {
        let error = line.strip_prefix("ERROR: ");
        within = error.is_some() || (within && !line.is_empty() && !line.starts_with("WARNING"));
        let explains = within
            || line.starts_with("The conflict is caused by:")
            || (line.starts_with("    ") && line.contains(" depends on "))
            || line.starts_with("    The user requested ");
        if explains && !words.contains(&error.unwrap_or(line)) {
            words.push(error.unwrap_or(line));
        }
    }
    words.truncate(SHOWN);
    words.join("\n")
}

/// The last lines of an output, marked as a quotation. Of a build, those of the program that failed,
/// which pip frames.
pub fn end_of(output: &str) -> String {
    let framed = output
        .rsplit_once("[end of output]")
        .and_then(|(before, _)| before.rsplit_once(" lines of output]"))
        .map(|(_, lines)| lines);
    let lines: Vec<&str> =
        framed.unwrap_or(output).lines().filter(|line| !line.trim().is_empty()).collect();
    let shown = &lines[lines.len().saturating_sub(SHOWN)..];
    let indent = shown.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let quoted: Vec<_> = shown.iter().map(|line| format!("  | {}", &line[indent..])).collect();
    quoted.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(output: &str) -> RequirementsError {
        let ended = Ended { success: false, output: output.to_owned(), log: "pip.log".into() };
        failure(4, "foo", ended)
    }

    #[test]
    fn pips_own_words_are_kept_and_nothing_else() {
        let output = "Collecting foo\n\
            ERROR: Could not find a version that satisfies the requirement foo (from versions: none)\n\
            ERROR: No matching distribution found for foo\n\n[notice] a new release\n";
        let RequirementsError::Unresolvable { words, .. } = failing(output) else { panic!() };
        assert_eq!(
            words,
            "Could not find a version that satisfies the requirement foo (from versions: none)\n\
             No matching distribution found for foo"
        );
    }

    #[test]
    fn the_program_that_failed_is_quoted() {
        let output = "Preparing\n  error: subprocess-exited-with-error\n  \u{2570}\u{2500}> [2 lines of output]\n      \
            compiling\n        native.c:1: error\n      [end of output]\nERROR: Failed to build 'x'\n";
        assert_eq!(end_of(output), "  | compiling\n  |   native.c:1: error");
        assert_eq!(end_of("one\n\ntwo\n"), "  | one\n  | two");
    }

    #[test]
    fn conflicts_are_explained() {
        let output = "ERROR: Cannot install a==1 and b==2 because these package versions have \
            conflicting dependencies.\n\nThe conflict is caused by:\n    a 1 depends on c<1\n    \
            b 2 depends on c>2\n\nTo fix this you could try to:\n1. loosen\n\n\
            ERROR: ResolutionImpossible: for help visit a page\n";
        let RequirementsError::Unresolvable { words, .. } = failing(output) else { panic!() };
        assert!(words.contains("a 1 depends on c<1") && !words.contains("loosen"), "{words}");
    }

    #[test]
    fn an_index_that_does_not_answer_is_told_from_one_that_has_nothing() {
        let retry = "WARNING: Retrying (Retry(total=4)) after connection broken\n";
        let none = "ERROR: Could not find a version that satisfies foo (from versions: none)\n";
        let some =
            "ERROR: Could not find a version that satisfies foo>9 (from versions: 1.0, 2.0)\n";
        assert!(matches!(
            failing(&format!("{retry}{none}")),
            RequirementsError::Unreachable { .. }
        ));
        assert!(matches!(
            failing(&format!("{retry}{some}")),
            RequirementsError::Unresolvable { .. }
        ));
        let output = "error: subprocess-exited-with-error\ngcc: not found\n\
            ERROR: Failed to build 'foo'\n";
        assert!(matches!(failing(output), RequirementsError::Build { .. }));
    }
}
