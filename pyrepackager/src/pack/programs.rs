//! Files that can be run, and what else each needs on disk.
//!
//! The kernel starts a program from a file. One that stands alone in its distribution is started from memory; one
//! beside which its distribution has other files than Python's needs those, and is written to disk with them when it is
//! started.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use pyresources::install::{self, Folder};
use pyresources::{Kind, Role, Writer};

use super::Content;
use crate::collect::{self, Collected};
use crate::distribution::Distribution;

/// First bytes of machine code.
const ELF: &[u8] = b"\x7fELF";
/// First bytes of a script that says what runs it.
const SCRIPT: &[u8] = b"#!";
/// Endings of files that no program needs.
const FOR_PEOPLE_AND_PYTHON: [&str; 6] = [".md", ".pxd", ".py", ".pyi", ".rst", ".txt"];
/// Names of files that no program needs.
const NEEDLESS: [&str; 4] = ["LICENSE", "NOTICE", "README", "py.typed"];

/// Adds to the entries of files that can be run what they need on disk: see [`Role::Program`].
pub(super) fn pack<'a>(
    writer: &mut Writer,
    collected: &Collected,
    contents: impl Iterator<Item = &'a Content>,
) {
    let programs: Vec<&Content> =
        contents.filter(|content| is_program(collected, content)).collect();
    if programs.is_empty() {
        return;
    }
    let owners = collect::distribution_files(collected);
    let groups = groups(collected, &owners);
    for content in programs {
        let path = path(collected, content);
        let needed = needed(&path, content, groups.get(&owner(&path, &owners)));
        writer.content(content.kind, &*content.name, Role::Program, needed.join("\n").into());
    }
}

/// What the programs `python` are: a script, which the executable does not run, as it then is that Python itself; other
/// programs that are given its path may.
const PYTHON: &[u8] = b"#!python
# Starts the Python in this executable.
import os, sys
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
";

/// Adds the programs by which an installation is Python; returns their contents. A file of the application's stays.
pub(super) fn pack_pythons(
    writer: &mut Writer,
    distribution: &Distribution,
    collected: &Collected,
) -> Vec<Content> {
    // Only there does an executable start packed programs.
    if !distribution.target_triple.contains("linux") {
        return Vec::new();
    }
    let paths = collect::folders::pythons(distribution.version);
    let new = paths.into_iter().filter(|path| !collected.files.contains_key(path));
    new.map(|name| {
        writer.content(Kind::File, &*name, Role::Program, Vec::new());
        Content { kind: Kind::File, name, role: Role::Contents, bytes: PYTHON.to_vec() }
    })
    .collect()
}

/// The path of what a content is of.
fn path(collected: &Collected, content: &Content) -> String {
    match content.kind {
        Kind::Module => {
            let module = collected.modules.values().find(|m| m.entry_name() == content.name);
            module.map(|module| module.virtual_path.clone()).unwrap_or_default()
        }
        _ => content.name.clone(),
    }
}

fn is_program(collected: &Collected, content: &Content) -> bool {
    let is_script = content.bytes.starts_with(SCRIPT);
    let source = match (content.kind, content.role) {
        (Kind::File, Role::Contents) if is_script || content.bytes.starts_with(ELF) => {
            collected.files.get(&content.name).map(|file| &file.source)
        }
        (Kind::Module, Role::Source) if is_script => {
            let module = collected.modules.values().find(|m| m.entry_name() == content.name);
            module.and_then(|module| module.source.as_ref())
        }
        _ => None,
    };
    source.is_some_and(|path| is_executable(path))
}

/// Whether a file has permission to be executed.
fn is_executable(path: &Path) -> bool {
    fs_err::metadata(path).is_ok_and(|status| status.permissions().mode() & 0o111 != 0)
}

/// To whom a file belongs: a distribution, or a folder of the application's.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner<'a> {
    Distribution(&'a str),
    Folder(&'a str),
}

fn owner<'a>(path: &'a str, owners: &'a BTreeMap<String, String>) -> Owner<'a> {
    match owners.get(path) {
        Some(distribution) => Owner::Distribution(distribution),
        None => Owner::Folder(top(path)),
    }
}

/// The package, or the folder of the application's, or the file that lies in none, of what is at a path.
fn top(path: &str) -> &str {
    let (folder, below) = install::split(path);
    // What wheels have files for outside of packages is shared by them.
    let is_shared =
        folder == Folder::Application && install::SHARED.iter().any(|name| is_in(path, name));
    match below.find('/').filter(|_| !is_shared) {
        Some(end) => &path[..path.len() - below.len() + end],
        None => path,
    }
}

fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What programs may need, by owner.
fn groups<'a>(
    collected: &'a Collected,
    owners: &'a BTreeMap<String, String>,
) -> BTreeMap<Owner<'a>, Vec<&'a str>> {
    let mut groups: BTreeMap<Owner<'_>, Vec<&str>> = BTreeMap::new();
    for path in collected.files.keys().chain(collected.libraries.keys()) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let is_needless = FOR_PEOPLE_AND_PYTHON.iter().any(|ending| name.ends_with(ending))
            || NEEDLESS.contains(&name)
            || collect::core_metadata::folder_of(path).is_some()
            || collect::core_metadata::project_of(path).is_some();
        if !is_needless {
            groups.entry(owner(path, owners)).or_default().push(path);
        }
    }
    groups
}

/// The files and folders that the program at `path` needs on disk, itself among them; none for one that can do
/// without. `others` are the files of its owner.
fn needed(path: &str, program: &Content, others: Option<&Vec<&str>>) -> Vec<String> {
    let others = others.map(Vec::as_slice).unwrap_or_default();
    // What runs a script opens it by its path.
    let is_alone = program.bytes.starts_with(ELF) && others.iter().all(|other| *other == path);
    if is_alone {
        return Vec::new();
    }
    let mut tops: BTreeSet<&str> = others.iter().map(|other| top(other)).collect();
    tops.remove(top(path));
    [top(path)].into_iter().chain(tops).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, bytes: &[u8], others: &[&str]) -> Vec<String> {
        let content = Content {
            kind: Kind::File,
            name: path.to_owned(),
            role: Role::Contents,
            bytes: bytes.to_vec(),
        };
        needed(path, &content, Some(&others.to_vec()))
    }

    #[test]
    fn a_program_that_stands_alone_needs_nothing() {
        assert!(of("bin/ruff", ELF, &["bin/ruff"]).is_empty());
        let path = "lib/python3.13/site-packages/ffmpeg/binaries/ffmpeg";
        assert!(of(path, ELF, &[path]).is_empty());
    }

    #[test]
    fn others_need_what_their_distribution_has() {
        let package = "lib/python3.13/site-packages/cmake";
        let program = format!("{package}/data/bin/cmake");
        let share = format!("{package}/data/share/cmake/x.cmake");
        assert_eq!(
            of(&program, ELF, &[&program, &share, "share/man/x.1"]),
            [package, "share/man/x.1"]
        );
        assert_eq!(of("bin/uvx", ELF, &["bin/uv", "bin/uvx"]), ["bin/uvx", "bin/uv"]);
        assert_eq!(of("bin/run", b"#!/bin/sh\n", &["bin/run"]), ["bin/run"]);
        assert_eq!(of("tools/run.sh", b"#!/bin/sh\n", &["tools/run.sh"]), ["tools"]);
    }
}
