//! A damaged blob gives errors or the true answers: never others, never a panic.
#![cfg(feature = "write")]
// Helpers of tests, too.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use pyresources::{Content, FormatError, Resources};

use common::{KINDS, ROLES, many, sample};

mod common;

/// The answer to one question, as text.
type Answer = Result<String, FormatError>;

/// The answers to one question that has several, such as a listing.
type Answers = Vec<Answer>;

fn content(content: Result<Option<Content<'_>>, FormatError>) -> Answer {
    content.map(|content| format!("{content:?}"))
}

/// Every question that a blob can be asked about these names.
fn ask(resources: &Resources<'_>, names: &BTreeSet<String>) -> Vec<Answers> {
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
fn is_true_or_error(found: &Answers, expected: &Answers) -> bool {
    let mut rest = expected.iter();
    let in_order = found.iter().filter(|a| a.is_ok()).all(|answer| rest.any(|e| e == answer));
    in_order && (found.iter().any(Result::is_err) || found == expected)
}

/// Asks a damaged blob everything; says whether it noticed.
fn check(damaged: &[u8], names: &BTreeSet<String>, truth: &[Answers], what: &str) -> bool {
    let Ok(resources) = Resources::parse(damaged) else { return true };
    let mut noticed = false;
    for (found, expected) in ask(&resources, names).iter().zip(truth) {
        assert!(is_true_or_error(found, expected), "{what}: {found:?} instead of {expected:?}");
        noticed |= found.iter().any(Result::is_err);
    }
    noticed
}

/// The names that are asked for: those of the blob, and some that it does not have.
fn names_of(blob: &[u8]) -> BTreeSet<String> {
    let entries = Resources::parse(blob).unwrap().entries();
    let mut names: BTreeSet<_> = entries.map(|entry| entry.unwrap().name().to_owned()).collect();
    names.extend(["", "p", "pkg.other", "a.a.a", "nothing"].map(str::to_owned));
    names
}

/// Offset of a section's first byte and number of its bytes: of rows, and of one row.
fn tables(blob: &[u8]) -> [(usize, usize, usize); 3] {
    let field =
        |offset: usize| u32::from_le_bytes(blob[offset..offset + 4].try_into().unwrap()) as usize;
    [(64, field(12), 64), (field(24), field(16), 24), (field(28), field(20), 40)]
}

#[test]
fn every_byte_changed() {
    let blob = sample();
    let names = names_of(&blob);
    let truth = ask(&Resources::parse(&blob).unwrap(), &names);
    let mut unnoticed = 0;
    for position in 0..blob.len() {
        let old = blob[position];
        let values = [0, 0xff, old ^ 1, old ^ 0x80, old.wrapping_add(1)];
        let mut noticed = true;
        for value in values.into_iter().filter(|value| *value != old) {
            let mut damaged = blob.clone();
            damaged[position] = value;
            noticed &= check(&damaged, &names, &truth, &format!("byte {position} = {value}"));
        }
        unnoticed += usize::from(!noticed);
    }
    let resources = Resources::parse(&blob).unwrap();
    let data: usize = resources
        .entries()
        .flat_map(|entry| ROLES.map(|role| entry.unwrap().get(role).unwrap()))
        .flatten()
        .map(|content| content.bytes.len())
        .sum();
    let [_, _, (records, record_count, record_length)] = tables(&blob);
    let strings: usize = resources.entries().map(|entry| entry.unwrap().name().len()).sum();
    let padding = blob.len() - (records + record_count * record_length) - strings - data;
    assert_eq!(unnoticed, padding, "only bytes between contents may change unnoticed");
}

#[test]
fn rows_in_the_wrong_place() {
    let (blob, _) = many(24);
    let names = names_of(&blob);
    let truth = ask(&Resources::parse(&blob).unwrap(), &names);
    for (start, count, length) in tables(&blob) {
        assert!(count > 1);
        for (from, to) in (0..count).flat_map(|from| (0..count).map(move |to| (from, to))) {
            let row = |index: usize| start + index * length..start + (index + 1) * length;
            if blob[row(from)] == blob[row(to)] {
                continue;
            }
            let mut damaged = blob.clone();
            damaged.copy_within(row(from), row(to).start);
            let what = format!("row {from} of the table at {start} over row {to}");
            assert!(check(&damaged, &names, &truth, &what), "{what}: unnoticed");
        }
    }
}

#[test]
fn pages_lost() {
    let (blob, _) = many(100);
    let names = names_of(&blob);
    let truth = ask(&Resources::parse(&blob).unwrap(), &names);
    const PAGE: usize = 256;
    for start in (0..blob.len()).step_by(PAGE) {
        for fill in [0, 0xff] {
            let mut damaged = blob.clone();
            let end = blob.len().min(start + PAGE);
            damaged[start..end].fill(fill);
            let what = format!("bytes {start} to {end} = {fill}");
            assert!(check(&damaged, &names, &truth, &what), "{what}: unnoticed");
        }
    }
}

/// Opening reads the header alone; the rest is looked at when it is asked for.
#[test]
fn opening_reads_the_header_alone() {
    let mut blob = sample();
    blob[64..].fill(0xaa);
    let resources = Resources::parse(&blob).unwrap();
    assert!(matches!(resources.module("pkg"), Err(FormatError::Bucket { .. })));
    assert!(matches!(resources.entries().next(), Some(Err(FormatError::Entry { index: 0 }))));
}
