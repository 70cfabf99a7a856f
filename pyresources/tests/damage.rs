//! A damaged blob gives errors or the true answers: never others, never a panic.
#![cfg(feature = "write")]
// Helpers of tests, too.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use pyresources::{FormatError, Resources};

use common::answers::{Answers, ask, is_true_or_error, names_of};
use common::{ROLES, many, sample};

mod common;

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

/// Offset of a section's first byte and number of its bytes: of rows, and of one row.
fn tables(blob: &[u8]) -> [(usize, usize, usize); 3] {
    let field =
        |offset: usize| u32::from_le_bytes(blob[offset..offset + 4].try_into().unwrap()) as usize;
    [(64, field(12), 64), (field(24), field(16), 24), (field(28), field(20), 40)]
}

#[test]
fn every_byte_changed() {
    let blob = sample();
    let names = names_of(&Resources::parse(&blob).unwrap());
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
    // Equal byte strings lie in one place.
    let places: BTreeSet<_> = resources
        .entries()
        .flat_map(|entry| ROLES.map(|role| entry.unwrap().get(role).unwrap()))
        .flatten()
        .map(|content| (content.bytes.as_ptr(), content.bytes.len()))
        .collect();
    let data: usize = places.iter().map(|(_, length)| length).sum();
    let [_, _, (records, record_count, record_length)] = tables(&blob);
    let strings: usize = resources.entries().map(|entry| entry.unwrap().name().len()).sum();
    let padding = blob.len() - (records + record_count * record_length) - strings - data;
    assert_eq!(unnoticed, padding, "only bytes between contents may change unnoticed");
}

#[test]
fn rows_in_the_wrong_place() {
    let (blob, _) = many(24);
    let names = names_of(&Resources::parse(&blob).unwrap());
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
    let names = names_of(&Resources::parse(&blob).unwrap());
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
