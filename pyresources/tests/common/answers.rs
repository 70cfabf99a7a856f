//! Everything that a blob can be asked, to compare the answers of a damaged one with the truth.

use std::collections::BTreeSet;

use pyresources::{Content, FormatError, Resources};

use super::{KINDS, ROLES};

/// The answer to one question, as text.
pub type Answer = Result<String, FormatError>;

/// The answers to one question that has several, such as a listing.
pub type Answers = Vec<Answer>;

fn content(content: Result<Option<Content<'_>>, FormatError>) -> Answer {
    content.map(|content| format!("{content:?}"))
}

/// Every question that a blob can be asked about these names.
pub fn ask(resources: &Resources<'_>, names: &BTreeSet<String>) -> Vec<Answers> {
    let mut all = Vec::new();
    for name in names {
        all.push(vec![resources.setting(name).map(|value| format!("{value:?}"))]);
        for kind in KINDS {
            let entry = match resources.find(kind, name) {
                Ok(Some(entry)) => entry,
                nothing => {
                    all.push(vec![nothing.map(|_| "nothing".to_owned())]);
                    continue;
                }
            };
            let mut answers = vec![Ok(format!("{} {:?}", entry.name(), entry.module_kind()))];
            answers.extend(ROLES.map(|role| content(entry.get(role))));
            answers.extend([0, 1, 2].map(|level| content(entry.bytecode(level))));
            all.push(answers);
        }
    }
    for kind in KINDS {
        for start in names {
            let below = resources.below(kind, start);
            all.push(below.map(|entry| entry.map(|entry| entry.name().to_owned())).collect());
            let children = resources.children(kind, start);
            all.push(
                children
                    .map(|child| {
                        child.map(|child| {
                            let own = child.entry.map(|entry| entry.name());
                            format!("{} {own:?} {}", child.name, child.has_children)
                        })
                    })
                    .collect(),
            );
        }
    }
    let entries = resources.entries();
    all.push(entries.map(|entry| entry.map(|e| format!("{:?} {}", e.kind(), e.name()))).collect());
    all
}

/// Whether `found` is `expected` but for errors, which may stand for any number of answers.
pub fn is_true_or_error(found: &Answers, expected: &Answers) -> bool {
    let mut rest = expected.iter();
    let in_order = found.iter().filter(|a| a.is_ok()).all(|answer| rest.any(|e| e == answer));
    in_order && (found.iter().any(Result::is_err) || found == expected)
}

/// The names that are asked for: those of the blob, and some that it does not have.
pub fn names_of(resources: &Resources<'_>) -> BTreeSet<String> {
    let entries = resources.entries().flatten();
    let mut names: BTreeSet<_> = entries.map(|entry| entry.name().to_owned()).collect();
    names.extend(["", "p", "pkg.other", "a.a.a", "nothing"].map(str::to_owned));
    names
}
