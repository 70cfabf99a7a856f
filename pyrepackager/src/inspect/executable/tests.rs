use std::process::Command;

use super::*;
use crate::inspect::testing::{added, blob, resources, runtime};
use crate::inspect::{Analysis, extract::extract};

fn read(path: &Path) -> Result<Vec<u8>, InspectError> {
    let executable = Executable::read(path)?;
    executable.resources()?;
    Ok(executable.bytes()[executable.place()].to_vec())
}

#[test]
fn resources_are_found_linked_or_added_and_after_strip() {
    let folder = tempfile::tempdir().unwrap();
    let blob = blob();
    for executable in [added(folder.path(), &blob), runtime(folder.path(), Some(&blob))] {
        assert_eq!(read(&executable).unwrap(), blob, "{}", executable.display());
        assert!(Command::new("strip").arg(&executable).status().unwrap().success());
        assert_eq!(read(&executable).unwrap(), blob, "{} after strip", executable.display());
    }
}

#[test]
fn other_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let empty = runtime(folder.path(), None);
    assert!(matches!(read(&empty), Err(InspectError::Runtime { .. })));
    // What a packager has in it: how slots begin, how resources begin.
    let mut packager = fs_err::read("/bin/true").unwrap();
    packager.resize(packager.len().next_multiple_of(64), 0);
    packager.extend([SLOT.as_slice(), &[7; 16], &[0; 24], MAGIC, &[9; 120]].concat());
    let file = folder.path().join("file");
    for (bytes, reason) in [
        (packager.as_slice(), "it has no packed resources"),
        (b"", "it is no 64-bit little-endian ELF file"),
        (b"\x7fELF\x01\x01", "it is no 64-bit little-endian ELF file"),
    ] {
        fs_err::write(&file, bytes).unwrap();
        let error = read(&file).unwrap_err();
        assert!(error.to_string().ends_with(reason), "{error}");
        assert!(error.hint().is_some());
    }
    fs_err::write(&file, b"\x7fELF\x02\x01 and nothing").unwrap();
    assert!(matches!(read(&file), Err(InspectError::CutShort { .. })));
}

#[test]
fn what_is_cut_short_says_so_wherever_it_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let blob = blob();
    for path in [added(folder.path(), &blob), runtime(folder.path(), Some(&blob))] {
        let whole = fs_err::read(&path).unwrap();
        let end = Executable::read(&path).unwrap().place().end;
        for length in (6..256).chain((256..whole.len()).step_by(61)).chain(end - 3..end) {
            match Executable::of(&path, whole[..length].to_vec()) {
                Err(InspectError::CutShort { found, expected, .. }) => {
                    assert_eq!(found, length as u64);
                    assert!(expected > found, "{expected} {found}");
                }
                Ok(_) => assert!(length >= end, "{length} of {}", whole.len()),
                Err(other) => panic!("{length} of {}: {other}", whole.len()),
            }
        }
    }
}

/// Whatever is damaged, there is an answer; and what is packed is never taken for something else.
#[test]
fn damage_is_an_error_or_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let blob = blob();
    let mut refused = 0;
    for path in [added(folder.path(), &blob), runtime(folder.path(), Some(&blob))] {
        let whole = fs_err::read(&path).unwrap();
        let place = Executable::read(&path).unwrap().place();
        let headers = (0..1024).chain(whole.len().saturating_sub(2048)..whole.len()).step_by(11);
        for (number, position) in headers.chain(place.step_by(7)).enumerate() {
            if position >= whole.len() {
                continue;
            }
            let mut bytes = whole.clone();
            bytes[position] ^= 1 << (number % 8);
            let result = Executable::of(&path, bytes).and_then(|executable| {
                Analysis::of(&executable)?;
                extract(&executable, &folder.path().join(format!("out-{number}")))
            });
            refused += usize::from(result.is_err());
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn a_damaged_header_is_told_from_no_resources() {
    let folder = tempfile::tempdir().unwrap();
    for (position, text) in [(20, "the header does not match"), (8, "have version 2")] {
        let mut blob = resources().finish().unwrap();
        blob[position] ^= 1;
        for path in [added(folder.path(), &blob), runtime(folder.path(), Some(&blob))] {
            let error = read(&path).unwrap_err();
            assert!(matches!(error, InspectError::Damaged { .. }), "{error}");
            assert!(error.to_string().contains(text), "{error}");
        }
    }
}
