//! Any bytes give answers or errors: no panic, no endless loop.
#![no_main]
// What the macro expands to opens a file by itself.
#![allow(clippy::disallowed_types)]

use libfuzzer_sys::fuzz_target;
use pyresources::Resources;
use pyresources_fuzz::common::answers::{ask, names_of};
use pyresources_fuzz::repair::{fix_checks, lay_out};

fuzz_target!(|input: &[u8]| {
    let Some((mode, bytes)) = input.split_first() else { return };
    let mut blob = bytes.to_vec();
    match mode % 3 {
        0 => {}
        1 => fix_checks(&mut blob),
        _ => {
            lay_out(&mut blob);
            fix_checks(&mut blob);
        }
    }
    let Ok(resources) = Resources::parse(&blob) else { return };
    let names = names_of(&resources).into_iter().take(12).collect();
    std::hint::black_box(ask(&resources, &names));
});
