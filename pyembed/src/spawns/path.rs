//! The folder of packed programs on the `PATH`.
//!
//! It is the last entry, so that programs of the machine come first: an application finds its packages' programs by
//! their names, as it does in the environment that they are installed in. Other programs cannot look into it and do
//! not get it, but for packed ones, which get a copy and have it first.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use pyresources::{Resources, install};
use rustix::fs::{Access, access};

use crate::{resources, sys, tree};

const VARIABLE: &str = "PATH";
/// What ends an entry.
const SEPARATOR: u8 = b':';

/// Appends the folder of packed programs to the `PATH` of this process, where both are there.
///
/// To be called before the interpreter starts, which reads the environment.
pub(crate) fn append() {
    let Some(value) = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()) else { return };
    let has_programs = resources::packed().map(has_programs);
    if !has_programs.unwrap_or_default() || sys::is_privileged() {
        return;
    }
    let Ok(executable) = sys::executable_path() else { return };
    let entry = entry(executable.as_os_str().as_bytes());
    // A separator cannot be quoted.
    if entry.contains(&SEPARATOR) || entries(value.as_bytes()).any(|other| other == entry) {
        return;
    }
    let mut path = value;
    path.push(OsStr::from_bytes(&[SEPARATOR]));
    path.push(OsStr::from_bytes(&entry));
    // SAFETY: the interpreter is not started yet. Whoever started threads before, and has them read the environment
    // through C, was told to ask for calls first.
    unsafe { std::env::set_var(VARIABLE, path) };
}

/// Whether programs are packed. Nearly always Python is among them, which is found at once.
fn has_programs(resources: &Resources<'_>) -> bool {
    let python = tree::is_file(resources, &tree::join(install::PROGRAMS, "python"));
    python.unwrap_or_default() || tree::is_folder(resources, install::PROGRAMS).unwrap_or_default()
}

/// The folder of packed programs; `own` is the executable's path.
fn entry(own: &[u8]) -> Vec<u8> {
    [own, b"/", install::PROGRAMS.as_bytes()].concat()
}

fn entries(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == SEPARATOR)
}

/// The value of an environment variable, `NAME=VALUE`, if it is the `PATH`.
fn value(variable: &[u8]) -> Option<&[u8]> {
    variable.strip_prefix(VARIABLE.as_bytes())?.strip_prefix(b"=")
}

/// The variable `PATH` without the entry that [`append`] has added; `None` for other variables and where there is none.
pub(super) fn without_own(variable: &[u8], own: &[u8]) -> Option<Vec<u8>> {
    let others = value(variable)?.strip_suffix(entry(own).as_slice())?;
    let others = others.strip_suffix(&[SEPARATOR])?;
    Some([VARIABLE.as_bytes(), b"=", others].concat())
}

/// As [`without_own`], with that entry at the beginning.
pub(super) fn own_first(variable: &[u8], own: &[u8]) -> Option<Vec<u8>> {
    let others = without_own(variable, own)?;
    let others = value(&others)?;
    Some([VARIABLE.as_bytes(), b"=", &entry(own), &[SEPARATOR], others].concat())
}

/// The value of the variable in an environment.
pub(super) fn of<'a>(environment: &'a [Cow<'_, [u8]>]) -> &'a [u8] {
    environment.iter().find_map(|variable| value(variable)).unwrap_or_default()
}

/// As [`of`], of this process.
pub(super) fn of_process() -> Vec<u8> {
    std::env::var_os(VARIABLE).unwrap_or_default().into_vec()
}

/// The packed path of the program that is found by a name on a `PATH`, if it is a packed one.
pub(super) fn find(name: &[u8], path: &[u8], own: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok().filter(|name| !name.contains('/'))?;
    let packed = tree::join(install::PROGRAMS, name);
    if !tree::is_program(resources::packed().ok()?, &packed).ok()? {
        return None;
    }
    let own = entry(own);
    for entry in entries(path) {
        if entry == own {
            return Some(packed);
        }
        let file = Path::new(OsStr::from_bytes(entry)).join(name);
        if file.is_file() && access(&file, Access::EXEC_OK).is_ok() {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_entry_is_for_packed_programs() {
        let others = |variable: &str| without_own(variable.as_bytes(), b"/opt/app");
        let path = b"PATH=/usr/bin:/bin:/opt/app/bin";
        assert_eq!(without_own(path, b"/opt/app").as_deref(), Some(&b"PATH=/usr/bin:/bin"[..]));
        assert_eq!(
            own_first(path, b"/opt/app").as_deref(),
            Some(&b"PATH=/opt/app/bin:/usr/bin:/bin"[..])
        );
        for variable in
            ["PATH=/usr/bin", "PATH=/opt/app/bin", "PATH=/opt/app/bin:/bin", "X=/bin:/opt/app/bin"]
        {
            assert_eq!(others(variable), None, "{variable}");
        }
    }
}
