//! A blob of the writer's, damaged, gives the true answers or errors: never others.
//!
//! The input is a list of edits, of which none can write bytes of the fuzzer's choice: those could
//! hold the right check of what is wrong, which libFuzzer learns from the comparison.
#![no_main]
// What the macro expands to opens a file by itself.
#![allow(clippy::disallowed_types)]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pyresources::Resources;
use pyresources_fuzz::common::answers::{Answers, ask, is_true_or_error, names_of};
use pyresources_fuzz::common::{many, sample};

/// A blob, the names that it is asked for, the true answers.
struct Known {
    blob: Vec<u8>,
    names: BTreeSet<String>,
    truth: Vec<Answers>,
}

static KNOWN: LazyLock<[Known; 2]> = LazyLock::new(|| {
    [sample(), many(12).0].map(|blob| {
        let resources = Resources::parse(&blob).expect("the writer writes what the reader reads");
        let names = names_of(&resources);
        let truth = ask(&resources, &names);
        Known { names, truth, blob }
    })
});

/// Damages `blob` as five bytes say: what to do, where, how much or how far.
fn edit(blob: &mut Vec<u8>, [what, place_low, place_high, low, high]: [u8; 5]) {
    let length = blob.len();
    if length == 0 {
        return;
    }
    let place = usize::from(u16::from_le_bytes([place_low, place_high])) % length;
    let amount = usize::from(u16::from_le_bytes([low, high])) % length;
    let end = length.min(place + usize::from(low));
    match what % 6 {
        0 => blob[place] ^= 1 << (low % 8),
        1 => blob[place..end].fill(0),
        2 => blob[place..end].fill(0xff),
        3 => blob.swap(place, amount),
        // A row, or eight bytes, somewhere else.
        4 => {
            let size = [8, 24, 40, 64][usize::from(what / 6 % 4)];
            let (from, to) = (place / 8 * 8, amount / 8 * 8);
            if from.max(to) + size <= length {
                blob.copy_within(from..from + size, to);
            }
        }
        _ => blob.truncate(amount),
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((which, edits)) = input.split_first() else { return };
    let known = &KNOWN[usize::from(which % 2)];
    let mut blob = known.blob.clone();
    for bytes in edits.as_chunks::<5>().0.iter().take(16) {
        edit(&mut blob, *bytes);
    }
    let Ok(resources) = Resources::parse(&blob) else { return };
    for (found, expected) in ask(&resources, &known.names).iter().zip(&known.truth) {
        assert!(is_true_or_error(found, expected), "{found:?} instead of {expected:?}");
    }
});
